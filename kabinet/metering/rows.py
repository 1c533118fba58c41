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
    SubmissionRoute,
    Verification,
)
from kabinet.metering.registers import ReadingRow, RegisterRow
from kabinet.metering.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter as the person may see it: the union of MET-02, the serial already masked (MET-03).

    ``window`` is its service's or the provider's (MET-20). ``obstacle`` says why nothing typed today would be taken; None means that a value may be entered.
    """

    id: int
    public_id: uuid.UUID
    account_id: int
    serial: str
    service_id: int
    service_name: str
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
    window: Window
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
    def withdrawable(self) -> tuple[ReadingRow, ...]:
        """What was given in this window and can still be undone: all zones together or none (MET-32, 35)."""
        given = tuple(register.given for register in self.registers if register.given)
        return given if all(row.can_be_withdrawn for row in self.registers) else ()

    @property
    def average(self) -> Decimal | None:
        """The monthly use of all registers together (MET-06)."""
        known = [register.average for register in self.registers if register.average is not None]
        return sum(known, Decimal(0)) if len(known) == len(self.registers) else None


@dataclass(frozen=True, slots=True)
class ReadingsSummary:
    """All meters of an account and the answer about this month."""

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
    def waiting(self) -> tuple[MeterRow, ...]:
        """Those without a reading of this month."""
        return tuple(meter for meter in self.taking if not meter.is_given)

    @property
    def window(self) -> Window | None:
        """The one that decides what to do next: of the meters that wait, what closes or else opens first."""
        meters = self.waiting or self.taking or self.meters
        return min((meter.window for meter in meters), key=_urgency, default=None)

    @property
    def windows(self) -> tuple[Window, ...]:
        """All different ones of the meters that take readings, the earliest first (MET-20)."""
        different = {meter.window for meter in self.taking}
        return tuple(sorted(different, key=lambda window: (window.opens_on, window.closes_on)))

    @property
    def state(self) -> IntakeState:
        meters, waiting = self.taking, self.waiting
        if not meters:
            return IntakeState.NO_METERS
        if not waiting:
            accepted = all(meter.is_accepted for meter in meters)
            return IntakeState.ACCEPTED if accepted else IntakeState.SENT
        if any(meter.window.is_open for meter in waiting):
            given = len(waiting) < len(meters)
            return IntakeState.PARTLY if given else IntakeState.OPEN
        if any(meter.window.is_ahead for meter in waiting):
            return IntakeState.BEFORE
        return IntakeState.SENT if len(waiting) < len(meters) else IntakeState.MISSED


def _urgency(window: Window) -> tuple[bool, date]:
    return (not window.is_open, window.closes_on if window.is_open else window.next_opens_on)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One reading of a register; ``use`` is counted between accepted ones only.

    ``portal_id`` is the number of a reading given through the cabinet, None for all others.
    """

    zone: str
    taken_on: date
    accounted_on: date | None
    value: Decimal
    source: ReadingSource
    status: ReadingStatus
    reason: str
    portal_id: uuid.UUID | None
    submitted_at: datetime | None
    use: Decimal | None

    @property
    def month(self) -> Period:
        return Period.of(self.taken_on)


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What the accepted readings of a month closed, all zones together; months without any are left out.

    ``months`` says how many months the use is of: a skipped month's use stands in the one that was read.
    """

    month: Period
    use: Decimal
    months: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A meter and a page of its readings, newest first, as deep as the provider shows them (MET-31).

    ``older_before`` starts the next page: readings taken before that day. ``uses`` are of the whole depth, oldest
    first.
    """

    meter: MeterRow
    since: date
    readings: tuple[HistoryRow, ...]
    older_before: date | None
    uses: tuple[MonthUse, ...]


@dataclass(frozen=True, slots=True)
class PassportRow:
    """One reading given through the cabinet, with what was given together with it (MET-32, 35).

    The registers of ``meter`` are known only while something may be done about the reading. ``is_own``: the reader
    sent it. ``replaced_by`` is the reading that took its place.
    """

    meter: MeterRow
    reading: HistoryRow
    together: tuple[HistoryRow, ...]
    route: SubmissionRoute
    is_own: bool
    previous_value: Decimal | None
    withdrawn_at: datetime | None
    is_exported: bool
    replaced_by: HistoryRow | None
