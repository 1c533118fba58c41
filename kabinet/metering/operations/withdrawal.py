"""Undoing what was submitted here, until the provider has it (MET-32)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit, events
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import Refused
from kabinet.kernel.workflow import TransitionRefused, require_transition
from kabinet.metering import scopes, standing
from kabinet.metering.enums import READING_TRANSITIONS, ReadingStatus
from kabinet.metering.events import ReadingWithdrawn
from kabinet.metering.models import Meter, Reading
from kabinet.metering.queries import ReadingNotFound
from kabinet.metering.registers import ReadingRow


class TooLateToWithdraw(Refused):
    message = _(
        "Показание уже ушло к поставщику или относится к прошлому сроку: отозвать его нельзя. "
        "Если в нём ошибка, передайте верное показание или позвоните поставщику."
    )


@transaction.atomic
def withdraw_reading(
    *, actor: Actor, account_id: int, portal_id: uuid.UUID, at: datetime
) -> Sequence[uuid.UUID]:
    """Take back a reading of this window that no export has given out yet; a new one may be sent afterwards.

    All day zones of the meter go together, as they came (MET-35). Withdrawing twice is harmless. Gives the
    numbers (``portal_id``) of what was withdrawn by this call.

    :raises ReadingNotFound: no such reading was submitted for this account, or the actor may not submit for it.
    :raises TooLateToWithdraw: the provider has it or what it replaced, or it is of an earlier window.
    """
    meter, reading = _find(actor=actor, account_id=account_id, portal_id=portal_id)
    if reading.status == ReadingStatus.WITHDRAWN:
        return ()
    registers = standing.registers_of([meter], at=at)[meter.pk]
    given = [register.given for register in registers if register.given]
    if reading.pk not in {row.id for row in given}:
        raise TooLateToWithdraw
    if not all(register.can_be_withdrawn for register in registers):
        raise TooLateToWithdraw
    for row in given:
        _withdraw(row, meter, actor=actor, at=at)
    return [row.portal_id for row in given if row.portal_id]


def _find(*, actor: Actor, account_id: int, portal_id: uuid.UUID) -> tuple[Meter, Reading]:
    """Lock as submission and exchange do: the meter, then its readings on their way in the order of keys.

    An export that is claiming them is waited for; one that comes later leaves them to us.
    """
    if actor.kind is ActorKind.GUEST:
        raise ReadingNotFound  # guests hand over and do nothing else
    meter = (
        scopes.submittable_meters(actor)
        .filter(account=account_id, readings__portal_id=portal_id)
        .select_related("service", "account__provider__policy")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if meter is None:
        raise ReadingNotFound
    on_their_way = Reading.objects.filter(meter=meter, status=ReadingStatus.SENT)
    list(on_their_way.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    return meter, Reading.objects.get(meter=meter, portal_id=portal_id)


def _withdraw(row: ReadingRow, meter: Meter, *, actor: Actor, at: datetime) -> None:
    require_transition(READING_TRANSITIONS, current=row.status, target=ReadingStatus.WITHDRAWN)
    same = Reading.objects.filter(pk=row.id, status=row.status, export_number=None)
    if not same.update(status=ReadingStatus.WITHDRAWN, withdrawn_at=at):
        raise TransitionRefused
    audit.record(
        actor, "metering.reading.withdraw", Reading(pk=row.id), at=at, value=str(row.value)
    )
    events.publish(
        ReadingWithdrawn(reading_id=row.id, meter_id=meter.pk, account_id=meter.account_id)
    )
