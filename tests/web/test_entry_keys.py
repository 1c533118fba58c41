"""Passkeys: coming in, adding, removing, proving; and what a look-alike page or another's key can't do (IDN-29)."""

from __future__ import annotations

import json
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.identity.enums import SignInWay
from kabinet.identity.models import SignedInSession
from kabinet.kernel.models import AuditEntry
from tests.identity.mail import texts
from tests.web.entry import EMAIL, is_signed_in, make_person, sign_in
from tests.web.keys import Device

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "http://localhost:8000"


def add(client, device):
    options = client.get(reverse("mfa_add_webauthn")).context["options"]
    return client.post(reverse("mfa_add_webauthn"), {"credential": device.create(options)})


def come_in(client, device, **data):
    question = client.post(reverse("passkey-question")).content
    answer = {"credential": device.get(question), **data}
    return client.post(reverse("mfa_login_webauthn"), answer)


@pytest.fixture
def device(client):
    """The key of somebody who is signed in by password at ``client``."""
    make_person()
    sign_in(client)
    held = Device()
    assert add(client, held).url == reverse("mfa_index")
    return held


def test_a_passkey_signs_in(client, device):
    browser = Client()

    answer = come_in(browser, device)

    assert (answer.status_code, answer.url) == (302, reverse("home"))
    assert is_signed_in(browser)
    assert SignedInSession.objects.latest("pk").way == SignInWay.PASSKEY
    assert Authenticator.objects.get().last_used_at is not None


def test_it_opens_the_page_that_was_asked_for_and_no_other_site(client, device):
    assert come_in(Client(), device, next="/profile/").url == "/profile/"
    assert come_in(Client(), device, next="https://evil.example/").url == reverse("home")


def test_coming_in_costs_seven_queries_of_which_one_reads_the_challenge(client, device):
    browser = Client()
    question = browser.post(reverse("passkey-question")).content
    answer = {"credential": device.get(question)}

    with CaptureQueriesContext(connection) as asked:
        browser.post(reverse("mfa_login_webauthn"), answer)

    # The challenge; the keys with their owner, their use; the old session, the time, the list, the new one.
    statements = [query["sql"].split()[0] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert statements == [
        "SELECT",
        "SELECT",
        "UPDATE",
        "DELETE",
        "UPDATE",
        "INSERT",
        "INSERT",
    ]


def test_a_passkey_never_locks_the_password_out(client, device):
    browser = Client()

    assert sign_in(browser).url == reverse("home")
    assert is_signed_in(browser)


def test_the_owner_is_told_and_it_is_written_down(client, device):
    assert any("теперь можно войти с устройства" in text for text in texts(EMAIL))

    key = Authenticator.objects.get()
    removed = client.post(reverse("mfa_remove_webauthn", args=[key.pk]))

    assert removed.url == reverse("mfa_index")
    assert any("больше нельзя войти одним касанием" in text for text in texts(EMAIL))
    actions = AuditEntry.objects.filter(action__startswith="identity.passkey")
    assert sorted(actions.values_list("action", flat=True)) == [
        "identity.passkey.add",
        "identity.passkey.remove",
    ]
    assert not is_signed_in_by(device)


def is_signed_in_by(device):
    browser = Client()
    come_in(browser, device)
    return is_signed_in(browser)


def test_nobody_removes_another_persons_key(client, device):
    key = Authenticator.objects.get()
    stranger = Client()
    make_person(email="other@example.ru", phone=None)
    sign_in(stranger, "other@example.ru")

    assert stranger.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 404
    assert client.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://kabinet.evil.example"},
        {"origin": "http://localhost:9000"},
        {"host": "evil.example"},
        {"is_verified": False},
    ],
)
def test_an_answer_from_elsewhere_or_without_the_finger_is_refused(client, device, wrong):
    other = Device(**wrong)
    other.key, other.credential_id, other.owner = device.key, device.credential_id, device.owner

    assert not is_signed_in_by(other)
    assert is_signed_in_by(device)


def test_another_key_under_the_same_name_is_refused(client, device):
    thief = Device()
    thief.credential_id, thief.owner = device.credential_id, device.owner

    assert not is_signed_in_by(thief)


def test_an_answer_is_good_once_and_for_its_own_challenge(client, device):
    browser, other = Client(), Client()
    question = browser.post(reverse("passkey-question")).content
    other.post(reverse("passkey-question"))
    answer = {"credential": device.get(question)}

    other.post(reverse("mfa_login_webauthn"), answer)
    assert not is_signed_in(other)

    browser.post(reverse("mfa_login_webauthn"), answer)
    assert is_signed_in(browser)
    browser.post(reverse("account_logout"))
    browser.post(reverse("mfa_login_webauthn"), answer)
    assert not is_signed_in(browser)


def test_a_challenge_does_not_wait_for_ever(client, device):
    browser = Client()
    question = browser.post(reverse("passkey-question")).content
    session = browser.session
    session["passkey"]["at"] -= 301
    session.save()

    browser.post(reverse("mfa_login_webauthn"), {"credential": device.get(question)})

    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "rubbish", ["", "{}", "[]", "null", "не json", '{"rawId": 1}', "[" * 30_000, "x" * 30_000]
)
def test_rubbish_is_answered_kindly(client, device, rubbish):
    browser = Client()
    browser.post(reverse("passkey-question"))

    answer = browser.post(reverse("mfa_login_webauthn"), {"credential": rubbish})

    assert answer.url == reverse("account_login")
    assert "Попробуйте ещё раз" in browser.get(answer.url).content.decode()
    assert client.post(reverse("mfa_add_webauthn"), {"credential": rubbish}).status_code == 422
    assert Authenticator.objects.count() == 1


