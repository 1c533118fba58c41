"""Linking a messenger in the profile, and codes that come there (IDN-28)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kabinet.channels.models import Delivery
from kabinet.identity.models import LinkedMessenger, MessengerLinking, OneTimeCode
from kabinet.kernel.models import AuditEntry
from tests.identity.mail import last_code, texts
from tests.identity.messengers.bots import (
    BORIS,
    KSENIA,
    STRANGER,
    begin,
    bring,
    enter,
    link,
    number_of,
    point,
    press_start,
    stopped,
    written,
)
from tests.web.entry import EMAIL, PHONE, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("name", ["telegram", "max"])
ASK, CONFIRM = "account_request_login_code", "account_confirm_login_code"


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


def page(client, name):
    return client.get(reverse("messenger-link", args=[name])).content.decode()


def linked():
    rows = LinkedMessenger.objects.order_by("pk")
    return list(rows.values_list("user__email", "messenger", "account"))


def ask(client, identifier, where):
    return client.post(reverse(ASK), {"identifier": identifier, "where": where})


# --- linking ---


@BOTH
def test_a_person_links_the_messenger_whose_number_they_read(client, ksenia, name):
    secret = begin(client, name)
    assert f"http://127.0.0.1:9/{name}/ozera_bot?start={secret}" in page(client, name)
    press_start(name, secret)

    met = page(client, name)
    assert "Ксения Озёрная @ksenia_oz" in met
    assert number_of(name) not in met
    assert linked() == []
    assert enter(client, name, number_of(name)).url == reverse("profile")

    assert linked() == [(EMAIL, name, "5001")]
    assert "Готово" in written(name)[-1]
    assert "Ксения Озёрная @ksenia_oz, привязан" in client.get(reverse("profile")).content.decode()
    assert AuditEntry.objects.filter(action="identity.messenger.link").count() == 1
    told = {row.recipient for row in Delivery.objects.filter(recipient__in=[EMAIL, PHONE])}
    assert told == {EMAIL, PHONE}


def test_the_links_secret_and_the_number_are_kept_as_hashes_alone(client, ksenia):
    secret = begin(client, "telegram")
    press_start("telegram", secret)

    kept = repr(MessengerLinking.objects.values().get())
    assert secret not in kept
    assert f"'{number_of('telegram')}'" not in kept


def test_the_waiting_part_of_the_page_goes_on_by_itself(client, ksenia):
    secret = begin(client, "telegram")
    address = reverse("messenger-state", args=["telegram"])
    assert "every 2s" in client.get(address).content.decode()

    press_start("telegram", secret)

    assert "Ксения Озёрная" in client.get(address).content.decode()


def test_a_stranger_who_photographed_the_link_gets_nothing(client, ksenia):
    """The stranger's name may be made to look like the owner's; the number is in the stranger's conversation."""
    secret = begin(client, "telegram")
    press_start("telegram", secret, STRANGER)
    press_start("telegram", secret, KSENIA)

    assert "больше не действует" in written("telegram", KSENIA)[-1]
    assert "Некто Чужой" in page(client, "telegram")
    for guess in ("0000", "", "12345678901234567890", number_of("telegram", STRANGER)[::-1] + "1"):
        assert enter(client, "telegram", guess).status_code == 422
    begin(client, "telegram")
    assert enter(client, "telegram", number_of("telegram", STRANGER)).status_code == 302

    assert linked() == []


def test_the_number_may_be_tried_five_times(client, ksenia):
    press_start("telegram", begin(client, "telegram"))
    number = number_of("telegram")
    wrong = f"{(int(number) + 1) % 10_000:04d}"
    answers = [enter(client, "telegram", wrong).status_code for _try in range(5)]

    assert answers == [422, 422, 422, 422, 302]
    enter(client, "telegram", number)
    assert linked() == []


def test_a_link_lives_ten_minutes(client, ksenia):
    early = begin(client, "telegram")
    row = MessengerLinking.objects.get()
    assert row.expires_at - row.created_at == dt.timedelta(minutes=10)
    MessengerLinking.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    press_start("telegram", early)

    assert "больше не действует" in written("telegram")[-1]
    assert "Ссылка больше не действует" in page(client, "telegram")


def test_a_new_link_ends_the_one_before(client, ksenia):
    first = begin(client, "telegram")
    second = begin(client, "telegram")

    press_start("telegram", first)
    assert "больше не действует" in written("telegram")[-1]
    press_start("telegram", second)
    assert enter(client, "telegram", number_of("telegram")).url == reverse("profile")
    assert len(linked()) == 1


def test_the_link_of_one_messenger_does_nothing_in_the_other(client, ksenia):
    press_start("max", begin(client, "telegram"))

    assert "больше не действует" in written("max")[-1]
    assert MessengerLinking.objects.get().met_at is None


def test_another_browser_of_the_same_person_cannot_finish(client, ksenia):
    press_start("telegram", begin(client, "telegram"))
    other = Client()
    sign_in(other)

    assert enter(other, "telegram", number_of("telegram")).url == reverse(
        "messenger-link", args=["telegram"]
    )
    assert linked() == []
    assert enter(client, "telegram", number_of("telegram")).url == reverse("profile")


def test_somebody_elses_attempt_cannot_be_finished(client, ksenia):
    press_start("telegram", begin(client, "telegram"))
    make_person(email="boris@example.ru", phone=None)
    boris = Client()
    sign_in(boris, "boris@example.ru")
    session = boris.session
    session["messenger"] = client.session["messenger"]
    session.save()

    assert enter(boris, "telegram", number_of("telegram")).status_code == 302
    assert linked() == []


