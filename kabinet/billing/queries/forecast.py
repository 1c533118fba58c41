"""What this month will cost, from the account's own bills, tariffs and readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Exists, F, OuterRef, Q, Sum

from kabinet.accounts.models import AccountService
from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import scopes
from kabinet.billing.causes import RECALCULATION_WORDS
from kabinet.billing.enums import VolumeBasis
from kabinet.billing.forecast import (
    HISTORY,
    Forecast,
    NoForecast,
    Pace,
    ServiceHistory,
    ServiceMonth,
    forecast,
    pace_of_use,
)
from kabinet.billing.models import BillLine, Tariff
from kabinet.kernel.actors import Actor
from kabinet.kernel.period import Period
from kabinet.metering.calculations import Dial, use_between
from kabinet.metering.enums import MeterState, ReadingStatus
from kabinet.metering.models import Meter, Reading
from kabinet.metering.scopes import visible_meters, visible_readings

# A base for this month's reading is looked for so many months back.
READING_MONTHS = 4
ZERO = Decimal(0)
Key = tuple[int, str]
Prices = Mapping[int, Mapping[Period, Decimal]]


def get_forecast(*, actor: Actor, account: LinkedAccountRow, at: datetime) -> Forecast | NoForecast:
    """Forecast the month of the day, or the first one after the last bill; four queries.

    Only closed months count, penalties stand apart, and recalculations are nothing that could be foreseen.
    """
    month = Period.of(account.local_date(at))
    since = month.plus(-HISTORY)
    rows = _service_months(actor, account.id, since, month)
    billed = max((period for months in rows.values() for period in months[1]), default=month)
    target = max(month, billed.plus(1)) if rows else month
    prices = _prices(account.id, list(rows), since, target) if rows else {}
    services = [
        ServiceHistory(service, name, months, prices.get(service, {}))
        for service, (name, months) in rows.items()
    ]
    paces = _paces(actor, account.id, target) if rows and target == month else {}
    return forecast(services, target=target, paces=paces)


def _service_months(
    actor: Actor, account_id: int, since: Period, until: Period
) -> Mapping[int, tuple[str, dict[Period, ServiceMonth]]]:
    """Every service's closed months; a row about another month counts only into what was asked for in the end."""
    bills = scopes.charges_for_statistics(actor).filter(
        account=account_id, period__range=(since.first_day, until.first_day), final=True
    )
    own = (Q(calc_period=None) | Q(calc_period__gte=F("bill__period"))) & ~Q(
        operation__iregex="|".join(RECALCULATION_WORDS)
    )
    rows = (
        BillLine.objects.filter(bill__in=bills, is_penalty=False)
        .values("service", "service__name", "bill__period")
        .annotate(
            of_month=Sum("charged", filter=own),
            all_charged=Sum("charged"),
            benefits=Sum("benefit"),
            corrections=Sum("adjusted"),
            removed=Sum("quality"),
            volumes=Sum("volume", filter=own),
            metered=BoolOr(Q(basis__in=[VolumeBasis.METER, VolumeBasis.AVERAGE])),
            averaged=BoolOr(Q(basis=VolumeBasis.AVERAGE)),
        )
        .order_by("service__name", "service", "bill__period")
    )
    services: dict[int, tuple[str, dict[Period, ServiceMonth]]] = {}
    for row in rows:
        _name, months = services.setdefault(row["service"], (row["service__name"], {}))
        months[Period.of(row["bill__period"])] = _to_month(row)
    return services


def _to_month(row: Mapping[str, Any]) -> ServiceMonth:
    def told(name: str) -> Decimal:
        return Decimal(row[name] or 0)

    return ServiceMonth(
        cost=told("of_month") - told("benefits"),
        net=told("all_charged") - told("benefits") + told("corrections") - told("removed"),
        volume=None if row["volumes"] is None else told("volumes"),
        is_metered=bool(row["metered"]),
        is_average=bool(row["averaged"]),
        has_benefit=bool(row["benefits"]),
    )


def _prices(account_id: int, services: Sequence[int], since: Period, until: Period) -> Prices:
    """The tariff of each service in force at the end of each month; the mean of its day zones."""
    own_group = AccountService.objects.filter(
        account=account_id, service=OuterRef("service"), tariff_group=OuterRef("group")
    )
    tariffs = (
        Tariff.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=since.first_day),
            Q(group="") | Exists(own_group),
            service__in=services,
            valid_from__lte=until.last_day,
        )
        .order_by("service", "group", "zone", "valid_from")
        .values_list("service", "group", "zone", "valid_from", "price")
    )
    # Ordered by group: the account's own one comes after the provider's general one and replaces it.
    groups: dict[int, tuple[str, dict[str, list[tuple[date, Decimal]]]]] = {}
    for service, group, zone, valid_from, price in tariffs:
        if service not in groups or groups[service][0] != group:
            groups[service] = (group, defaultdict(list))
        groups[service][1][zone].append((valid_from, price))
    months = list(until.back(HISTORY + 2))
    return {service: _by_month(zones, months) for service, (_group, zones) in groups.items()}


def _by_month(
    zones: Mapping[str, Sequence[tuple[date, Decimal]]], months: Iterable[Period]
) -> dict[Period, Decimal]:
    found: dict[Period, Decimal] = {}
    for month in months:
        told = [
            [price for valid_from, price in rows if valid_from <= month.last_day]
            for rows in zones.values()
        ]
        if all(told):
            found[month] = sum((prices[-1] for prices in told), ZERO) / len(told)
    return found


def _paces(actor: Actor, account_id: int, month: Period) -> Mapping[int, Pace]:
    """Use by this month's readings, for the services all of whose meters have one; two queries."""
    meters = list(
        visible_meters(actor).filter(account=account_id, state=MeterState.ACTIVE, charging_to=None)
    )
    if not meters:
        return {}
    uses = _uses(actor, meters, month)
    services: dict[int, list[tuple[Decimal, int] | None]] = defaultdict(list)
    for meter in meters:
        services[meter.service_id] += [uses.get((meter.pk, zone)) for zone in meter.zones or [""]]
    found = {service: _pace(told, month) for service, told in services.items()}
    return {service: pace for service, pace in found.items() if pace is not None}


def _pace(told: Sequence[tuple[Decimal, int] | None], month: Period) -> Pace | None:
    known = [row for row in told if row is not None]
    if len(known) < len(told):
        return None
    days = min(days for _use, days in known)
    return pace_of_use(sum((use for use, _days in known), ZERO), days=days, month=month)


def _uses(
    actor: Actor, meters: Sequence[Meter], month: Period
) -> Mapping[Key, tuple[Decimal, int]]:
    """Use and days between the last reading before the month and the newest one in it, by register."""
    dials = {meter.pk: Dial(meter.digits, meter.decimals) for meter in meters}
    readings = (
        visible_readings(actor)
        .filter(
            meter__in=list(dials),
            taken_on__range=(month.plus(-READING_MONTHS).first_day, month.last_day),
            status__in=[ReadingStatus.ACCEPTED, ReadingStatus.SENT, ReadingStatus.RECEIVED],
        )
        .order_by("taken_on", "pk")
    )
    before: dict[Key, Reading] = {}
    newest: dict[Key, Reading] = {}
    for reading in readings:
        side = newest if reading.taken_on >= month.first_day else before
        side[reading.meter_id, reading.zone] = reading
    return {
        key: (
            use_between(before[key].value, last.value, dials[key[0]]),
            (last.taken_on - before[key].taken_on).days,
        )
        for key, last in newest.items()
        if key in before and last.value >= before[key].value
    }
