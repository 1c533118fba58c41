"""The meters of an account, and what is to be done about them this month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.db.models import Exists, OuterRef, QuerySet, Value

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.scopes import visible_links
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.prepared import Prepared
from kabinet.metering import scopes, standing
from kabinet.metering.calculations import Window, mask_serial
from kabinet.metering.enums import MeterState
from kabinet.metering.models import Meter
from kabinet.metering.registers import RegisterRow
from kabinet.metering.rows import MeterRow, ReadingsSummary
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
    rows = to_meter_rows(_METERS(actor, account_id), at)
    return ReadingsSummary(tuple(sorted(rows, key=lambda row: not row.in_force)))


def ordered(meters: QuerySet[Meter], actor: Actor) -> QuerySet[SeenMeter]:
    """Join what a row needs, and tell whether this actor may see whole serials (MET-03)."""
    extended = visible_links(actor).filter(account=OuterRef("account"), level=AccessLevel.EXTENDED)
    is_customer = actor.kind is ActorKind.CUSTOMER
    return (
        meters.select_related("service", "account__provider__policy")
        .annotate(seen_in_full=Exists(extended) if is_customer else Value(True))
        .order_by("service__name", "place", "pk")
    )


def _meters_of(actor: Actor, account_id: int) -> QuerySet[SeenMeter]:
    return ordered(scopes.visible_meters(actor).filter(account=account_id), actor)


_METERS = Prepared(_meters_of)


def _shown_serial(meter: SeenMeter) -> str:
    policy = meter.account.provider.policy
    in_full = (
        policy.meter_mask == MeterMask.OFF
        or Feature.SERIALS in policy.limited_features
        or meter.seen_in_full
    )
    return meter.serial if in_full else mask_serial(meter.serial)


def to_meter_rows(meters: Sequence[SeenMeter], at: datetime) -> Sequence[MeterRow]:
    """Work the rows out of meters from ``ordered``; one query, or none without meters."""
    if not meters:
        return ()
    registers = standing.registers_of(meters, at=at)
    return [_to_row(meter, registers[meter.pk], standing.window_of(meter, at)) for meter in meters]


def to_settled_row(meter: SeenMeter, at: datetime) -> MeterRow:
    """The row of a meter whose readings do not matter: its registers are named and nothing more; no query."""
    registers = tuple(
        RegisterRow(zone, accepted=None, submitted=None, current=(), average=None)
        for zone in standing.zones_of(meter)
    )
    return _to_row(meter, registers, standing.window_of(meter, at))


def _to_row(meter: SeenMeter, registers: tuple[RegisterRow, ...], window: Window) -> MeterRow:
    return MeterRow(
        id=meter.pk,
        public_id=meter.public_id,
        account_id=meter.account_id,
        serial=_shown_serial(meter),
        service_id=meter.service_id,
        service_name=meter.service.name,
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
        window=window,
        registers=registers,
        obstacle=standing.find_obstacle(meter, registers, window=window),
    )
