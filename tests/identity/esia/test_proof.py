"""What Kabinet believes of Gosuslugi, and what it does not."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from kabinet.identity.esia import client as esia_client
from kabinet.identity.models import User
from kabinet.kernel.http import Limits
from sandbox.esia.people import GALINA, INNA, PYOTR, TIMUR, VERA
from tests.identity.esia.visitor import CALLBACK, Visitor, asked, choose, onward
from tests.web.entry import is_signed_in

pytestmark = pytest.mark.django_db

FAILED = "Войти через Госуслуги не получилось"
DOWN = "Госуслуги сейчас не отвечают"
UNCONFIRMED = "учётная запись на Госуслугах не подтверждена"
CANCELLED = "вход там отменён"


def words(response):
    """What the person reads on the entry page after a refusal."""
    assert (response.status_code, response.url) == (302, reverse("account_login"))
    (message,) = get_messages(response.wsgi_request)
    return str(message)


@pytest.mark.usefixtures("flavour")
def test_a_confirmed_person_is_known_by_number_names_and_proved_contacts(proved):
    assert Visitor().sign_in(VERA).content == b"proved"

    (login,) = proved
    assert (login.account.provider, login.account.uid) == ("esia", str(VERA.oid))
    assert login.account.extra_data == {"full_name": "Смирнова Вера Павловна"}
    assert [(row.email, row.verified) for row in login.email_addresses] == [(VERA.email, True)]
    assert (login.phone, login.phone_verified) == ("+79162223344", True)


@pytest.mark.parametrize(
    ("person", "emails", "phone"),
    [(GALINA, [], "+79165550202"), (PYOTR, [], None), (INNA, [], "+79165550303")],
    ids=["no e-mail", "no contacts", "unproved e-mail"],
)
def test_only_contacts_that_gosuslugi_have_proved_are_taken(
    gosuslugi, proved, person, emails, phone
):
    Visitor().sign_in(person)

    (login,) = proved
    assert [row.email for row in login.email_addresses] == emails
    assert login.phone == phone
    assert login.account.extra_data == {"full_name": person.full_name}


@pytest.mark.usefixtures("gosuslugi")
def test_nothing_that_opens_their_data_is_kept(proved):
    Visitor().sign_in(VERA)

    (login,) = proved
    assert login.token.token == ""
    assert login.serialize()["token"]["token"] == ""


def test_the_request_is_what_gosuslugi_document(flavour):
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)

    address = Visitor().begin()

    told = asked(address)
    assert (
        urlsplit(address).path
        == {
            "pkcs7": "/aas/oauth2/ac",
            "raw": "/aas/oauth2/v2/ac",
        }[flavour]
    )
    assert told["scope"] == "openid fullname email mobile"
    assert (told["response_type"], told["access_type"]) == ("code", "online")
    assert told["redirect_uri"] == CALLBACK
    assert str(uuid.UUID(told["state"])) == told["state"]
    moment = dt.datetime.strptime(told["timestamp"], "%Y.%m.%d %H:%M:%S %z")
    assert before <= moment <= dt.datetime.now(dt.UTC)
    assert ("code_challenge" in told, "client_certificate_hash" in told) == (
        flavour == "raw",
        flavour == "raw",
    )


@pytest.mark.usefixtures("flavour")
def test_every_request_is_signed_anew():
    visitor = Visitor()

    first, second = (asked(visitor.begin()) for _ in range(2))

    assert first["state"] != second["state"]
    assert first["client_secret"] != second["client_secret"]


@pytest.mark.usefixtures("gosuslugi")
def test_the_visitor_chooses_neither_scope_nor_address_of_return(client):
    response = client.post(
        reverse("esia_login") + "?scope=snils&auth_params=access_type%3Doffline%26scope%3Dinn",
        headers={"host": "127.0.0.1:9999"},
    )

    told = asked(onward(response))
    assert told["scope"] == "openid fullname email mobile"
    assert (told["access_type"], told["redirect_uri"]) == ("online", CALLBACK)


@pytest.mark.usefixtures("gosuslugi")
@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/profile/", "/profile/"),
        ("https://stranger.example/", None),
        ("//stranger.example/", None),
        ("/\\stranger.example/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_afterwards_people_go_on_within_this_site_only(proved, wanted, kept):
    Visitor().sign_in(VERA, next=wanted)

    assert proved[0].state.get("next") == kept


@pytest.mark.usefixtures("gosuslugi")
def test_opening_the_address_begins_nothing(client):
    page = client.get(reverse("esia_login"), {"next": "/profile/"}).content.decode()

    assert "Продолжить" in page
    assert 'name="next" value="/profile/"' in page
    assert "socialaccount_states" not in client.session


@pytest.mark.parametrize("name", ["esia_login", "esia_callback"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_where_it_is_not_configured_it_does_not_exist(client, settings, name, method):
    settings.ESIA_CLIENT_ID, settings.SOCIALACCOUNT_PROVIDERS = "", {}

    assert getattr(client, method)(reverse(name)).status_code == 404


@pytest.mark.usefixtures("flavour")
def test_an_account_that_is_not_confirmed_is_refused(proved):
    visitor = Visitor()

    assert UNCONFIRMED in words(visitor.sign_in(TIMUR))
    assert proved == []
    assert visitor.sign_in(VERA).content == b"proved"


def test_a_marker_that_does_not_say_so_is_enough_to_refuse(gosuslugi, proved):
    subject = {"urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": VERA.oid}
    gosuslugi.esia.mint.spoil_next({"claims": {"urn:esia:sbj": subject}})

    assert UNCONFIRMED in words(Visitor().sign_in(VERA))
    assert proved == []


def test_gosuslugi_may_send_such_an_account_back_themselves(gosuslugi):
    visitor = Visitor()
    address = choose(visitor.begin(), refuse="1")

    response = visitor.back(address, error_description="ESIA-007055: …")

    assert UNCONFIRMED in words(response)


@pytest.mark.usefixtures("flavour")
def test_who_cancels_is_back_at_the_entry_page():
    visitor = Visitor()

    response = visitor.back(choose(visitor.begin(), refuse="1"))

    assert CANCELLED in words(response)
    assert not is_signed_in(visitor.client)


@pytest.mark.parametrize(
    ("error", "description", "text"),
    [
        ("server_error", "ESIA-007008: busy", DOWN),
        ("invalid_request", "ESIA-007014: The request doesn't contain", FAILED),
        ("invalid_request", "<script>alert(1)</script>", FAILED),
        ("access_denied", None, CANCELLED),
    ],
)
@pytest.mark.usefixtures("gosuslugi")
def test_an_error_of_theirs_is_told_in_our_words(error, description, text):
    visitor = Visitor()
    state = asked(visitor.begin())["state"]

    response = visitor.back(CALLBACK, state=state, error=error, error_description=description)

    assert text in words(response)
    assert "script" not in words(response)


# --- whose return it is ---


@pytest.mark.usefixtures("flavour")
def test_a_return_belongs_to_the_browser_that_began(proved):
    began, other = Visitor(), Visitor()
    address = choose(began.begin(), person=VERA.oid)
    other.begin()

    assert FAILED in words(other.back(address))
    assert proved == []
    assert began.back(address).content == b"proved"


@pytest.mark.usefixtures("flavour")
def test_a_return_works_once(proved):
    visitor = Visitor()
    address = choose(visitor.begin(), person=VERA.oid)
    assert visitor.back(address).content == b"proved"

    assert words(visitor.back(address))
    assert len(proved) == 1


@pytest.mark.parametrize("state", ["", None, str(uuid.UUID(int=1)), "x"])
@pytest.mark.usefixtures("gosuslugi")
def test_a_return_with_another_state_is_refused(proved, state):
    visitor = Visitor()
    address = choose(visitor.begin(), person=VERA.oid)

    assert words(visitor.back(address, state=state))
    assert proved == []
    assert visitor.back(address).content == b"proved"


@pytest.mark.usefixtures("gosuslugi")
def test_the_state_of_another_provider_is_refused(proved):
    """A mix-up: what was begun with one provider is answered at the address of another."""
    visitor = Visitor()
    address = choose(visitor.begin(), person=VERA.oid)
    session = visitor.client.session
    (state,) = session["socialaccount_states"]
    session["socialaccount_states"][state][2] = "vk"
    session.save()

    assert words(visitor.back(address))
    assert proved == []


@pytest.mark.usefixtures("gosuslugi")
def test_a_code_that_another_browser_earned_is_refused(proved):
    """Code injection: PKCE binds a code to who asked for it, where the flavour knows PKCE."""
    victim, thief = Visitor(), Visitor()
    stolen = asked(choose(victim.begin(), person=VERA.oid))["code"]
    own = choose(thief.begin(), person=GALINA.oid)

    assert FAILED in words(thief.back(own, code=stolen))
    assert proved == []


# --- whose marker it is ---

PAST = 1_600_000_000


@pytest.mark.parametrize(
    "slip",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"by_stranger": True},
        {"claims": {"iss": "http://esia.example/"}},
        {"claims": {"iss": "https://esia.gosuslugi.ru/"}},
        {"claims": {"aud": "ANOTHER"}},
        {"claims": {"aud": []}},
        {"claims": {"exp": PAST}},
        {"claims": {"nbf": 4_000_000_000}},
        {"claims": {"iat": 4_000_000_000}},
        {"dropped": ["exp"]},
        {"dropped": ["iss"]},
        {"dropped": ["aud"]},
        {"dropped": ["iat"]},
        {"dropped": ["sub"]},
        {"claims": {"sub": VERA.oid + 1}},
        {"dropped": ["urn:esia:sbj"]},
        {"claims": {"urn:esia:sbj": "P"}},
        {"claims": {"urn:esia:sbj": {"urn:esia:sbj:typ": "B", "urn:esia:sbj:oid": VERA.oid}}},
        {"claims": {"urn:esia:sbj": {"urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": "1 OR 1"}}},
        {"claims": {"urn:esia:sbj": {"urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": True}}},
        {"claims": {"urn:esia:sbj": {"urn:esia:sbj:typ": "P"}}},
    ],
    ids=str,
)
def test_one_thing_wrong_with_a_marker_and_it_is_not_believed(gosuslugi, proved, slip):
    visitor = Visitor()
    gosuslugi.esia.mint.spoil_next(slip)

    assert FAILED in words(visitor.sign_in(VERA))

    assert proved == []
    assert not is_signed_in(visitor.client)
    assert visitor.sign_in(VERA).content == b"proved"


def test_markers_that_answer_another_request_are_not_believed(gosuslugi, proved):
    gosuslugi.faults.add({"kind": "mixed", "place": "token"})
    visitor = Visitor()

    assert FAILED in words(visitor.sign_in(VERA))

    assert proved == []
    assert visitor.sign_in(VERA).content == b"proved"


# --- when Gosuslugi are not well ---


@pytest.mark.parametrize("kind", ["status", "garbage", "close"])
@pytest.mark.parametrize("place", ["token", "person"])
def test_gosuslugi_that_do_not_answer_leave_the_person_at_the_entry_page(
    gosuslugi, proved, kind, place
):
    gosuslugi.faults.add({"kind": kind, "place": place})
    visitor = Visitor()

    assert DOWN in words(visitor.sign_in(VERA))

    assert proved == []
    assert visitor.sign_in(VERA).content == b"proved"


@pytest.mark.parametrize("kind", ["slow", "trickle"])
def test_slow_gosuslugi_are_not_waited_for(gosuslugi, proved, monkeypatch, kind):
    monkeypatch.setattr(esia_client, "LIMITS", Limits(connect=0.3, whole=0.4))
    gosuslugi.faults.add({"kind": kind, "place": "token", "seconds": 0.6})

    assert DOWN in words(Visitor().sign_in(VERA))
    assert proved == []


def test_gosuslugi_wait_three_seconds_for_a_connection_and_ten_in_all():
    assert (esia_client.LIMITS.connect, esia_client.LIMITS.whole) == (3.0, 10.0)


@pytest.mark.usefixtures("gosuslugi")
def test_a_code_that_is_refused_signs_nobody_in(proved):
    visitor = Visitor()
    address = choose(visitor.begin(), person=VERA.oid)

    assert FAILED in words(visitor.back(address, code="another"))
    assert proved == []
    assert not User.objects.exists()