def test_one_changed_byte_makes_a_genuine_answer_refused(client, device):
    browser = Client()
    question = browser.post(reverse("passkey-question")).content
    answer = json.loads(device.get(question))
    told = answer["response"]["signature"]
    answer["response"]["signature"] = told[:-2] + ("A" if told[-2] != "A" else "B") + told[-1]

    browser.post(reverse("mfa_login_webauthn"), {"credential": json.dumps(answer)})

    assert not is_signed_in(browser)


def test_adding_asks_first_who_is_there(client, device):
    _long_ago(client)

    assert client.get(reverse("mfa_add_webauthn")).url.startswith(reverse("account_reauthenticate"))
    key = Authenticator.objects.get()
    asked = client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.count() == 1


def _long_ago(client):
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()


def prove(client, device):
    question = client.post(reverse("prove-key-question")).content
    return client.post(
        reverse("mfa_reauthenticate_webauthn"),
        {"credential": device.get(question), "next": reverse("mfa_add_webauthn")},
    )


def test_a_passkey_proves_who_is_there(client, device):
    _long_ago(client)
    page = client.get(reverse("account_reauthenticate"))
    assert page.context["has_passkey"] is True

    assert prove(client, device).url == reverse("mfa_add_webauthn")
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_another_persons_passkey_proves_nothing(client, device):
    stranger = Client()
    make_person(email="other@example.ru", phone=None)
    sign_in(stranger, "other@example.ru")
    _long_ago(stranger)

    prove(stranger, device)

    assert stranger.get(reverse("mfa_add_webauthn")).status_code == 302


def test_a_challenge_to_sign_in_is_none_to_prove(client, device):
    _long_ago(client)
    question = client.post(reverse("passkey-question")).content

    client.post(reverse("mfa_reauthenticate_webauthn"), {"credential": device.get(question)})

    assert client.get(reverse("mfa_add_webauthn")).status_code == 302


def test_it_is_offered_after_signing_in_until_it_is_answered(client):
    make_person()
    sign_in(client)
    assert "data-passkey-offer" in client.get(reverse("home")).content.decode()

    client.post(reverse("passkey-later"), {"next": reverse("home")})
    assert "data-passkey-offer" not in client.get(reverse("home")).content.decode()

    client.post(reverse("account_logout"))
    sign_in(client)
    assert "data-passkey-offer" not in client.get(reverse("home")).content.decode()


def test_it_is_not_offered_to_whoever_has_one(client, device):
    assert "data-passkey-offer" not in client.get(reverse("home")).content.decode()
    browser = Client()
    sign_in(browser)
    assert "data-passkey-offer" not in browser.get(reverse("home")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_keys_costs_five_queries(client, device, count, django_assert_num_queries):
    for _more in range(count - 1):
        add(client, Device())

    # Session, user, links, keys, and the person's own unread figure is none of them.
    with django_assert_num_queries(4):
        page = client.get(reverse("mfa_index"))

    assert len(page.context["keys"].passkeys) == count


def test_questions_are_not_asked_without_end(client):
    answers = {client.post(reverse("passkey-question")).status_code for _try in range(101)}

    assert answers == {200, 429}


def rename(client, key_id, name):
    return client.post(reverse("mfa_edit_webauthn", args=[key_id]), {"name": name})


def test_a_key_is_called_as_its_owner_likes(client, device):
    key = Authenticator.objects.get()
    letters = len(texts(EMAIL))

    page = client.get(reverse("mfa_edit_webauthn", args=[key.pk]))
    answer = rename(client, key.pk, "  Мой   телефон ")

    assert page.context["form"]["name"].value() == key.data["name"]
    assert answer.url == reverse("mfa_index")
    assert "Мой телефон" in client.get(answer.url).content.decode()
    key.refresh_from_db()
    assert key.data["name"] == "Мой телефон"
    assert AuditEntry.objects.filter(action="identity.passkey.rename").count() == 1
    # What the key opens has not changed.
    assert len(texts(EMAIL)) == letters
    assert is_signed_in_by(device)


def test_the_same_name_again_leaves_no_trace(client, device):
    key = Authenticator.objects.get()

    assert rename(client, key.pk, key.data["name"]).status_code == 302
    assert not AuditEntry.objects.filter(action="identity.passkey.rename").exists()


@pytest.mark.parametrize("name", ["", "   ", "ы" * 81, "a\0b"])
def test_what_is_no_name_is_not_kept(client, device, name):
    key = Authenticator.objects.get()

    assert rename(client, key.pk, name).status_code == 422
    former = key.data["name"]
    key.refresh_from_db()
    assert key.data["name"] == former


def test_nobody_renames_another_persons_key_or_anything_that_is_no_key(client, device):
    key = Authenticator.objects.get()
    make_person(email="olga@example.ru", phone=None)
    olga = Client()
    sign_in(olga, "olga@example.ru")
    place = reverse("mfa_edit_webauthn", args=[key.pk])

    assert olga.get(place).status_code == 404
    assert rename(olga, key.pk, "моё").status_code == 404
    assert rename(client, key.pk + 1, "моё").status_code == 404
    key.refresh_from_db()
    assert key.data["name"] != "моё"
    assert rename(client, key.pk, "моё").status_code == 302
