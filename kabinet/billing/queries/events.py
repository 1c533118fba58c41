"""«Все события»: what happened on an account, month by month, newest first (BIL-16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest, Least

from kabinet.accounts.scopes import visible_accounts
from kabinet.billing import scopes
from kabinet.billing.models import Bill, BillLine
from kabinet.billing.online import source
from kabinet.billing.queries.payments import PaymentRow, get_payments_between
from kabinet.billing.queries.rows import BillRow, to_bill_row
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.metering.enums import SET_ASIDE, ReadingStatus
from kabinet.metering.models import Reading
from kabinet.metering.scopes import visible_readings

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _WithFile(TypedDict):
        is_downloadable: bool

    EventBill = WithAnnotations[Bill, _WithFile]

MONTHS_AT_ONCE = 6


class EventKind(StrEnum):
    BILL = "bill"
    CHARGE = "charge"
    RECALCULATION = "recalculation"
    PAYMENT = "payment"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class ReadingEventRow:
    """``status`` says in Russian how far the reading has come; ``is_rejected`` that it counts for nothing.

    ``zones`` is how many day zones the meter has.
    """

    service_name: str
    unit: str
    zone: str
    zones: int
    value: Decimal
    status: str
    is_rejected: bool
    reason: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that happened; ``on`` is None for what belongs to the month as a whole.

    ``amount`` has the sign of what it does to the debt, but for payments: those are positive, and negative what was
    given back (BIL-01). A payment made here stands there at once and becomes the provider's own row (PAY-47).
    ``title`` is the service of a recalculation; exactly one of the last three stands where the kind needs it.
    """

    kind: EventKind
    on: date | None
    amount: Money | None
    title: str = ""
    bill: BillRow | None = None
    payment: PaymentRow | None = None
    reading: ReadingEventRow | None = None


@dataclass(frozen=True, slots=True)
class EventMonthRow:
    """A month with what happened in it: a bill and its charges stand in the month that they are for."""

    period: Period
    events: tuple[EventRow, ...]
    bills: tuple[BillRow, ...]


@dataclass(frozen=True, slots=True)
class EventsRow:
    """The months from ``first`` to ``last``, those in which nothing happened left out."""

    first: Period
    last: Period
    months: tuple[EventMonthRow, ...]


Dated = tuple[Period, EventRow]


def get_event_span(
    *, actor: Actor, account_id: int, since: Period, today: Period
) -> tuple[Period, Period] | None:
    """Give the months of the first and the last thing that happened from ``since`` to ``today``; one query."""
    period = (since.first_day, today.last_day)
    bills = scopes.visible_charges(actor).filter(account=OuterRef("pk"), period__range=period)
    payments = scopes.visible_payments(actor).filter(
        account=OuterRef("pk"), received_on__range=period
    )
    online = source().unposted(actor, account_id).filter(shown_on__range=period)
    readings = _counted_readings(actor).filter(
        meter__account=OuterRef("pk"), taken_on__range=period
    )
    found = (
        visible_accounts(actor)
        .filter(pk=account_id)
        .values_list(
            Least(
                _first(bills, "period"),
                _first(payments, "received_on"),
                _first(online, "shown_on"),
                _first(readings, "taken_on"),
            ),
            Greatest(
                _first(bills, "-period"),
                _first(payments, "-received_on"),
                _first(online, "-shown_on"),
                _first(readings, "-taken_on"),
            ),
        )
        .first()
    )
    if found is None or None in found:
        return None
    return Period.of(found[0]), Period.of(found[1])


def _first(rows: QuerySet[Any], order: str) -> Subquery:
    return Subquery(rows.order_by(order).values(order.lstrip("-"))[:1])


def get_events(*, actor: Actor, account_id: int, first: Period, last: Period) -> EventsRow:
    """Give what happened in the months, as far as each section is open to the reader; four queries."""
    # Bills may be open while their files are not: the charges and the list of bills are two sections.
    own_file = scopes.visible_bills(actor).filter(pk=OuterRef("pk"))
    bills = list(
        scopes.visible_charges(actor)
        .filter(account=account_id, period__range=(first.first_day, last.first_day))
        .annotate(is_downloadable=Exists(own_file))
        .order_by("-period", "-total", "kind")
    )
    found = [*_of_bills(bills)]
    found += _payments(actor, account_id, first, last)
    found += _readings(actor, account_id, first, last)
    return EventsRow(first, last, _months(found))


