"""What becomes of somebody whom VK or Yandex have proved: never a merged cabinet, never one without a contact (IDN-07, 24).

What holds for every service alike is in tests/identity/esia/test_joining.py.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from kabinet.identity.enums import ConsentChannel
from kabinet.identity.models import Consent, OneTimeCode, SignedInSession, User
from kabinet.identity.newcomers import KEPT
from kabinet.kernel.models import AuditEntry
from sandbox.social.people import BORIS, LIDIA, MARK
from tests.identity.mail import last_code, other_code, texts
from tests.identity.social.visitor import Visitor, choose, onward
from tests.web.entry import PASSWORD, is_signed_in, make_person, sign_in, ticks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("networks")]
NEWCOMER, LINK = "/outside/", "/outside/link/"
CONTACT, CODE, AGAIN = (
    "/outside/contact/",
    "/outside/contact/code/",
    "/outside/contact/code/new/",
)
ADDRESS = "mark@example.ru"


@pytest.fixture(autouse=True)
def _sms(settings):
    settings.SMS_CONNECTOR = "mailbox"


def links():
    rows = SocialAccount.objects.order_by("pk")
    return list(rows.values_list("user_id", "provider", "uid"))


def name_contact(visitor, contact=ADDRESS, **more):
    return visitor.client.post(CONTACT, {"identifier": contact, **more})


def prove_contact(visitor, contact=ADDRESS):
    name_contact(visitor, contact)
    return visitor.client.post(CODE, {"code": last_code(contact)})


def test_a_new_person_of_vk_comes_with_the_phone_that_vk_has_proved(vk):
    assert vk.sign_in(LIDIA).url == NEWCOMER
    assert "Лидия, здравствуйте" in vk.client.get(NEWCOMER).content.decode()
    assert not User.objects.exists()

    vk.client.post(NEWCOMER, ticks())

    user = User.objects.get()
    assert (user.name, user.surname) == ("Лидия", "Волкова")
    assert (user.phone, user.phone_verified, user.email) == ("+79165550701", True, None)
    assert links() == [(user.pk, "vk", "501000001")]
    assert is_signed_in(vk.client)
    assert set(SignedInSession.objects.values_list("way", flat=True)) == {"vk"}
    channels = Consent.objects.filter(user=user).values_list("channel", flat=True)
    assert set(channels) == {ConsentChannel.OUTSIDE}


def test_a_new_person_of_yandex_comes_with_the_address_that_yandex_has_proved():
    yandex = Visitor("yandex")
    yandex.sign_in(LIDIA)

    yandex.client.post(NEWCOMER, ticks())

    user = User.objects.get()
    assert (user.email, user.phone) == ("lidia.volkova@yandex.example", None)
    assert user.emailaddress_set.get().verified
    assert set(SignedInSession.objects.values_list("way", flat=True)) == {"yandex"}
    linked = AuditEntry.objects.get(action="identity.service.link")
    assert (linked.subject, linked.details) == (f"identity.User:{user.pk}", {"service": "yandex"})


def test_one_number_at_two_services_is_two_people():
    for service in ("vk", "yandex"):
        visitor = Visitor(service)
        visitor.sign_in(LIDIA)
        visitor.client.post(NEWCOMER, ticks())

    assert User.objects.count() == 2
    assert {row[1:] for row in links()} == {("vk", "501000001"), ("yandex", "501000001")}


def test_an_address_that_only_vk_knows_meets_nobody(vk):
    """VK's e-mail is not proved: whoever typed somebody's address there gets no way to their cabinet here."""
    make_person(email="boris@kabinet.example", phone=None)
    vk.sign_in(BORIS)

    vk.client.post(NEWCOMER, ticks())

    boris = User.objects.get(phone="+79165550703")
    assert (boris.email, links()) == (None, [(boris.pk, "vk", "501000003")])


def test_an_address_that_yandex_has_proved_and_somebody_has_asks_for_their_password():
    person = make_person(email="boris@kabinet.example", phone=None)
    yandex = Visitor("yandex")
    yandex.sign_in(BORIS)

    assert yandex.client.post(NEWCOMER, ticks()).status_code == 200
    assert not is_signed_in(yandex.client)
    assert (User.objects.count(), links()) == (1, [])

    sign_in(yandex.client, "boris@kabinet.example", PASSWORD, next=LINK)
    yandex.client.post(LINK)
    assert links() == [(person.pk, "yandex", "501000003")]
    assert Visitor("yandex").sign_in(BORIS).url == reverse("home")


def test_what_opens_another_cabinet_is_not_linked_twice(vk):
    other = Visitor("vk")
    other.sign_in(LIDIA)
    other.client.post(NEWCOMER, ticks())
    before = links()
    make_person()
    sign_in(vk.client)

    answer = vk.sign_in(LIDIA, process="connect")

    (said,) = {
        str(message) for message in get_messages(answer.wsgi_request) if "привязан" in str(message)
    }
    assert "уже привязан к другому кабинету" in said
    assert links() == before


def test_a_stranger_at_an_open_browser_gets_round_the_question_by_no_form_of_their_own(vk):
    """The step-up is asked before the service when the page's own form is sent, and at the return whatever was sent."""
    make_person()
    vk.client.force_login(User.objects.get())
    started = vk.client.post(f"{reverse('vk_login')}?process=connect")

    answer = vk.back(choose(onward(started), person=LIDIA.number))

    assert (answer.url, links()) == (LINK, [])
    asked = vk.client.post(LINK)
    assert urlsplit(asked.url).path == reverse("account_reauthenticate")
    assert links() == []
    vk.client.post(asked.url, {"password": PASSWORD})
    vk.client.post(LINK)
    assert [row[1:] for row in links()] == [("vk", "501000001")]


