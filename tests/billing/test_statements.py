"""Charges, settlements, months and payments as people read them, with the manuals' own figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.billing import queries
from kabinet.billing.models import BillDocument
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from tests.factories import (
    NOON,
    AccountFactory,
    BillFactory,
    BillLineFactory,
    PostedPaymentFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
SINCE = Period(2000, 1)


def roubles(text):
    return Money(Decimal(text))


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


@pytest.fixture
def actor(user):
    return Actor.customer(user.pk)


def bill(account, period, kind="общая", **values):
    sums = {
        name: Decimal(value) if isinstance(value, str) else value for name, value in values.items()
    }
    return BillFactory(account=account, period=Period.parse(period).first_day, kind=kind, **sums)


def history_of(actor, account, search=None):
    return queries.get_charge_history(
        actor=actor, account_id=account.pk, search=search or queries.PeriodSearch(SINCE)
    )


@pytest.fixture
def manual_b(account):
    """Charge history of the manual, B 2.2.4."""
    for month in ("2023-12", "2024-01", "2024-02", "2024-03"):
        bill(account, month, opening="-2.60", charged="0", adjusted="0", paid="0", total="-2.60")
    april = bill(
        account, "2024-04", opening="-2.60", charged="7.39", adjusted="0", paid="0", total="4.79"
    )
    heating = ServiceFactory(provider=account.provider, name="Отопление", unit="Гкал")
    BillLineFactory(bill=april, service=heating, charged=Decimal("7.39"), volume=Decimal("1.0"))
    may = bill(
        account, "2024-05", opening="4.79", charged="0", adjusted="0", paid="1.00", total="3.79"
    )
    BillLineFactory(
        bill=may,
        service=heating,
        opening=Decimal(0),
        charged=Decimal("4.79"),
        adjusted=Decimal(0),
        quality=Decimal(0),
        paid=Decimal("1.00"),
        closing=Decimal("3.79"),
        volume=Decimal(0),
    )


# charge history


def test_charge_history_of_the_manual_reads_as_printed(actor, account, manual_b):
    history = history_of(actor, account)

    assert [
        (str(row.period), row.opening, row.charged, row.adjusted, row.paid, row.closing, row.volume)
        for row in history.months[:3]
    ] == [
        (
            "2024-05",
            roubles("4.79"),
            roubles("0.00"),
            roubles("0.00"),
            roubles("1.00"),
            roubles("3.79"),
            Decimal(0),
        ),
        (
            "2024-04",
            roubles("-2.60"),
            roubles("7.39"),
            roubles("0.00"),
            roubles("0.00"),
            roubles("4.79"),
            Decimal(1),
        ),
        (
            "2024-03",
            roubles("-2.60"),
            roubles("0.00"),
            roubles("0.00"),
            roubles("0.00"),
            roubles("-2.60"),
            None,
        ),
    ]
    assert (history.opening, history.charged, history.paid, history.closing, history.volume) == (
        roubles("-2.60"),
        roubles("7.39"),
        roubles("1.00"),
        roubles("3.79"),
        Decimal(1),
    )


def test_a_search_that_finds_nothing_gives_zero_totals(actor, account, manual_b):
    history = history_of(actor, account, queries.PeriodSearch(Period(2030, 1)))

    assert history.months == ()
    assert (history.opening, history.charged, history.closing) == (Money.zero(),) * 3


def test_a_month_without_a_year_is_that_month_of_every_year(actor, account):
    for month in ("2024-05", "2025-05", "2025-06"):
        bill(account, month)

    history = history_of(actor, account, queries.PeriodSearch(SINCE, month=5))

    assert [str(row.period) for row in history.months] == ["2025-05", "2024-05"]


def test_a_period_takes_in_both_its_ends(actor, account):
    for month in ("2024-04", "2024-05", "2024-06", "2024-07"):
        bill(account, month)

    history = history_of(actor, account, queries.PeriodSearch(Period(2024, 5), Period(2024, 6)))

    assert [str(row.period) for row in history.months] == ["2024-06", "2024-05"]


def test_bills_of_one_month_are_one_row(actor, account):
    bill(account, "2026-10", kind="Объединённая", charged="100.00", total="100.00")
    bill(account, "2026-10", kind="Дополнение № 1", charged="20.50", total="20.50")

    (row,) = history_of(actor, account).months

    assert (row.charged, row.closing) == (roubles("120.50"), roubles("120.50"))


def test_an_open_month_has_no_closing(actor, account):
    bill(account, "2026-11", final=False, total="210.00")

    (row,) = history_of(actor, account).months

    assert row.closing is None


def test_volumes_in_different_units_are_not_added_up(actor, account):
    october = bill(account, "2026-10")
    for unit in ("м³", "кВт·ч"):
        BillLineFactory(bill=october, volume=Decimal(3), unit=unit)

    (row,) = history_of(actor, account).months

    assert (row.volume, row.unit) == (None, "")


# settlements


@pytest.fixture
def manual_a(account):
    """Settlements of the manual, A 4.3.1.2, with debt positive; September is open."""
    gas = ServiceFactory(provider=account.provider, name="Газ")
    rows = [
        ("2019-07", "2728.07", "3319.52", "600", "2728.07", "3319.52"),
        ("2019-08", "3319.52", "2580.43", "466", "0.00", "5899.95"),
        ("2019-09", "5899.95", "-2574.90", "-465", "0.00", "3325.05"),
    ]
    for month, opening, charged, volume, paid, closing in rows:
        BillLineFactory(
            bill=bill(account, month, final=month != "2019-09"),
            service=gas,
            opening=Decimal(opening),
            charged=Decimal(charged),
            volume=Decimal(volume),
            paid=Decimal(paid),
            adjusted=Decimal(0),
            closing=Decimal(closing),
        )


def settlements_of(actor, account, year):
    return queries.get_settlements(actor=actor, account_id=account.pk, year=year, since=SINCE)


def test_settlements_of_the_manual_read_as_printed(actor, account, manual_a):
    (gas,) = settlements_of(actor, account, 2019)

    assert [
        (str(row.period), row.sums.opening, row.sums.charged, row.sums.volume, row.sums.closing)
        for row in gas.months
    ] == [
        ("2019-09", roubles("5899.95"), roubles("-2574.90"), Decimal(-465), None),
        ("2019-08", roubles("3319.52"), roubles("2580.43"), Decimal(466), roubles("5899.95")),
        ("2019-07", roubles("2728.07"), roubles("3319.52"), Decimal(600), roubles("3319.52")),
    ]
    assert (gas.has_volume, gas.has_adjusted, gas.has_benefit) == (True, False, False)


def test_penalties_of_a_service_stand_apart_and_zones_together(actor, account):
    october = bill(account, "2026-10")
    power = ServiceFactory(provider=account.provider, name="Электроэнергия", unit="кВт·ч")
    for line, (charged, volume, is_penalty) in enumerate(
        [("50.00", "10", False), ("20.00", "8", False), ("3.33", None, True)]
    ):
        BillLineFactory(
            bill=october,
            line=str(line),
            service=power,
            charged=Decimal(charged),
            volume=volume and Decimal(volume),
            is_penalty=is_penalty,
        )

    found = settlements_of(actor, account, 2026)

    assert [
        (row.name, row.is_penalty, row.months[0].sums.charged, row.months[0].sums.volume)
        for row in found
    ] == [
        ("Электроэнергия", False, roubles("70.00"), Decimal(18)),
        ("Электроэнергия", True, roubles("3.33"), None),
    ]


def test_a_bill_without_lines_speaks_for_all_services_together(actor, account):
    bill(account, "2026-10", opening="1.00", charged="2.00", paid="0.50", total="2.50")

    (row,) = settlements_of(actor, account, 2026)

    assert row.name is None
    assert row.months[0].sums.closing == roubles("2.50")


def test_a_year_without_data_is_empty_and_not_among_the_years(actor, account):
    for month in ("2024-12", "2026-01"):
        bill(account, month)

    years = queries.get_settlement_years(actor=actor, account_id=account.pk, since=SINCE)

    assert list(years) == [2026, 2024]
    assert settlements_of(actor, account, 2025) == []


# one month


def month_of(actor, account, period, clamp=True):
    return queries.get_month_breakdown(
        actor=actor,
        account_id=account.pk,
        period=Period.parse(period),
        since=SINCE,
        clamp=clamp,
    )


BY_SERVICE = [
    ("Взнос в фонд капремонта", "941.36", "941.36", "941.36", "8.20", "114.8"),
    ("ВО при СОИ", "5.65", "5.65", "5.65", "18.24", "0.3098"),
    ("Консьерж", "1248.26", "1248.26", "1337.42", "11.65", "114.8"),
    ("Обслуж. спец. счета", "74.62", "74.62", "74.62", "0.65", "114.8"),
    ("Содержание и ремонт", "2633.51", "2633.51", "2633.51", "22.94", "114.8"),
    ("ХВС в целях содержания ОИ", "7.79", "7.79", "7.79", "25.16", "0.3098"),
    ("Эл/эн в целях содержания ОИ", "134.92", "134.92", "134.92", "2.35", "57.4139"),
]


@pytest.fixture
def manual_d(account):
    """The breakdown of August 2020, D2.2 and D2.3; no closing is given, so the formula works."""
    august = bill(
        account,
        "2020-08",
        opening="5046.11",
        paid="5046.11",
        charged="5135.27",
        total="5135.27",
        penalty_opening="-14.62",
        penalty_paid="0",
        penalty_charged="0",
        penalty_total="0",
    )
    for line, (name, opening, paid, charged, tariff, volume) in enumerate(BY_SERVICE):
        BillLineFactory(
            bill=august,
            line=str(line),
            service=ServiceFactory(provider=account.provider, name=name, unit="м²"),
            opening=Decimal(opening),
            paid=Decimal(paid),
            charged=Decimal(charged),
            tariff=Decimal(tariff),
            volume=Decimal(volume),
        )
    BillLineFactory(
        bill=august,
        line="penalty",
        service=ServiceFactory(provider=account.provider, name="Пеня"),
        opening=Decimal("-14.62"),
        paid=Decimal(0),
        charged=Decimal(0),
        is_penalty=True,
    )


def test_the_breakdown_of_the_manual_reads_as_printed(actor, account, manual_d):
    (breakdown,) = month_of(actor, account, "2020-08").bills

    assert {row.service_name: row.due for row in breakdown.services} == {
        **{name: roubles(charged) for name, _, _, charged, _, _ in BY_SERVICE},
        "Пеня": roubles("0.00"),
    }
    assert {row.service_name: row.overpaid for row in breakdown.services if row.overpaid} == {
        "Пеня": roubles("14.62")
    }
    assert (
        breakdown.total.opening,
        breakdown.total.paid,
        breakdown.total.charged,
        breakdown.due,
    ) == (roubles("5031.49"), roubles("5046.11"), roubles("5135.27"), roubles("5135.27"))


def test_without_clamping_a_negative_row_is_shown_as_it_is(actor, account, manual_d):
    (breakdown,) = month_of(actor, account, "2020-08", clamp=False).bills
    (penalty,) = [row for row in breakdown.services if row.is_penalty]

    assert (penalty.due, penalty.overpaid) == (roubles("-14.62"), Money.zero())


def test_charges_of_the_manual_are_tariff_times_volume_and_add_up(actor, account, manual_d):
    (breakdown,) = month_of(actor, account, "2020-08").bills

    assert [(row.tariff, row.volume, row.amount) for row in breakdown.charges] == [
        (Decimal(tariff), Decimal(volume), roubles(charged))
        for _, _, _, charged, tariff, volume in sorted(
            BY_SERVICE,
            key=lambda row: [row.service_name for row in breakdown.charges].index(row[0]),
        )
    ]
    assert breakdown.charged == roubles("5135.27")


def test_the_window_of_the_manual_shows_heating_in_may(actor, account, manual_b):
    (breakdown,) = month_of(actor, account, "2024-05").bills
    (heating,) = breakdown.services

    assert (
        heating.sums.opening,
        heating.sums.charged,
        heating.sums.adjusted,
        heating.sums.quality,
        heating.sums.paid,
        heating.due,
    ) == (
        roubles("0.00"),
        roubles("4.79"),
        roubles("0.00"),
        roubles("0.00"),
        roubles("1.00"),
        roubles("3.79"),
    )


def test_general_information_keeps_services_penalty_and_the_preliminary_charge(actor, account):
    bill(
        account,
        "2019-09",
        opening="2779.92",
        paid="0",
        charged="513.16",
        total="3293.08",
        penalty_total="12.00",
        preliminary="235.22",
    )

    (breakdown,) = month_of(actor, account, "2019-09").bills

    assert breakdown.general.services.total_with_preliminary == roubles("3528.30")
    assert breakdown.general.penalty.total == roubles("12.00")
    assert breakdown.general.penalty.opening is None
    assert breakdown.general.ahead == roubles("3540.30")


def test_the_provider_total_is_shown_even_when_it_is_not_the_formulas(actor, account):
    bill(account, "2018-02", opening="0.00", paid="485.28", charged="539.20", total="539.20")

    (breakdown,) = month_of(actor, account, "2018-02").bills

    assert breakdown.general.services.total == roubles("539.20")
    assert breakdown.general.penalty is None


def test_the_switch_leads_over_gaps_to_the_nearest_months(actor, account):
    for month in ("2025-11", "2026-02", "2026-10"):
        bill(account, month)

    found = month_of(actor, account, "2026-02")
    empty = month_of(actor, account, "2026-05")

    assert (found.earlier, found.later) == (Period(2025, 11), Period(2026, 10))
    assert (empty.bills, empty.earlier, empty.later) == ((), Period(2026, 2), Period(2026, 10))


def test_one_service_of_two_suppliers_makes_two_rows(actor, account):
    october = bill(account, "2026-10")
    service = ServiceFactory(provider=account.provider)
    for line, name in enumerate(("Первый", "Второй")):
        BillLineFactory(
            bill=october,
            line=str(line),
            service=service,
            supplier=SupplierFactory(provider=account.provider, name=name),
        )

    (breakdown,) = month_of(actor, account, "2026-10").bills

    assert [row.supplier_name for row in breakdown.services] == ["Первый", "Второй"]
    assert [row.due for row in breakdown.services] == [None, None]


# bills and payments


def test_bills_of_a_year_come_newest_first_with_replaced_ones_marked(actor, account):
    september = bill(account, "2026-09", revision=2)
    bill(account, "2026-10", kind="Объединённая")
    bill(account, "2025-10")
    BillDocument.objects.create(
        bill=september, revision=1, file_key="k", sha256="0", size=1, issued_at=NOON
    )

    rows = queries.get_bills(actor=actor, account_id=account.pk, year=2026)

    assert [(str(row.period), row.kind, row.is_replaced) for row in rows] == [
        ("2026-10", "Объединённая", False),
        ("2026-09", "общая", True),
    ]
    assert list(queries.get_bill_years(actor=actor, account_id=account.pk)) == [2026, 2025]


def payments_of(actor, account, **search):
    search.setdefault("first_day", dt.date(2000, 1, 1))
    found = queries.get_payments(
        actor=actor, account_id=account.pk, search=queries.PaymentSearch(**search), size=50
    )
    return [(str(row.received_on), row.amount) for row in found.payments]


def test_payments_are_found_by_day_by_sum_and_by_whole_roubles(actor, account):
    PostedPaymentFactory(account=account, received_on=dt.date(2024, 5, 3), amount=Decimal("1.00"))
    PostedPaymentFactory(
        account=account, received_on=dt.date(2023, 5, 11), amount=Decimal("1111.10")
    )
    newest, oldest = ("2024-05-03", roubles("1.00")), ("2023-05-11", roubles("1111.10"))

    assert payments_of(actor, account) == [newest, oldest]
    assert payments_of(actor, account, first_day=dt.date(2024, 5, 3)) == [newest]
    assert payments_of(actor, account, last_day=dt.date(2024, 5, 2)) == [oldest]
    assert payments_of(actor, account, amount=Decimal("1111.10")) == [oldest]
    assert payments_of(actor, account, amount=Decimal(1111)) == []
    assert payments_of(actor, account, amount=Decimal(1111), whole_roubles=True) == [oldest]


def test_payments_of_the_manual_keep_both_dates(actor, account):
    PostedPaymentFactory(
        account=account,
        received_on=dt.date(2012, 11, 8),
        processed_on=dt.date(2012, 11, 12),
        amount=Decimal("1082.36"),
        source="оплата «Город»",
    )

    (row,) = queries.get_payments(
        actor=actor,
        account_id=account.pk,
        search=queries.PaymentSearch(dt.date(2000, 1, 1)),
        size=50,
    ).payments

    assert (row.source, row.received_on, row.processed_on, row.amount) == (
        "оплата «Город»",
        dt.date(2012, 11, 8),
        dt.date(2012, 11, 12),
        roubles("1082.36"),
    )


# who may see


def test_a_stranger_and_a_limited_link_see_no_charges(account, manual_b):
    limited = UserFactory()
    other = AccountFactory(provider=account.provider, limited=[limited])
    bill(other, "2024-05")

    for person, seen in ((UserFactory(), account), (limited, other)):
        actor = Actor.customer(person.pk)
        assert history_of(actor, seen).months == ()
        assert settlements_of(actor, seen, 2024) == []
        assert month_of(actor, seen, "2024-05").bills == ()
        assert queries.get_bills(actor=actor, account_id=seen.pk, year=2024) == []


def test_a_limited_link_sees_payments_and_a_stranger_does_not():
    limited = UserFactory()
    account = AccountFactory(limited=[limited])
    PostedPaymentFactory(account=account)

    assert len(payments_of(Actor.customer(limited.pk), account)) == 1
    assert payments_of(Actor.customer(UserFactory().pk), account) == []