def _of_bills(bills: Sequence[EventBill]) -> Iterable[Dated]:
    recalculated = _recalculated(bills)
    for bill in bills:
        row = to_bill_row(bill, downloadable=bill.is_downloadable)
        if bill.final:
            yield row.period, EventRow(EventKind.BILL, row.issued_on, row.due, bill=row)
        yield row.period, EventRow(EventKind.CHARGE, None, row.charged_in_all, bill=row)
        told = recalculated[bill.pk]
        if not told and row.adjusted:
            told = [("", row.adjusted)]
        for service_name, amount in told:
            event = EventRow(EventKind.RECALCULATION, None, amount, title=service_name, bill=row)
            yield row.period, event


def _recalculated(bills: Sequence[EventBill]) -> dict[int, list[tuple[str, Money]]]:
    found: dict[int, list[tuple[str, Money]]] = defaultdict(list)
    if not bills:
        return found
    sums = (
        BillLine.objects.filter(bill__in=[bill.pk for bill in bills])
        .exclude(adjusted=None)
        .exclude(adjusted=0)
        .values("bill", "service__name")
        .annotate(amount=Sum("adjusted"))
        .order_by("service__name")
    )
    for bill_id, name, amount in sums.values_list("bill", "service__name", "amount"):
        found[bill_id].append((name, Money(amount)))
    return found


def _payments(actor: Actor, account_id: int, first: Period, last: Period) -> Iterable[Dated]:
    payments = get_payments_between(
        actor=actor, account_id=account_id, first_day=first.first_day, last_day=last.last_day
    )
    for row in payments:
        event = EventRow(EventKind.PAYMENT, row.received_on, row.amount, payment=row)
        yield Period.of(row.received_on), event


def _readings(actor: Actor, account_id: int, first: Period, last: Period) -> Iterable[Dated]:
    readings = (
        _counted_readings(actor)
        .filter(meter__account=account_id)
        .filter(taken_on__range=(first.first_day, last.last_day))
        .select_related("meter__service")
        .order_by("-taken_on", "meter__service__name", "zone", "-pk")
    )
    for reading in readings:
        event = EventRow(EventKind.READING, reading.taken_on, None, reading=_to_reading(reading))
        yield Period.of(reading.taken_on), event


def _counted_readings(actor: Actor) -> QuerySet[Reading]:
    """What was handed over and what the provider counts; not what was set aside since (MET-21)."""
    return visible_readings(actor).exclude(status__in=SET_ASIDE)


def _to_reading(reading: Reading) -> ReadingEventRow:
    service = reading.meter.service
    return ReadingEventRow(
        service_name=service.name,
        unit=service.unit,
        zone=reading.zone,
        zones=len(reading.meter.zones),
        value=reading.value,
        status=str(ReadingStatus(reading.status).label),
        is_rejected=reading.status == ReadingStatus.REJECTED,
        reason=reading.reason,
    )


def _months(found: Iterable[Dated]) -> tuple[EventMonthRow, ...]:
    by_month: dict[Period, list[EventRow]] = defaultdict(list)
    for period, event in found:
        by_month[period].append(event)
    return tuple(
        EventMonthRow(
            period=period,
            events=tuple(sorted(by_month[period], key=_place, reverse=True)),
            bills=tuple(
                event.bill
                for event in by_month[period]
                if event.kind is EventKind.CHARGE and event.bill is not None
            ),
        )
        for period in sorted(by_month, reverse=True)
    )


# What a month ends with, newest first: the bill comes after the charge that it asks for.
_ORDER = (
    EventKind.READING,
    EventKind.PAYMENT,
    EventKind.RECALCULATION,
    EventKind.CHARGE,
    EventKind.BILL,
)


def _place(event: EventRow) -> tuple[int, date]:
    by_day = event.kind in {EventKind.READING, EventKind.PAYMENT}
    return (0 if by_day else _ORDER.index(event.kind)), event.on or date.min
