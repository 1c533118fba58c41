"""Switching off: at once and for good; what the bank is doing at that moment ends first (PAY-17, 18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.workflow import require_transition
from kabinet.payments.enums import (
    AUTOPAY_TRANSITIONS,
    AutopayNote,
    AutopayRunState,
    AutopayState,
)
from kabinet.payments.models import Autopay, AutopayRun


def end_autopays(
    autopays: QuerySet[Autopay], *, actor: Actor, why: str, at: datetime
) -> Sequence[Autopay]:
    """Switch off those of the autopays that are in force, in the caller's transaction; gives them with their accounts."""
    in_force = (
        autopays.exclude(state=AutopayState.OFF)
        .select_related("account__provider")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    ended = list(in_force)
    for autopay in ended:
        end_locked(autopay, actor=actor, why=why, at=at)
    return ended


def end_locked(autopay: Autopay, *, actor: Actor, why: str, at: datetime) -> None:
    """The same for one that the caller has locked."""
    move(autopay, AutopayState.OFF)
    autopay.ended_at = at
    autopay.save(update_fields=["state", "ended_at"])
    call_off(autopay, AutopayNote.SWITCHED_OFF, at=at)
    audit.record(actor, "payments.autopay.end", autopay, at=at, why=why)


def call_off(autopay: Autopay, note: AutopayNote, *, at: datetime) -> None:
    """Take back what is planned: a month not begun is free for another plan, one tried in vain is over."""
    planned = AutopayRun.objects.filter(autopay=autopay, state=AutopayRunState.PLANNED)
    planned.filter(tries=0).delete()
    planned.update(state=AutopayRunState.FAILED, told=note, finished_at=at)


def move(autopay: Autopay, state: AutopayState) -> None:
    require_transition(AUTOPAY_TRANSITIONS, current=autopay.state, target=state)
    autopay.state = state
