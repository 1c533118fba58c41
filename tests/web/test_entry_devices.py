"""Where a person is signed in, and how a browser is signed out from another one (IDN-37, 38)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kabinet.identity import devices, operations, sessions
from kabinet.identity.models import SignedInSession
from tests.identity.mail import texts
from tests.web.entry import EMAIL, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Safari/604.1"


def browser(user_agent=CHROME):
    return Client(headers={"user-agent": user_agent})


@pytest.fixture
def computer():
    make_person()
    computer = browser()
    sign_in(computer)
    return computer


@pytest.fixture
def phone(computer):
    phone = browser(IPHONE)
    sign_in(phone)
    return phone


def other_session(client):
    return SignedInSession.objects.exclude(session_key=client.session.session_key).get()


def test_the_page_lists_every_browser_this_one_first(computer, phone):
    page = computer.get(reverse("devices")).content.decode()

    assert page.index("Chrome, Windows") < page.index("Safari, iPhone")
    assert page.count("это устройство") == 1
    assert "Вход по паролю" in page


@pytest.mark.parametrize("others", [1, 3])
def test_the_list_costs_the_same_for_any_number(computer, others, django_assert_num_queries):
    for _other in range(others):
        sign_in(browser(IPHONE))

    computer.get(reverse("devices"))  # The first page looks at consents.

    # Session, user, links, the list.
    with django_assert_num_queries(4):
        computer.get(reverse("devices"))


def test_one_browser_is_signed_out_from_another(computer, phone):
    answer = computer.post(reverse("device-end", args=[other_session(computer).public_id]))

    assert answer.url == reverse("devices")
    assert not is_signed_in(phone)
    assert is_signed_in(computer)


def test_all_others_are_signed_out_at_once(computer, phone):
    sign_in(third := browser())

    computer.post(reverse("devices-end-others"))

    assert [is_signed_in(client) for client in (computer, phone, third)] == [True, False, False]
    assert "Выйти на всех остальных" not in computer.get(reverse("devices")).content.decode()


def test_a_stranger_ends_nothing(computer):
    stranger = browser()
    make_person(email="petr@example.ru", phone=None)
    sign_in(stranger, "petr@example.ru")
    target = SignedInSession.objects.get(session_key=computer.session.session_key)

    assert stranger.post(reverse("device-end", args=[target.public_id])).status_code == 404
    assert stranger.post(reverse("device-end", args=[uuid.uuid4()])).status_code == 404
    stranger.post(reverse("devices-end-others"))
    assert is_signed_in(computer)


def test_leaving_is_written_down(computer):
    computer.post(reverse("account_logout"))

    assert SignedInSession.objects.get().ended_at is not None


def test_a_new_password_keeps_this_session_in_the_list(computer, phone):
    computer.post(
        reverse("account_change_password"),
        {
            "current": "соловей поёт в саду",
            "new": "жёлтый лист летит",
            "repeat": "жёлтый лист летит",
        },
    )

    assert [row.is_current for row in _rows(computer) if row.user_agent == CHROME] == [True]
    assert phone.get(reverse("devices")).status_code == 302


def _rows(client):
    return client.get(reverse("devices")).context["rows"]


def test_an_idle_session_ends_and_a_remembered_one_stays(computer, settings):
    sign_in(remembered := browser(), remember="on")

    assert computer.session.get_expiry_age() == settings.SESSION_IDLE.total_seconds()
    assert remembered.session.get_expiry_age() == settings.SESSION_REMEMBERED.total_seconds()


def test_a_visit_moves_the_end_of_a_session_on(computer):
    session = computer.session
    session[sessions.SEEN] -= sessions.SEEN_EVERY_SECONDS + 1
    session.save()
    SignedInSession.objects.update(seen_at=timezone.now() - dt.timedelta(hours=1))

    computer.get(reverse("devices"))

    age = timezone.now() - SignedInSession.objects.get().seen_at
    assert age < dt.timedelta(minutes=1)
    assert computer.session[sessions.SEEN] > session[sessions.SEEN]


def test_pages_between_write_nothing(computer, django_assert_num_queries):
    computer.get(reverse("devices"))

    with django_assert_num_queries(4):
        computer.get(reverse("devices"))


def test_the_owner_is_told_of_a_new_device_once(computer, phone):
    assert operations.tell_of_new_devices(at=timezone.now()) == 1
    assert operations.tell_of_new_devices(at=timezone.now()) == 0

    [letter] = [text for text in texts(EMAIL) if "нового устройства" in text]
    assert "Safari, iPhone" in letter
    assert reverse("devices") in letter


def test_a_known_device_tells_nobody(computer):
    computer.post(reverse("account_logout"))
    sign_in(computer)

    assert operations.tell_of_new_devices(at=timezone.now()) == 0
    assert texts(EMAIL) == []


def test_somebody_elses_mark_makes_no_known_device(computer):
    make_person(email="petr@example.ru", phone=None)
    sign_in(Client(), "petr@example.ru")
    thief = browser()
    thief.cookies[devices.COOKIE] = computer.cookies[devices.COOKIE].value
    sign_in(thief, "petr@example.ru")

    assert operations.tell_of_new_devices(at=timezone.now()) == 1
    assert len(texts("petr@example.ru")) == 1


def test_the_mark_is_kept_only_as_a_hash_and_is_no_script_s_business(computer):
    cookie = computer.cookies[devices.COOKIE]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert SignedInSession.objects.get().device_digest == devices.digest(cookie.value)


@pytest.mark.parametrize("forged", ["", "x", "!" * 43, "a" * 4000])
def test_a_forged_mark_is_replaced(forged):
    make_person()
    client = browser()
    client.cookies[devices.COOKIE] = forged

    sign_in(client)

    assert devices.FORM.fullmatch(client.cookies[devices.COOKIE].value)
    assert client.cookies[devices.COOKIE].value != forged


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (CHROME, "Chrome, Windows"),
        (IPHONE, "Safari, iPhone"),
        (CHROME.replace("Safari", "YaBrowser/24.1 Safari"), "Яндекс Браузер, Windows"),
        ("curl/8", "Неизвестный браузер"),
        ("", "Неизвестный браузер"),
    ],
)
def test_browsers_are_named_as_people_know_them(user_agent, words):
    assert devices.browser_words(user_agent) == words


def test_old_rows_go(computer):
    later = timezone.now() + dt.timedelta(days=401)

    assert operations.forget_old_sessions(at=later) == 1
    assert not SignedInSession.objects.exists()
