"""What an attacker makes of passkeys: copies, other people's keys, questions asked of somebody else."""

from __future__ import annotations

import json
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from fido2.utils import websafe_decode, websafe_encode

from tests.web.entry import is_signed_in, make_person, sign_in
from tests.web.keys import Device
from tests.web.test_entry_attacks import grow_old, with_session_of

pytestmark = pytest.mark.django_db
ADD, SIGN_IN = "mfa_add_webauthn", "mfa_login_webauthn"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "http://localhost:8000"


@pytest.fixture
def owner(client):
    make_person()
    sign_in(client)
    return client


@pytest.fixture
def stranger():
    browser = Client()
    make_person(email="olga@example.ru", phone=None)
    sign_in(browser, "olga@example.ru")
    return browser


def add(browser, device):
    """Make a key of this device the person's own; give the answer's status."""
    options = browser.get(reverse(ADD)).context["options"]
    return browser.post(reverse(ADD), {"credential": device.create(options)}).status_code


def comes_in(device, browser=None):
    browser = browser or Client()
    question = browser.post(reverse("passkey-question")).content
    browser.post(reverse(SIGN_IN), {"credential": device.get(question)})
    return is_signed_in(browser)


class TestCounting:
    def test_a_device_that_counts_on_comes_in_each_time(self, owner):
        device = Device(count=7)
        add(owner, device)

        for count in (8, 9, 30):
            device.count = count
            assert comes_in(device)

    @pytest.mark.parametrize("count", [7, 6, 0])
    def test_a_copy_that_counts_backwards_is_refused(self, owner, count):
        device = Device(count=7)
        add(owner, device)

        device.count = count
        assert not comes_in(device)
        device.count = 8
        assert comes_in(device)
        device.count = count
        assert not comes_in(device)

    def test_a_copy_proves_nothing_either(self, owner):
        device = Device(count=7)
        add(owner, device)
        grow_old(owner)

        def prove():
            question = owner.post(reverse("prove-key-question")).content
            answer = {"credential": device.get(question)}
            owner.post(reverse("mfa_reauthenticate_webauthn"), answer)
            return owner.get(reverse(ADD)).status_code == 200

        assert not prove()
        device.count = 8
        assert prove()

    def test_a_device_that_never_counts_comes_in_each_time(self, owner):
        device = Device()
        add(owner, device)

        assert [comes_in(device) for _time in range(3)] == [True] * 3


class TestAdding:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"origin": "https://kabinet.evil.example"},
            {"origin": "http://localhost:9000"},
            {"origin": "https://localhost:8000"},
            {"origin": "http://localhost:8000.evil.example"},
            {"host": "evil.example"},
            {"is_verified": False},
        ],
        ids=str,
    )
    def test_a_key_made_elsewhere_or_without_the_finger_is_refused(self, owner, wrong):
        assert add(owner, Device(**wrong)) == 422
        assert not Authenticator.objects.exists()
        assert add(owner, Device()) == 302

    def test_a_question_is_answered_once(self, owner):
        device = Device()
        options = owner.get(reverse(ADD)).context["options"]
        answer = {"credential": device.create(options)}
        owner.post(reverse(ADD), answer)

        assert owner.post(reverse(ADD), answer).status_code == 422
        assert Authenticator.objects.count() == 1

    def test_the_answer_to_another_persons_question_is_refused(self, owner, stranger):
        theirs = stranger.get(reverse(ADD)).context["options"]
        owner.get(reverse(ADD))

        answer = owner.post(reverse(ADD), {"credential": Device().create(theirs)})

        assert answer.status_code == 422
        assert not Authenticator.objects.exists()

    def test_the_answer_to_a_question_of_signing_in_makes_no_key(self, owner):
        device = Device()
        options = json.loads(owner.get(reverse(ADD)).context["options"])
        asked = json.loads(owner.post(reverse("prove-key-question")).content)
        options["publicKey"]["challenge"] = asked["publicKey"]["challenge"]

        answer = owner.post(reverse(ADD), {"credential": device.create(json.dumps(options))})

        assert answer.status_code == 422

    def test_a_question_does_not_wait_for_ever(self, owner):
        options = owner.get(reverse(ADD)).context["options"]
        session = owner.session
        session["passkey"]["at"] = int(time.time()) - 301
        session.save()

        assert owner.post(reverse(ADD), {"credential": Device().create(options)}).status_code == 422

    def test_nobody_adds_one_without_proving_who_they_are(self, owner):
        options = owner.get(reverse(ADD)).context["options"]
        grow_old(owner)

        answer = owner.post(reverse(ADD), {"credential": Device().create(options)})

        assert answer.url.startswith(reverse("account_reauthenticate"))
        assert not Authenticator.objects.exists()


class TestWhoseKey:
    def test_a_copied_name_of_a_key_opens_only_the_copiers_own_cabinet(self, owner, stranger):
        """The name of a key is no secret; somebody may register a key of their own under it."""
        device, thief = Device(), Device()
        thief.credential_id = device.credential_id
        add(owner, device)
        add(stranger, thief)
        browser = Client()

        assert comes_in(thief, browser)
        assert "olga@example.ru" in browser.get(reverse("profile")).content.decode()
        thief.owner = device.owner
        assert not comes_in(thief)
        assert comes_in(device)

    @pytest.mark.parametrize("handle", [b"", b"\0" * 16, b"x" * 15, b"x" * 17, b"x" * 5000])
    def test_a_strange_name_of_an_owner_is_nobody(self, owner, handle):
        device = Device()
        add(owner, device)
        own, device.owner = device.owner, handle

        assert not comes_in(device)
        device.owner = own
        assert comes_in(device)

    def test_a_key_that_was_removed_opens_nothing(self, owner):
        device = Device()
        add(owner, device)
        browser = Client()
        question = browser.post(reverse("passkey-question")).content
        owner.post(reverse("mfa_remove_webauthn", args=[Authenticator.objects.get().pk]))

        browser.post(reverse(SIGN_IN), {"credential": device.get(question)})

        assert not is_signed_in(browser)

    def test_the_signature_of_making_a_key_is_none_of_using_it(self, owner):
        device = Device()
        add(owner, device)
        browser = Client()
        question = browser.post(reverse("passkey-question")).content
        answer = json.loads(device.get(question))
        client_data = json.loads(websafe_decode(answer["response"]["clientDataJSON"]))
        client_data["type"] = "webauthn.create"
        answer["response"]["clientDataJSON"] = websafe_encode(json.dumps(client_data).encode())

        browser.post(reverse(SIGN_IN), {"credential": json.dumps(answer)})

        assert not is_signed_in(browser)

    def test_a_question_in_a_session_planted_before_lets_the_planter_in_as_nobody_else(self, owner):
        device = Device()
        add(owner, device)
        browser = Client()
        question = browser.post(reverse("passkey-question")).content
        thief = with_session_of(browser)

        browser.post(reverse(SIGN_IN), {"credential": device.get(question)})

        assert is_signed_in(browser)
        assert not is_signed_in(thief)
