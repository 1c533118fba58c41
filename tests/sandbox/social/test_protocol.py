"""The stand-in for VK ID and Yandex ID refuses what the real ones refuse."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from sandbox.social.people import LIDIA, MARK, PEOPLE
from sandbox.social.server import Sandbox
from sandbox.social.services import Client

BACK = "http://client.example/back/"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SCOPES = {"vk": "vkid.personal_info phone email", "yandex": "login:info login:email"}
TOKEN = {"vk": "/vk/oauth2/auth", "yandex": "/yandex/token"}
REFUSED = {"vk": 200, "yandex": 400}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox([Client("7", "shh", (BACK,))]) as running:
        yield running


@pytest.fixture(params=["vk", "yandex"])
def system(request, sandbox):
    sandbox.faults.clear()
    sandbox.memory.forget()
    return System(sandbox.url, request.param)


class System:
    """What a call is given replaces what it would have sent, None leaves it out."""

    def __init__(self, url, service):
        self.host, self.service = urlsplit(url).netloc, service

    def authorize(self, **more):
        fields = {
            "client_id": "7",
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": SCOPES[self.service],
            "state": "s",
            "code_challenge": CHALLENGE.decode(),
            "code_challenge_method": "S256",
        }
        return self.send(
            "GET", f"/{self.service}/authorize?{urlencode(_without({**fields, **more}))}"
        )

    def choose(self, **form):
        _status, _headers, page = self.authorize()
        ticket = re.search('name="ticket" value="([^"]+)"', page)[1]
        status, headers, _page = self.send("POST", "/choose", {"ticket": ticket, **form})
        assert status == 303
        return dict(parse_qsl(urlsplit(headers["Location"]).query))

    def exchange(self, told, **more):
        fields = {
            "client_id": "7",
            "client_secret": "shh",
            "grant_type": "authorization_code",
            "redirect_uri": BACK,
            "code": told["code"],
            "code_verifier": VERIFIER,
            "device_id": told.get("device_id"),
            "state": "again",
        }
        status, _headers, body = self.send("POST", TOKEN[self.service], {**fields, **more})
        return status, json.loads(body)

    def person(self, marker):
        if self.service == "vk":
            form = {"access_token": marker, "client_id": "7"}
            status, _headers, body = self.send("POST", "/vk/oauth2/user_info", form)
        else:
            headers = {"Authorization": f"OAuth {marker}"}
            status, _headers, body = self.send("GET", "/yandex/info?format=json", headers=headers)
        return status, json.loads(body)

    def send(self, verb, path, form=None, headers=None):
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            body = urlencode(_without(form)) if form is not None else None
            connection.request(verb, path, body, headers or (FORM if body else {}))
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()


def _without(fields):
    return {name: text for name, text in fields.items() if text is not None}


def test_the_page_shows_everybody_and_what_will_be_told(system):
    status, headers, page = system.authorize()

    assert status == 200
    assert all(person.full_name in page for person in PEOPLE.values())
    assert "электронная почта" in page
    assert "<script" not in page
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "8"},
        {"redirect_uri": "http://stranger.example/"},
        {"state": None},
        {"response_type": "token"},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"scope": "friends"},
    ],
    ids=str,
)
def test_a_request_that_is_not_right_goes_nowhere(system, wrong):
    status, headers, _page = system.authorize(**wrong)

    assert status == 400
    assert "Location" not in headers
    assert system.authorize()[0] == 200


def test_the_person_is_told_of_for_a_marker(system):
    told = system.choose(person=LIDIA.number)
    assert ("device_id" in told, told["state"]) == (system.service == "vk", "s")
    status, answer = system.exchange(told)
    assert (status, answer["token_type"]) == (200, "Bearer")
    assert answer.get("state") == ("again" if system.service == "vk" else None)

    status, content = system.person(answer["access_token"])

    assert status == 200
    person = content["user"] if system.service == "vk" else content
    told_phone = {"vk": LIDIA.phone, "yandex": None}[system.service]
    assert (person["first_name"], person.get("phone")) == ("Лидия", told_phone)
    address = person["email" if system.service == "vk" else "default_email"]
    assert address == LIDIA.email
    assert system.person("another")[0] == 401


def test_what_somebody_does_not_have_is_not_there(system):
    _status, answer = system.exchange(system.choose(person=MARK.number))

    text = json.dumps(system.person(answer["access_token"])[1])

    assert "phone" not in text
    assert "email" not in text


def test_who_would_rather_not_comes_back_with_a_refusal(system):
    assert system.choose(refuse="1")["error"] == "access_denied"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": "guessed"},
        {"grant_type": "password"},
        {"redirect_uri": "http://client.example/other/"},
        {"code": "guessed"},
        {"code_verifier": None},
        {"code_verifier": "w" * 43},
    ],
    ids=str,
)
def test_a_code_in_wrong_hands_is_worth_nothing(system, wrong):
    status, answer = system.exchange(system.choose(person=LIDIA.number), **wrong)

    assert status == REFUSED[system.service]
    assert "error" in answer
    assert "access_token" not in answer


def test_a_code_works_once(system):
    told = system.choose(person=LIDIA.number)
    assert "access_token" in system.exchange(told)[1]

    assert system.exchange(told)[1]["error"] == "invalid_grant"


def test_vk_wants_its_device_again(sandbox):
    system = System(sandbox.url, "vk")
    told = system.choose(person=LIDIA.number)

    assert system.exchange(told, device_id="another")[1]["error"] == "invalid_request"


def test_another_name_for_this_machine_is_not_answered(system):
    """A page of another site must not reach in by a name of its own."""
    assert system.send("GET", "/", headers={"Host": "stranger.example"})[0] == 421
