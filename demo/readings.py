"""Readings on their way, so that the demo shows passports and the desk's list: one of each fate (MET-32)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.providers import GAS_B, HOUSING
from kabinet.exchange import exports
from kabinet.identity.models import User
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.metering.enums import ReadingSource, ReadingStatus, SubmissionRoute
from kabinet.metering.models import Reading
from kabinet.metering.operations import TypedValue, submit_readings
from kabinet.metering.queries import get_readings_summary
from kabinet.metering.rows import MeterRow

PERSON = "trudnosti@kabinet.example"
# (provider, account): hours ago; the first waits for an export, the second for an answer.
UNANSWERED = (HOUSING.code, "1017200037", 30)
EXPORTED = (GAS_B.code, "805107", 50)


def send_readings(*, at: datetime) -> None:
    """Send them once; accounts that are not among the demo's data are left out."""
    user = User.objects.filter(email=PERSON).first()
    if user is None or Reading.objects.filter(submitted_by=user).exists():
        return
    _send(user, *UNANSWERED, at=at)
    if _send(user, *EXPORTED, at=at):
        _export(at - timedelta(hours=EXPORTED[2] - 1))
    _name_the_last_accepted(user)


def _send(user: User, provider: str, number: str, hours: int, *, at: datetime) -> bool:
    link = user.account_links.filter(
        account__provider__code=provider, account__number=number, ended_at=None
    ).first()
    if link is None:
        return False
    actor, then = Actor.customer(user.pk), at - timedelta(hours=hours)
    summary = get_readings_summary(actor=actor, account_id=link.account_id, at=then)
    values = [value for meter in summary.taking for value in _usual(meter)]
    results = submit_readings(
        actor=actor,
        account_id=link.account_id,
        values=values,
        route=SubmissionRoute.PORTAL,
        at=then,
    )
    return any(result.stored for result in results)


def _usual(meter: MeterRow) -> list[TypedValue]:
    """The last value and a usual month on top of it: nothing to ask about."""
    return [
        TypedValue(
            meter.public_id,
            register.zone,
            str(int(register.previous.value + (register.average or 1))),
        )
        for register in meter.registers
        if register.previous
    ]


def _export(then: datetime) -> None:
    with TemporaryDirectory() as folder:
        target = exports.Target(Path(folder) / "readings.csv")
        exports.export_new(
            actor=SYSTEM, provider_code=GAS_B.code, what="readings", target=target, at=then
        )


def _name_the_last_accepted(user: User) -> None:
    """A reading that the bundle says was given through the cabinet becomes this person's, and has a passport."""
    accounts = user.account_links.filter(ended_at=None).values("account")
    last = (
        Reading.objects.filter(
            meter__account__in=accounts,
            source=ReadingSource.PORTAL,
            status=ReadingStatus.ACCEPTED,
            accounted_on__isnull=False,
            portal_id=None,
        )
        .order_by("-taken_on", "pk")
        .first()
    )
    if last is not None:
        Reading.objects.filter(pk=last.pk).update(
            portal_id=uuid.uuid4(),
            submitted_at=datetime.combine(last.taken_on, time(7, 30), UTC),
            submitted_by=user,
            route=SubmissionRoute.PORTAL,
        )
