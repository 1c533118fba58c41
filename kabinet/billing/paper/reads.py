"""What the papers of many bills need from the database: one query for each kind of row, however many bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from kabinet.billing.models import Bill, BillLine, Tariff
from kabinet.kernel.period import Period
from kabinet.providers.models import Provider, Supplier
from kabinet.providers.queries import ProviderRow, to_provider_row

HISTORY_MONTHS = 12


class ReadingPair(NamedTuple):
    """A register with its newest accepted readings up to the month's end, newest first."""

    bill_id: int
    serial: str
    service: str
    unit: str
    model: str
    zone: str
    digits: int
    next_verification_on: date | None
    taken: Sequence[date]
    accounted: Sequence[date]
    values: Sequence[Decimal]


class MonthOfService(NamedTuple):
    """What one month's bill of the same kind said of a service."""

    bill_id: int
    period: date
    service_id: int
    volume: Decimal | None
    tariff: Decimal | None
    tariffs: int
    charged: Decimal
    adjusted: Decimal
    accrued: Decimal


class LastPayment(NamedTuple):
    bill_id: int
    received_on: date
    amount: Decimal


LineValues = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Material:
    """The rows of a set of bills, grouped for putting together."""

    bills: Sequence[Bill]
    providers: Mapping[int, ProviderRow]
    suppliers: Mapping[int, Sequence[Supplier]]
    lines: Mapping[int, Sequence[LineValues]]
    readings: Mapping[int, Sequence[ReadingPair]]
    months: Mapping[int, Sequence[MonthOfService]]
    payments: Mapping[int, LastPayment]
    tariffs: Mapping[int, Sequence[Tariff]]


_LINE_FIELDS = (
    "bill_id", "line", "service_id", "service__name", "supplier_id", "operation", "tariff", "norm", "volume",
    "unit", "basis", "calc_period", "opening", "charged", "adjusted", "benefit", "quality", "paid", "closing",
    "is_penalty",
)  # fmt: skip

# Three readings, not two: two sources may tell of the same day.
_READINGS = """
SELECT bill.id, meter.serial, service.name, service.unit, meter.model, register.zone, meter.digits,
       meter.next_verification_on, array_agg(newest.taken_on ORDER BY newest.taken_on DESC),
       array_agg(newest.accounted ORDER BY newest.taken_on DESC),
       array_agg(newest.value ORDER BY newest.taken_on DESC)
  FROM billing_bill bill
  JOIN metering_meter meter ON meter.account_id = bill.account_id
       AND (meter.charging_to IS NULL OR meter.charging_to >= bill.period)
  JOIN providers_service service ON service.id = meter.service_id
 CROSS JOIN LATERAL unnest(CASE WHEN meter.zones = '{}' THEN ARRAY[''::varchar] ELSE meter.zones END)
       AS register (zone)
 CROSS JOIN LATERAL (
       SELECT reading.taken_on, reading.value,
              COALESCE(reading.accounted_on, reading.taken_on) AS accounted
         FROM metering_reading reading
        WHERE reading.meter_id = meter.id AND reading.zone = register.zone
          AND reading.status = 'accepted'
          AND COALESCE(reading.accounted_on, reading.taken_on) < bill.period + interval '1 month'
        ORDER BY reading.taken_on DESC, reading.id DESC
        LIMIT 3) newest
 WHERE bill.id = ANY(%s)
 GROUP BY bill.id, meter.id, service.id, register.zone
 ORDER BY bill.id, service.id, meter.serial, register.zone
"""
_MONTHS = """
SELECT bill.id, earlier.period, line.service_id,
       sum(line.volume) FILTER (WHERE line.basis IN ('meter', 'average', 'norm')),
       max(line.tariff), count(DISTINCT line.tariff), sum(line.charged),
       sum(COALESCE(line.adjusted, 0)),
       sum(line.charged + COALESCE(line.adjusted, 0) - COALESCE(line.benefit, 0) - COALESCE(line.quality, 0))
  FROM billing_bill bill
  JOIN billing_bill earlier ON earlier.account_id = bill.account_id AND earlier.kind = bill.kind
       AND earlier.period BETWEEN bill.period - interval '12 months' AND bill.period
  JOIN billing_billline line ON line.bill_id = earlier.id AND NOT line.is_penalty
 WHERE bill.id = ANY(%s)
 GROUP BY bill.id, earlier.period, line.service_id
"""
_PAYMENTS = """
SELECT bill.id, newest.received_on, newest.amount
  FROM billing_bill bill
 CROSS JOIN LATERAL (
       SELECT payment.received_on, sum(payment.amount) AS amount
         FROM billing_postedpayment payment
        WHERE payment.account_id = bill.account_id AND payment.received_on <= bill.as_of::date
        GROUP BY payment.received_on
        ORDER BY payment.received_on DESC
        LIMIT 1) newest
 WHERE bill.id = ANY(%s)
"""


def gather(bills: Sequence[Bill]) -> Material:
    """Read all that goes with the bills (loaded with their accounts) in seven queries."""
    bill_ids = [bill.pk for bill in bills]
    provider_ids = {bill.account.provider_id for bill in bills}
    providers = Provider.objects.filter(pk__in=provider_ids).select_related("policy")
    suppliers = Supplier.objects.filter(provider__in=provider_ids).order_by("pk")
    lines = BillLine.objects.filter(bill__in=bill_ids).values(*_LINE_FIELDS)
    months = [MonthOfService(*row) for row in _rows(_MONTHS, bill_ids)]
    return Material(
        bills=bills,
        providers={provider.pk: to_provider_row(provider) for provider in providers},
        suppliers=_grouped((supplier.provider_id, supplier) for supplier in suppliers),
        lines=_grouped((line["bill_id"], line) for line in lines),
        readings=_grouped((row[0], ReadingPair(*row)) for row in _rows(_READINGS, bill_ids)),
        months=_grouped((month.bill_id, month) for month in months),
        payments={row[0]: LastPayment(*row) for row in _rows(_PAYMENTS, bill_ids)},
        tariffs=_tariffs({month.service_id for month in months}, bills),
    )


def _tariffs(service_ids: set[int], bills: Sequence[Bill]) -> Mapping[int, Sequence[Tariff]]:
    """Give the tariffs that name the document which set them, newest first."""
    if not service_ids:
        return {}
    until = max(Period.of(bill.period).last_day for bill in bills)
    known = Tariff.objects.filter(service__in=service_ids, valid_from__lte=until)
    return _grouped(
        (tariff.service_id, tariff)
        for tariff in known.exclude(document="").order_by("-valid_from", "pk")
    )


def _rows(query: str, bill_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [list(bill_ids)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
