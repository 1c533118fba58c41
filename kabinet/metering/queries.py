"""Reads of meters and readings: what stands on the account, what to hand over, what was handed over."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.scopes import visible_links
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.prepared import Prepared
from kabinet.metering import scopes, standing
from kabinet.metering.calculations import Dial, Window, mask_serial, use_between
from kabinet.metering.enums import MeterState, ReadingSource, ReadingStatus
from kabinet.metering.models import Meter, Reading
from kabinet.metering.registers import RegisterRow
from kabinet.metering.rows import HistoryPage, HistoryRow, MeterRow, ReadingsSummary
from kabinet.providers.enums import Feature, MeterMask

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Seen(TypedDict):
        seen_in_full: bool

    SeenMeter: TypeAlias = WithAnnotations[Meter, Seen]
else:
    SeenMeter = Meter


class MeterNotFound(NotVisible):
    pass


def get_meters(*, actor: Actor, account_id: int, at: datetime) -> Sequence[MeterRow]:
    """Give the account's meters, those in force first; two queries, or one without meters (MET-01)."""
    return get_readings_summary(actor=actor, account_id=account_id, at=at).meters


def get_readings_summary(*, actor: Actor, account_id: int, at: datetime) -> ReadingsSummary:
    """Give the meters with their last readings and what is to be done this month; two queries."""
    meters = _METERS(actor, account_id)
    if not meters:
        return ReadingsSummary(None, ())
    window = standing.window_of(meters[0], at)
    rows = _to_rows(meters, window)
    return ReadingsSummary(window, tuple(sorted(rows, key=lambda row: not row.in_force)))


def get_reading_history(
    *, actor: Actor, account_id: int, meter_id: uuid.UUID, at: datetime
) -> HistoryPage:
    """Give one meter with its readings from any source, replaced and refused ones too; three queries.

    :raises MeterNotFound: the account has no such meter, or the actor does not see it.
    """
    meters = scopes.visible_meters(actor).filter(account=account_id, public_id=meter_id)
    meter = _ordered(meters, actor).first()
    if meter is None:
        raise MeterNotFound
    window = standing.window_of(meter, at)
    months = meter.account.provider.policy.reading_history_months
    since = window.month.plus(1 - months).first_day
    (row,) = _to_rows([meter], window)
    return HistoryPage(row, since, _history(actor, row, since))


def _ordered(meters: QuerySet[Meter], actor: Actor) -> QuerySet[SeenMeter]:
    """Join what a row needs, and tell whether this actor may see whole serials (MET-03)."""
    extended = visible_links(actor).filter(account=OuterRef("account"), level=AccessLevel.EXTENDED)
    is_customer = actor.kind is ActorKind.CUSTOMER
    return (
        meters.select_related("service", "account__provider__policy")
        .annotate(seen_in_full=Exists(extended) if is_customer else Value(True))
        .order_by("service__name", "place", "pk")
    )


def _meters_of(actor: Actor, account_id: int) -> QuerySet[SeenMeter]:
    return _ordered(scopes.visible_meters(actor).filter(account=account_id), actor)


_METERS = Prepared(_meters_of)


def _shown_serial(meter: SeenMeter) -> str:
    policy = meter.account.provider.policy
    in_full = (
        policy.meter_mask == MeterMask.OFF
        or Feature.SERIALS in policy.limited_features
        or meter.seen_in_full
    )
    return meter.serial if in_full else mask_serial(meter.serial)


def _to_rows(meters: Sequence[SeenMeter], window: Window) -> Sequence[MeterRow]:
    registers = standing.registers_of(meters, window=window, taken_on=window.today)
    return [_to_row(meter, registers[meter.pk], window) for meter in meters]


def _to_row(meter: SeenMeter, registers: tuple[RegisterRow, ...], window: Window) -> MeterRow:
    return MeterRow(
        id=meter.pk,
        public_id=meter.public_id,
        account_id=meter.account_id,
        serial=_shown_serial(meter),
        service_id=meter.service_id,
        service_name=meter.service.name,
        service_kind=meter.service.kind,
        unit=meter.service.unit,
        model=meter.model,
        place=meter.place,
        digits=meter.digits,
        decimals=meter.decimals,
        installed_on=meter.installed_on,
        verified_on=meter.verified_on,
        next_verification_on=meter.next_verification_on,
        charging_from=meter.charging_from,
        charging_to=meter.charging_to,
        removal_reason=meter.removal_reason,
        state=MeterState(meter.state),
        max_use=meter.max_use,
        in_force=standing.is_in_force(meter, window.today),
        verification=standing.verification_of(meter, window.today),
        registers=registers,
        obstacle=standing.find_obstacle(meter, registers, window=window),
    )


def _history(actor: Actor, meter: MeterRow, since: date) -> tuple[HistoryRow, ...]:
    """The two halves have an index each; together they are all readings of the meter since the day."""
    readings = scopes.visible_readings(actor).filter(meter=meter.id, taken_on__gte=since)
    replaced = Q(status=ReadingStatus.REPLACED)
    rows = list(readings.filter(~replaced).union(readings.filter(replaced), all=True))
    rows.sort(key=lambda row: (row.taken_on, row.pk))
    uses = _uses(rows, meter.dial)
    rows.sort(key=_by_outcome)
    return tuple(_to_history_row(row, uses.get(row.pk)) for row in reversed(rows))


def _by_outcome(row: Reading) -> tuple[date, bool, str, str, int]:
    """By day; within it, zones of one source and outcome together, and what was replaced before the rest."""
    return (row.taken_on, row.status != ReadingStatus.REPLACED, row.source, row.status, row.pk)


def _uses(readings: Sequence[Reading], dial: Dial) -> Mapping[int, Decimal]:
    """The use that each accepted reading closes, by register."""
    last: dict[str, Decimal] = {}
    uses: dict[int, Decimal] = {}
    for reading in readings:
        if reading.status != ReadingStatus.ACCEPTED:
            continue
        if reading.zone in last:
            uses[reading.pk] = use_between(last[reading.zone], reading.value, dial)
        last[reading.zone] = reading.value
    return uses


def _to_history_row(reading: Reading, use: Decimal | None) -> HistoryRow:
    return HistoryRow(
        zone=reading.zone,
        taken_on=reading.taken_on,
        accounted_on=reading.accounted_on,
        value=reading.value,
        source=ReadingSource(reading.source),
        status=ReadingStatus(reading.status),
        reason=reading.reason,
        submitted_at=reading.submitted_at,
        use=use,
    )
