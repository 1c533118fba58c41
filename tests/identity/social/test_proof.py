"""What Kabinet believes of VK ID and Yandex ID, and what it does not (IDN-07, 24; facts §8.2)."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.messages import get_messages
from django.urls import reverse

from kabinet.identity.models import User
from kabinet.identity.networks import client as network_client
from kabinet.kernel.http import Limits
from sandbox.social.people import BORIS, LIDIA, MARK, ZOYA
from tests.identity.social.visitor import SITE, Visitor, asked, choose
from tests.web.entry import is_signed_in

pytestmark = pytest.mark.django_db

NAMES = {"vk": "VK ID", "yandex": "Яндекс ID"}


def words(response):
    """What the person reads on the entry page after a refusal."""
    assert (response.status_code, response.url) == (302, reverse("account_login"))
    (message,) = get_messages(response.wsgi_request)
    return str(message)


def failed(service):
    return f"Войти через {NAMES[service]} не получилось. Попробуйте ещё раз или войдите другим способом."


def down(service):
    return (
        f"{NAMES[service]} сейчас не отвечает. "
        "Войдите другим способом или попробуйте через несколько минут."
    )


# --- what is believed ---


def test_of_vk_the_phone_is_proved_and_the_address_is_not(vk, proved):
    assert vk.sign_in(LIDIA).content == b"proved"

    (login,) = proved
    assert (login.account.provider, login.account.uid) == ("vk", "501000001")
    assert login.account.extra_data == {"full_name": "Лидия Волкова"}
    assert (login.phone, login.phone_verified) == ("+79165550701", True)
    assert login.email_addresses == []
    assert (login.user.name, login.user.surname) == ("Лидия", "Волкова")


def test_of_yandex_the_address_is_proved_and_the_phone_is_not_asked(networks, proved):
    assert Visitor("yandex").sign_in(BORIS).content == b"proved"

    (login,) = proved
    assert (login.account.provider, login.account.uid) == ("yandex", "501000003")
    told = [(row.email, row.verified) for row in login.email_addresses]
    assert told == [("boris@kabinet.example", True)]
    assert login.phone is None


def test_who_has_no_contact_there_is_known_by_number_alone(visitor, proved):
    visitor.sign_in(MARK)

    (login,) = proved
    assert login.account.uid == "501000002"
    assert (login.email_addresses, login.phone) == ([], None)


def test_a_strange_name_is_left_for_the_person_to_write(visitor, proved):
    visitor.sign_in(ZOYA)

    assert (proved[0].user.name, proved[0].account.extra_data) == ("", {"full_name": ""})


def test_nothing_that_opens_their_data_is_kept(visitor, proved):
    visitor.sign_in(LIDIA)

    assert proved[0].token.token == ""
    assert proved[0].serialize()["token"]["token"] == ""


# --- what is asked ---


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize(
    ("service", "path", "scope"),
    [
        ("vk", "/vk/authorize", {"vkid.personal_info", "phone"}),
        ("yandex", "/yandex/authorize", {"login:info", "login:email"}),
    ],
)
def test_the_request_asks_for_no_more_than_is_used(service, path, scope):
    address = Visitor(service).begin()

    told = asked(address)
    assert urlsplit(address).path == path
    assert set(told["scope"].split(" ")) == scope
    assert told["redirect_uri"] == f"{SITE}/{service}/login/callback/"
    assert (told["response_type"], told["code_challenge_method"]) == ("code", "S256")
    assert len(told["code_challenge"]) == 43
    assert "secret" not in address


def test_the_visitor_chooses_neither_scope_nor_address_of_return(service, client):
    response = client.post(
        reverse(f"{service}_login") + "?scope=friends&auth_params=code_challenge%3Dx%26prompt%3Dno",
        headers={"host": "127.0.0.1:9999"},
    )

    told = asked(response.context["address"])
    assert "friends" not in told["scope"]
    assert "prompt" not in told
    assert len(told["code_challenge"]) == 43
    assert told["redirect_uri"] == f"{SITE}/{service}/login/callback/"


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
def test_afterwards_people_go_on_within_this_site_only(vk, proved, wanted, kept):
    vk.sign_in(LIDIA, next=wanted)

    assert proved[0].state.get("next") == kept


def test_opening_the_address_begins_nothing(service, client):
    """Another site's picture or link can open it: no sign-in under somebody else's name begins by that."""
    page = client.get(reverse(f"{service}_login"), {"next": "/profile/"}).content.decode()

    assert "Продолжить" in page
    assert 'name="next" value="/profile/"' in page
    assert "socialaccount_states" not in client.session


@pytest.mark.parametrize("name", ["vk_login", "vk_callback", "yandex_login", "yandex_callback"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_where_it_is_not_configured_it_does_not_exist(client, settings, name, method):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert getattr(client, method)(reverse(name)).status_code == 404


# --- whose return it is ---


def test_who_cancels_is_back_at_the_entry_page(visitor):
    response = visitor.back(choose(visitor.begin(), refuse="1"))

    said = (
        f"Вы не вошли через {NAMES[visitor.service]}: вход там отменён. Здесь ничего не изменилось."
    )
    assert words(response) == said
    assert not is_signed_in(visitor.client)


@pytest.mark.parametrize("error", ["server_error", "invalid_scope", "<script>alert(1)</script>"])
def test_an_error_of_theirs_is_told_in_our_words(visitor, error):
    state = asked(visitor.begin())["state"]

    response = visitor.back(
        f"/{visitor.service}/login/callback/", state=state, error=error, error_description=error
    )

    told = down if error == "server_error" else failed
    assert words(response) == told(visitor.service)


def test_a_return_belongs_to_the_browser_that_began(visitor, proved):
    other = Visitor(visitor.service)
    address = choose(visitor.begin(), person=LIDIA.number)
    other.begin()

    assert words(other.back(address)) == failed(visitor.service)
    assert proved == []
    assert visitor.back(address).content == b"proved"


def test_a_return_works_once(visitor, proved):
    address = choose(visitor.begin(), person=LIDIA.number)
    assert visitor.back(address).content == b"proved"

    assert words(visitor.back(address)) == failed(visitor.service)
    assert len(proved) == 1


def test_a_code_works_once(visitor, proved):
    """Replayed under a fresh state: the service has spent it."""
    first = choose(visitor.begin(), person=LIDIA.number)
    assert visitor.back(first).content == b"proved"
    second = choose(visitor.begin(), person=LIDIA.number)

    response = visitor.back(second, code=asked(first)["code"])

    assert words(response) == failed(visitor.service)
    assert len(proved) == 1


@pytest.mark.parametrize("state", ["", None, "x" * 16])
def test_a_return_with_another_state_is_refused(visitor, proved, state):
    address = choose(visitor.begin(), person=LIDIA.number)

    assert words(visitor.back(address, state=state)) == failed(visitor.service)
    assert proved == []
    assert visitor.back(address).content == b"proved"


def test_the_state_of_another_service_is_refused(networks, proved):
    """A mix-up: what was begun with one service is answered at the address of another."""
    yandex = Visitor("yandex")
    address = choose(yandex.begin(), person=LIDIA.number)
    crossed = address.replace("/yandex/", "/vk/")

    assert words(Visitor("vk", yandex.client).back(crossed, device_id="d")) == failed("vk")
    assert proved == []


def test_a_code_that_another_browser_earned_is_refused(visitor, proved):
    """Code injection: PKCE binds a code to who asked for it."""
    thief = Visitor(visitor.service)
    stolen = asked(choose(visitor.begin(), person=LIDIA.number))
    own = choose(thief.begin(), person=MARK.number)

    response = thief.back(own, code=stolen["code"], device_id=stolen.get("device_id"))

    assert words(response) == failed(visitor.service)
    assert proved == []


@pytest.mark.parametrize("verifier", [None, "", "v" * 43])
def test_without_the_right_verifier_a_code_is_worth_nothing(visitor, proved, verifier):
    address = choose(visitor.begin(), person=LIDIA.number)
    session = visitor.client.session
    (kept,) = session["socialaccount_states"].values()
    assert len(kept[0]["pkce_code_verifier"]) >= 43
    kept[0]["pkce_code_verifier"] = verifier
    session.save()

    assert words(visitor.back(address)) == failed(visitor.service)
    assert proved == []


@pytest.mark.parametrize("device", [None, "", "another"])
def test_vk_wants_the_device_named_again(vk, proved, device):
    address = choose(vk.begin(), person=LIDIA.number)

    assert words(vk.back(address, device_id=device)) == failed("vk")
    assert proved == []
    assert vk.sign_in(LIDIA).content == b"proved"


def test_vk_may_say_it_all_in_one_payload(vk, proved):
    address = choose(vk.begin(), person=LIDIA.number)
    payload = {"type": "code_v2", **asked(address)}

    response = vk.client.get("/vk/login/callback/", {"payload": json.dumps(payload)})

    assert response.content == b"proved"


@pytest.mark.parametrize("payload", ["{", "[]", "1", '{"code": 1, "state": []}', "{" * 5000])
def test_a_payload_of_garbage_is_no_return(vk, proved, payload):
    vk.begin()

    assert words(vk.client.get("/vk/login/callback/", {"payload": payload})) == failed("vk")
    assert proved == []


# --- what comes back from them ---


@pytest.mark.parametrize("kind", ["status", "garbage", "close"])
@pytest.mark.parametrize("place", ["token", "person"])
def test_a_service_that_does_not_answer_leaves_the_person_at_the_entry_page(
    networks, visitor, proved, kind, place
):
    networks.faults.add({"kind": kind, "place": place})

    assert words(visitor.sign_in(LIDIA)) == down(visitor.service)
    assert proved == []
    assert visitor.sign_in(LIDIA).content == b"proved"


def test_a_slow_service_is_not_waited_for(networks, visitor, proved, monkeypatch):
    monkeypatch.setattr(network_client, "LIMITS", Limits(connect=0.3, whole=0.4))
    networks.faults.add({"kind": "slow", "place": "token", "seconds": 0.6})

    assert words(visitor.sign_in(LIDIA)) == down(visitor.service)
    assert proved == []


def test_services_wait_three_seconds_for_a_connection_and_ten_in_all():
    assert (network_client.LIMITS.connect, network_client.LIMITS.whole) == (3.0, 10.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"access_token": None},
        {"access_token": 5},
        {"access_token": "a\r\nX-Other: 1"},
        {"error": "invalid_grant"},
        {"error": {"code": "<script>"}},
    ],
    ids=str,
)
def test_a_strange_marker_signs_nobody_in(networks, visitor, proved, fields):
    networks.faults.add({"kind": "answer", "place": "token", "fields": fields})

    assert words(visitor.sign_in(LIDIA)) == failed(visitor.service)
    assert proved == []


@pytest.mark.parametrize("fields", [{"state": "another"}, {"user_id": 1}], ids=str)
def test_a_marker_of_vk_that_answers_another_request_is_not_believed(networks, vk, proved, fields):
    networks.faults.add({"kind": "answer", "place": "token", "fields": fields})

    assert words(vk.sign_in(LIDIA)) == failed("vk")
    assert proved == []


def test_a_marker_of_yandex_for_another_system_is_not_believed(networks, proved):
    networks.faults.add({"kind": "answer", "place": "person", "fields": {"client_id": "1"}})

    assert words(Visitor("yandex").sign_in(LIDIA)) == failed("yandex")
    assert proved == []


@pytest.mark.parametrize("told", [None, "", "0", 0, True, "1 OR 1", "٣", ["1"], "1" * 65], ids=str)
def test_whoever_has_no_number_is_nobody(networks, visitor, proved, told):
    fields = {"user": {"user_id": told}} if visitor.service == "vk" else {"id": told}
    networks.faults.add({"kind": "answer", "place": "person", "fields": fields})

    assert words(visitor.sign_in(LIDIA)) == down(visitor.service)
    assert proved == []
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()
