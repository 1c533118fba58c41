"""A provider is dressed at the desk, and its customers see it (IDN-01, 02)."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.kernel.actors import SYSTEM, Role
from kabinet.providers import appearance
from kabinet.providers.models import StaffMember
from tests.clock import NOW
from tests.e2e.page_checks import look, visit
from tests.factories import AccountFactory, ProviderFactory, UserFactory
from tests.providers.drawing import drawn

pytestmark = pytest.mark.django_db(transaction=True)
LATIN = frozenset({"gas", "enter", "http", "localhost", "JPEG", "PNG", "WebP"})
# Tells how far what was drawn first has moved since (layout shift).
MOVED = """() => new Promise(told => {
    let sum = 0
    const add = list => list.getEntries().forEach(entry => { sum += entry.value })
    new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true})
    setTimeout(() => told(sum), 300)
})"""


@pytest.fixture
def provider():
    return ProviderFactory(code="gas", name="Озёрскгаз")


@pytest.mark.parametrize("javascript", [True, False])
def test_an_administrator_dresses_a_provider(open_page, sign_in, provider, javascript):
    administrator = UserFactory()
    StaffMember.objects.create(provider=provider, user=administrator, role=Role.ADMINISTRATOR)
    page = open_page(width=390, javascript=javascript)
    sign_in(page, administrator)
    page.goto(reverse("desk-looks"))

    for content, words in (
        (b"<svg></svg>", "SVG не принимаем"),
        (drawn((360, 96)), "Логотип сохранён."),
    ):
        upload = {"name": "logo.png", "mimeType": "image/png", "buffer": content}
        page.get_by_label("Файл логотипа").set_input_files(upload)
        page.get_by_role("button", name="Загрузить логотип").click()
        expect(page.get_by_text(words)).to_be_visible()
    page.get_by_label("Цвет полосы").fill("#777777")
    page.get_by_role("button", name="Сохранить цвет").click()
    expect(page.get_by_text("контраст 4,4 : 1")).to_be_visible()
    page.get_by_role("button", name="Взять #767676").click()

    expect(page.get_by_text("Цвет сохранён.")).to_be_visible()
    expect(page.get_by_role("img", name="Озёрскгаз")).to_have_count(2)
    if javascript:
        assert look(page, latin=LATIN) == []


@pytest.mark.parametrize("colour", ["#0b4f8a", "#f2b600", ""])
def test_customers_see_whose_page_it_is(open_page, sign_in, provider, colour):
    content = drawn((360, 96))
    appearance.set_logo(actor=SYSTEM, provider_code="gas", content=content, at=NOW)
    appearance.set_colour(actor=SYSTEM, provider_code="gas", colour=colour, at=NOW)
    person = UserFactory()
    account = AccountFactory(holders=[person], provider=provider)
    page = open_page()
    faults = visit(page, reverse("account_login"), latin=LATIN)
    assert (page.get_by_role("img", name="Озёрскгаз").count(), faults) == (1, [])

    sign_in(page, person)
    home = reverse("account-home", args=[account.public_id])
    faults = visit(page, home, latin=LATIN)
    page.goto(home)
    logo = page.get_by_role("region", name="Поставщик").get_by_role("img", name="Озёрскгаз")
    sizes = logo.evaluate("shown => [shown.naturalWidth, shown.width, shown.height]")
    assert (faults, sizes, page.evaluate(MOVED)) == ([], [360, 112, 30], 0)
