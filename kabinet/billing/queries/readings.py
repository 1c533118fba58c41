"""What became of an accepted reading in a bill: only what the provider's own figures prove (MET-32)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from kabinet.billing import scopes
from kabinet.billing.enums import VolumeBasis
from kabinet.billing.models import BillLine
from kabinet.kernel.actors import Actor
from kabinet.kernel.period import Period
from kabinet.metering.calculations import Dial, use_between
from kabinet.metering.enums import ReadingStatus
from kabinet.metering.queries.history import STANDING
from kabinet.metering.scopes import visible_readings

# A reading that closes more than a year is compared with nothing: the bill may count it in parts.
LOOK_BACK_MONTHS = 13


@dataclass(frozen=True, slots=True)
class BilledServiceRow:
    """How a service was counted in the bill of a month.

    ``matches``: the volume charged by meters is to the last digit what the readings accounted in that month close, so
    they are what the bill was made from. ``bases`` are the ways in which the volume was counted.
    """

    period: Period
    number: str
    volume: Decimal | None
    unit: str
    bases: frozenset[VolumeBasis]
    matches: bool


def get_billed_service(
    *, actor: Actor, account_id: int, service_id: int, period: Period
) -> BilledServiceRow | None:
    """Give the service's charge for the month, None when there is no such bill or the actor may not see it.

    Two queries, one when there is nothing. Recalculations of other months and penalties are left out.
    """
    lines = [
        line
        for line in scopes.visible_charge_lines(actor)
        .filter(bill__account=account_id, bill__period=period.first_day, service=service_id)
        .filter(is_penalty=False)
        .select_related("bill", "service")
        .order_by("bill__kind", "line")
        if line.calc_period in {None, period.first_day} and (line.volume or line.charged)
    ]
    if not lines:
        return None
    bill, volume = lines[0].bill, _volume(lines)
    bases = frozenset(VolumeBasis(line.basis) for line in lines if line.basis)
    used = None
    if volume is not None and bases == {VolumeBasis.METER}:
        used = _use_accounted(actor, account_id, service_id, period)
    return BilledServiceRow(
        period=period,
        number=bill.number,
        volume=volume,
        unit=lines[0].unit or lines[0].service.unit,
        bases=bases,
        matches=used is not None and used == volume,
    )


def _volume(lines: Iterable[BillLine]) -> Decimal | None:
    """The whole volume, when all of it is counted in one unit."""
    counted = [line for line in lines if line.volume is not None]
    if not counted or len({line.unit for line in counted}) > 1:
        return None
    return sum((line.volume or Decimal(0) for line in counted), Decimal(0))


def _use_accounted(
    actor: Actor, account_id: int, service_id: int, period: Period
) -> Decimal | None:
    """The use that the readings accounted in the month close, all meters of the service together."""
    accepted = (
        visible_readings(actor)
        .filter(
            STANDING,
            meter__account=account_id,
            meter__service=service_id,
            status=ReadingStatus.ACCEPTED,
            taken_on__gte=period.plus(-LOOK_BACK_MONTHS).first_day,
            taken_on__lte=period.last_day,
        )
        .annotate(digits=F("meter__digits"), decimals=F("meter__decimals"))
        .order_by("meter", "zone", "taken_on", "pk")
        .values_list("meter", "zone", "taken_on", "accounted_on", "value", "digits", "decimals")
    )
    total: Decimal | None = None
    before: tuple[int, str, Decimal] | None = None
    for meter, zone, taken_on, accounted_on, value, digits, decimals in accepted:
        is_of_month = Period.of(accounted_on or taken_on) == period
        if is_of_month and before and before[:2] == (meter, zone):
            total = (total or Decimal(0)) + use_between(before[2], value, Dial(digits, decimals))
        before = (meter, zone, value)
    return total
