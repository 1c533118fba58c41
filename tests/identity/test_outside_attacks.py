"""What an attacker tries at the ways in through VK ID, Yandex ID and Gosuslugi, each beside the genuine way."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urljoin, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as live
from django.db import connection
from django.test import Client
from django.urls import reverse

from kabinet.identity import operations
from kabinet.identity.enums import Service
from kabinet.identity.identifiers import identify
from kabinet.identity.models import SignedInSession, User
from kabinet.identity.newcomers import KEPT, Newcomer
from kabinet.identity.queries import required_documents
from kabinet.kernel.errors import Refused
from sandbox.esia.people import GALINA, VERA
from sandbox.social.people import LIDIA, MARK
from tests.identity.conftest import NOON, VISITOR
from tests.identity.esia import installation as esia_installation
from tests.identity.esia import visitor as esia_visitor
from tests.identity.mail import last_code
from tests.identity.social import installation as social_installation
from tests.identity.social import visitor as social_visitor
from tests.sandbox.esia import client as stand_in
from tests.web.entry import EMAIL, PASSWORD, is_signed_in, make_person, sign_in, ticks
from tests.web.keys import app_code

pytestmark = pytest.mark.django_db
NEWCOMER, LINK, STEP = "/outside/", "/outside/link/", "/login/second-step/"
SITE = social_visitor.SITE
SERVICES = ("esia", "vk", "yandex")


@pytest.fixture(scope="module")
def _gosuslugi():
    with stand_in.start(redirect=esia_visitor.CALLBACK) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def _networks():
    with social_installation.start(site=SITE) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _all(settings, _gosuslugi, _networks):
    settings.SMS_CONNECTOR = "mailbox"
    esia_installation.configure(settings, _gosuslugi, site=SITE)
    ours = settings.SOCIALACCOUNT_PROVIDERS
    social_installation.configure(settings, _networks, site=SITE)
    settings.SOCIALACCOUNT_PROVIDERS = {**settings.SOCIALACCOUNT_PROVIDERS, **ours}
    for sandbox in (_gosuslugi, _networks):
        sandbox.faults.clear()
    _gosuslugi.esia.forget()
    _networks.memory.forget()


class Way:
    """One service: who has an account there, and a browser that goes there and back."""

    def __init__(self, service):
        self.service = service
        self.is_esia = service == "esia"
        self.person, self.other = (VERA, GALINA) if self.is_esia else (LIDIA, MARK)

    def browser(self, client=None):
        if self.is_esia:
            return esia_visitor.Visitor(client)
        return social_visitor.Visitor(self.service, client)

    def choose(self, address, person=None):
        number = self.number(person or self.person)
        return (esia_visitor if self.is_esia else social_visitor).choose(address, person=number)

    def come(self, client=None, person=None, **fields):
        """There and back: give the browser and the answer to the return."""
        browser = self.browser(client)
        return browser.client, browser.sign_in(person or self.person, **fields)

    def number(self, person):
        return person.oid if self.is_esia else person.number

    def link(self, user, person=None):
        uid = str(self.number(person or self.person))
        SocialAccount.objects.create(user=user, provider=self.service, uid=uid)

    def login(self):
        return reverse(f"{self.service}_login")


@pytest.fixture(params=SERVICES)
def way(request):
    return Way(request.param)


@pytest.fixture
def ivan(way):
    person = make_person()
    way.link(person)
    return person


def with_session_of(client):
    thief = Client()
    thief.cookies[live.SESSION_COOKIE_NAME] = client.cookies[live.SESSION_COOKIE_NAME].value
    return thief


@pytest.mark.usefixtures("ivan")
class TestFixation:
    def test_a_session_planted_before_is_worthless_after(self, way):
        browser = way.browser()
        address = way.choose(browser.begin())
        thief = with_session_of(browser.client)

        browser.back(address)

        assert is_signed_in(browser.client)
        assert not is_signed_in(thief)
        assert thief.get(reverse("profile")).status_code == 302

    def test_a_session_planted_before_a_new_person_came_is_worthless_after(self, way):
        browser = way.browser()
        address = way.choose(browser.begin(), way.other if way.is_esia else None)
        SocialAccount.objects.all().delete()
        thief = with_session_of(browser.client)

        browser.back(address)

        assert KEPT in browser.client.session
        assert KEPT not in thief.session
        assert thief.post(NEWCOMER, ticks()).url == reverse("account_login")


ELSEWHERE = [
    "//evil.example/",
    r"/\evil.example",
    "/\t/evil.example",
    "https://localhost:8000@evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "%2f%2fevil.example",
    "///evil.example",
    "http://[::1",
]


def stays(address):
    read = urljoin("http://testserver/x/", address).translate({9: None, 10: None, 92: "/"})
    return urlsplit(read)[:2] == ("http", "testserver")


class TestWhereItLeads:
    def test_a_page_of_this_site_is_gone_on_to(self, way, ivan):
        _client, answer = way.come(next="/profile/")

        assert (answer.status_code, answer.url) == (302, "/profile/")

    @pytest.mark.parametrize("wanted", ELSEWHERE)
    def test_who_is_known_is_led_to_no_other_site(self, way, ivan, wanted):
        client, answer = way.come(next=wanted)

        assert is_signed_in(client)
        assert stays(answer.url)

    @pytest.mark.parametrize("wanted", [*ELSEWHERE, "nowhere"])
    def test_nor_is_who_is_new(self, way, wanted):
        client, answer = way.come(next=wanted)
        assert stays(answer.url)
        asked = client.get(answer.url, follow=True)
        assert asked.status_code == 200
        assert asked.context["next"] in ("", wanted)

        done = client.post(asked.request["PATH_INFO"], {**ticks(), "next": wanted})

        assert stays(done.url)

    @pytest.mark.parametrize("process", ["redirect", "login", "connect", "x"])
    def test_nor_by_a_way_back_of_another_kind(self, way, ivan, process):
        client, answer = way.come(next="//evil.example/", process=process)

        assert stays(answer.url)
        assert client.get(answer.url, follow=True).status_code == 200

    @pytest.mark.parametrize("header", ["host", "x-forwarded-host", "forwarded"])
    def test_the_way_back_is_the_sites_own_whatever_host_is_named(self, way, settings, header):
        settings.ALLOWED_HOSTS = ["*"]
        value = "host=evil.example" if header == "forwarded" else "evil.example"

        started = Client().post(way.login(), headers={header: value})

        told = social_visitor.asked(started.context["address"])
        assert told["redirect_uri"] == f"{SITE}/{way.service}/login/callback/"


@pytest.mark.usefixtures("ivan")
class TestWhoseReturnItIs:
    def test_a_return_is_good_once(self, way):
        browser = way.browser()
        address = way.choose(browser.begin())
        assert browser.back(address).status_code == 302
        assert is_signed_in(browser.client)
        browser.client.post(reverse("account_logout"))

        browser.back(address)

        assert not is_signed_in(browser.client)

    def test_a_return_is_of_no_use_in_another_browser(self, way):
        address = way.choose(way.browser().begin())
        thief = way.browser()
        thief.begin()

        thief.back(address)

        assert not is_signed_in(thief.client)

    def test_what_one_service_has_answered_is_believed_of_no_other(self, way):
        """Mix-up: the answer of one service at the address of another."""
        browser = way.browser()
        address = way.choose(browser.begin())

        for other in set(SERVICES) - {way.service}:
            crossed = address.replace(f"/{way.service}/", f"/{other}/")
            Way(other).browser(browser.client).back(crossed, device_id="d")
            assert not is_signed_in(browser.client)

        browser.back(address)
        assert is_signed_in(browser.client)

    def test_a_state_does_not_wait_for_ever(self, way):
        browser = way.browser()
        address = way.choose(browser.begin())
        session = browser.client.session
        for kept in session["socialaccount_states"].values():
            kept[1] -= 601
        session.save()

        browser.back(address)

        assert not is_signed_in(browser.client)

    def test_many_beginnings_do_not_fill_the_session(self, way):
        browser = way.browser()
        for _time in range(30):
            browser.client.post(way.login())

        assert len(browser.client.session["socialaccount_states"]) <= 11

    @pytest.mark.parametrize(
        "fields",
        [{"code": "\0"}, {"state": "\0"}, {"code": "ы" * 5000}, {"code": ""}, {"error": "\0"}],
        ids=str,
    )
    def test_a_strange_return_is_no_fault_of_ours(self, way, fields):
        browser = way.browser()
        address = way.choose(browser.begin())

        assert browser.back(address, **fields).status_code < 500
        assert not is_signed_in(browser.client)

    @pytest.mark.parametrize("name", ["code", "device_id", "state"])
    @pytest.mark.parametrize("sign", ["\ud800", "\0", "\r\nX: y"])
    def test_strange_signs_in_a_payload_are_no_fault_of_ours(self, way, name, sign):
        browser = way.browser()
        told = social_visitor.asked(way.choose(browser.begin()))
        payload = json.dumps({"device_id": "d", **told, name: sign})

        answer = browser.client.get(f"/{way.service}/login/callback/", {"payload": payload})

        assert answer.status_code < 500
        needs_no_device = (way.service, name) == ("yandex", "device_id")
        assert is_signed_in(browser.client) == needs_no_device


class TestSecondStep:
    @pytest.fixture
    def secret(self, ivan):
        owner = Client()
        sign_in(owner)
        secret = owner.get(reverse("mfa_activate_totp")).context["secret"].replace(" ", "")
        owner.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})
        return secret

    def test_another_service_does_not_lead_round_it(self, way, secret):
        client, answer = way.come(next="/profile/")

        assert (answer.url, is_signed_in(client)) == (STEP, False)
        done = client.post(STEP, {"code": app_code(secret, later=1)})
        assert (done.url, is_signed_in(client)) == ("/profile/", True)
        assert SignedInSession.objects.order_by("pk").last().way == way.service

    def test_nor_does_linking_by_a_proved_address(self, way, secret):
        """Who is new to the service enters the cabinet first, both steps of it."""
        SocialAccount.objects.all().delete()
        client, _answer = way.come()
        sign_in(client)

        assert client.get(LINK).url.startswith(reverse("account_login"))
        assert not SocialAccount.objects.exists()

    def test_nor_does_a_passkey_s_question_before(self, way, secret):
        client = Client()
        client.post(reverse("passkey-question"))

        client, answer = way.come(client)

        assert (answer.url, is_signed_in(client)) == (STEP, False)


class TestWhoIsShutOut:
    @pytest.mark.parametrize("process", ["login", "connect", "redirect"])
    def test_nobody_who_is_shut_out_comes_in(self, way, ivan, process):
        User.objects.update(is_active=False)

        client, answer = way.come(process=process)

        assert not is_signed_in(client)
        assert answer.status_code == 302

    def test_who_is_deleted_is_a_stranger_at_the_next_return(self, way, ivan):
        browser = way.browser()
        address = way.choose(browser.begin())
        ivan.delete()

        assert urlsplit(browser.back(address).url).path == NEWCOMER
        assert not User.objects.exists()

    def test_who_was_shut_out_while_waiting_links_nothing(self, way, ivan):
        SocialAccount.objects.all().delete()
        client, _answer = way.come()
        sign_in(client)
        User.objects.update(is_active=False)

        client.post(LINK)

        assert not SocialAccount.objects.exists()

    def test_a_session_begun_there_ends_with_a_new_password(self, way, ivan):
        client, _answer = way.come()
        assert client.get(reverse("account_logout")).status_code == 200
        owner = Client()
        sign_in(owner)
        new = "жёлтый лист летит"
        owner.post(
            reverse("account_change_password"), {"current": PASSWORD, "new": new, "repeat": new}
        )

        assert client.get(reverse("profile")).url.startswith(reverse("account_login"))

    def test_a_session_begun_there_ends_with_signing_out_everywhere(self, way, ivan):
        client, _answer = way.come()
        owner = Client()
        sign_in(owner)

        owner.post(reverse("devices-end-others"))

        assert client.get(reverse("profile")).url.startswith(reverse("account_login"))

    def test_an_unlinked_account_opens_nothing(self, way, ivan):
        owner = Client()
        sign_in(owner)
        browser = way.browser()
        address = way.choose(browser.begin())
        owner.post(reverse("service-unlink", args=[way.service]))

        browser.back(address)

        assert not is_signed_in(browser.client)


class TestJoining:
    def test_documents_are_not_accepted_by_a_forged_form(self, way):
        client, _answer = way.come(person=way.person)
        forged = {"user-agreement-1": "", "personal-data-999": "on", "document_ids": "1,2,3"}
        proved = client.session[KEPT]["who"]
        assert proved["email"] or proved["phone"]

        assert client.post(NEWCOMER, forged).status_code == 422
        assert not User.objects.exists()
        assert client.post(NEWCOMER, ticks()).status_code == 302
        assert User.objects.count() == 1

    def test_fields_of_ones_own_are_nobodys_contact(self, way):
        client, _answer = way.come()
        more = {"email": "boss@example.ru", "phone": "+79990000000", "is_staff": "on", "uid": "1"}

        client.post(NEWCOMER, {**ticks(), **more})

        person = User.objects.get()
        assert person.email != "boss@example.ru"
        assert person.phone != "+79990000000"
        assert not person.is_staff
        assert SocialAccount.objects.get().uid == str(way.number(way.person))

    def test_the_proof_of_one_window_makes_no_second_person(self, way):
        client, _answer = way.come()
        kept = client.session[KEPT]
        client.post(NEWCOMER, ticks())
        client.post(reverse("account_logout"))
        session = client.session
        session[KEPT] = {**kept, "at": int(time.time())}
        session.save()

        client.post(NEWCOMER, ticks())

        assert User.objects.count() == SocialAccount.objects.count() == 1

    def test_a_stranger_s_contact_is_answered_as_a_free_one(self, way, settings):
        """Who has named a contact learns nothing before reading its code."""
        make_person()
        answers = []
        for contact in (EMAIL, "nobody@example.ru"):
            browser = Way("vk").browser()
            browser.sign_in(MARK)
            started = browser.client.post("/outside/contact/", {"identifier": contact})
            page = browser.client.get(started.url).content.decode()
            wrong = browser.client.post("/outside/contact/code/", {"code": "000000"})
            answers.append(
                (started.status_code, started.url, len(page) - len(contact), wrong.status_code)
            )
            assert last_code(contact)

        known, free = answers
        assert known == free


def test_no_page_that_changes_something_is_for_other_sites(way, ivan):
    client = Client(enforce_csrf_checks=True)
    places = [
        way.login(),
        NEWCOMER,
        LINK,
        "/outside/contact/",
        "/outside/contact/code/",
        "/outside/contact/code/new/",
        reverse("service-unlink", args=[way.service]),
    ]

    assert [client.post(place).status_code for place in places] == [403] * len(places)


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_by_code_and_two_services_with_one_phone_make_one_person():
    operations.publish_initial_documents(at=NOON)
    ticked = frozenset(row.pk for row in required_documents())
    phone = "+79162223344"
    pending = operations.start_sign_up(
        actor=VISITOR,
        identifier=identify(phone),
        password=PASSWORD,
        document_ids=ticked,
        at=NOON,
    )
    code = last_code(phone)
    gate = Barrier(3)

    def by_code():
        return operations.confirm_sign_up(
            actor=VISITOR, pending=pending, code=code, user_agent="", at=NOON
        )

    def by(service):
        newcomer = Newcomer(service, "7", "Кто-то", phone=phone)
        return operations.create_from_service(
            actor=VISITOR, newcomer=newcomer, document_ids=ticked, user_agent="", at=NOON
        )

    def run(act):
        try:
            gate.wait(timeout=10)
            act()
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    ways = [by_code, lambda: by(Service.ESIA), lambda: by(Service.VK)]
    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(run, ways))

    assert outcomes == ["IdentifierTaken", "IdentifierTaken", "done"]
    assert list(User.objects.values_list("phone", flat=True)) == [phone]
