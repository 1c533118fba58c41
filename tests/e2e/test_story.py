"""The whole story from an empty database: a provider's data in, a person's cabinet out, the reading back again."""

from __future__ import annotations

import re

import pypdfium2
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kabinet.accounts.models import AccountLink
from kabinet.config.cli.main import main
from kabinet.metering.models import Reading
from kabinet.providers.models import Provider
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.e2e.story.bundle import (
    ACCOUNT,
    DUE,
    PIN,
    PREVIOUS,
    PROVIDER,
    write_answer,
    write_bundle,
)
from tests.identity.mail import last_code

PASSWORD = "соловей поёт в саду"
EMAIL, PHONE = "boris@example.ru", "+79123456789"
VIEWS = [(1280, True), (390, True), (390, False)]


@pytest.fixture
def today(transactional_db):
    assert not Provider.objects.exists()
    return timezone.localdate()


@pytest.fixture
def provider(today, tmp_path):
    """The provider's engineer at the command line."""
    words = ["--name", "ООО «Озеро Газ»", "--style", "A", "--kind", "gas"]
    assert main(["provider", "add", PROVIDER, *words]) == 0
    assert main(["import", str(write_bundle(tmp_path / "bundle", today=today))]) == 0


def plain(text):
    return " ".join(text.split())


def says(page, text):
    """The page says it somewhere, whatever spaces stand between the words."""
    words = re.compile(re.escape(text).replace(r"\ ", r"\s+"))
    expect(page.locator("main")).to_contain_text(words, use_inner_text=True)


def sign_up(page, identifier):
    page.goto("/")
    page.get_by_role("link", name="Зарегистрироваться").click()
    page.locator("#id_identifier").fill(identifier)
    page.locator("#id_password").fill(PASSWORD)
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    page.get_by_role("button", name="Получить код").click()
    page.locator("#id_code").wait_for()
    page.locator("#id_code").fill(last_code(identifier))
    page.get_by_role("button", name="Подтвердить").click()
    says(page, "Готово: личный кабинет создан.")


def link(page):
    page.get_by_role("button", name="Хорошо").click()
    page.get_by_role("button", name="Привязать лицевой счёт").click()
    page.get_by_role("link", name="Выбрать ООО «Озеро Газ»").click()
    page.get_by_label("Номер лицевого счёта").fill(ACCOUNT)
    page.get_by_role("button", name="Привязать счёт").click()
    says(page, "Готово: счёт привязан")
    assert list(AccountLink.objects.values_list("account__number", "level")) == [
        (ACCOUNT, "limited")
    ]


def open_in_full(page):
    page.get_by_role("link", name="Открыть полный доступ").click()
    answer_with_pin(page, "1111")
    says(page, "Осталось попыток")
    assert AccountLink.objects.get().level == "limited"
    answer_with_pin(page, PIN)
    says(page, "Готово: полный доступ открыт")
    page.get_by_role("link", name="Начать работу").click()


def answer_with_pin(page, pin):
    page.get_by_role("radio", name="ПИН-код").check()
    page.get_by_label("Ваш ответ").fill(pin)
    page.get_by_role("button", name="Ответить").click()


def see_what_is_owed_and_why(page):
    says(page, f"К оплате {DUE}")
    says(page, "Газоснабжение К оплате 1 165,80 ₽")
    says(page, "Техническое обслуживание ВДГО К оплате 77,76 ₽")
    page.goto(page.url + "bills/")
    page.get_by_role("link", name="Подробно по услугам и тарифам").click()
    fold = page.locator("details.kb-fold").filter(has_text="Как посчитано")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    row = plain(page.locator("tr").filter(has_text="10,05 ₽").first.inner_text())
    assert "116 м³" in row
    assert row.endswith("1 165,80 ₽")


def save_the_bill_twice(page):
    files = []
    for _time in range(2):
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Скачать PDF").click()
        files.append(waiting.value.path().read_bytes())
    assert files[0][:5] == b"%PDF-"
    assert files[0] == files[1]
    with pypdfium2.PdfDocument(files[0]) as document:
        assert len(document) == 1
        words = plain(document[0].get_textpage().get_text_range())
    assert DUE in words
    assert ACCOUNT in words


def submit_a_reading(page, *, javascript):
    page.get_by_role("navigation").get_by_role("link", name="Показания").locator(
        "visible=true"
    ).click()
    digits = page.locator("input.kb-digits")
    button = page.get_by_role("button", name="Передать показания")
    digits.fill(str(PREVIOUS - 9))
    button.click()
    error = page.locator(".kb-error")
    expect(error).to_contain_text("Показание меньше прошлого")
    assert error.get_attribute("id") in digits.get_attribute("aria-describedby")
    assert digits.input_value() == str(PREVIOUS - 9)
    assert not Reading.objects.filter(source="portal").exists()

    digits.fill(str(PREVIOUS + 51))
    if javascript:
        use = plain(page.locator("[data-use]").inner_text())
        assert use == "Расход 51 м³, примерно 512,55 ₽"
    button.click()
    says(page, "Показания переданы поставщику.")
    assert plain(page.locator("[data-use]").inner_text()) == "Расход 51 м³, примерно 512,55 ₽"


def take_back_and_count(folder, today):
    """The billing system fetches what is new, says that it came, and answers."""
    out = folder / "readings.csv"
    assert main(["export", PROVIDER, "--what", "readings", "--new", "--out", str(out)]) == 0
    number = Reading.objects.get(source="portal").export_number
    assert main(["export", PROVIDER, "--ack", str(number)]) == 0
    answer = write_answer(folder / "answer", today=today, exported=out)
    assert main(["import", str(answer)]) == 0


@pytest.mark.parametrize(("width", "javascript"), VIEWS)
def test_a_person_pays_attention_and_the_provider_gets_the_reading(
    open_page, provider, tmp_path, today, width, javascript
):
    page = open_page(width=width, javascript=javascript)
    sign_up(page, EMAIL)
    link(page)
    open_in_full(page)
    see_what_is_owed_and_why(page)
    save_the_bill_twice(page)
    submit_a_reading(page, javascript=javascript)
    page.get_by_role("link", name="История").click()
    says(page, "отправлено")

    take_back_and_count(tmp_path, today)
    page.reload()

    newest = page.locator("section[aria-labelledby=history] tbody tr").first
    row = plain(newest.inner_text())
    assert "01950" in row
    assert "учтено" in row
    assert Reading.objects.get(source="portal").status == "accepted"
    assert_no_overflow(page)
    if javascript:
        assert_accessible(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_signs_up_by_phone(open_page, provider, settings, javascript):
    settings.SMS_CONNECTOR = "mailbox"
    page = open_page(width=390, javascript=javascript)
    sign_up(page, PHONE)
    link(page)
    page.get_by_role("link", name="Позже, начать работу").click()

    says(page, DUE)
