"""A messenger that is no longer at hand: a lost telephone, a bot that the deployer took away, a second press (IDN-28)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.channels.models import Delivery
from kabinet.identity.models import LinkedMessenger, MessengerLinking, OneTimeCode
from kabinet.kernel.models import AuditEntry
from tests.identity.mail import last_code, texts
from tests.identity.messengers.bots import (
    begin,
    enter,
    link,
    number_of,
    point,
    press_start,
    written,
)
from tests.web.entry import EMAIL, PASSWORD, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
ASK, CONFIRM = "account_request_login_code", "account_confirm_login_code"
AWAY = pytest.mark.parametrize("left", [[], ["max"]])


@pytest.fixture(autouse=True)
def _bots(settings):
    point(settings)
    settings.SMS_CONNECTOR = "mailbox"
    settings.CAPTCHA = "off"


@pytest.fixture
def ksenia(client):
    person = make_person()
    sign_in(client)
    return person


def ask(client, where):
    return client.post(reverse(ASK), {"identifier": EMAIL, "where": where})


def test_a_code_that_lies_in_a_lost_telephone_dies_with_the_unlinking(client, ksenia):
    link(client, "telegram")
    finder, owner = Client(), Client()
    ask(finder, "telegram")
    code = last_code("telegram:5001")

    client.post(reverse("messenger-unlink", args=["telegram"]))

    assert finder.post(reverse(CONFIRM), {"code": code}).status_code == 422
    assert not is_signed_in(finder)
    assert not OneTimeCode.objects.filter(closed_at=None).exists()
    OneTimeCode.objects.all().delete()
    ask(owner, "telegram")
    assert owner.post(reverse(CONFIRM), {"code": last_code(EMAIL)}).status_code == 302
    assert is_signed_in(owner)


@AWAY
def test_what_the_deployer_took_away_is_still_shown_and_can_be_unlinked(
    client, ksenia, settings, left
):
    link(client, "telegram")
    settings.MESSENGERS = left
    address = reverse("messenger-unlink", args=["telegram"])
    shown = client.get(reverse("profile")).content.decode()
    assert "Сейчас коды сюда не приходят" in shown
    assert f'href="{address}"' in shown
    assert f'href="{reverse("messenger-link", args=["telegram"])}"' not in shown
    assert "Привязать можно снова" not in client.get(address).content.decode()
    before = Delivery.objects.filter(channel="telegram").count()

    assert client.post(address).url == reverse("profile")

    assert not LinkedMessenger.objects.exists()
    # Nothing waits for a bot that is no more.
    assert Delivery.objects.filter(channel="telegram").count() == before
    assert "отвязан" in texts(EMAIL)[-1]
    shown = client.get(reverse("profile")).content.decode()
    assert address not in shown
    assert ("Коды в мессенджере" in shown) is bool(left)


@pytest.mark.parametrize("count", [0, 1])
def test_what_was_taken_away_costs_a_query_only_where_it_is_shown(client, ksenia, settings, count):
    for name in ["telegram"][:count]:
        link(client, name)
    settings.MESSENGERS = []
    client.get(reverse("profile"))

    with CaptureQueriesContext(connection) as seen:
        client.get(reverse("profile"))

    assert len(seen) == 8 + count


def test_who_turns_to_the_contact_too_soon_is_told_when(client, ksenia):
    link(client, "telegram")
    visitor = Client()
    ask(visitor, "telegram")
    assert "Нет доступа к Telegram?" in visitor.get(reverse(CONFIRM)).content.decode()

    answer = visitor.post(reverse(ASK), {"identifier": EMAIL, "where": "contact"}, follow=True)

    shown = answer.content.decode()
    assert answer.redirect_chain == [(reverse(CONFIRM), 302)]
    assert "Код уже отправлен. Новый можно запросить через" in shown
    assert visitor.post(reverse(CONFIRM), {"code": last_code("telegram:5001")}).status_code == 302
    assert is_signed_in(visitor)


def test_a_second_press_on_link_changes_nothing(client, ksenia):
    press_start("telegram", begin(client, "telegram"))
    pending = client.session["messenger"]
    number = number_of("telegram")
    enter(client, "telegram", number)
    session = client.session
    session["messenger"] = pending
    session.save()
    sent = Delivery.objects.count()

    assert enter(client, "telegram", number).url == reverse("profile")
    assert enter(client, "telegram", number).url == reverse("messenger-link", args=["telegram"])

    assert client.get(reverse("messenger-link", args=["telegram"])).url == reverse("profile")
    assert Delivery.objects.count() == sent
    assert AuditEntry.objects.filter(action="identity.messenger.link").count() == 1
    assert LinkedMessenger.objects.count() == 1


def test_the_right_number_of_what_was_unlinked_since_links_nothing(client, ksenia):
    press_start("telegram", begin(client, "telegram"))
    pending = client.session["messenger"]
    number = number_of("telegram")
    enter(client, "telegram", number)
    client.post(reverse("messenger-unlink", args=["telegram"]))
    session = client.session
    session["messenger"] = pending
    session.save()

    assert enter(client, "telegram", number).url == reverse("messenger-link", args=["telegram"])
    assert not LinkedMessenger.objects.exists()


def test_who_asks_for_links_without_end_is_told_when(client, ksenia):
    address = reverse("messenger-link", args=["telegram"])
    for _press in range(20):
        assert client.post(address).status_code == 302

    assert client.post(address).status_code == 429


def test_the_number_is_taken_after_the_proof_ran_out_and_was_given_again(client, ksenia):
    press_start("telegram", begin(client, "telegram"))
    session = client.session
    session["account_authentication_methods"] = []
    session.save()

    asked = enter(client, "telegram", number_of("telegram"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not LinkedMessenger.objects.exists()

    client.post(asked.url, {"password": PASSWORD}, follow=True)
    assert LinkedMessenger.objects.count() == 1


def test_a_nameless_account_is_called_so(client, ksenia):
    press_start("telegram", begin(client, "telegram"))
    MessengerLinking.objects.update(called="")

    shown = client.get(reverse("messenger-link", args=["telegram"])).content.decode()
    assert '<b class="kb-target">без имени</b>' in shown


def test_who_was_shut_out_gets_no_code_in_the_messenger(client, ksenia):
    link(client, "telegram")
    ksenia.is_active = False
    ksenia.save(update_fields=["is_active"])
    visitor, said = Client(), len(written("telegram"))

    assert ask(visitor, "telegram").url == reverse(CONFIRM)

    assert len(written("telegram")) == said
    assert last_code(EMAIL) == ""
    assert visitor.post(reverse(CONFIRM), {"code": "000000"}).status_code == 422
    answer = client.post(reverse("messenger-link", args=["telegram"]))
    assert answer.url.startswith(reverse("account_login"))
    assert MessengerLinking.objects.count() == 1
