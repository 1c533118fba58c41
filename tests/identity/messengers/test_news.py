"""What comes to the address of the bots' news: forged, broken, repeated, too much (IDN-28)."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.channels.models import Delivery
from kabinet.identity.enums import Messenger
from kabinet.identity.messengers import checks
from kabinet.identity.messengers.updates import Deed, Heard, Unreadable, read
from kabinet.identity.models import LinkedMessenger, MessengerLinking
from kabinet.kernel.models import AttemptLimit
from tests.identity.messengers.bots import (
    HEADERS,
    KSENIA,
    SECRETS,
    begin,
    bring,
    enter,
    link,
    number_of,
    point,
    press_start,
    started,
    stopped,
    written,
)
from tests.web.entry import make_person, sign_in

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("name", ["telegram", "max"])
LARGE = 64 * 1024


@pytest.fixture(autouse=True)
def _bots(settings):
    point(settings)


@pytest.fixture
def ksenia(client):
    make_person()
    sign_in(client)


def _both(telegram, of_max):
    """News that either messenger could bring, were it not for who is said to have done it."""
    told = '{"message": {"chat": {"type": "private"}, "text": "/start x", "from": {%s}}, "update_type": "bot_started", "user": {%s}}'
    return (told % (telegram, of_max)).encode()


def nothing_is_met():
    return not MessengerLinking.objects.filter(met_at__isnull=False).exists()


def nothing_happened():
    return not (
        not nothing_is_met()
        or LinkedMessenger.objects.exists()
        or Delivery.objects.filter(channel__in=["telegram", "max"]).exists()
    )


@BOTH
def test_forged_news_does_nothing(client, ksenia, name):
    secret = begin(client, name)
    news, other = started(name, payload=secret), next(one for one in SECRETS if one != name)

    for forged in ("", "x", SECRETS[other], SECRETS[name][:-1], f"{SECRETS[name]} ", "ключ"):
        assert bring(name, news, secret=forged).status_code == 403
    bare = Client().post(
        reverse("messenger-news", args=[name]), news, content_type="application/json"
    )
    crossed = Client().post(
        reverse("messenger-news", args=[name]),
        news,
        content_type="application/json",
        headers={HEADERS[other]: SECRETS[name]},
    )

    assert (bare.status_code, crossed.status_code) == (403, 403)
    assert nothing_happened()
    assert bring(name, news).status_code == 200
    assert not nothing_happened()


@BOTH
def test_without_an_agreed_secret_nothing_is_believed(settings, name):
    settings.TELEGRAM_HOOK_SECRET = settings.MAX_HOOK_SECRET = ""

    assert bring(name, started(name), secret="").status_code == 403


@BOTH
def test_the_same_news_a_second_time_does_nothing(client, ksenia, name):
    news = started(name, payload=begin(client, name))
    assert bring(name, news).status_code == 200
    before = MessengerLinking.objects.values().get()
    said = written(name)

    assert bring(name, news).status_code == 200
    assert (MessengerLinking.objects.values().get(), written(name)) == (before, said)
    enter(client, name, number_of(name))
    said = written(name)
    assert bring(name, news).status_code == 200
    assert written(name) == said
    assert LinkedMessenger.objects.count() == 1


@BOTH
def test_too_much_is_not_even_read(name):
    large = {"text": "x" * LARGE}

    assert bring(name, large).status_code == 413
    assert bring(name, large, secret="wrong").status_code == 403


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{" * 5000,
        b"[" * 100_00,
        b'{"message": 1, "update_type": "bot_started", "user": 1}',
        b'{"message": {"chat": {"type": "private"}, "text": "/start x"}, "update_type": "bot_started", "user": {}}',
        _both('"id": true', '"user_id": "5001"'),
        _both('"id": -5', '"user_id": -5'),
        _both('"id": 1.5', '"user_id": null'),
        _both(f'"id": {10**20}', f'"user_id": {2**63}'),
    ],
)
def test_what_says_nothing_is_refused_calmly(name, body):
    answer = Client().post(
        reverse("messenger-news", args=[name]),
        body,
        content_type="application/json",
        headers={HEADERS[name]: SECRETS[name]},
    )

    assert answer.status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize(
    ("name", "news"),
    [
        ("telegram", {"update_id": 1, "message": {"chat": {"type": "group"}, "text": "/start x"}}),
        ("telegram", {"update_id": 1, "message": {"chat": {"type": "private"}, "text": "Привет"}}),
        ("telegram", {"update_id": 1, "message": {"chat": {"type": "private"}, "photo": []}}),
        ("telegram", {"update_id": 1, "channel_post": {}}),
        ("max", {"update_type": "message_created", "message": {}}),
    ],
)
def test_what_is_no_business_of_ours_is_taken_and_left(name, news):
    assert bring(name, news).status_code == 200
    assert nothing_happened()


def test_only_posts_are_taken(client):
    assert client.get(reverse("messenger-news", args=["telegram"])).status_code == 405
    assert client.post("/api/messengers/icq/").status_code == 404


@BOTH
def test_a_name_cannot_break_the_page_nor_the_table(client, ksenia, name):
    news = started(name, payload=begin(client, name))
    person = news["message"]["from"] if name == "telegram" else news["user"]
    person |= {"first_name": "<script>alert(1)</script>\u202e\x00", "last_name": "я" * 300}

    assert bring(name, news).status_code == 200

    shown = client.get(reverse("messenger-link", args=[name])).content.decode()
    assert "<script>alert" not in shown
    assert len(MessengerLinking.objects.get().called) == 130
    assert MessengerLinking.objects.get().called.isprintable()


@BOTH
def test_nobody_makes_the_bot_write_without_end(name):
    for number in range(30):
        bring(name, started(name, payload=f"guess-{number}"))

    assert len(written(name)) == 20
    assert not AttemptLimit.objects.filter(key__contains=str(KSENIA.number)).exists()


@BOTH
def test_a_secret_that_cannot_be_ours_is_not_looked_for(name):
    for payload in ("ключ", "\ud800", "\u0000", "x" * 5000):
        assert bring(name, started(name, payload=payload)).status_code == 200

    assert nothing_is_met()


@BOTH
def test_a_number_that_no_messenger_has_meets_no_link(client, ksenia, name):
    news = started(name, payload=begin(client, name))
    person = news["message"]["from"] if name == "telegram" else news["user"]
    person["id" if name == "telegram" else "user_id"] = 10**20

    assert bring(name, news).status_code == 400
    assert nothing_happened()
    press_start(name, client.session["messenger"][2])
    assert not nothing_is_met()


@BOTH
def test_a_stranger_is_greeted_and_told_where_to_begin(name):
    press_start(name)

    assert "/profile/" in written(name)[-1]
    assert not LinkedMessenger.objects.exists()


@BOTH
def test_the_news_of_a_stopped_bot_touches_its_own_person_alone(client, ksenia, name):
    link(client, name)
    other = next(one for one in SECRETS if one != name)
    bring(other, stopped(other))
    assert LinkedMessenger.objects.get().silent_since is None

    bring(name, stopped(name))
    first = LinkedMessenger.objects.get().silent_since
    bring(name, stopped(name))
    assert first
    assert LinkedMessenger.objects.get().silent_since == first


def test_both_messengers_say_the_same_in_their_own_words():
    secret = "abc_DEF-123"
    for messenger in Messenger:
        name = messenger.value
        heard = read(messenger, _body(started(name, payload=secret)))
        assert heard == Heard(messenger, Deed.STARTED, "5001", "Ксения Озёрная @ksenia_oz", secret)
        assert read(messenger, _body(stopped(name))).deed is Deed.STOPPED
    with pytest.raises(Unreadable):
        read(Messenger.MAX, b"{}")


def _body(news):
    return json.dumps(news).encode()


def test_the_start_refuses_bots_that_are_half_configured(settings):
    assert checks.check_messengers() == []
    settings.TELEGRAM_TOKEN = ""
    settings.MAX_HOOK_SECRET = "too-short"

    assert [error.id for error in checks.check_messengers()] == ["identity.E001", "identity.E002"]


def test_going_live_warns_of_bots_that_speak_in_the_open(settings):
    settings.SITE_URL = settings.TELEGRAM_URL = "https://lk.example.ru"

    (warning,) = checks.check_bots_speak_encrypted()
    assert "KABINET_MAX_URL" in warning.msg
    settings.MESSENGERS = []
    assert checks.check_bots_speak_encrypted() == []
