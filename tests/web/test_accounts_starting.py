"""The first step of linking as the installation sets it, then on to the end, for all four styles (ACC-03)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.accounts.models import AccountLink
from kabinet.providers.models import Branch
from tests.accounts.cases import AT, SERIAL, account_a, account_b, account_c, account_d
from tests.factories import AccountFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db

FIRST_STEPS = ["provider", "region", "branch", "none"]
STYLES = {"A": account_a, "B": account_b, "C": account_c, "D": account_d}
SEARCH = {
    "A": {},
    "B": {"initials": "абв"},
    "C": {"surname": "абрамов"},
    "D": {"house": "10", "flat": "101"},
}
PROOF = {
    "B": {"proof": "meter", "answer": SERIAL, "consents": "on"},
    "C": {"proof": "due", "answer": "1243,56"},
    "D": {"proof": "surname", "answer": "Абрамов"},
}


def text(response):
    return response.content.decode()


def links_in(page):
    return [part.split('"')[0] for part in text(page).split('href="')[1:]]


def located(account, branch=""):
    """Give the account's provider a region, and the account a branch of it where one is named."""
    account.provider.region = "Озёрская область"
    account.provider.save()
    if branch:
        account.branch = Branch.objects.create(
            provider=account.provider, code=branch, name="Северный филиал", region="Север"
        )
        account.save()
    return account


def to_number(client, account, first):
    """Walk the first step as a person does; gives the address of the number's page."""
    start = client.get(reverse("account-link"))
    number = reverse("account-link-number", kwargs={"code": account.provider.code})
    if first == "none":
        start = client.get(reverse("account-link-providers"))
    wanted = f"{number}?branch=north" if first == "branch" else number
    assert wanted in links_in(start)
    return wanted


@pytest.mark.parametrize("first", FIRST_STEPS)
@pytest.mark.parametrize("style", STYLES)
def test_every_style_links_from_every_first_step(client, user, settings, style, first):
    settings.LINK_FIRST_STEP = first
    account = located(STYLES[style](), branch="north" if first == "branch" else "")

    entered = client.post(
        to_number(client, account, first), {"number": account.number, **SEARCH[style]}
    )
    if style in PROOF:
        assert client.get(entered.url).status_code == 200
        entered = client.post(entered.url, PROOF[style])

    assert entered.url == reverse("account-linked", kwargs={"account_id": account.public_id})
    link = AccountLink.objects.get()
    assert (link.account, link.level) == (account, "limited" if style == "A" else "extended")


@pytest.mark.parametrize("style", STYLES)
def test_number_and_address_find_every_style_where_linking_begins_so(client, user, settings, style):
    settings.LINK_FIRST_STEP = "none"
    account = STYLES[style](house="10", flat="101")
    page = text(client.get(reverse("account-link")))
    assert reverse("account-link-by-address") in page
    assert reverse("account-link-providers") in page

    found = client.post(
        reverse("account-link-by-address"),
        {"number": account.number, "house": "10", "flat": "101"},
    )

    step = "account-link-proof" if style == "D" else "account-link-number"
    assert found.url == reverse(step, kwargs={"code": account.provider.code})
    page = text(client.get(found.url))
    assert account.number in page
    assert AccountLink.objects.count() == 0