def test_another_site_can_begin_nothing():
    """Login CSRF: the button's form carries a token, and a return without this browser's state is nobody's."""
    client = Client(enforce_csrf_checks=True)

    assert client.post(reverse("vk_login")).status_code == 403
    assert "socialaccount_states" not in client.session


# --- without a phone at VK ---


def test_whoever_has_no_phone_at_vk_proves_a_contact_and_then_is_asked(vk):
    vk.sign_in(MARK, next="/profile/")
    asked = vk.client.get(NEWCOMER, {"next": "/profile/"})
    assert asked.url == f"{CONTACT}?{urlencode({'next': '/profile/'})}"
    assert 'name="next" value="/profile/"' in vk.client.get(asked.url).content.decode()

    assert name_contact(vk, next="/profile/").url == CODE
    answer = vk.client.post(CODE, {"code": last_code(ADDRESS)})

    assert answer.url == f"{NEWCOMER}?{urlencode({'next': '/profile/'})}"
    assert ADDRESS in vk.client.get(answer.url).content.decode()
    assert not User.objects.exists()
    assert vk.client.post(NEWCOMER, {}).status_code == 422
    assert not User.objects.exists()

    answer = vk.client.post(NEWCOMER, {**ticks(), "next": "/profile/"})

    user = User.objects.get()
    assert (answer.url, user.email, user.phone) == ("/profile/", ADDRESS, None)
    assert user.emailaddress_set.get().verified
    assert links() == [(user.pk, "vk", "501000002")]
    assert KEPT not in vk.client.session


def test_a_phone_will_do_as_well(vk):
    vk.sign_in(MARK)

    prove_contact(vk, "+79161110022")
    vk.client.post(NEWCOMER, ticks())

    user = User.objects.get()
    assert (user.phone, user.phone_verified) == ("+79161110022", True)


def test_a_wrong_code_proves_nothing(vk):
    vk.sign_in(MARK)
    name_contact(vk)
    right = last_code(ADDRESS)

    assert vk.client.post(CODE, {"code": other_code(right)}).status_code == 422
    assert vk.client.post(NEWCOMER, ticks()).url == CONTACT
    assert not User.objects.exists()

    assert vk.client.post(CODE, {"code": right}).url == NEWCOMER


def test_wrong_codes_burn_the_right_one(vk, settings):
    vk.sign_in(MARK)
    name_contact(vk)
    right = last_code(ADDRESS)
    for _try in range(settings.CODE_TRIES):
        vk.client.post(CODE, {"code": other_code(right)})

    assert vk.client.post(CODE, {"code": right}).status_code == 422
    assert vk.client.post(NEWCOMER, ticks()).url == CONTACT


