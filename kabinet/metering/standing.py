"""Where a meter stands today: its window, its rules, what is known of it, whether it takes a value.

Shared by the pages' reads and by submission, so that a form never offers what submission would refuse.
Every function needs the meter's service, account, provider and policy loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kabinet.metering.calculations import Rules, Window, is_metered_unit
from kabinet.metering.enums import MeterState, ReadingStatus, Verification
from kabinet.metering.models import Meter
from kabinet.metering.registers import Moment, Question, RegisterRow, load_registers
from kabinet.metering.verdicts import Verdict
from kabinet.providers.enums import ExpiredVerification
from kabinet.providers.models import ProviderPolicy

SINGLE = ""
SOON = timedelta(days=60)


def zones_of(meter: Meter) -> Sequence[str]:
    """One register per day zone, or a single one without a name (MET-35)."""
    return meter.zones or [SINGLE]


def window_of(meter: Meter, at: datetime) -> Window:
    """The days of the meter's service, or the provider's for all services (MET-20)."""
    service, policy = meter.service, meter.account.provider.policy
    if service.readings_from_day is not None and service.readings_to_day is not None:
        days = service.readings_from_day, service.readings_to_day
    else:
        days = policy.readings_from_day, policy.readings_to_day
    return Window(_local_date(meter, at), *days)


def rules_of(meter: Meter) -> Rules:
    policy = meter.account.provider.policy
    return Rules(
        allow_equal=policy.allow_equal_reading,
        max_use=meter.max_use if meter.max_use is not None else policy.max_use,
        unusual_factor=policy.unusual_use_factor,
    )


def registers_of(
    meters: Sequence[Meter], *, at: datetime, taken_on: date | None = None
) -> Mapping[int, tuple[RegisterRow, ...]]:
    """Load what is known of every register of the meters, of several providers too; one query.

    ``taken_on`` is the day a new value is of: today unless the person says otherwise.
    """
    loaded = load_registers(
        [question for meter in meters for question in _questions(meter, at, taken_on)]
    )
    return {meter.pk: tuple(loaded[meter.pk, zone] for zone in zones_of(meter)) for meter in meters}


def _questions(meter: Meter, at: datetime, taken_on: date | None) -> Sequence[Question]:
    provider, window = meter.account.provider, window_of(meter, at)
    moment = Moment(window.opens_on, taken_on or window.today, ZoneInfo(provider.timezone))
    return [
        Question((meter.pk, zone), moment, provider.policy.average_months)
        for zone in zones_of(meter)
    ]


def find_obstacle(
    meter: Meter, registers: Sequence[RegisterRow], *, window: Window
) -> Verdict | None:
    """Say why no value of this meter can be taken today, in the fixed order of MET-30."""
    policy = meter.account.provider.policy
    blocks = policy.expired_verification == ExpiredVerification.BLOCK
    obstacles = {
        Verdict.METER_NOT_ACTIVE: not is_in_force(meter, window.today),
        Verdict.NO_METER_DATA: not is_metered_unit(meter.service.unit),
        Verdict.VERIF_EXPIRED: blocks
        and verification_of(meter, window.today) is Verification.EXPIRED,
        Verdict.PROVIDER_UNAVAILABLE: not meter.account.provider.is_active,
        Verdict.OUT_OF_WINDOW: not window.is_open,
        Verdict.ALREADY_ACCEPTED: _is_settled(registers, policy),
    }
    return next((verdict for verdict, stands in obstacles.items() if stands), None)


def _is_settled(registers: Sequence[RegisterRow], policy: ProviderPolicy) -> bool:
    """This window's reading is accepted, or may not be replaced (MET-21)."""
    given = [register.given for register in registers]
    if not all(given):
        return False
    if not policy.allow_resubmit:
        return True
    return all(row is not None and row.status is ReadingStatus.ACCEPTED for row in given)


def _local_date(meter: Meter, at: datetime) -> date:
    return at.astimezone(ZoneInfo(meter.account.provider.timezone)).date()


def is_in_force(meter: Meter, today: date) -> bool:
    return (
        meter.state == MeterState.ACTIVE
        and (meter.charging_to is None or meter.charging_to >= today)
        and (meter.charging_from is None or meter.charging_from <= today)
    )


def verification_of(meter: Meter, today: date) -> Verification:
    """Expired, near its end, or nothing to say; a provider may ask not to look at it (MET-29)."""
    until, policy = meter.next_verification_on, meter.account.provider.policy
    if until is None or policy.expired_verification == ExpiredVerification.IGNORE:
        return Verification.FINE
    if until < today:
        return Verification.EXPIRED
    return Verification.SOON if until - today <= SOON else Verification.FINE
