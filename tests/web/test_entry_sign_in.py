from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.identity import session_store
from kabinet.identity.models import User
from kabinet.identity.session_store import SessionStore
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
NEUTRAL = "почта или телефон и пароль не подошли друг к другу"


@pytest.mark.parametrize(
    "login",
    [EMAIL, "IVAN@example.ru", " ivan@example.ru ", PHONE, "8 (912) 345-67-89", "9123456789"],
)
def test_any_spelling_of_the_own_contact_signs_in(client, login):
    make_person()

    answer = sign_in(client, login)

    assert (answer.status_code, answer.url) == (302, reverse("home"))
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (EMAIL, "не тот пароль"),
        (EMAIL, PASSWORD.upper()),
        (PHONE, "не тот пароль"),
        ("nobody@example.ru", PASSWORD),
        ("+79990000000", PASSWORD),
    ],
)
def test_every_failure_has_one_text(client, login, password):
    make_person()

    refused = sign_in(client, login, password)

    assert refused.status_code == 422
    assert refused.context["form"].errors.get_json_data().keys() == {"__all__"}
    assert NEUTRAL in refused.content.decode()
    assert not is_signed_in(client)


def test_known_and_unknown_differ_in_nothing_that_is_sent(client):
    make_person()

    def answer(login):
        response = sign_in(Client(), login, "не тот пароль")
        page = response.content.decode().replace(login, "")
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
        return response.status_code, page, sorted(response.headers), sorted(response.cookies)

    assert answer(EMAIL) == answer("nobody@example.ru") == answer("+79990000000")


class CountingHasher(MD5PasswordHasher):
    """Stands for the slow hash, which is what takes the time: it counts how often it ran."""

    runs = 0

    def encode(self, password, salt):
        type(self).runs += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("login", [EMAIL, PHONE, "nobody@example.ru", "+79990000000"])
def test_known_and_unknown_cost_one_hash_and_the_same_queries(
    client, settings, login, django_assert_num_queries
):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    make_person()
    CountingHasher.runs = 0

    # The counts with a savepoint around them, the person, what the page offers guests, the only provider.
    with django_assert_num_queries(6):
        sign_in(client, login, "не тот пароль")

    assert CountingHasher.runs == 1


def test_an_unproven_contact_does_not_sign_in(client):
    User.objects.create_user(email=EMAIL, phone=PHONE, password=PASSWORD)

    assert sign_in(client, EMAIL).status_code == 422
    assert sign_in(client, PHONE).status_code == 422


def test_a_master_user_signs_in_at_the_same_page(client):
    User.objects.create_superuser("Chief@Example.ru", PASSWORD)

    assert sign_in(client, "chief@example.ru").status_code == 302
    assert client.get("/profile/").status_code == 200


def test_a_disabled_person_is_told_only_after_the_right_password(client):
    user = make_person()
    user.is_active = False
    user.save()

    assert NEUTRAL in sign_in(client, EMAIL, "не тот пароль").content.decode()
    told = client.post(
        reverse("account_login"), {"login": EMAIL, "password": PASSWORD}, follow=True
    )
    assert "Вход закрыт" in told.content.decode()
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "wanted", ["/profile/", "/accounts/?a=b", "/a/00000000-0000-0000-0000-000000000001/"]
)
def test_the_page_asked_for_opens_after_sign_in(client, wanted):
    make_person()
    asked = client.get("/profile/")
    assert (asked.status_code, asked.url) == (302, "/login/?next=/profile/")

    assert sign_in(client, next=wanted).url == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http://testserver.evil.example/",
        "http://testserver@evil.example/",
        "https://localhost/",
        "\thttps://evil.example",
    ],
)
def test_no_other_site_opens_after_sign_in(client, settings, wanted):
    settings.ALLOWED_HOSTS = ["*"]
    make_person()

    answer = sign_in(client, next=wanted)
    shown = Client().get(reverse("account_login"), {"next": wanted})

    assert answer.url == reverse("home")
    assert shown.context["next"] == ""
    assert "signup/?next" not in shown.content.decode()


def test_a_session_planted_before_sign_in_is_worthless_after(client):
    make_person()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted

    sign_in(client)

    assert client.session.session_key != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert not is_signed_in(stranger)


def test_five_wrong_passwords_block_this_place_and_not_the_owner(client):
    make_person()
    for _try in range(5):
        assert sign_in(client, EMAIL, "не тот пароль").status_code == 422

    refused = sign_in(client)
    elsewhere = Client(REMOTE_ADDR="198.51.100.9")

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert "Попробуйте снова через" in refused.content.decode()
    assert not is_signed_in(client)
    assert sign_in(elsewhere).status_code == 302


def test_phones_are_counted_each_on_its_own(client):
    make_person()
    for _try in range(5):
        sign_in(client, "+79990000000", "не тот пароль")

    assert sign_in(client, "+79990000000").status_code == 429
    assert sign_in(client, PHONE).status_code == 302


def test_a_right_password_clears_the_count(client):
    make_person()
    for _round in range(2):
        for _try in range(4):
            sign_in(Client(), EMAIL, "не тот пароль")
        assert sign_in(Client()).status_code == 302


def test_ten_thousand_characters_are_refused(client):
    make_person()

    assert sign_in(client, EMAIL, "ы" * 10_000).status_code == 422


def test_sign_in_is_cheap(client):
    make_person()

    with CaptureQueriesContext(connection) as asked:
        sign_in(client)

    # Counts taken, the person, counts settled, the time of sign-in, its line in the list, the new session; savepoints are the test's own.
    statements = [query["sql"].split()[0] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert statements == ["WITH", "SELECT", "WITH", "UPDATE", "INSERT", "INSERT"]


def test_two_sessions_of_one_key_never_exist(monkeypatch):
    keys = iter(["a" * 32, "a" * 32, "b" * 32])
    monkeypatch.setattr(session_store, "get_random_string", lambda *_args: next(keys))
    first, second = SessionStore(), SessionStore()
    first["who"], second["who"] = "first", "second"

    first.save()
    second.save()

    assert (first.session_key, second.session_key) == ("a" * 32, "b" * 32)
    assert SessionStore("a" * 32)["who"] == "first"


def test_sign_out_needs_a_post(client):
    client.force_login(make_person())

    asked = client.get(reverse("account_logout"))
    assert "Выйти из кабинета?" in asked.content.decode()
    assert is_signed_in(client)

    left = client.post(reverse("account_logout"))
    assert (left.status_code, left.url) == (302, reverse("account_login"))
    assert not is_signed_in(client)


def test_signing_out_twice_is_no_error(client):
    assert client.post(reverse("account_logout")).url == reverse("account_login")


def test_sign_out_revokes_the_session_on_the_server(client):
    client.force_login(make_person())
    key = client.session.session_key

    client.post(reverse("account_logout"))

    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/profile/").status_code == 302


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_logout",
        "account_signup",
        "account_signup_code",
        "account_signup_resend",
        "account_reset_password",
        "account_confirm_password_reset_code",
        "account_reset_password_resend",
        "account_complete_password_reset",
        "account_change_password",
        "consent",
    ],
)
def test_every_form_refuses_a_foreign_page(name):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_person())

    assert browser.post(reverse(name), {}).status_code == 403


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_entry_pages_are_not_kept_by_caches(client, name):
    answer = client.get(reverse(name))

    assert "no-store" in answer["Cache-Control"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "<script>" not in answer.content.decode()
    assert " style=" not in answer.content.decode()
