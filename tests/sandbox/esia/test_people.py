"""The sign-in page, a person's data, signing out, and what goes wrong on demand."""

from __future__ import annotations

import http.client as plain
import subprocess
import sys

import pytest

from sandbox.esia import keys
from sandbox.esia.people import INNA, PEOPLE, PYOTR, TIMUR, VERA
from tests.sandbox.esia import client
from tests.sandbox.esia.client import REDIRECT, claims, told


def test_the_page_shows_everybody_and_what_will_be_told(raw_system):
    status, headers, page = raw_system.authorize()

    assert status == 200
    assert all(person.full_name in page for person in PEOPLE.values())
    assert "фамилия, имя и отчество, электронная почта, номер телефона" in page
    assert "<script" not in page
    assert "style=" not in page
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_who_would_rather_not_comes_back_with_a_refusal(raw_system):
    asked = raw_system.asking()
    ticket = client.ticket_in(raw_system.send_authorize(asked)[2])

    heard = told(raw_system.choose(ticket, refuse="1")["Location"])

    assert (heard["error"], heard["state"]) == ("access_denied", asked["state"])
    assert heard["error_description"].startswith("ESIA-007004: ")


def test_a_sign_in_ends_once(raw_system):
    ticket = raw_system.ticket()
    raw_system.choose(ticket, person=VERA.oid)

    for form in ({"person": VERA.oid}, {"refuse": "1"}, {"person": "1"}, {"person": "²"}):
        assert raw_system.fill("/login", ticket=ticket, **form)[0] == 404


def test_a_system_may_take_confirmed_accounts_alone():
    with client.start(confirmed_only=True) as sandbox:
        system = client.System(sandbox.url, "raw")
        heard = told(system.choose(system.ticket(), person=TIMUR.oid)["Location"])

        assert heard["error_description"].startswith("ESIA-007055: ")
        assert system.markers(VERA.oid)["id_token"]


def test_who_is_signed_in_goes_on_with_one_button_until_signing_out(raw_system):
    cookie = raw_system.choose(raw_system.ticket(), person=VERA.oid)["Set-Cookie"].partition(";")[0]
    assert "HttpOnly" in raw_system.choose(raw_system.ticket(), person=VERA.oid)["Set-Cookie"]
    assert (
        "Вы уже вошли как Смирнова Вера"
        in raw_system.send_authorize(raw_system.asking(), cookie)[2]
    )

    _, gone, _ = raw_system.request(
        "GET",
        f"/idp/ext/Logout?client_id={client.MNEMONIC}&redirect_url={REDIRECT}",
        headers={"Cookie": cookie},
    )

    assert gone["Location"] == REDIRECT
    assert "Max-Age=0" in gone["Set-Cookie"]
    assert "Вы уже вошли" not in raw_system.send_authorize(raw_system.asking(), cookie)[2]


def test_signing_out_leads_to_no_foreign_address(raw_system):
    status, headers, page = raw_system.request(
        "GET", f"/idp/ext/Logout?client_id={client.MNEMONIC}&redirect_url=http://stranger.example/"
    )

    assert (status, headers.get("Location")) == (200, None)
    assert "Вы вышли из Госуслуг" in page


def test_a_persons_data_are_told_as_far_as_was_asked(raw_system):
    marker = raw_system.markers(VERA.oid)["access_token"]

    status, person = raw_system.read(f"/rs/prns/{VERA.oid}", marker)
    assert status == 200
    assert (person["lastName"], person["firstName"], person["middleName"]) == (
        VERA.surname,
        VERA.name,
        VERA.patronymic,
    )
    assert person["trusted"] is True
    _, contacts = raw_system.read(f"/rs/prns/{VERA.oid}/ctts?embed=(elements)", marker)
    rows = {row["type"]: (row["vrfStu"], row["value"]) for row in contacts["elements"]}
    assert rows == {"EML": ("VERIFIED", VERA.email), "MBT": ("VERIFIED", VERA.phone)}
    _, whole = raw_system.read(f"/rs/prns/{VERA.oid}?embed=(contacts.elements)", marker)
    assert whole["contacts"] == contacts
    _, listed = raw_system.read(f"/rs/prns/{VERA.oid}/ctts", marker)
    assert [type(row) for row in listed["elements"]] == [str, str]


