"""The provider's own cards of the home page: which, in what order, and what each says."""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.accounts.models import Appliance, Contract
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.offices.models import Office
from kabinet.providers.enums import Feature, HomeBlock, Style
from kabinet.providers.models import Branch
from kabinet.providers.presets import ALL_FEATURES
from kabinet.web.home import blocks
from tests.factories import (
    AccountFactory,
    BalanceFactory,
    BillFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
)

pytestmark = pytest.mark.django_db
HOME = reverse("home")
LAST = Period.of(timezone.localdate()).plus(-1)
OF_THE_ACCOUNT = ["account", "equipment", "contracts", "office"]


def text_of(response):
    return " ".join(response.content.decode().split())


def body(response):
    """The page without its frame, whose menu shows closed sections with a lock."""
    return text_of(response).split("<main")[1].split("</main>")[0]


def cards(response):
    return {card.block.name: card for card in response.context["cards"]}


def furnished(provider, **links):
    """An account about which the provider has told everything."""
    branch = Branch.objects.create(provider=provider, code="b", name="Участок", region="Край")
    Office.objects.create(
        provider=provider,
        branch=branch,
        code="o",
        name="Абонентский пункт",
        address="ул. Мира, д. 2",
        phone="8 800 000-00-02",
        hours="пн–пт 8:30–17:30",
    )
    account = AccountFactory(
        provider=provider, branch=branch, as_of=timezone.now(), residents=3, **links
    )
    Appliance.objects.create(account=account, kind="котёл", name="КЧГ-24", serial="K-77")
    Contract.objects.create(
        account=account,
        number="Д-1",
        kind="Поставка газа",
        company="АО «Газ»",
        state="concluded",
        starts_on=dt.date(2020, 1, 1),
    )
    for back in range(3):
        BillFactory(account=account, period=LAST.plus(-back).first_day, as_of=timezone.now())
    ReadingFactory(meter=MeterFactory(account=account))
    return account


def test_the_provider_orders_the_cards_and_leaves_out_some(client, user):
    order = [HomeBlock.OFFICE, HomeBlock.BILLS, HomeBlock.ACCOUNT]
    furnished(ProviderFactory(policy__home_blocks=order), holders=[user])

    assert list(cards(client.get(HOME))) == ["answer", "office", "bills", "account"]


@pytest.mark.parametrize("style", Style)
def test_a_card_whose_section_is_switched_off_or_closed_to_the_level_is_absent(client, user, style):
    every = [block.value for block in HomeBlock]
    only_the_sum = {"policy__home_blocks": every, "policy__limited_features": ["balance"]}
    provider = ProviderFactory(style=style, **only_the_sum)
    full = furnished(provider, holders=[user])
    assert set(cards(client.get(HOME))) >= set(OF_THE_ACCOUNT)
    full.links.update(level="limited", extended_at=None)

    limited = client.get(HOME)
    provider.policy.enabled_features = ["balance"]
    provider.policy.save()
    full.links.update(level="extended", extended_at=timezone.now())
    switched_off = client.get(HOME)

    assert set(cards(limited)) == {"answer", "notices", "office"}
    assert set(cards(switched_off)) == {"answer", "notices", "office"}
    for response in (limited, switched_off):
        assert reverse("charges", kwargs={"account_id": full.public_id}) not in body(response)
        for secret in ("Абрамов", "КЧГ-24", "Д-1"):
            assert secret not in text_of(response)


def test_where_the_sum_is_closed_to_the_level_the_way_to_it_is_told(client, user):
    provider = ProviderFactory(policy__limited_features=["meters"])
    account = AccountFactory(provider=provider, limited=[user])
    BalanceFactory(account=account, amount=Decimal("1243.56"))

    page = body(client.get(HOME))

    assert "Сумму показывают после открытия полного доступа к счёту." in page
    assert reverse("account-upgrade", kwargs={"account_id": account.public_id}) in page
    assert "Нет данных" not in page
    assert "243<span>,56" not in page


def test_a_provider_without_sums_has_no_such_card(client, user):
    provider = ProviderFactory(policy__enabled_features=["meters"])
    AccountFactory(provider=provider, holders=[user])

    assert "answer" not in cards(client.get(HOME))


