"""«Все события»: what happened, month by month, as far as each section is open (BIL-16)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.billing import queries
from kabinet.billing.queries import EventKind
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    PostedPaymentFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FIRST, LAST = Period(2026, 6), Period(2026, 11)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


def events_of(user, account, first=FIRST, last=LAST):
    return queries.get_events(
        actor=Actor.customer(user.pk), account_id=account.pk, first=first, last=last
    ).months


def kinds(month):
    return [event.kind.value for event in month.events]


def roubles(text):
    return Money(Decimal(text))


def fill(account):
    """October of one account: everything that can happen in a month."""
    gas = ServiceFactory(provider=account.provider, name="Газ")
    bill = BillFactory(
        account=account,
        period=dt.date(2026, 10, 1),
        issued_on=dt.date(2026, 11, 2),
        charged=Decimal("120.00"),
        adjusted=Decimal("-20.00"),
        total=Decimal("100.00"),
        penalty_charged=Decimal("1.50"),
        penalty_total=Decimal("1.50"),
    )
    BillLineFactory(bill=bill, service=gas, charged=Decimal(120), adjusted=Decimal(-20))
    PostedPaymentFactory(
        account=account, received_on=dt.date(2026, 10, 13), amount=Decimal("77.00")
    )
    meter = MeterFactory(account=account, service=gas)
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 10, 22), value=Decimal(1899))
    return bill


def test_a_month_tells_all_that_happened_newest_first(user, account):
    bill = fill(account)

    (month,) = events_of(user, account)

    assert month.period == Period(2026, 10)
    assert [(event.kind, event.on, event.amount, event.title) for event in month.events] == [
        (EventKind.BILL, dt.date(2026, 11, 2), roubles("101.50"), ""),
        (EventKind.CHARGE, None, roubles("121.50"), ""),
        (EventKind.RECALCULATION, None, roubles("-20.00"), "Газ"),
        (EventKind.READING, dt.date(2026, 10, 22), None, ""),
        (EventKind.PAYMENT, dt.date(2026, 10, 13), roubles("77.00"), ""),
    ]
    assert [row.public_id for row in month.bills] == [bill.public_id]


def test_months_come_newest_first_and_empty_ones_are_left_out(user, account):
    for month in (6, 9, 11):
        PostedPaymentFactory(account=account, received_on=dt.date(2026, month, 30))
    PostedPaymentFactory(account=account, received_on=dt.date(2026, 5, 31))

    assert [str(month.period) for month in events_of(user, account)] == [
        "2026-11",
        "2026-09",
        "2026-06",
    ]


def test_an_open_month_has_charges_and_no_bill_yet(user, account):
    BillFactory(account=account, period=dt.date(2026, 11, 1), final=False)

    (month,) = events_of(user, account)

    assert kinds(month) == ["charge"]


def test_a_recalculation_without_lines_is_told_by_the_bill(user, account):
    BillFactory(account=account, period=dt.date(2026, 10, 1), adjusted=Decimal("-5.00"))

    (month,) = events_of(user, account)

    assert [(event.title, event.amount) for event in month.events[2:]] == [("", roubles("-5.00"))]


def test_a_reading_that_was_replaced_is_no_event_and_a_refused_one_says_why(user, account):
    service = ServiceFactory(provider=account.provider, name="Газ")
    meter = MeterFactory(account=account, service=service)
    ReadingFactory(
        meter=meter, taken_on=dt.date(2026, 10, 20), status="rejected", reason="меньше прошлого"
    )
    ReadingFactory(
        meter=meter,
        taken_on=dt.date(2026, 10, 22),
        status="replaced",
        source="portal",
        portal_id="00000000-0000-0000-0000-000000000001",
        submitted_at=dt.datetime(2026, 10, 22, tzinfo=dt.UTC),
    )

    (month,) = events_of(user, account)

    (event,) = month.events
    assert (event.reading.is_rejected, event.reading.reason) == (True, "меньше прошлого")


@pytest.mark.parametrize(
    ("closed", "left"),
    [
        (Feature.PAYMENTS, ["bill", "charge", "recalculation", "reading"]),
        (Feature.METERS, ["bill", "charge", "recalculation", "payment"]),
        (Feature.CHARGES, ["reading", "payment"]),
    ],
)
def test_what_a_section_hides_the_feed_hides_too(user, closed, left):
    offered = [feature.value for feature in Feature if feature is not closed]
    account = AccountFactory(
        provider=ProviderFactory(policy__enabled_features=offered), holders=[user]
    )
    fill(account)

    (month,) = events_of(user, account)

    assert kinds(month) == left


def test_a_bill_whose_file_is_closed_to_the_reader_has_no_address(user):
    offered = [feature.value for feature in Feature if feature is not Feature.BILLS]
    account = AccountFactory(
        provider=ProviderFactory(policy__enabled_features=offered), holders=[user]
    )
    fill(account)

    (month,) = events_of(user, account)

    assert [row.public_id for row in month.bills] == [None]


def test_a_stranger_sees_nothing(account):
    fill(account)
    stranger = UserFactory()

    assert events_of(stranger, account) == ()
    assert (
        queries.get_event_span(
            actor=Actor.customer(stranger.pk),
            account_id=account.pk,
            since=Period(2000, 1),
            today=LAST,
        )
        is None
    )


def test_the_span_is_that_of_bills_payments_and_readings_within_the_shown_history(user, account):
    actor = Actor.customer(user.pk)

    def span(since=Period(2023, 11)):  # noqa: B008 -- a period never changes
        return queries.get_event_span(actor=actor, account_id=account.pk, since=since, today=LAST)

    assert span() is None
    PostedPaymentFactory(account=account, received_on=dt.date(2025, 3, 31))
    assert span() == (Period(2025, 3), Period(2025, 3))
    for period in (dt.date(2020, 1, 1), dt.date(2024, 2, 1), dt.date(2027, 5, 1)):
        BillFactory(account=account, period=period)
    assert span() == (Period(2024, 2), Period(2025, 3))
    assert span(since=Period(2024, 3)) == (Period(2025, 3), Period(2025, 3))
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 11, 20))
    assert span() == (Period(2024, 2), Period(2026, 11))