@pytest.mark.parametrize(
    ("person", "kinds"),
    [
        (INNA, {"EML": "NOT_VERIFIED", "MBT": "VERIFIED"}),
        (PYOTR, {}),
    ],
    ids=["unproved e-mail", "no contacts"],
)
def test_contacts_come_with_their_proof(raw_system, person, kinds):
    marker = raw_system.markers(person.oid)["access_token"]

    _, contacts = raw_system.read(f"/rs/prns/{person.oid}/ctts?embed=(elements)", marker)

    assert {row["type"]: row["vrfStu"] for row in contacts["elements"]} == kinds


def test_a_marker_opens_nothing_that_was_not_asked_for(raw_system):
    narrow = raw_system.markers(VERA.oid, scope="openid email")["access_token"]

    _, person = raw_system.read(f"/rs/prns/{VERA.oid}", narrow)
    _, contacts = raw_system.read(f"/rs/prns/{VERA.oid}/ctts?embed=(elements)", narrow)
    assert "lastName" not in person
    assert [row["type"] for row in contacts["elements"]] == ["EML"]
    assert raw_system.read(f"/rs/prns/{PYOTR.oid}", narrow)[0] == 403
    bare = raw_system.markers(VERA.oid, scope="openid fullname")["access_token"]
    assert raw_system.read(f"/rs/prns/{VERA.oid}/ctts", bare)[0] == 403
    assert raw_system.read(f"/rs/prns/{VERA.oid}", bare + "x")[0] == 401
    assert raw_system.read(f"/rs/prns/{VERA.oid}", "")[0] == 401


@pytest.mark.parametrize(
    ("kind", "seen"), [("status", 503), ("garbage", 200)], ids=["down", "nonsense"]
)
def test_it_misbehaves_as_told_and_then_no_more(raw_system, kind, seen):
    raw_system.control("faults", {"kind": kind, "place": "authorize"})

    status, _, page = raw_system.authorize()
    assert (status, "Вход" in page) == (seen, False)
    assert raw_system.control("faults") == (200, [])
    assert raw_system.authorize()[0] == 200


def test_it_hangs_up_when_told(raw_system):
    raw_system.control("faults", {"kind": "close"})

    with pytest.raises(plain.RemoteDisconnected):
        raw_system.authorize()


def test_it_mixes_requests_up_when_told(raw_system):
    raw_system.control("faults", {"kind": "mixed", "place": "token"})
    code, state = raw_system.code(VERA.oid), "5f1c2b9e-0000-4000-8000-000000000001"

    assert raw_system.exchange(code, state=state)[1]["state"] != state


def test_an_unknown_fault_is_refused(raw_system):
    assert raw_system.control("faults", {"kind": "earthquake"})[0] == 400
    assert raw_system.control("faults", {"what": "slow"})[0] == 400
    assert raw_system.control("marker", {"colour": "red"})[0] == 400
    assert raw_system.control("nothing")[0] == 404
    assert raw_system.request("POST", "/control/reset", "{}")[0] == 415


def test_the_next_marker_can_be_wrong(raw_system):
    raw_system.control("marker", {"claims": {"aud": "ANOTHER"}, "dropped": ["exp"], "alg": "none"})

    spoiled, good = (raw_system.markers(VERA.oid)["id_token"] for _ in range(2))

    head, body = claims(spoiled)
    assert (head["alg"], body["aud"], "exp" in body) == ("none", "ANOTHER", False)
    assert claims(good)[0]["alg"] == "RS256"


def test_other_hosts_names_reach_nothing(raw_system):
    assert raw_system.request("GET", "/", headers={"Host": "esia.gosuslugi.ru"})[0] == 421


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    keys.make(tmp_path, "KABINET")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    keys.make(tmp_path, "KABINET")

    assert sorted(before) == ["client.key", "client.pem", "esia.key", "esia.pub"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.slow
def test_it_is_a_program_of_its_own(tmp_path):
    line = [sys.executable, "-m", "sandbox.esia", "--folder", str(tmp_path), "--client", "KABINET"]
    line += ["--port", "0", "--redirect", REDIRECT]

    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as program:
        url = program.stdout.readline().split()[-1]
        page = client.System(url, "raw").request("GET", "/")[2]
        program.terminate()

    assert "Песочница входа через Госуслуги" in page
    assert program.returncode == 0