def test_what_is_not_shown_is_not_even_read(client, user, django_assert_max_num_queries):
    furnished(ProviderFactory(policy__home_blocks=["contracts", "office"]), limited=[user])

    with django_assert_max_num_queries(8) as captured:
        client.get(HOME)

    read = " ".join(query["sql"] for query in captured.captured_queries)
    assert "offices_office" in read
    assert "accounts_contract" not in read
    assert "accounts_appliance" not in read


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("rows", [1, 3])
def test_all_blocks_together_cost_eight_queries(
    client, user, style, rows, django_assert_num_queries
):
    every = [block.value for block in HomeBlock]
    account = furnished(ProviderFactory(style=style, policy__home_blocks=every), holders=[user])
    for number in range(rows):
        Appliance.objects.create(account=account, kind="плита", name=f"Гефест {number}")

    with django_assert_num_queries(8):
        response = client.get(HOME)

    assert set(cards(response)) >= {*OF_THE_ACCOUNT, "balance", "bills", "readings", "year"}


class TestAFailingBlock:
    @pytest.fixture(autouse=True)
    def _calm(self, blocks_may_fail):
        pass

    def fail(self, monkeypatch, name, **changes):
        block = blocks.BLOCKS[name]
        broken = {"build": _divide_by_zero, **changes}
        monkeypatch.setitem(
            blocks.BLOCKS,
            name,
            blocks.Block(
                block.name, subject=block.subject, **{"template": block.template, **broken}
            ),
        )

    def test_it_says_so_calmly_is_logged_and_leaves_the_others_alone(
        self, client, user, monkeypatch, caplog
    ):
        account = furnished(ProviderFactory(), holders=[user])
        BalanceFactory(account=account, amount=Decimal("700.10"), as_of=timezone.now())
        whole = client.get(HOME)
        assert "Не удалось показать" not in text_of(whole)

        self.fail(monkeypatch, HomeBlock.CONTRACTS)
        response = client.get(HOME)

        page = text_of(response)
        assert response.status_code == 200
        assert "Не удалось показать договоры." in page
        assert page.count("Не удалось показать") == 1
        assert "700<span>,10" in page
        assert "КЧГ-24" in page
        (record,) = [record for record in caplog.records if record.name == "kabinet.web.home"]
        assert record.levelno == logging.ERROR
        assert record.exc_info[0] is ZeroDivisionError

    def test_a_template_that_fails_does_no_more_harm(self, client, user, monkeypatch):
        furnished(ProviderFactory(), holders=[user])
        self.fail(
            monkeypatch, HomeBlock.CONTRACTS, build=lambda _page: {}, template="web/home/none.html"
        )

        page = text_of(client.get(HOME))

        assert "Не удалось показать договоры." in page
        assert "КЧГ-24" in page

    def test_even_the_sum_due_may_fail(self, client, user, monkeypatch):
        furnished(ProviderFactory(), holders=[user])
        monkeypatch.setattr("kabinet.web.home.cards.answer.largest_services", _divide_by_zero)

        page = text_of(client.get(HOME))

        assert "Не удалось показать сумму к оплате." in page
        assert "КЧГ-24" in page


def _divide_by_zero(_page):
    return 1 // 0


class TestLayout:
    @pytest.mark.parametrize(
        ("halves", "wide"),
        [
            ([True], [True]),
            ([True, True], [False, False]),
            ([True, True, True], [False, False, True]),
            ([True, False, True, True], [True, True, False, False]),
            ([False, True, True, False], [True, False, False, True]),
        ],
    )
    def test_halves_stand_side_by_side_or_take_the_whole_width(
        self, client, user, monkeypatch, halves, wide
    ):
        names = list(HomeBlock)[: len(halves)]
        monkeypatch.setattr(
            blocks,
            "BLOCKS",
            {
                name: blocks.Block(
                    name,
                    "web/home/cards/failed.html",
                    name,
                    lambda _page: {"subject": ""},
                    is_half=half,
                )
                for name, half in zip(names, halves, strict=True)
            },
        )
        AccountFactory(provider=ProviderFactory(policy__home_blocks=names), holders=[user])

        shown = client.get(HOME).context["cards"][1:]

        assert [card.is_wide for card in shown] == wide


