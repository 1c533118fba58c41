"""A part of the entry page that a deployment leaves out is out everywhere: link, pages, operations (IDN-01)."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from kabinet.channels.models import Delivery
from kabinet.config.presets import ENTRY_PARTS
from kabinet.identity.models import LinkedMessenger
from kabinet.identity.parts import REFUSALS, EntryPart
from kabinet.web.entry.parts import PAGES
from tests.factories import ProviderFactory
from tests.factories.payments import merchant_of
from tests.identity.mail import texts
from tests.web.entry import EMAIL, make_person, sign_in, sign_up

pytestmark = pytest.mark.django_db

ADDRESSES = [(part, name) for part, names in PAGES.items() for name in sorted(names)]
# Every address under these belongs to the part, but for what takes back what was given before.
FOLDERS = {
    EntryPart.REGISTRATION: ("signup/", "outside/contact/"),
    EntryPart.RECOVERY: ("password/reset/",),
    EntryPart.CODE: ("login/code/",),
    EntryPart.QR: ("login/qr/", "qr/"),
    EntryPart.PASSKEY: ("login/key/", "prove/key/", "profile/keys/add/", "profile/keys/later/"),
    EntryPart.OUTSIDE: ("outside/", "esia/", "vk/", "yandex/"),
    EntryPart.GUEST_READINGS: ("guest/readings/",),
    EntryPart.GUEST_PAYMENT: ("guest/pay/",),
}
LINKING = ("link", "unlink")
STAYS = {"guest-readings-end", "guest-pay-end", "guest-pay-rules"}


def route_of(name):
    return get_resolver().reverse_dict[name][0][0][0]


def address_of(name):
    filled = {"public_id": uuid.UUID(int=1), "secret": "x", "code": "x"}
    return "/" + re.sub(r"%\((\w+)\)s", lambda found: str(filled[found[1]]), route_of(name))


def leave_out(settings, *parts):
    settings.ENTRY_BLOCKS = [name for name in ENTRY_PARTS if name not in parts]


@pytest.fixture
def everything(settings):
    app = {"client_id": "1", "secret": "2"}
    settings.SOCIALACCOUNT_PROVIDERS = {service: {"APPS": [app]} for service in ("vk", "yandex")}
    merchant_of(
        ProviderFactory(policy__guest_readings="initials", policy__guest_payments="initials")
    )


@pytest.fixture
def inside():
    make_person()
    client = Client()
    sign_in(client)
    return client


def test_every_address_of_a_part_is_known_to_the_gate():
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    for part, folders in FOLDERS.items():
        found = {name for name in names if route_of(name).startswith(folders)}
        assert found - STAYS == PAGES[part]


def test_what_refuses_has_words_and_what_has_pages_refuses():
    assert set(PAGES) == set(REFUSALS)
    assert [part.value for part in EntryPart] == list(ENTRY_PARTS)


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("part", "name"), ADDRESSES)
def test_its_address_says_that_it_is_not_offered_and_what_is(
    client, settings, inside, part, name, method
):
    address, words = address_of(name), str(REFUSALS[part])
    leave_out(settings)
    for browser in (client, inside):
        answer = getattr(browser, method)(address)
        assert words not in answer.content.decode()

    leave_out(settings, part)
    before = Delivery.objects.count()
    for browser in (client, inside):
        answer = getattr(browser, method)(address)
        assert (answer.status_code, words in answer.content.decode()) == (404, True)
    assert "Войти можно:" in client.get(address).content.decode()
    assert Delivery.objects.count() == before


@pytest.mark.usefixtures("everything")
class TestTheAnswer:
    def test_it_names_the_ways_that_are_open_and_no_other(self, client, settings):
        leave_out(settings, "code", "passkey")
        page = client.get(reverse("account_request_login_code")).content.decode()
        ways = re.findall(r"<li>(.*?)</li>", page)

        assert ways == [
            "по паролю",
            "по QR-коду, с телефона, на котором вы уже вошли",
            "через VK ID, Яндекс ID",
        ]

    def test_it_leads_to_sign_up_only_where_there_is_one(self, client, settings):
        address, link = reverse("account_request_login_code"), f'href="{reverse("account_signup")}"'
        leave_out(settings, "code")
        assert link in client.get(address).content.decode()

        leave_out(settings, "code", "registration")
        assert link not in client.get(address).content.decode()

    def test_whoever_has_forgotten_the_password_is_told_where_to_turn(self, client, settings):
        settings.SUPPORT_PHONE = "8 800 775-62-62"
        leave_out(settings, "recovery")
        page = client.get(reverse("account_reset_password")).content.decode()
        assert "войдите другим способом или обратитесь в поддержку" in page
        assert 'href="tel:88007756262"' in page

        settings.ENTRY_BLOCKS = []
        page = client.get(reverse("account_reset_password")).content.decode()
        assert "обратитесь в поддержку или к вашему поставщику" in page


class TestLinks:
    """Where a signed-in person or a letter would lead to what is not there."""

    def test_the_profile_offers_the_scanner_only_with_qr(self, inside, settings):
        link = reverse("qr-scanner")
        assert link in inside.get(reverse("profile")).content.decode()

        leave_out(settings, "qr")
        assert link not in inside.get(reverse("profile")).content.decode()

    def test_keys_can_be_deleted_and_not_added(self, inside, settings):
        user_id = int(inside.session["_auth_user_id"])
        key = Authenticator.objects.create(
            user_id=user_id, type=Authenticator.Type.WEBAUTHN, data={"name": "Мой телефон"}
        )
        add, delete = reverse("mfa_add_webauthn"), reverse("mfa_remove_webauthn", args=[key.pk])
        page = inside.get(reverse("mfa_index")).content.decode()
        assert (add in page, delete in page) == (True, True)

        leave_out(settings, "passkey")
        page = inside.get(reverse("mfa_index")).content.decode()
        assert (add in page, delete in page) == (False, True)
        assert inside.post(delete).url == reverse("mfa_index")
        assert not Authenticator.objects.exists()
        assert "отпечатку" not in inside.get(reverse("mfa_index")).content.decode()

    @pytest.mark.usefixtures("everything")
    def test_services_are_linked_only_where_they_let_in(self, inside, settings):
        link = f'action="{reverse("vk_login")}"'
        assert link in inside.get(reverse("profile")).content.decode()

        leave_out(settings, "outside")
        assert link not in inside.get(reverse("profile")).content.decode()

    def test_messengers_bring_no_codes_where_no_code_lets_in_and_can_be_unlinked(
        self, inside, settings
    ):
        settings.MESSENGERS = ["telegram"]
        user_id = int(inside.session["_auth_user_id"])
        link, unlink = (reverse(f"messenger-{what}", args=["telegram"]) for what in LINKING)
        assert inside.get(link).status_code == 200
        LinkedMessenger.objects.create(
            user_id=user_id, messenger="telegram", account="1", linked_at=timezone.now()
        )
        assert unlink in inside.get(reverse("profile")).content.decode()

        leave_out(settings, "code")
        assert inside.get(link).status_code == 404
        page = inside.get(reverse("profile")).content.decode()
        assert "Сейчас коды сюда не приходят" in page
        assert unlink in page
        assert inside.post(unlink).url == reverse("profile")
        assert not LinkedMessenger.objects.exists()

    def test_an_offer_of_a_passkey_is_not_made_where_there_are_none(self, settings):
        make_person()
        client = Client()
        sign_in(client)
        assert "data-passkey-offer" in client.get(reverse("home"), follow=True).content.decode()

        leave_out(settings, "passkey")
        page = client.get(reverse("home"), follow=True).content.decode()
        assert "data-passkey-offer" not in page

    def test_the_letter_to_an_unknown_contact_leads_to_sign_up_only_where_there_is_one(
        self, client, settings
    ):
        def letter():
            client.post(reverse("account_request_login_code"), {"identifier": "nobody@example.ru"})
            return texts("nobody@example.ru")[-1]

        leave_out(settings, "registration")
        without = letter()
        assert ("зарегистрируйтесь" in without, "/signup/" in without) == (False, False)
        assert reverse("account_login") in without

        settings.CODE_RESEND_AFTER = dt.timedelta(0)
        leave_out(settings)
        with_it = letter()
        assert ("зарегистрируйтесь" in with_it, "/signup/" in with_it) == (True, True)

    def test_the_letter_of_a_changed_password_leads_where_there_is_help(self, inside, settings):
        settings.SUPPORT_PHONE = "8 800 775-62-62"
        leave_out(settings, "recovery")
        new = "берёза у старого моста"
        form = {"current": "соловей поёт в саду", "new": new, "repeat": new}

        assert inside.post(reverse("account_change_password"), form).url == reverse("profile")

        letter = texts(EMAIL)[-1]
        assert ("/password/reset/" in letter, "8 800 775-62-62" in letter) == (False, True)

    def test_a_sign_up_that_is_occupied_speaks_of_a_new_password_only_where_it_can_be_set(
        self, client, settings
    ):
        make_person()
        leave_out(settings, "recovery")

        sign_up(client)

        assert "задайте новый" not in texts(EMAIL)[-1]
