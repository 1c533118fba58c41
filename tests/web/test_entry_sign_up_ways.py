"""Ways of signing up that a deployment may choose (IDN-03, 06, 08, 17, 18, 32): each to its end."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.channels.models import Delivery
from kabinet.identity.models import Consent, OneTimeCode, User
from tests.identity.mail import last_code, texts
from tests.web.entry import (
    EMAIL,
    PASSWORD,
    PHONE,
    is_signed_in,
    make_person,
    sign_in,
    sign_up,
    ticks,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def _link(contact=EMAIL):
    return re.search(r"/signup/link/[0-9a-f-]{36}/[\w-]{40,}/", texts(contact)[-1])[0]


def _pass_time(pause=dt.timedelta(minutes=2)):
    for row in OneTimeCode.objects.all():
        row.sent_at, row.expires_at = row.sent_at - pause, row.expires_at - pause
        row.save()


@pytest.fixture
def by_link(settings):
    settings.SIGN_UP_PROOF = "link"


@pytest.mark.usefixtures("by_link")
class TestLink:
    def test_the_button_behind_the_link_makes_the_person_and_signs_in(self, client):
        started = sign_up(client, name="Мария")
        assert started.url == reverse("account_signup_sent")
        assert EMAIL in client.get(started.url).content.decode()

        page = client.get(_link()).content.decode()
        assert (User.objects.count(), "Завершить регистрацию" in page) == (0, True)
        assert 'name="password"' not in page
        finished = client.post(_link())

        assert finished.url == reverse("onboarding")
        user = User.objects.get()
        assert (user.email, user.name, user.check_password(PASSWORD)) == (EMAIL, "Мария", True)
        assert user.emailaddress_set.get().verified is True
        assert Consent.objects.filter(user=user).count() == 2
        assert is_signed_in(client)

    def test_another_browser_is_asked_for_the_password_that_was_chosen(self, client):
        sign_up(client)
        other = Client()
        assert 'name="password"' in other.get(_link()).content.decode()

        for data in ({}, {"password": "не тот пароль"}):
            assert other.post(_link(), data).status_code == 422
        assert User.objects.count() == 0
        assert other.post(_link(), {"password": PASSWORD}).status_code == 302
        assert is_signed_in(other)

    def test_five_wrong_passwords_burn_the_link(self, client):
        sign_up(client)
        other = Client()
        for _try in range(5):
            other.post(_link(), {"password": "не тот пароль"})

        assert other.post(_link(), {"password": PASSWORD}).status_code == 410
        assert User.objects.count() == 0

    def test_the_right_password_still_opens_it_at_the_last_try(self, client):
        sign_up(client)
        other = Client()
        for _try in range(4):
            other.post(_link(), {"password": "не тот пароль"})

        assert other.post(_link(), {"password": PASSWORD}).status_code == 302
        assert is_signed_in(other)

    def test_the_link_works_once(self, client):
        sign_up(client)
        client.post(_link())
        other = Client()

        for answer in (other.get(_link()), other.post(_link(), {"password": PASSWORD})):
            assert answer.status_code == 410
            assert "Ссылка уже сработала" in answer.content.decode()
        assert User.objects.count() == 1
        assert OneTimeCode.objects.get().payload == {}

    def test_after_a_day_it_offers_a_new_letter_which_works(self, client):
        sign_up(client)
        _pass_time(DAY)
        over = client.get(_link())
        assert over.status_code == 410
        assert "Отправить письмо ещё раз" in over.content.decode()

        Client().post(_link() + "again/")

        assert len(texts(EMAIL)) == 2
        assert Client().post(_link(), {"password": PASSWORD}).status_code == 302
        assert User.objects.count() == 1

    def test_a_new_letter_voids_the_former_link(self, client):
        sign_up(client)
        former = _link()
        _pass_time()
        client.post(reverse("account_signup_resend"))

        assert client.post(former).status_code == 410
        assert client.post(_link()).status_code == 302

    def test_letters_have_their_pause_from_the_links_page_too(self, client):
        sign_up(client)

        client.post(_link() + "again/")

        assert len(texts(EMAIL)) == 1

    @pytest.mark.parametrize(
        "change", [lambda way: way[:-3] + "xx/", lambda way: way[:13] + "0" * 8 + way[21:]]
    )
    def test_a_link_that_was_not_sent_opens_nothing(self, client, change):
        sign_up(client)
        wrong = change(_link())

        assert client.get(wrong).status_code == 410
        assert client.post(wrong).status_code == 410
        client.post(wrong + "again/")
        assert (User.objects.count(), len(texts(EMAIL))) == (0, 1)

    def test_what_waits_holds_neither_the_password_nor_the_secret(self, client):
        sign_up(client)

        row = OneTimeCode.objects.get()
        assert PASSWORD not in str(row.payload)
        assert _link().split("/")[-2] not in str(vars(row))

    def test_an_occupied_address_looks_the_same_and_its_owner_hears(self, client):
        make_person()

        assert sign_up(client).url == reverse("account_signup_sent")
        assert "уже есть личный кабинет" in texts(EMAIL)[-1]
        assert "/signup/link/" not in texts(EMAIL)[-1]

    def test_the_form_filled_again_changes_what_waits(self, client):
        sign_up(client, name="Мария")
        sign_up(client, name="Анна")

        client.post(_link())

        assert (User.objects.get().name, len(texts(EMAIL))) == ("Анна", 1)

    def test_a_phone_is_still_proven_by_a_code(self, client, sms):
        assert sign_up(client, PHONE).url == reverse("account_signup_code")
        assert last_code(PHONE)


class TestSecondContact:
    def test_it_is_kept_unproven(self, client, settings):
        settings.SIGN_UP_SECOND_CONTACT = "required"
        settings.SIGN_UP_BY = ["email"]
        sign_up(client, second="8 912 345-67-89")
        client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})

        user = User.objects.get()
        assert (user.email, user.phone, user.phone_verified) == (EMAIL, PHONE, False)

    @pytest.mark.parametrize("second", ["", EMAIL, "мусор"])
    def test_a_required_one_of_the_other_kind_is_asked_for(self, client, settings, second):
        settings.SIGN_UP_SECOND_CONTACT = "required"

        refused = sign_up(client, second=second)

        assert list(refused.context["form"].errors) == ["second"]
        assert Delivery.objects.count() == 0

    def test_naming_takes_nobodys_contact_away(self, client, sms, settings):
        settings.SIGN_UP_SECOND_CONTACT = "optional"
        sign_up(client, PHONE, second=EMAIL)
        client.post(reverse("account_signup_code"), {"code": last_code(PHONE)})
        squatter = User.objects.get()
        assert squatter.email == EMAIL
        assert sign_in(Client(), EMAIL).status_code == 422

        owner = Client()
        sign_up(owner, EMAIL)
        owner.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})

        squatter.refresh_from_db()
        assert (squatter.email, squatter.phone) == (None, PHONE)
        assert User.objects.get(email=EMAIL).emailaddress_set.get().verified is True

    def test_a_contact_that_somebody_has_proved_is_left_out_in_silence(self, client, settings):
        make_person(email=None, phone=PHONE)
        settings.SIGN_UP_SECOND_CONTACT = "optional"

        sign_up(client, second=PHONE)
        client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})

        assert User.objects.get(email=EMAIL).phone is None

    def test_a_deployment_that_reveals_refuses_it(self, client, settings):
        make_person(email=None, phone=PHONE)
        settings.SIGN_UP_SECOND_CONTACT, settings.REVEAL_EXISTENCE = "optional", True

        refused = sign_up(client, second=PHONE)

        assert list(refused.context["form"].errors) == ["second"]


class TestConsent:
    def test_the_button_accepts_what_stands_above_it(self, client, settings):
        settings.CONSENT_MODE = "button"
        page = client.get(reverse("account_signup")).content.decode()
        assert "Нажимая «Зарегистрироваться», вы подтверждаете:" in page
        assert ("/legal/personal-data-consent/?version=1" in page, 'type="checkbox"' in page) == (
            True,
            False,
        )

        sign_up(client)
        client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})

        assert Consent.objects.filter(user__email=EMAIL).count() == 2

    def test_on_a_screen_of_its_own_nothing_opens_before_it(self, client, settings):
        settings.CONSENT_MODE = "screen"
        client.post(reverse("account_signup"), {"identifier": EMAIL, "password": PASSWORD})
        client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})
        assert Consent.objects.count() == 0
        assert client.get("/profile/").url.startswith(reverse("consent"))

        client.post(reverse("onboarding"), {"go": "onward"})
        assert "Согласиться и продолжить" in client.get(reverse("onboarding")).content.decode()
        client.post(reverse("onboarding"), {"go": "agree", **ticks()})

        assert Consent.objects.count() == 2
        assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize(
    ("after", "place", "inside"),
    [
        ("onboarding", "onboarding", True),
        ("home", "home", True),
        ("sign-in", "account_login", False),
    ],
)
def test_after_sign_up_people_go_where_the_deployment_wants(client, settings, after, place, inside):
    settings.SIGN_UP_AFTER = after
    sign_up(client)

    finished = client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})

    assert (finished.url, is_signed_in(client)) == (reverse(place), inside)
