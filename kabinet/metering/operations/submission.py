"""Submission of readings: every route ends here (MET-07)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit, events
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import Refused
from kabinet.kernel.workflow import TransitionRefused, require_transition
from kabinet.metering import scopes, standing
from kabinet.metering.enums import (
    READING_TRANSITIONS,
    SET_ASIDE,
    ReadingSource,
    ReadingStatus,
    SubmissionRoute,
)
from kabinet.metering.events import ReadingReplaced, ReadingSubmitted
from kabinet.metering.models import Meter, Reading
from kabinet.metering.operations.judging import (
    FilledForm,
    MeterResult,
    RegisterResult,
    TypedValue,
    judge_form,
)
from kabinet.metering.queries import MeterNotFound
from kabinet.metering.registers import ON_ITS_WAY, ReadingRow, RegisterRow


class AccountClosed(Refused):
    message = _("Лицевой счёт закрыт, показания по нему не принимают. Спросите поставщика.")


@dataclass(frozen=True, slots=True)
class _Submission:
    """What is the same for all readings of one form."""

    actor: Actor
    route: SubmissionRoute
    form: FilledForm


@transaction.atomic
def submit_readings(
    *,
    actor: Actor,
    account_id: int,
    values: Sequence[TypedValue],
    route: SubmissionRoute,
    at: datetime,
    taken_on: date | None = None,
) -> Sequence[MeterResult]:
    """Check what was typed and store what is right: a refused meter does not hold back the others (MET-08).

    All day zones of a meter go together (MET-35). A later value replaces the one given in the same window until
    the provider has accepted it (MET-21), but a guest's never one that a holder has given (MET-15); the same value
    sent again is the same reading. ``taken_on`` is today unless the provider asks for the day.

    :raises MeterNotFound: a meter is not on this account, or the actor may not submit for it.
    :raises AccountClosed: the provider has closed the account.
    """
    typed: dict[uuid.UUID, dict[str, TypedValue]] = defaultdict(dict)
    for value in values:
        typed[value.meter_id][value.zone] = value
    meters = _lock_meters(actor=actor, account_id=account_id, public_ids=set(typed))
    if not meters:
        return []
    _lock_readings_on_their_way(meters)
    day = taken_on or standing.window_of(meters[0], at).today
    form = FilledForm(day, at, typed, by_guest=actor.kind is ActorKind.GUEST)
    registers = standing.registers_of(meters, at=at, taken_on=form.taken_on)
    results = judge_form(meters, registers, form)
    submission = _Submission(actor, route, form)
    for meter, result in zip(meters, results, strict=True):
        if result.stored:
            for register, judged in zip(registers[meter.pk], result.registers, strict=True):
                _store(meter, register, judged, submission)
    return results


def _lock_meters(
    *, actor: Actor, account_id: int, public_ids: AbstractSet[uuid.UUID]
) -> Sequence[Meter]:
    """Lock in the order of keys, so that two forms never wait for each other."""
    meters = list(
        scopes.submittable_meters(actor)
        .filter(account=account_id, public_id__in=public_ids)
        .select_related("service", "account__provider__policy")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    if {meter.public_id for meter in meters} != public_ids:
        raise MeterNotFound
    if any(meter.account.closed_on or meter.account.missing_since for meter in meters):
        raise AccountClosed
    return meters


def _lock_readings_on_their_way(meters: Sequence[Meter]) -> None:
    """Keep an import from accepting a reading between our look at it and its replacement."""
    on_their_way = Reading.objects.filter(
        ~Q(status__in=SET_ASIDE), meter__in=meters, status__in=ON_ITS_WAY
    )
    list(on_their_way.order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def _store(
    meter: Meter, register: RegisterRow, judged: RegisterResult, submission: _Submission
) -> None:
    if register.given is not None and register.given.value == judged.value:
        return
    replaced = [row for row in register.current if _gives_way(row, submission.form.taken_on)]
    for row in replaced:
        _replace(row)
    reading = _create(meter, register, judged, submission)
    for row in replaced:
        events.publish(ReadingReplaced(reading_id=row.id, by_reading_id=reading.pk))


def _gives_way(row: ReadingRow, taken_on: date) -> bool:
    """What is still on its way, and what was refused today: a day holds one reading of a register."""
    refused_today = row.status is ReadingStatus.REJECTED and row.taken_on == taken_on
    return row.is_on_its_way or refused_today


def _replace(row: ReadingRow) -> None:
    require_transition(READING_TRANSITIONS, current=row.status, target=ReadingStatus.REPLACED)
    same = Reading.objects.filter(pk=row.id, status=row.status)
    if not same.update(status=ReadingStatus.REPLACED):
        raise TransitionRefused


def _create(
    meter: Meter, register: RegisterRow, judged: RegisterResult, submission: _Submission
) -> Reading:
    actor, previous = submission.actor, register.previous
    assert judged.value is not None  # noqa: S101 -- only right values are stored
    reading = Reading.objects.create(
        meter=meter,
        zone=register.zone,
        taken_on=submission.form.taken_on,
        value=judged.value,
        source=ReadingSource.PORTAL,
        status=ReadingStatus.SENT,
        portal_id=uuid.uuid4(),
        submitted_at=submission.form.at,
        submitted_by_id=actor.user_id,
        route=submission.route,
        previous_value=previous.value if previous else None,
    )
    audit.record(
        actor,
        "metering.reading.submit",
        reading,
        at=submission.form.at,
        value=str(judged.value),
        route=submission.route.value,
    )
    events.publish(
        ReadingSubmitted(reading_id=reading.pk, meter_id=meter.pk, account_id=meter.account_id)
    )
    return reading
