"""A provider's logo and colour where customers see them: its own address, the strip, the entry page (IDN-01, 02)."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from kabinet.kernel.actors import SYSTEM
from kabinet.providers import appearance
from kabinet.providers.queries import get_active_provider
from tests.clock import NOW
from tests.factories import AccountFactory, ProviderFactory, UserFactory
from tests.providers.drawing import drawn

pytestmark = pytest.mark.django_db


def dress(provider, *, logo=True, colour="#0b4f8a", size=(360, 96)):
    if logo:
        content = drawn(size)
        appearance.set_logo(actor=SYSTEM, provider_code=provider.code, content=content, at=NOW)
    appearance.set_colour(actor=SYSTEM, provider_code=provider.code, colour=colour, at=NOW)
    return provider


def address_of(provider):
    logo = get_active_provider(code=provider.code).logo
    return reverse("provider-logo", args=[logo.digest])


def text(page):
    return page.content.decode()


class TestItsAddress:
    @pytest.fixture
    def address(self):
        return address_of(dress(ProviderFactory()))

    def test_it_is_a_png_that_may_be_kept_for_ever_and_is_nothing_else(self, client, address):
        answer = client.get(address)

        assert Image.open(BytesIO(answer.content)).format == "PNG"
        assert {name: answer[name] for name in ("Content-Type", "Cache-Control", "ETag")} == {
            "Content-Type": "image/png",
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": f'"{address.removeprefix("/logos/").removesuffix(".png")}"',
        }
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"

    def test_it_costs_one_query_and_reads_no_cookie_signed_in_or_not(
        self, client, address, django_assert_num_queries
    ):
        for _visit in range(2):
            with django_assert_num_queries(1):
                answer = client.get(address)
            assert ("Vary" in answer, answer.cookies) == (False, {})
            client.force_login(UserFactory())

    def test_whoever_has_it_is_told_so_without_the_file(self, client, address, monkeypatch):
        etag = client.get(address)["ETag"]

        answer = client.get(address, headers={"If-None-Match": etag})
        other = client.get(address, headers={"If-None-Match": '"other"'})

        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert other.status_code == 200

    def test_head_is_answered_and_nothing_else_is(self, client, address):
        assert (client.head(address).status_code, client.head(address).content) == (200, b"")
        assert client.post(address).status_code == 405

    def test_a_removed_one_is_gone_also_for_whoever_has_it(self, client, address):
        etag = client.get(address)["ETag"]
        provider = get_active_provider(code=ProviderFactory._meta.model.objects.get().code)
        appearance.remove_logo(actor=SYSTEM, provider_code=provider.code, at=NOW)

        answer = client.get(address, headers={"If-None-Match": etag})

        assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")

    @pytest.mark.parametrize(
        "path",
        [
            "/logos/x.png",
            f"/logos/{'0' * 64}.png",
            "/logos/../pin_key.png",
            "/logos/%2e%2e/pin_key.png",
            "/logos/..%2f..%2fetc%2fpasswd.png",
            "/logos/%00.png",
            "/logos/.png",
            f"/logos/{'0' * 5000}.png",
        ],
    )
    def test_nothing_else_is_there(self, client, address, path):
        assert client.get(path).status_code == 404

    def test_the_folders_other_names_go_the_common_way(self, client):
        for path in ("/logos/", "/logos", "/logos/x.svg"):
            assert client.get(path).status_code == 404


class TestTheStrip:
    @pytest.fixture
    def page(self, client):
        user = UserFactory()
        client.force_login(user)

        def opened(provider):
            account = AccountFactory(holders=[user], provider=provider)
            return text(client.get(reverse("account-home", args=[account.public_id])))

        return opened

    def test_it_shows_logo_name_and_colour(self, page):
        provider = dress(ProviderFactory(name="Озёрскгаз"))

        strip = re.search('<section class="kb-strip.*?</section>', page(provider))[0]

        assert strip == (
            '<section class="kb-strip on-dark" aria-label="Поставщик">'
            '<svg class="kb-strip-paint" aria-hidden="true" focusable="false">'
            '<rect width="100%" height="100%" fill="#0b4f8a"/></svg>'
            '<div class="kb-strip-in"><span class="kb-plate">'
            f'<img src="{address_of(provider)}" alt="Озёрскгаз" width="112" height="30"></span>'
            '<p class="kb-strip-name" aria-hidden="true">Озёрскгаз</p></div></section>'
        )

    def test_on_a_pale_colour_the_text_is_dark(self, page):
        assert 'class="kb-strip on-pale"' in page(dress(ProviderFactory(), colour="#f2b600"))

    def test_a_colour_alone_carries_the_name_for_everybody(self, page):
        shown = page(dress(ProviderFactory(name="Озёрскгаз"), logo=False))

        assert '<div class="kb-strip-in"><p class="kb-strip-name">Озёрскгаз</p>' in shown
        assert "kb-plate" not in shown

    def test_a_logo_alone_lies_on_the_cards_colour(self, page):
        shown = page(dress(ProviderFactory(), colour=""))

        assert ('class="kb-strip"' in shown, "kb-strip-paint" in shown) == (True, False)

    def test_without_both_there_is_no_strip(self, page):
        assert "kb-strip" not in page(ProviderFactory())

    def test_names_are_text(self, page):
        shown = page(dress(ProviderFactory(name='"><script>alert(1)</script>')))

        assert "<script>alert(1)" not in shown

    @pytest.mark.parametrize("accounts", [1, 3])
    def test_it_costs_no_query(self, client, accounts, django_assert_num_queries):
        user, provider = UserFactory(), ProviderFactory()
        own = [AccountFactory(holders=[user], provider=provider) for _ in range(accounts)]
        for _ in range(accounts - 1):
            AccountFactory(holders=[user], provider=dress(ProviderFactory()))
        client.force_login(user)
        page = reverse("account-list")
        about = reverse("account-home", args=[own[0].public_id])
        client.get(about)
        counts = []
        for dressing in (lambda: None, lambda: dress(provider)):
            dressing()
            with CaptureQueriesContext(connection) as asked:
                assert client.get(about).status_code == 200
            counts.append(len(asked))

        assert counts[0] == counts[1]
        assert client.get(page).status_code == 200


class TestTheEntryPage:
    def test_the_link_of_a_provider_shows_its_logo_large(self, client):
        provider = dress(ProviderFactory(name="Озёрскгаз"))
        ProviderFactory()
        client.get(f"/enter/{provider.code}/")

        assert (
            f'<span class="kb-plate"><img src="{address_of(provider)}" alt="Озёрскгаз" '
            'width="240" height="64"></span><p class="kb-provider" aria-hidden="true">Озёрскгаз</p>'
        ) in text(client.get(reverse("account_login")))

    def test_of_several_providers_none_is_shown_without_a_link(self, client):
        dress(ProviderFactory())
        dress(ProviderFactory())

        assert "kb-sign" not in text(client.get(reverse("account_login")))

    def test_the_only_provider_is_shown_to_everybody_also_after_a_wrong_password(self, client):
        provider = dress(ProviderFactory(name="Озёрскгаз"))
        ProviderFactory(is_active=False)
        login = reverse("account_login")
        wrong = client.post(login, {"login": "a@b.ru", "password": "wrong"})

        for page in (client.get(login), wrong):
            assert address_of(provider) in text(page)

    def test_the_link_of_one_goes_before(self, client):
        dress(ProviderFactory(name="Закрытый", is_active=True))
        provider = dress(ProviderFactory(name="Озёрскгаз"), logo=False)
        client.get(f"/enter/{provider.code}/")

        assert '<p class="kb-provider">Озёрскгаз</p>' in text(client.get(reverse("account_login")))

    def test_left_out_it_is_not_there_and_the_link_still_names_its_provider(self, client, settings):
        provider = dress(ProviderFactory(name="Озёрскгаз"))
        settings.ENTRY_BLOCKS = [part for part in settings.ENTRY_BLOCKS if part != "logo"]
        login = reverse("account_login")

        assert "Озёрскгаз" not in text(client.get(login))
        client.get(f"/enter/{provider.code}/")
        page = text(client.get(login))
        assert ("Озёрскгаз" in page, "kb-plate" in page) == (True, False)

    @pytest.mark.parametrize("providers", [1, 3])
    def test_it_costs_one_query(self, client, settings, providers, django_assert_num_queries):
        for _ in range(providers):
            dress(ProviderFactory())
        settings.ENTRY_BLOCKS = []
        with django_assert_num_queries(0):
            client.get(reverse("account_login"))
        settings.ENTRY_BLOCKS = ["logo"]
        with django_assert_num_queries(1):
            client.get(reverse("account_login"))
