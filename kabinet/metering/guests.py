"""Readings by guests: the meters of the one account they have proved, and submission by the common way (MET-15–18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from kabinet.accounts.guests import require_valid
from kabinet.kernel import limits
from kabinet.kernel.actors import Actor
from kabinet.kernel.limits import Claim, Rule
from kabinet.metering import scopes
from kabinet.metering.calculations import mask_serial
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.operations import MeterResult, TypedValue, submit_readings
from kabinet.metering.queries.meters import ordered, to_meter_rows
from kabinet.metering.rows import MeterRow, ReadingsSummary
from kabinet.metering.verdicts import Verdict

HOUR = timedelta(hours=1)
# Every value that is stored stays for ever, so a program may not send them without end; it bars guests only.
ONE_ACCOUNT = Rule("guest.readings", tries=30, quiet=HOUR, blocks=(HOUR,))


def get_guest_summary(*, actor: Actor, at: datetime) -> ReadingsSummary:
    """Give the meters in force with their last readings, every serial masked; two queries.

    Masked whatever the provider's rule is: elsewhere the serial proves that an account is one's own (MET-03). The
    averages are left out, so that no question of the form can tell them.

    :raises PassOver: the actor is no guest, or not any more.
    """
    require_valid(actor, at)
    meters = list(ordered(scopes.submittable_meters(actor), actor))
    rows = [_for_guest(row) for row in to_meter_rows(meters, at)]
    return ReadingsSummary(tuple(row for row in rows if row.in_force))


def _for_guest(row: MeterRow) -> MeterRow:
    is_kept = any(register.is_holders for register in row.registers)
    return replace(
        row,
        serial=mask_serial(row.serial),
        registers=tuple(replace(register, average=None) for register in row.registers),
        obstacle=row.obstacle or (Verdict.GIVEN_BY_HOLDER if is_kept else None),
    )


def submit_guest_readings(
    *, actor: Actor, values: Sequence[TypedValue], at: datetime, taken_on: date | None = None
) -> Sequence[MeterResult]:
    """Hand over readings for the account that the guest has proved, with all the checks of a signed-in person.

    Not one transaction: the submission is counted before anything is stored (kernel.limits).

    :raises TooManyAttempts: guests have sent too many forms for this account; nothing was stored.
    :raises PassOver: the actor is no guest, or not any more.
    :raises MeterNotFound: a meter is of another account, or its provider takes nothing from guests any more.
    :raises AccountClosed: the provider has closed the account.
    """
    require_valid(actor, at)
    assert actor.account_id is not None  # noqa: S101 -- a valid guest has proved one
    limits.take(Claim(ONE_ACCOUNT, str(actor.account_id)), at=at)
    return submit_readings(
        actor=actor,
        account_id=actor.account_id,
        values=values,
        route=SubmissionRoute.GUEST,
        at=at,
        taken_on=taken_on,
    )
