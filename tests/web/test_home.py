"""The home page answers in one look: what is owed, until when, what next."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Style
from kabinet.web.home.cards.year import year_of_charges
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    BalanceFactory,
    BillFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HOME = reverse("home")
LAST = Period.of(timezone.localdate()).plus(-1)


def text_of(response):
    return " ".join(response.content.decode().split())


def at(account):
    return reverse("account-home", kwargs={"account_id": account.public_id})


def owe(account, amount, **balance):
    return BalanceFactory(
        account=account, amount=Decimal(amount), **{"as_of": timezone.now(), **balance}
    )


def card(response, name):
    """What the card of this name shows; None when it is not on the page."""
    found = [card.context for card in response.context["cards"] if card.block.name == name]
    return found[0] if found else None


def blocks(response):
    return [card.block.name for card in response.context["cards"]]


def tags(response):
    shown = card(response, "notices")
    return [notice.tag for notice in shown["notices"]] if shown else []


def test_without_an_account_the_page_offers_to_add_one(client, user):
    response = client.get(HOME)

    assert response.status_code == 200
    assert "Добавьте лицевой счёт" in text_of(response)
    assert "Счёта ещё нет?" in text_of(response)


def test_a_debt_is_the_answer_with_its_day(client, user):
    # The current month's bill is never due before the next month.
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=LAST.plus(1).first_day, as_of=timezone.now())
    owe(account, "1243.56")

    response = client.get(HOME)

    assert "К оплате до 15" in text_of(response)
    assert "1 243<span>,56 ₽" in text_of(response)
    assert tags(response) == []


def test_a_debt_past_its_day_is_said_in_words(client, user):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=LAST.plus(-1).first_day)
    owe(account, "700.10")

    response = client.get(HOME)

    assert "срок прошёл 15" in text_of(response)
    assert tags(response) == ["просрочено"]


@pytest.mark.parametrize(
    ("amount", "word", "figure"),
    [("-2.60", "Переплата", "2<span>,60"), ("0.00", "Долга нет", "0<span>,00")],
)
def test_overpayment_and_zero_have_their_own_words(client, user, amount, word, figure):
    owe(AccountFactory(holders=[user]), amount)

    page = text_of(client.get(HOME))

    assert f"<h2>{word}</h2>" in page
    assert figure in page


def test_an_unknown_sum_is_no_data_and_never_zero(client, user):
    AccountFactory(holders=[user])

    page = text_of(client.get(HOME))

    assert "Нет данных" in page
    assert "0,00" not in page
    assert "0<span>" not in page


def test_without_balances_the_bill_behind_the_sum_is_named(client, user):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=dt.date(2026, 9, 1), as_of=timezone.now())

    assert "По счёту за сентябрь 2026." in text_of(client.get(HOME))


def test_old_data_are_owned_up_to(client, user):
    owe(AccountFactory(holders=[user]), "1.00", as_of=timezone.now() - dt.timedelta(days=3))

    response = client.get(HOME)

    assert tags(response) == ["старые данные"]
    assert "3 дня назад" in text_of(response)


def test_a_closed_account_says_so_and_keeps_its_history(client, user):
    provider = ProviderFactory(style=Style.A)
    account = AccountFactory(provider=provider, holders=[user], closed_on=dt.date(2025, 3, 4))
    BillFactory(account=account, period=dt.date(2025, 3, 1), total=Decimal(0))

    response = client.get(HOME)

    assert tags(response) == ["закрыт"]
    assert [str(bill.period) for bill in card(response, "bills")["bills"]] == ["2025-03"]


def test_a_limited_link_sees_the_sum_and_the_offer_of_full_access_only(client, user):
    account = AccountFactory(limited=[user])
    BillFactory(account=account, period=LAST.plus(1).first_day, as_of=timezone.now())
    owe(account, "777.10")

    response = client.get(HOME)

    assert "777<span>,10" in text_of(response)
    assert tags(response) == ["ограниченный доступ"]
    assert (card(response, "bills"), card(response, "year")) == (None, None)


def test_several_accounts_come_with_their_total(client, user):
    for amount in ("100.00", "50.25", "-10.00"):
        owe(AccountFactory(holders=[user]), amount)

    response = client.get(HOME)

    assert "3 лицевых счёта, к оплате всего" in text_of(response)
    assert card(response, "totals")["totals"].total == Money(Decimal("150.25"))


def test_many_accounts_stay_readable_the_overdue_first_and_the_rest_folded(client, user):
    for number in range(20):
        account = AccountFactory(holders=[user])
        owe(account, f"{number + 1}.00")
        if number == 19:
            BillFactory(account=account, period=LAST.plus(-1).first_day)

    response = client.get(HOME)

    shown = card(response, "totals")["totals"]
    assert [line.due.is_overdue for line in shown.lines] == [True, False, False, False]
    assert (len(shown.lines), len(shown.rest), shown.count) == (4, 16, 20)
    assert shown.total == Money(Decimal("210.00"))
    assert "Показать все 20" in text_of(response)


def test_five_accounts_are_all_shown(client, user):
    AccountFactory.create_batch(5, holders=[user])

    shown = card(client.get(HOME), "totals")["totals"]

    assert (len(shown.lines), len(shown.rest)) == (5, 0)


def test_an_opened_account_stays_open(client, user):
    first, second = AccountFactory(holders=[user]), AccountFactory(holders=[user])

    assert client.get(HOME).context["account"].id == first.pk
    assert client.get(at(second)).context["account"].id == second.pk
    assert client.get(HOME).context["account"].id == second.pk


def test_a_foreign_account_has_no_home_page(client, user):
    assert client.get(at(AccountFactory(holders=[UserFactory()]))).status_code == 404


def test_the_largest_services_are_named_and_the_rest_counted(client, user):
    account = AccountFactory(holders=[user])
    for number in range(6):
        service = ServiceFactory(provider=account.provider, name=f"Услуга {number}")
        owe(account, f"{number}.00", service=service)

    response = client.get(HOME)

    assert [row.service_name for row in card(response, "answer")["services"]] == [
        "Услуга 5",
        "Услуга 4",
        "Услуга 3",
        "Услуга 2",
    ]
    assert "и ещё 2 услуги" in text_of(response)


def test_the_year_says_how_the_last_month_differs():
    months = [
        (Period(2026, 9), Money(Decimal("1000.00"))),
        (Period(2026, 10), Money(Decimal("1192.24"))),
    ]

    card = year_of_charges(months)

    assert (card.period, card.charged) == (Period(2026, 10), Money(Decimal("1192.24")))
    assert card.change == "на 192,24\u00a0₽ больше, чем в сентябре"


def test_a_meter_near_its_verification_is_worth_knowing(client, user):
    account = AccountFactory(holders=[user])
    soon = timezone.localdate() + dt.timedelta(days=30)
    MeterFactory(account=account, next_verification_on=soon, place="кухня")
    MeterFactory(account=account, next_verification_on=soon + dt.timedelta(days=300))

    response = client.get(HOME)

    assert tags(response) == ["поверка"]
    assert "ещё 30 дней" in text_of(response)
    assert "кухня" in text_of(response)


def test_readings_can_be_typed_right_here(client, user):
    account = AccountFactory(holders=[user])
    reading = ReadingFactory(meter=MeterFactory(account=account))

    page = client.get(HOME).content.decode()

    assert f'name="r-{reading.meter.public_id}-"' in page
    assert reverse("readings", kwargs={"account_id": account.public_id}) in page


def test_many_meters_have_a_page_of_their_own(client, user):
    account = AccountFactory(holders=[user])
    for _ in range(4):
        ReadingFactory(meter=MeterFactory(account=account))

    page = client.get(HOME).content.decode()

    assert 'name="r-' not in page
    assert "Счётчики и показания" in page


def test_where_meters_are_closed_to_the_level_nothing_of_them_shows(client, user):
    provider = ProviderFactory(policy__limited_features=["balance"])
    account = AccountFactory(provider=provider, limited=[user])
    ReadingFactory(meter=MeterFactory(account=account, next_verification_on=timezone.localdate()))

    response = client.get(HOME)

    assert card(response, "readings") is None
    assert tags(response) == ["ограниченный доступ"]


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(("accounts", "months"), [(1, 1), (1, 24), (3, 1), (3, 24)])
def test_the_home_page_takes_the_same_queries_for_any_history(
    client, user, django_assert_num_queries, style, accounts, months
):
    provider = ProviderFactory(style=style)
    for _ in range(accounts):
        account = AccountFactory(provider=provider)
        AccountLinkFactory(account=account, user=user)
        owe(account, "100.00")
        for back in range(months):
            BillFactory(account=account, period=LAST.plus(-back).first_day)

    MeterFactory(account=account, next_verification_on=dt.date(2000, 1, 1))
    client.get(at(account))  # opens the account: the session remembers it once
    for meters in (1, 3):
        while account.meters.count() < meters:
            ReadingFactory(meter=MeterFactory(account=account))

        with django_assert_num_queries(8):
            response = client.get(at(account))

        assert response.status_code == 200
