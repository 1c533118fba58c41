"""What the entry page shows besides the form, and whom it names (IDN-01, 02, 19, 50)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.config.presets import ENTRY_PARTS
from kabinet.providers.models import Provider
from tests.factories import ProviderFactory
from tests.factories.payments import merchant_of
from tests.web.entry import make_person, sign_in

pytestmark = pytest.mark.django_db

# What tells that a part is there; guests' parts need a provider that takes them, services a configured one.
MARKS = {
    "registration": "/signup/",
    "recovery": "/password/reset/",
    "code": "/login/code/",
    "qr": "/login/qr/",
    "passkey": "data-passkey",
    "guest-readings": "Передать показания без входа",
    "guest-payment": "Оплатить без входа",
    "documents": "/legal/user-agreement/",
    "about": "Счета, показания и платежи",
    "logo": "kb-sign",
    "support": "8 800 775-62-62",
    "apps": "https://www.rustore.ru/kabinet",
}


def _page(client):
    return client.get(reverse("account_login")).content.decode()


@pytest.fixture
def everything(settings):
    settings.SUPPORT_PHONE, settings.SUPPORT_EMAIL = "8 800 775-62-62", "help@example.ru"
    settings.APP_LINKS = [("RuStore", "https://www.rustore.ru/kabinet")]
    merchant_of(
        ProviderFactory(policy__guest_readings="initials", policy__guest_payments="initials")
    )


@pytest.mark.usefixtures("everything")
class TestBlocks:
    def test_all_are_there_by_default(self, client):
        page = _page(client)

        assert {name: mark in page for name, mark in MARKS.items()} == dict.fromkeys(MARKS, True)

    @pytest.mark.parametrize("name", MARKS)
    def test_each_is_switched_off_alone(self, client, settings, name):
        settings.ENTRY_BLOCKS = [part for part in ENTRY_PARTS if part != name]
        page = _page(client)

        there = {part: mark in page for part, mark in MARKS.items()}
        assert there == {**dict.fromkeys(MARKS, True), name: False}

    def test_without_any_the_form_alone_is_left(self, client, settings):
        settings.ENTRY_BLOCKS = []
        page = _page(client)

        assert not any(mark in page for mark in MARKS.values())
        assert 'name="password"' in page

    def test_help_stands_on_every_page_before_sign_in(self, client):
        for name in ("account_login", "account_signup", "account_reset_password"):
            page = client.get(reverse(name)).content.decode()
            assert 'href="tel:88007756262"' in page
            assert 'href="mailto:help@example.ru"' in page

    def test_without_a_hotline_the_shown_provider_is_named(self, client, settings):
        Provider.objects.update(phone="8 800 000-14-01", email="abonent@gaz.example")
        assert "8 800 000-14-01" not in _page(client)

        settings.SUPPORT_PHONE = settings.SUPPORT_EMAIL = ""
        page = _page(client)
        assert ('href="tel:88000001401"' in page, "mailto:abonent@gaz.example" in page) == (
            True,
            True,
        )
        settings.ENTRY_BLOCKS = [part for part in ENTRY_PARTS if part != "support"]
        assert "8 800 000-14-01" not in _page(client)

    def test_the_deployments_own_words_stand_instead_of_ours(self, client, settings):
        settings.ENTRY_ABOUT = "Кабинет жителей Озёрска"

        assert "Кабинет жителей Озёрска" in _page(client)


def test_a_closed_registration_answers_nobody(client, settings):
    settings.ENTRY_BLOCKS = ["recovery"]

    assert client.get(reverse("account_signup")).status_code == 404
    assert client.post(reverse("account_signup")).status_code == 404


class TestProviderLink:
    def test_it_names_the_provider_and_linking_begins_with_it_once(self, client):
        provider = ProviderFactory(name="Приозерье Газ")
        make_person()

        assert client.get(f"/enter/{provider.code}/").url == reverse("account_login")
        assert "Приозерье Газ" in _page(client)
        sign_in(client)

        number = reverse("account-link-number", args=[provider.code])
        assert client.get(reverse("account-link")).url == number
        assert client.get(reverse("account-link")).status_code == 200

    @pytest.mark.parametrize("code", ["nobody", "off", "'; --", "ы" * 300])
    def test_an_unknown_one_opens_the_page_for_all(self, client, code):
        known = ProviderFactory(name="Приозерье Газ")
        # Were it the only one, everybody would be shown it.
        ProviderFactory()
        ProviderFactory(code="off", name="Закрытый", is_active=False)
        client.get(f"/enter/{known.code}/")

        assert client.get(reverse("provider-entry", args=[code])).url == reverse("account_login")
        page = _page(client)
        assert ("Приозерье" in page, "Закрытый" in page) == (False, False)

    def test_whoever_is_signed_in_goes_straight_to_linking(self, client):
        provider = ProviderFactory()
        make_person()
        sign_in(client)

        answer = client.get(f"/enter/{provider.code}/")

        assert answer.url == reverse("account-link") + f"?provider={provider.code}"