@pytest.mark.parametrize("first", FIRST_STEPS)
class TestAnyFirstStep:
    def test_a_link_preselects_the_provider(self, client, user, settings, first):
        settings.LINK_FIRST_STEP = first
        account = account_a()
        number = reverse("account-link-number", kwargs={"code": account.provider.code})

        assert (
            client.get(reverse("account-link"), {"provider": account.provider.code}).url == number
        )
        assert client.get(number).status_code == 200

    def test_a_provider_that_takes_no_part_cannot_be_chosen(self, client, user, settings, first):
        settings.LINK_FIRST_STEP = first
        off = ProviderFactory(code="off", name="Выключенный газ", region="Край", is_active=False)
        Branch.objects.create(provider=off, code="b", name="Филиал в тени", region="Край")

        page = client.get(reverse("account-link"), {"provider": "off"})
        by_hand = client.get(reverse("account-link-providers"))

        assert "Обратитесь к нему напрямую" in text(page)
        for shown in (text(page), text(by_hand)):
            assert "Выключенный газ" not in shown
            assert "Филиал в тени" not in shown
        assert client.get("/accounts/link/to/off/").url == "/accounts/link/?provider=off"

    def test_at_the_limit_an_explanation_stands_instead(self, client, user, settings, first):
        settings.LINK_FIRST_STEP = first
        settings.LINK_MAX_ACCOUNTS = 1
        AccountFactory(holders=[user])

        for name in ("account-link", "account-link-providers"):
            assert "Больше счетов привязать нельзя" in text(client.get(reverse(name)))

    def test_nothing_is_written_and_a_post_is_refused(self, client, user, settings, first):
        settings.LINK_FIRST_STEP = first
        assert client.post(reverse("account-link")).status_code == 405

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_stays_within_its_budget(
        self, client, user, settings, first, count, django_assert_max_num_queries
    ):
        settings.LINK_FIRST_STEP = first
        for _ in range(count):
            located(account_b(), branch="north")

        with django_assert_max_num_queries(5):  # session, user, links; providers, branches
            client.get(reverse("account-link"))


class TestRegion:
    @pytest.fixture(autouse=True)
    def _first(self, settings):
        settings.LINK_FIRST_STEP = "region"

    def test_a_region_with_several_providers_asks_which(self, client, user):
        ProviderFactory(code="gas", name="Газ", region="Озёрская область")
        ProviderFactory(code="heat", name="Тепло", region="Озёрская область")
        ProviderFactory(code="water", name="Вода", region="Край")

        regions = client.get(reverse("account-link"))
        chosen = [link for link in links_in(regions) if "region=" in link]
        page = text(client.get(chosen[0]))

        assert len(chosen) == 1
        assert "/accounts/link/to/water/" in text(regions)
        assert "/accounts/link/to/gas/" in page
        assert "/accounts/link/to/heat/" in page
        assert "/accounts/link/to/water/" not in page

    def test_regions_are_searched(self, client, user):
        ProviderFactory(name="Газ", region="Озёрская область")
        ProviderFactory(name="Вода", region="Ясный край")

        found = text(client.get(reverse("account-link"), {"q": "озерск"}))
        nothing = text(client.get(reverse("account-link"), {"q": "нет такого"}))

        assert "Озёрская область" in found
        assert "Ясный край" not in found
        assert "Такого региона нет" in nothing

    def test_a_provider_without_a_region_is_in_the_common_list(self, client, user):
        ProviderFactory(code="gas", name="Газ", region="")

        assert "Регионов пока нет" in text(client.get(reverse("account-link")))
        assert "/accounts/link/to/gas/" in text(client.get(reverse("account-link-providers")))

    def test_an_unknown_region_says_so(self, client, user):
        page = text(client.get(reverse("account-link"), {"region": "<b>Луна</b>"}))

        assert "Никого не нашли" in page
        assert "<b>Луна</b>" not in page

    def test_where_no_more_may_be_linked_nothing_is_chosen(self, client, user):
        account = located(account_a(holders=[user]))
        for _ in range(2):
            AccountFactory(provider=account.provider, holders=[user])

        page = client.get(reverse("account-link"))

        assert "привязано наибольшее число счетов" in text(page)
        assert f"/accounts/link/to/{account.provider.code}/" not in links_in(page)