def test_a_code_is_good_once_and_in_the_browser_that_asked(vk):
    vk.sign_in(MARK)
    name_contact(vk)
    code = last_code(ADDRESS)
    other = Visitor("vk")
    other.sign_in(MARK)

    assert other.client.post(CODE, {"code": code}).url == CONTACT
    assert vk.client.post(CODE, {"code": code}).url == NEWCOMER
    assert vk.client.post(CODE, {"code": code}).url == NEWCOMER
    assert OneTimeCode.objects.get().closed_at is not None


def test_a_second_code_has_to_wait(vk):
    vk.sign_in(MARK)
    name_contact(vk)

    assert vk.client.post(AGAIN).url == CODE
    # Who names the same contact once more is led to the code that has come.
    assert name_contact(vk).url == CODE
    other = Visitor("vk")
    other.sign_in(MARK)
    assert name_contact(other).status_code == 422
    assert len(texts(ADDRESS)) == 1


def test_a_new_code_closes_the_former(vk):
    vk.sign_in(MARK)
    name_contact(vk)
    former = last_code(ADDRESS)
    row = OneTimeCode.objects.get()
    row.sent_at -= row.expires_at - row.sent_at
    row.save()

    vk.client.post(AGAIN)

    assert len(texts(ADDRESS)) == 2
    row.refresh_from_db()
    assert row.closed_at is not None
    assert vk.client.post(CODE, {"code": last_code(ADDRESS)}).url == NEWCOMER
    assert former is not None


def test_a_contact_that_is_somebodys_asks_for_their_password_and_reveals_nothing_before(vk):
    person = make_person(email=ADDRESS, phone=None)
    vk.sign_in(MARK)
    known = name_contact(vk)
    stranger = Visitor("vk")
    stranger.sign_in(MARK)
    unknown = name_contact(stranger, "nobody@example.ru")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)

    vk.client.post(CODE, {"code": last_code(ADDRESS)})
    page = vk.client.post(NEWCOMER, ticks())

    assert "уже есть личный кабинет" in page.content.decode()
    assert not is_signed_in(vk.client)
    assert (User.objects.count(), links()) == (1, [])
    sign_in(vk.client, ADDRESS, PASSWORD, next=LINK)
    vk.client.post(LINK)
    assert links() == [(person.pk, "vk", "501000002")]


def test_whoever_vk_knows_by_phone_names_no_other_contact(vk):
    """Else a code would be asked for that nothing needs."""
    vk.sign_in(LIDIA)

    assert name_contact(vk).url == NEWCOMER
    assert texts(ADDRESS) == []


@pytest.mark.parametrize("address", [CONTACT, CODE, AGAIN])
def test_nobody_names_a_contact_out_of_the_blue(client, address):
    assert client.post(address, {"identifier": ADDRESS, "code": "1"}).url == reverse(
        "account_login"
    )
    assert texts(ADDRESS) == []


# --- coming again ---


def test_buttons_are_shown_for_what_is_configured_and_no_more(client, settings):
    def shown(name):
        page = client.get(reverse(name)).content.decode()
        return ["Войти через VK ID" in page, "Войти через Яндекс ID" in page]

    assert shown("account_login") == [True, True]
    assert shown("account_signup") == [True, True]

    settings.SOCIALACCOUNT_PROVIDERS = {"vk": settings.SOCIALACCOUNT_PROVIDERS["vk"]}
    assert shown("account_login") == [True, False]
    assert shown("account_signup") == [True, False]


def test_a_session_planted_before_shares_nothing_of_what_the_service_has_proved(vk, settings):
    address = choose(vk.begin(), person=LIDIA.number)
    thief = Client()
    name = settings.SESSION_COOKIE_NAME
    thief.cookies[name] = vk.client.cookies[name].value

    assert vk.back(address).url == NEWCOMER

    assert thief.post(NEWCOMER, ticks()).url == reverse("account_login")
    assert not User.objects.exists()
    vk.client.post(NEWCOMER, ticks())
    assert is_signed_in(vk.client)
    assert not is_signed_in(thief)
