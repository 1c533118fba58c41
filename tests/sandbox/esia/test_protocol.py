"""Both flavours of signing: what is let through, and what one changed thing does to a genuine request."""

from __future__ import annotations

import datetime as dt
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options

from sandbox.esia import signatures
from sandbox.esia.people import TIMUR, VERA
from tests.sandbox.esia import client
from tests.sandbox.esia.client import MNEMONIC, REDIRECT, VERIFIER, challenge, claims, told

HOUR_AGO = "2026.11.21 08:00:00 +0000"


def test_a_person_who_signs_in_comes_back_with_a_code_for_markers(system):
    asked = system.asking()
    status, _, page = system.send_authorize(asked)
    assert status == 200

    address = system.choose(client.ticket_in(page), person=VERA.oid)["Location"]

    assert address.startswith(f"{REDIRECT}?code=")
    assert told(address)["state"] == asked["state"]
    status, answer = system.exchange(told(address)["code"])
    assert status == 200
    assert sorted(answer) == ["access_token", "expires_in", "id_token", "state", "token_type"]


def test_the_identity_marker_says_who_and_for_whom(system):
    answer = system.markers(VERA.oid)

    key = client.own_key().public_key()
    marker = jwt.decode(
        answer["id_token"],
        key,
        algorithms=["RS256"],
        audience=MNEMONIC,
        issuer="http://esia.gosuslugi.ru/",
        options={"verify_sub": False},
    )
    assert marker["sub"] == VERA.oid
    assert marker["urn:esia:sbj"] == {
        "urn:esia:sbj:typ": "P",
        "urn:esia:sbj:oid": VERA.oid,
        "urn:esia:sbj:nam": f"OID.{VERA.oid}",
        "urn:esia:sbj:is_tru": True,
    }
    assert marker["exp"] - marker["iat"] == 3 * 3600
    head, access = claims(answer["access_token"])
    assert head == {"alg": "RS256", "typ": "JWT", "sbt": "access", "ver": 1}
    assert access["urn:esia:sbj_id"] == VERA.oid
    assert (
        access["scope"]
        == f"openid fullname?oid={VERA.oid} email?oid={VERA.oid} mobile?oid={VERA.oid}"
    )


def test_an_account_that_is_not_confirmed_has_no_mark_of_it(system):
    subject = claims(system.markers(TIMUR.oid)["id_token"])[1]["urn:esia:sbj"]

    assert "urn:esia:sbj:is_tru" not in subject


@pytest.mark.parametrize(
    ("changed", "error", "number"),
    [
        ({"scope": ""}, "invalid_request", "007013"),
        ({"scope": "openid everything"}, "invalid_scope", "007006"),
        ({"state": "not-a-uuid"}, "invalid_request", "007003"),
        ({"state": None}, "invalid_request", "007014"),
        ({"timestamp": HOUR_AGO}, "invalid_request", "007015"),
        ({"timestamp": "now"}, "invalid_request", "007015"),
        ({"timestamp": None}, "invalid_request", "007014"),
        ({"client_secret": None}, "invalid_request", "007014"),
        ({"client_secret": "AAAA"}, "unauthorized_client", "007053"),
        ({"client_secret": "не подпись"}, "unauthorized_client", "007053"),
        ({"response_type": "token"}, "unsupported_response_type", "007009"),
        ({"access_type": "sometimes"}, "invalid_request", "007003"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request", "007003"),
        ({"code_challenge": "c" * 43}, "invalid_request", "007003"),
    ],
)
def test_a_wrong_request_is_sent_back_in_esias_form(system, changed, error, number):
    status, headers, _ = system.authorize(**changed)

    assert status == 303
    heard = told(headers["Location"])
    assert (heard["error"], heard["error_description"][:12]) == (error, f"ESIA-{number}:")
    assert "code" not in heard


@pytest.mark.parametrize("name", ["scope", "timestamp", "client_id", "state"])
def test_what_is_signed_may_not_be_changed_afterwards(system, name):
    asked = system.asking()
    other = {
        "scope": "openid fullname email mobile snils",
        "timestamp": (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)).strftime(
            "%Y.%m.%d %H:%M:%S +0000"
        ),
        "client_id": "ANOTHER",
        "state": str(uuid.uuid4()),
    }

    status, headers, page = system.send_authorize({**asked, name: other[name]})

    if name == "client_id":  # nobody can be told
        assert (status, "ESIA-007002" in page) == (400, True)
    else:
        assert "ESIA-007053" in told(headers["Location"])["error_description"]
    assert system.send_authorize(asked)[0] == 200


def test_a_strangers_key_signs_nothing(system):
    _, headers, _ = system.authorize(key=client.stranger_key())

    assert "ESIA-007053" in told(headers["Location"])["error_description"]


@pytest.mark.parametrize("options", [[PKCS7Options.NoAttributes], []], ids=["bare", "attributes"])
def test_a_detached_signature_is_read_with_and_without_attributes(options):
    text = "scope2026.11.21 12:00:00 +0000KABINET"
    options = [PKCS7Options.Binary, PKCS7Options.DetachedSignature, *options]
    secret = client.pkcs7(text, options=options)

    assert signatures.fits_pkcs7(secret, text, client.certificate())
    assert signatures.fits_pkcs7(secret.rstrip("="), text, client.certificate())
    assert not signatures.fits_pkcs7(secret, text + " ", client.certificate())