def test_one_account_of_a_messenger_opens_one_cabinet(client, ksenia):
    link(client, "telegram")
    make_person(email="boris@example.ru", phone=None)
    boris = Client()
    sign_in(boris, "boris@example.ru")

    link(boris, "telegram")
    assert linked() == [(EMAIL, "telegram", "5001")]
    link(boris, "telegram", BORIS)
    assert linked()[1:] == [("boris@example.ru", "telegram", "5002")]


def test_linking_asks_first_who_is_there(client, ksenia):
    session = client.session
    session["account_authentication_methods"] = []
    session.save()

    answer = client.post(reverse("messenger-link", args=["telegram"]))

    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not MessengerLinking.objects.exists()


def test_unlinking_stops_the_codes_and_tells_everybody(client, ksenia):
    link(client, "telegram")
    address = reverse("messenger-unlink", args=["telegram"])
    assert "Отвязать Telegram?" in client.get(address).content.decode()

    assert client.post(address).url == reverse("profile")

    assert linked() == []
    assert "Отвязано" in written("telegram")[-1]
    assert "отвязан" in texts(EMAIL)[-1]
    assert client.post(address).status_code == 404


def test_nothing_is_shown_where_nothing_is_configured(client, ksenia, settings):
    settings.MESSENGERS = []

    assert "Коды в мессенджере" not in client.get(reverse("profile")).content.decode()
    assert client.get(reverse("messenger-link", args=["telegram"])).status_code == 404
    assert bring("telegram", {}).status_code == 404
    assert "Куда прислать" not in Client().get(reverse(ASK)).content.decode()


# --- signing in ---


@pytest.mark.parametrize("identifier", [EMAIL, PHONE])
@BOTH
def test_the_code_comes_to_the_messenger_and_opens_the_cabinet(client, ksenia, name, identifier):
    link(client, name)
    before = len(texts(identifier))
    visitor = Client()
    ask(visitor, identifier, name)

    assert len(texts(identifier)) == before
    code = last_code(f"{name}:5001")
    assert "код" in written(name)[-1].lower()
    assert visitor.post(reverse(CONFIRM), {"code": code}).status_code == 302
    assert is_signed_in(visitor)


def test_a_new_code_goes_the_same_way(client, ksenia):
    link(client, "telegram")
    visitor = Client()
    ask(visitor, EMAIL, "telegram")
    OneTimeCode.objects.update(sent_at=timezone.now() - dt.timedelta(minutes=2))
    first = last_code("telegram:5001")

    visitor.post(reverse("account_login_code_resend"))

    again = last_code("telegram:5001")
    assert len(written("telegram")) == 4
    assert visitor.post(reverse(CONFIRM), {"code": first}).status_code == 422 or first == again
    assert visitor.post(reverse(CONFIRM), {"code": again}).status_code == 302


def test_without_a_linked_messenger_the_code_comes_to_the_contact(client):
    make_person()
    ask(client, EMAIL, "telegram")

    assert client.post(reverse(CONFIRM), {"code": last_code(EMAIL)}).status_code == 302
    assert is_signed_in(client)


@pytest.mark.parametrize("identifier", [EMAIL, PHONE])
def test_the_choice_does_not_tell_who_exists_nor_who_has_linked(client, identifier):
    """A person with a messenger, one without, and nobody: the same pages, as many queries, one message each."""
    owner = make_person()
    LinkedMessenger.objects.create(
        user=owner, messenger="telegram", account="5001", linked_at=timezone.now()
    )
    if identifier == EMAIL:
        bare, nobody = "anna@example.ru", "nobody@example.ru"
        make_person(email=bare, phone=None)
    else:
        bare, nobody = "+79120000001", "+79120000002"
        make_person(email=None, phone=bare)
    answers = []
    for named in (identifier, bare, nobody):
        visitor, before = Client(), Delivery.objects.count()
        with CaptureQueriesContext(connection) as seen:
            asked = ask(visitor, named, "telegram")
        shown = visitor.get(reverse(CONFIRM)).content.decode()
        assert Delivery.objects.count() == before + 1
        answers.append((asked.status_code, asked.url, _unnamed(shown), len(seen)))

    assert answers[0] == answers[1] == answers[2]


def _unnamed(shown):
    shown = re.sub(r'<b class="kb-target">[^<]*</b>', "", shown)
    shown = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', "", shown)
    return re.sub(r"\d:\d\d|data-countdown=\"\d+\"", "", shown)


def test_a_choice_that_is_not_offered_is_refused(client):
    make_person()

    assert ask(client, EMAIL, "icq").status_code == 422
    assert not OneTimeCode.objects.exists()


# --- a bot that was stopped ---


@BOTH
def test_who_stops_the_bot_gets_codes_at_the_contact_until_they_start_it_again(
    client, ksenia, name
):
    link(client, name)
    bring(name, stopped(name))
    shown = client.get(reverse("profile")).content.decode()
    assert "бот остановлен" in shown
    assert f'href="http://127.0.0.1:9/{name}/ozera_bot"' in shown
    ask(Client(), EMAIL, name)
    assert last_code(EMAIL)

    press_start(name)
    OneTimeCode.objects.all().delete()
    ask(Client(), EMAIL, name)

    assert last_code(f"{name}:5001")
    assert "бот остановлен" not in client.get(reverse("profile")).content.decode()


# --- leaving, own data, speed ---


@pytest.mark.parametrize(("count", "queries"), [(0, 8), (1, 9), (2, 9)])
def test_the_profile_costs_one_query_more_where_something_is_linked(client, ksenia, count, queries):
    for name in ["telegram", "max"][:count]:
        link(client, name)
    address = reverse("profile")
    client.get(address)

    assert _count(client, address) == queries


def _count(client, address):
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    return len(seen)
