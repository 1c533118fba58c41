"""Going back, pressing twice, mistyping: nobody is stuck before sign-in, and nothing typed or aimed at is lost."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.channels.models import Delivery
from kabinet.identity.models import LegalDocument, OneTimeCode
from tests.clock import NOW
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PHONE, is_signed_in, make_person, sign_in, sign_up
from tests.work import stamp_of

pytestmark = pytest.mark.django_db
NEW, OTHER = "берёза у старого моста", "anna@example.ru"
START = {"code": "account_request_login_code", "recovery": "account_reset_password"}
TYPED = {
    "code": "account_confirm_login_code",
    "recovery": "account_confirm_password_reset_code",
}


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SMS_CONNECTOR, settings.CAPTCHA = "mailbox", "off"


def ask(client, way, identifier=EMAIL, **data):
    return client.post(reverse(START[way]), {"identifier": identifier, **data})


def field(page, name):
    found = re.search(rf'<input[^>]* name="{name}"[^>]*>', page.content.decode())
    return found[0] if found else ""


class TestTheSameContactAgain:
    """Back and once more, or a button pressed twice: the code is on its way already, and its page is where it is typed."""

    @pytest.mark.parametrize("way", START)
    def test_leads_to_the_code_that_was_sent(self, client, way):
        make_person()
        assert ask(client, way).url == reverse(TYPED[way])

        again = ask(client, way)

        assert (again.status_code, again.url) == (302, reverse(TYPED[way]))
        assert OneTimeCode.objects.count() == 1

    @pytest.mark.parametrize("way", START)
    def test_in_another_browser_it_has_to_wait(self, client, way, django_user_model):
        make_person()
        ask(type(client)(), way)

        assert ask(client, way).status_code == 422

    @pytest.mark.parametrize("way", START)
    def test_another_contact_gets_a_code_of_its_own(self, client, way):
        make_person()
        ask(client, way)

        assert ask(client, way, PHONE).status_code == 302
        assert set(OneTimeCode.objects.values_list("identifier", flat=True)) == {EMAIL, PHONE}

    def test_keeps_the_new_password_that_was_typed_last(self, client, settings):
        settings.RECOVERY = "password_first"
        make_person()
        ask(client, "recovery", new=NEW, repeat=NEW)
        newest = "осина за старым мостом"

        ask(client, "recovery", new=newest, repeat=newest)
        client.post(reverse(TYPED["recovery"]), {"code": last_code(EMAIL)})

        client.post(reverse("account_logout"))
        assert sign_in(client, EMAIL, newest).status_code == 302

    def test_does_so_for_a_changed_contact_too(self, client):
        make_person()
        sign_in(client)
        change, code = (
            reverse(name, args=["email"]) for name in ("contact-change", "contact-code")
        )
        assert client.post(change, {"contact": OTHER}).url == code

        assert client.post(change, {"contact": OTHER}).url == code
        assert client.post(code, {"code": last_code(OTHER)}).url == reverse("profile")


class TestWhereSomebodyWasGoing:
    def test_is_kept_while_a_password_is_set_anew(self, client):
        make_person()
        entry = client.get(reverse("account_login"), {"next": "/profile/devices/"})
        start = f"{reverse(START['recovery'])}?next=/profile/devices/"
        assert f'href="{start}"' in entry.content.decode()
        assert "/profile/devices/" in field(client.get(start), "next")

        ask(client, "recovery", next="/profile/devices/")
        client.post(reverse(TYPED["recovery"]), {"code": last_code(EMAIL)})
        chosen = client.post(
            reverse("account_complete_password_reset"), {"new": NEW, "repeat": NEW}
        )

        assert chosen.url == "/profile/devices/"
        assert is_signed_in(client)

    @pytest.mark.parametrize("order", ["code_first", "temporary"])
    def test_is_kept_also_where_one_signs_in_afterwards(self, client, settings, order):
        settings.RECOVERY, settings.RECOVERY_AFTER = order, "sign-in"
        make_person()
        answer = ask(client, "recovery", next="/profile/devices/")
        if order == "code_first":
            client.post(answer.url, {"code": last_code(EMAIL)})
            answer = client.post(
                reverse("account_complete_password_reset"), {"new": NEW, "repeat": NEW}
            )

        assert answer.url == reverse("account_login", query={"next": "/profile/devices/"})

    def test_is_nowhere_else_than_here(self, client):
        make_person()
        ask(client, "recovery", next="https://evil.example/")
        client.post(reverse(TYPED["recovery"]), {"code": last_code(EMAIL)})

        chosen = client.post(
            reverse("account_complete_password_reset"), {"new": NEW, "repeat": NEW}
        )

        assert chosen.url == reverse("home")

    @pytest.mark.parametrize("way", START)
    def test_is_kept_by_the_way_back_to_the_password(self, client, way):
        page = client.get(reverse(START[way]), {"next": "/profile/devices/"}).content.decode()

        assert f'href="{reverse("account_login")}?next=/profile/devices/"' in page

    def test_is_kept_while_another_contact_is_proved(self, client):
        person = make_person()
        person.emailaddress_set.update(verified=False)
        sign_in(client, PHONE)
        offer = client.get("/profile/devices/", follow=True).content.decode()
        (change,) = re.findall(rf'href="({reverse("contact-change", args=["email"])}[^"]*)"', offer)

        code = client.post(change, {"contact": OTHER}).url
        done = client.post(code, {"code": last_code(OTHER)})

        assert done.url == "/profile/devices/"


class TestWhatWasTyped:
    def test_a_ticked_box_stays_ticked(self, client):
        refused = ask(client, "code", "никто", remember="on")

        assert refused.status_code == 422
        assert "checked" in field(refused, "remember")
        assert "checked" not in field(ask(client, "code", "никто"), "remember")

    def test_a_password_that_is_refused_costs_no_proof_of_being_a_person(
        self, client, settings, monkeypatch
    ):
        settings.CAPTCHA, settings.CAPTCHA_ON = "altcha", ["sign-up"]
        monkeypatch.setattr(timezone, "now", lambda: NOW)
        note = {"captcha-opened": stamp_of(client.get(reverse("account_signup")))}
        monkeypatch.setattr(timezone, "now", lambda: NOW + timezone.timedelta(seconds=10))

        for weak in ("короткий", "1234567890", "qwertyuiop", "йцукенгшщз"):
            refused = sign_up(client, password=weak, **note)
            assert refused.status_code == 422
            assert "bad" in refused.content.decode()

        assert sign_up(client, password=NEW, **note).status_code == 302

    def test_a_missing_document_is_said_above_the_form_and_not_beside_the_contact(
        self, client, settings
    ):
        settings.CONSENT_MODE = "screen"
        LegalDocument.objects.all().delete()

        refused = sign_up(client)

        assert refused.status_code == 422
        assert 'id="id_identifier_error"' not in refused.content.decode()
        assert "Регистрация временно закрыта" in refused.content.decode()

    def test_nobody_fills_in_a_form_that_would_be_refused(self, client):
        shown = client.get(reverse("account_signup"))
        assert field(shown, "identifier")

        LegalDocument.objects.all().delete()
        closed = client.get(reverse("account_signup")).content.decode()

        assert "Регистрация временно закрыта" in closed
        assert 'name="identifier"' not in closed
        assert f'href="{reverse("account_login")}"' in closed


class TestPhonesKeyboards:
    @pytest.mark.parametrize(
        ("by", "first", "second"),
        [
            (["email"], 'inputmode="email"', ('inputmode="tel"', 'autocomplete="tel"')),
            (["phone"], 'inputmode="tel"', ('inputmode="email"', 'autocomplete="email"')),
            (["email", "phone"], "", ("",)),
        ],
    )
    def test_show_what_the_field_takes(self, client, settings, by, first, second):
        settings.SIGN_UP_BY, settings.SIGN_UP_SECOND_CONTACT = by, "optional"
        page = client.get(reverse("account_signup"))

        assert first in field(page, "identifier")
        assert ("inputmode" in field(page, "identifier")) is bool(first)
        assert all(attribute in field(page, "second") for attribute in second)
        assert 'autocomplete="username"' in field(page, "identifier")

    def test_a_code_by_sms_is_awaited_by_the_page_and_one_by_letter_is_not(self, client):
        make_person()
        code = reverse(TYPED["code"])
        ask(client, "code", PHONE)
        assert "data-sms" in client.get(code).content.decode()

        ask(client, "code", EMAIL)
        assert "data-sms" not in client.get(code).content.decode()


class TestWords:
    @pytest.mark.parametrize(("by", "told"), [(["email"], False), (["email", "phone"], True)])
    def test_a_link_is_announced_without_telephones_where_there_are_none(
        self, client, settings, by, told
    ):
        settings.SIGN_UP_PROOF, settings.SIGN_UP_BY = "link", by
        page = client.get(reverse("account_signup")).content.decode()

        assert ("письмо со ссылкой" in page, "на телефон" in page) == (True, told)


def test_a_press_that_sends_nothing_writes_to_nobody(client):
    """What the others rest on: the second press of «Получить код» is no second message."""
    make_person()
    for _press in range(3):
        ask(client, "code")

    assert (Delivery.objects.count(), len(texts(EMAIL))) == (1, 1)
