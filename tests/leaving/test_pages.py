"""The profile's «Мои данные» and the pages of leaving (IDN-46–48)."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kabinet.accounts.models import AccountLink
from kabinet.identity import archives
from kabinet.identity.models import Deletion, PersonalArchive, User
from kabinet.payments.operations import attempts
from kabinet.payments.operations.checkouts import open_checkout
from tests.factories import AccountFactory
from tests.leaving.people import household, texts_in, with_autopay
from tests.payments.payers import line, order
from tests.web.entry import is_signed_in, sign_in

pytestmark = pytest.mark.django_db
LEAVE, CONFIRM = "/profile/leave/", "/profile/leave/confirm/"


@pytest.fixture
def home():
    return household()


@pytest.fixture
def visitor(client, home):
    sign_in(client, "anna@example.ru")
    return client


def forget_proof(client):
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()


def text(response):
    return response.content.decode()


def test_the_archive_is_asked_for_made_and_given_to_its_owner_alone(visitor, home):
    assert "Собрать архив" in text(visitor.get("/profile/"))

    assert visitor.post("/profile/data/").url == "/profile/"
    assert "Архив собирается" in text(visitor.get("/profile/"))
    archive = PersonalArchive.objects.get()
    archives.make_archive(archive_id=archive.pk, at=timezone.now())

    page = text(visitor.get("/profile/"))
    address = reverse("own-data-file", kwargs={"archive_id": archive.public_id})
    assert address in page
    assert "Собрать архив" not in page
    file = visitor.get(address)
    assert file["Content-Type"] == "application/zip"
    assert file["Cache-Control"].startswith("private, no-store")
    assert "anna@example.ru" in texts_in(file.content)["csv/person.csv"]

    other = Client()
    household("boris", phone="+79990001122")
    sign_in(other, "boris@example.ru")
    assert other.get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_second_archive_in_a_day_is_refused_on_the_page(visitor, home):
    visitor.post("/profile/data/")
    archives.make_archive(archive_id=PersonalArchive.objects.get().pk, at=timezone.now())

    page = visitor.post("/profile/data/", follow=True)

    assert "раз в сутки" in text(page)
    assert PersonalArchive.objects.count() == 1


@pytest.mark.parametrize(("method", "address"), [("post", "/profile/data/"), ("post", CONFIRM)])
def test_who_has_not_proved_it_lately_is_asked_first(visitor, method, address):
    forget_proof(visitor)

    asked = getattr(visitor, method)(address)

    assert asked.url.startswith("/prove/")
    assert User.objects.filter(email="anna@example.ru").exists()
    assert not PersonalArchive.objects.exists()
    assert not Deletion.objects.exists()


def test_the_page_says_what_becomes_of_every_account_card_and_payment(visitor, home):
    with_autopay(home)
    checkout_id = open_checkout(
        actor=home.actor, order=order(line(home.account), again=True), at=timezone.now()
    )
    attempts.pay(actor=home.actor, checkout_id=checkout_id, at=timezone.now())

    page = text(visitor.get(LEAVE)).replace("\xa0", " ")

    assert "Дом anna" in page
    assert "Автоплатёж 25-го числа до 3 000,00 ₽ отключится" in page
    assert "Сохранённые карты забудем мы и банк: Мир" in page
    assert "Платежи, которые сейчас в банке, на 500,00 ₽" in page
    assert "нельзя отменить" in page


@pytest.mark.parametrize("more", [1, 3])
def test_the_page_costs_the_same_for_any_number_of_accounts(
    visitor, home, more, django_assert_num_queries
):
    for _number in range(more):
        AccountFactory(provider=home.account.provider, holders=[home.user])
    visitor.get(LEAVE)

    with django_assert_num_queries(8):
        visitor.get(LEAVE)


def test_the_last_button_ends_every_session_and_codes_do_nothing(visitor, home):
    other = Client()
    sign_in(other, "anna@example.ru")
    assert "Удалить навсегда" in text(visitor.get(CONFIRM))

    gone = visitor.post(CONFIRM)

    assert gone.url == "/login/"
    assert "Учётная запись удалена" in text(visitor.get("/login/"))
    assert not is_signed_in(visitor)
    assert other.get("/profile/").status_code == 302
    assert sign_in(Client(), "anna@example.ru").status_code == 422
    assert not User.objects.filter(pk=home.user.pk).exists()


def test_another_device_that_presses_too_is_let_down_gently(visitor, home):
    other = Client()
    sign_in(other, "anna@example.ru")
    visitor.post(CONFIRM)

    assert other.post(CONFIRM).status_code == 302
    assert Deletion.objects.count() == 1


def test_with_time_to_think_it_can_be_taken_back(visitor, home, settings):
    settings.DELETE_GRACE = dt.timedelta(days=14)
    assert "Удалим через 14\xa0дней" in text(visitor.get(CONFIRM))

    assert visitor.post(CONFIRM).url == LEAVE
    assert "Отменить удаление" in text(visitor.get(LEAVE))
    assert "будет удалена" in text(visitor.get("/profile/"))
    assert visitor.get(CONFIRM).url == LEAVE
    assert AccountLink.objects.filter(ended_at=None).count() == 1

    assert visitor.post("/profile/leave/cancel/").url == "/profile/"
    assert not Deletion.objects.exists()
    assert visitor.post("/profile/leave/cancel/").status_code == 409


@pytest.mark.parametrize("who", ["is_staff", "is_superuser"])
def test_staff_are_told_why_they_stay(visitor, home, who):
    User.objects.filter(pk=home.user.pk).update(**{who: True})

    assert "Вы сотрудник поставщика" in text(visitor.get(LEAVE))
    assert visitor.get(CONFIRM).url == LEAVE
    assert visitor.post(CONFIRM).status_code == 409
    assert User.objects.filter(pk=home.user.pk).exists()


def test_who_has_withdrawn_the_consent_can_still_leave(visitor, home):
    visitor.post("/profile/consents/personal-data-consent/withdraw/")

    assert visitor.get("/profile/").status_code == 302
    assert visitor.get(LEAVE).status_code == 200
    assert visitor.post(CONFIRM).url == "/login/"
    assert not User.objects.filter(pk=home.user.pk).exists()