@pytest.mark.parametrize(
    "options",
    [
        [PKCS7Options.Binary],
        [PKCS7Options.Binary, PKCS7Options.DetachedSignature, PKCS7Options.NoCerts],
    ],
    ids=["not detached", "without the certificate"],
)
def test_other_kinds_of_pkcs7_do_not_fit(options):
    secret = client.pkcs7("text", options=options)

    assert not signatures.fits_pkcs7(secret, "text", client.certificate())


def test_no_changed_bit_of_a_signature_matters_less_than_the_whole():
    genuine = client.raw("text")
    assert signatures.fits_raw(genuine, "text", client.certificate())

    for place in range(0, len(genuine) - 2, 17):
        forged = genuine[:place] + ("A" if genuine[place] != "A" else "B") + genuine[place + 1 :]
        assert not signatures.fits_raw(forged, "text", client.certificate())


def test_nothing_goes_to_an_address_that_is_not_the_clients(system):
    status, headers, page = system.authorize(redirect_uri="http://stranger.example/")

    assert (status, headers.get("Location")) == (400, None)
    assert "ESIA-007023" in page


def test_a_parameter_given_twice_counts_as_missing(system):
    asked = system.asking()
    path = "&".join(f"{name}={text}" for name, text in asked.items())

    _, headers, _ = system.request(
        "GET", f"{system.ac}?{path.replace(' ', '%20').replace('+', '%2B')}&scope=openid"
    )

    assert "ESIA-007013" in told(headers["Location"])["error_description"]


def test_a_code_works_once(system):
    code = system.code(VERA.oid)
    assert system.exchange(code)[0] == 200

    status, answer = system.exchange(code)

    assert (status, answer["error"]) == (400, "invalid_grant")
    assert answer["error_description"].startswith("ESIA-007011: ")


@pytest.mark.parametrize(
    ("changed", "error", "number"),
    [
        ({"redirect_uri": "http://stranger.example/"}, "invalid_request", "007023"),
        ({"scope": "openid fullname"}, "invalid_grant", "007011"),
        ({"grant_type": "password"}, "unsupported_grant_type", "007012"),
        ({"token_type": "MAC"}, "invalid_request", "007003"),
        ({"timestamp": HOUR_AGO}, "invalid_request", "007015"),
        ({"client_secret": "AAAA"}, "unauthorized_client", "007053"),
        ({"code": "another"}, "invalid_grant", "007011"),
        ({"client_id": "ANOTHER"}, "unauthorized_client", "007002"),
        ({"code_verifier": VERIFIER}, "invalid_request", "007039"),
    ],
)
def test_a_code_is_bound_to_what_was_asked(system, changed, error, number):
    status, answer = system.exchange(system.code(VERA.oid), **changed)

    assert (status, answer["error"]) == (400, error)
    assert answer["error_description"].startswith(f"ESIA-{number}: ")


def test_a_code_of_one_flavour_is_not_exchanged_by_the_other(sandbox, system):
    other = client.System(sandbox.url, "raw" if system.flavour == "pkcs7" else "pkcs7")

    status, answer = other.exchange(system.code(VERA.oid))

    assert (status, answer["error"]) == (400, "invalid_grant")


def test_a_state_is_used_once(system):
    asked = system.asking()
    ticket = client.ticket_in(system.send_authorize(asked)[2])
    assert system.send_authorize(asked)[0] == 200  # a page loaded again
    system.choose(ticket, person=VERA.oid)

    _, headers, _ = system.send_authorize(asked)

    assert told(headers["Location"])["error_description"].endswith("[state]")


def test_a_code_lasts_two_minutes(sandbox, system):
    code = system.code(VERA.oid)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=121)
    timestamp = later.strftime("%Y.%m.%d %H:%M:%S +0000")
    sandbox.esia.now, now = (lambda: later), sandbox.esia.now
    try:
        status, answer = system.exchange(code, timestamp=timestamp)
    finally:
        sandbox.esia.now = now

    assert (status, answer["error"]) == (400, "invalid_grant")


def test_a_challenge_wants_its_verifier(system):
    asked = {"code_challenge": challenge(), "code_challenge_method": "S256"}

    assert system.exchange(system.code(VERA.oid, **asked), code_verifier=VERIFIER)[0] == 200
    for verifier in ("w" * 43, None):
        _, answer = system.exchange(system.code(VERA.oid, **asked), code_verifier=verifier)
        assert answer["error_description"].startswith("ESIA-007040: ")


def test_the_raw_flavour_names_its_certificate(raw_system):
    _, missing, _ = raw_system.authorize(client_certificate_hash=None)
    _, wrong, _ = raw_system.authorize(client_certificate_hash="00")

    assert "ESIA-007014" in told(missing["Location"])["error_description"]
    assert "ESIA-007002" in told(wrong["Location"])["error_description"]