class TestBranch:
    @pytest.fixture(autouse=True)
    def _first(self, settings):
        settings.LINK_FIRST_STEP = "branch"

    def test_an_account_of_another_branch_is_not_found_there(self, client, user):
        account = located(account_c(), branch="north")
        Branch.objects.create(provider=account.provider, code="south", name="Юг", region="Юг")
        given = {"number": account.number, **SEARCH["C"]}
        number = reverse("account-link-number", kwargs={"code": account.provider.code})

        wrong = client.post(f"{number}?branch=south", given)
        right = client.post(f"{number}?branch=north", given)

        assert wrong.status_code == 422
        assert "Не нашли такой лицевой счёт" in text(wrong)
        assert right.status_code == 302

    def test_the_branch_stays_named_on_the_way(self, client, user):
        account = located(account_c(), branch="north")
        number = reverse("account-link-number", kwargs={"code": account.provider.code})

        page = text(client.get(f"{number}?branch=north"))
        entered = client.post(f"{number}?branch=north", {"number": account.number, **SEARCH["C"]})

        assert "Северный филиал" in page
        assert f'href="{number}?branch=north"' in text(client.get(entered.url))

    def test_the_branch_holds_for_the_last_step_too(self, client, user):
        account = located(account_c(), branch="north")
        south = Branch.objects.create(
            provider=account.provider, code="south", name="Юг", region="Юг"
        )
        number = reverse("account-link-number", kwargs={"code": account.provider.code})
        entered = client.post(f"{number}?branch=north", {"number": account.number, **SEARCH["C"]})
        account.branch = south
        account.save()

        assert client.post(entered.url, PROOF["C"]).status_code == 422
        assert AccountLink.objects.count() == 0

    @pytest.mark.parametrize("code", ["nowhere", "a'b", "%D0%AF"])
    def test_an_unknown_branch_leads_back(self, client, user, code):
        account = account_c()
        number = reverse("account-link-number", kwargs={"code": account.provider.code})

        assert client.get(f"{number}?branch={code}").url == reverse("account-link")

    def test_a_provider_without_branches_is_chosen_as_a_whole(self, client, user):
        account = account_a()

        page = client.get(reverse("account-link"))

        number = reverse("account-link-number", kwargs={"code": account.provider.code})
        assert number in links_in(page)


class TestRefusals:
    """A wrong number and a wrong answer to a search proof look alike, in words and in the number of queries."""

    WRONG = {
        "B": {"initials": "ггг"},
        "C": {"surname": "Петров"},
        "D": {"house": "10", "flat": "102"},
    }

    def refused(self, client, address, account, **given):
        client.force_login(UserFactory())
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            response = client.post(address, given)
        words = response.context["form"].non_field_errors()
        return response.status_code, words, len(queries)

    @pytest.mark.parametrize("style", WRONG)
    def test_of_a_chosen_provider(self, client, style):
        account = STYLES[style]()
        number = reverse("account-link-number", kwargs={"code": account.provider.code})
        unknown = str(int(account.number) + 1)

        by_number = self.refused(client, number, account, number=unknown, **SEARCH[style])
        by_answer = self.refused(
            client, number, account, number=account.number, **self.WRONG[style]
        )

        assert by_number == by_answer
        assert by_number[0] == 422
        assert AccountLink.objects.count() == 0
        assert client.post(number, {"number": account.number, **SEARCH[style]}).status_code == 302

    @pytest.mark.parametrize("style", STYLES)
    def test_of_the_search_by_address(self, client, settings, style):
        settings.LINK_FIRST_STEP = "none"
        account = STYLES[style](house="10", flat="101")
        search = reverse("account-link-by-address")
        unknown = str(int(account.number) + 1)

        by_number = self.refused(client, search, account, number=unknown, house="10", flat="101")
        by_flat = self.refused(
            client, search, account, number=account.number, house="10", flat="102"
        )

        assert by_number == by_flat
        assert by_number[0] == 422
        assert AccountLink.objects.count() == 0
        right = {"number": account.number, "house": "10", "flat": "101"}
        assert client.post(search, right).status_code == 302

    def test_a_withdrawn_account_and_one_of_a_switched_off_provider_are_not_found(
        self, client, settings
    ):
        settings.LINK_FIRST_STEP = "none"
        search = reverse("account-link-by-address")
        gone = account_d(missing_since=AT)
        off = account_d(number="9999999999")
        off.provider.is_active = False
        off.provider.save()

        for account in (gone, off):
            answer = self.refused(
                client, search, account, number=account.number, house="10", flat="101"
            )
            assert answer[0] == 422
        assert AccountLink.objects.count() == 0
