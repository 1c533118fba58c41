"""What the reads of metering give: frozen rows, already scoped and masked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kabinet.kernel.period import Period
from kabinet.metering.calculations import Dial, Window
from kabinet.metering.enums import (
    IntakeState,
    MeterState,
    ReadingSource,
    ReadingStatus,
    Verification,
)
from kabinet.metering.registers import RegisterRow
from kabinet.metering.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter as the person may see it: the union of MET-02, the serial already masked (MET-03).

    ``obstacle`` says why nothing typed today would be taken; None means that a value may be entered.
    """

    id: int
    public_id: uuid.UUID
    account_id: int
    serial: str
    service_id: int
    service_name: str
    service_kind: str
    unit: str
    model: str
    place: str
    digits: int
    decimals: int
    installed_on: date | None
    verified_on: date | None
    next_verification_on: date | None
    charging_from: date | None
    charging_to: date | None
    removal_reason: str
    state: MeterState
    max_use: Decimal | None
    in_force: bool
    verification: Verification
    registers: tuple[RegisterRow, ...]
    obstacle: Verdict | None

    @property
    def dial(self) -> Dial:
        return Dial(self.digits, self.decimals)

    @property
    def is_multi_zone(self) -> bool:
        return len(self.registers) > 1

    @property
    def takes_readings(self) -> bool:
        """It takes them in general, though perhaps not today."""
        return self.obstacle not in {
            Verdict.METER_NOT_ACTIVE,
            Verdict.NO_METER_DATA,
            Verdict.VERIF_EXPIRED,
        }

    @property
    def is_given(self) -> bool:
        """Every register has a reading of this window that the provider has not refused (MET-35)."""
        return all(register.given for register in self.registers)

    @property
    def is_accepted(self) -> bool:
        return all(
            register.given is not None and register.given.status is ReadingStatus.ACCEPTED
            for register in self.registers
        )

    @property
    def average(self) -> Decimal | None:
        """The monthly use of all registers together (MET-06)."""
        known = [register.average for register in self.registers if register.average is not None]
        return sum(known, Decimal(0)) if len(known) == len(self.registers) else None


@dataclass(frozen=True, slots=True)
class ReadingsSummary:
    """All meters of an account and the answer about this month; ``window`` is None when there are no meters."""

    window: Window | None
    meters: tuple[MeterRow, ...]

    @property
    def in_force(self) -> tuple[MeterRow, ...]:
        return tuple(meter for meter in self.meters if meter.in_force)

    @property
    def out_of_force(self) -> tuple[MeterRow, ...]:
        return tuple(meter for meter in self.meters if not meter.in_force)

    @property
    def taking(self) -> tuple[MeterRow, ...]:
        return tuple(meter for meter in self.meters if meter.takes_readings)

    @property
    def state(self) -> IntakeState:
        meters, window = self.taking, self.window
        if not meters or window is None:
            return IntakeState.NO_METERS
        if all(meter.is_accepted for meter in meters):
            return IntakeState.ACCEPTED
        if all(meter.is_given for meter in meters):
            return IntakeState.SENT
        if not window.is_open:
            return IntakeState.BEFORE if window.is_ahead else IntakeState.MISSED
        given = any(meter.is_given for meter in meters)
        return IntakeState.PARTLY if given else IntakeState.OPEN


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One reading of a register; ``use`` is counted between accepted ones only."""

    zone: str
    taken_on: date
    accounted_on: date | None
    value: Decimal
    source: ReadingSource
    status: ReadingStatus
    reason: str
    submitted_at: datetime | None
    use: Decimal | None

    @property
    def month(self) -> Period:
        return Period.of(self.taken_on)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A meter and its readings, newest first, as deep as the provider shows them (MET-31)."""

    meter: MeterRow
    since: date
    readings: tuple[HistoryRow, ...]