class TestBalance:
    def test_it_tells_what_the_last_closed_months_bills_are_made_of(self, client, user):
        account = AccountFactory(holders=[user])
        bill = {"account": account, "period": LAST.first_day, "as_of": timezone.now()}
        BillFactory(
            **bill,
            kind="газ",
            opening=Decimal("10.00"),
            charged=Decimal("100.00"),
            paid=Decimal("10.00"),
            penalty_charged=Decimal("1.00"),
            penalty_total=Decimal("1.00"),
        )
        BillFactory(
            **bill,
            kind="уход",
            charged=Decimal("50.00"),
            total=Decimal("45.00"),
            adjusted=Decimal("-5.00"),
        )
        BillFactory(account=account, period=LAST.plus(-1).first_day)

        response = client.get(HOME)

        parts = cards(response)["balance"].context["parts"]
        assert (parts.period, parts.opening, parts.charged) == (LAST, rub("10.00"), rub("150.00"))
        assert (parts.adjusted, parts.penalty) == (rub("-5.00"), rub("1.00"))
        assert (parts.paid, parts.total) == (rub("10.00"), rub("146.00"))
        month = reverse(
            "charges-month", kwargs={"account_id": account.public_id, "month": parts.period}
        )
        assert month in text_of(response)

    def test_what_no_bill_tells_is_a_dash_and_never_zero(self, client, user):
        BillFactory(account=AccountFactory(holders=[user]), period=LAST.first_day)

        response = client.get(HOME)

        parts = cards(response)["balance"].context["parts"]
        assert (parts.adjusted, parts.penalty, parts.paid) == (None, None, None)
        assert '<dt>Начислено пени</dt><dd class="num">—</dd>' in text_of(response)

    def test_without_bills_there_is_no_such_card(self, client, user):
        AccountFactory(holders=[user])

        assert "balance" not in cards(client.get(HOME))


class TestAccountBlocks:
    def test_they_tell_what_the_provider_knows(self, client, user):
        furnished(ProviderFactory(), holders=[user])

        page = text_of(client.get(HOME))

        assert "Абрамов Борис Васильевич" in page
        assert '<dt>Проживают</dt><dd class="num">3</dd>' in page
        assert '<dt>Прописаны</dt><dd class="num">—</dd>' in page
        assert "КЧГ-24" in page
        assert "бессрочный" in page
        assert "Абонентский пункт" in page
        assert "tel:88000000002" in page

    def test_what_is_missing_is_said_in_words(self, client, user):
        provider = ProviderFactory(name="АО «Газ»", phone="8 800 000-00-01")
        AccountFactory(provider=provider, holders=[user])

        response = client.get(HOME)

        page = text_of(response)
        assert "Поставщик не передал данных об оборудовании." in page
        assert "Действующих договоров поставщик не передал." in page
        assert cards(response)["office"].context["office"].name == "АО «Газ»"

    def test_contracts_that_have_ended_are_left_to_the_archive(self, client, user):
        account = AccountFactory(holders=[user])
        for number, ends_on in [("прошлый", dt.date(2020, 1, 1)), ("нынешний", None)]:
            Contract.objects.create(
                account=account,
                number=number,
                kind="Газ",
                starts_on=dt.date(2019, 1, 1),
                ends_on=ends_on,
            )

        shown = cards(client.get(HOME))["contracts"].context["contracts"]

        assert [row.number for row, _term in shown] == ["нынешний"]


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (9, True)])
def test_each_block_of_the_accounts_data_says_how_fresh_it_is(client, user, days, is_told):
    as_of = timezone.now() - dt.timedelta(days=days)
    AccountFactory(holders=[user], as_of=as_of)

    page = body(client.get(HOME))

    assert page.count("Данные поставщика на") == 3
    assert page.count("Он давно их не обновлял.") == (3 if is_told else 0)


def test_a_section_of_the_account_that_is_switched_off_is_in_no_menu(client, user):
    kept = [code for code in ALL_FEATURES if code not in {Feature.CONTRACTS, Feature.ACTS}]
    account = AccountFactory(
        provider=ProviderFactory(policy__enabled_features=kept), holders=[user]
    )

    page = text_of(client.get(HOME))

    assert reverse("contracts", kwargs={"account_id": account.public_id}) not in page
    assert "Договоры и акты" not in page


def rub(text):
    return Money(Decimal(text))
