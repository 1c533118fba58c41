"""Money on its way back, exactly once: asked for by staff, done by the bank, booked when the bank has done it.

A refund's row, with its key, stands before the bank hears of it, and holds its sum in ``part.refunded``. The worker
asks the bank outside any transaction and applies the answer under the part's lock. Rows are locked in one order
everywhere: part, refund, ledger.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit, events
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.money import Money
from kabinet.kernel.workflow import require_transition
from kabinet.payments import scopes
from kabinet.payments.calculations.returning import (
    MoreThanPaid,
    ReturnedLine,
    plan_return,
)
from kabinet.payments.calculations.waiting import KEY_LIVES, next_check
from kabinet.payments.enums import (
    PART_TRANSITIONS,
    REFUND_TRANSITIONS,
    REFUND_UNDER_WAY,
    AttemptState,
    Cause,
    DiscrepancyKind,
    EntryKind,
    Outcome,
    PartState,
    RefundState,
)
from kabinet.payments.events import RefundSettled
from kabinet.payments.gateways.base import RefundTruth, TruthState
from kabinet.payments.models import CheckoutPart, LedgerEntry, Refund, RefundItem
from kabinet.payments.operations import enqueuing
from kabinet.payments.operations.disputes.releasing import Closing, close_differences, release
from kabinet.payments.operations.refund_differences import (
    forget_differences,
    note_contradiction,
    note_refund,
)
from kabinet.payments.operations.returnable import paid_lines
from kabinet.payments.operations.settlement import lock_attempt
from kabinet.payments.queries.served_payment import PaymentNotFound

# The worker is told at once; this is for when it dies before it has asked.
FIRST_LOOK = timedelta(seconds=20)
LONGEST_WHY = 250


class NothingPaid(Refused):
    message = _("Возвращать нечего: деньги не приняты или уже возвращены.")


class RefundUnderWay(Refused):
    message = _("Возврат по этому платежу уже идёт. Дождитесь ответа банка.")


class SumAbovePaid(Refused):
    message = _("По строке можно вернуть не больше, чем по ней оплачено и ещё не возвращено.")


class NothingToReturn(Refused):
    message = _("Укажите, сколько вернуть: хотя бы по одной строке больше нуля.")


class ReasonMissing(Refused):
    message = _("Напишите, почему возвращаются деньги.")


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What the form says: ``sums`` by the line's position, None for everything that is left of the part.

    ``key`` is the form's own: the same press again is the same refund.
    """

    checkout_id: uuid.UUID
    part: int
    why: str
    key: uuid.UUID
    sums: Mapping[int, Money] | None = None


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What would go back; ``commission`` is a part of ``amount``."""

    amount: Money
    commission: Money


def preview_refund(*, actor: Actor, order: RefundOrder) -> RefundPreview:
    """Say what a refund would give back, before anybody decides; nothing is held.

    :raises PaymentNotFound, NothingPaid, RefundUnderWay, SumAbovePaid, NothingToReturn: as ``request_refund``.
    """
    mine = scopes.returnable_parts(actor)
    part = mine.filter(checkout__public_id=order.checkout_id, number=order.part).first()
    if part is None:
        raise PaymentNotFound
    _require_quiet(part)
    lines = _planned(part, order)
    commission = Money.total(line.commission for line in lines)
    return RefundPreview(Money.total(line.amount for line in lines) + commission, commission)


@transaction.atomic
def request_refund(*, actor: Actor, order: RefundOrder, at: datetime) -> uuid.UUID:
    """Decide to give money back and tell the worker; gives the refund's public id (OPX-31).

    :raises PaymentNotFound: the actor may not give back money of such a part, or the key is another refund's.
    :raises ReasonMissing: it does not say why.
    :raises NothingPaid: the part is not paid, or all of it has gone back.
    :raises RefundUnderWay: another refund of the part is not finished.
    :raises SumAbovePaid: a line would give back more than is left of it.
    :raises NothingToReturn: every sum is zero.
    """
    part = _lock_returnable(actor, order)
    earlier = Refund.objects.filter(key=order.key).first()
    if earlier is not None:
        return _same_press(earlier, part, actor)
    why = " ".join(order.why.split())[:LONGEST_WHY]
    if not why:
        raise ReasonMissing
    _require_quiet(part)
    refund = _write(actor, order, part, _planned(part, order), why=why, at=at)
    enqueuing.check_refund_soon(refund.pk)
    return refund.public_id


def _require_quiet(part: CheckoutPart) -> None:
    if part.state != PartState.PAID:
        raise NothingPaid
    if part.refunds.filter(state__in=REFUND_UNDER_WAY).exists():
        raise RefundUnderWay


def _lock_returnable(actor: Actor, order: RefundOrder) -> CheckoutPart:
    mine = scopes.returnable_parts(actor).filter(
        checkout__public_id=order.checkout_id, number=order.part
    )
    part = mine.select_for_update(of=("self",), no_key=True).first()
    if part is None:
        raise PaymentNotFound
    return part


def _same_press(earlier: Refund, part: CheckoutPart, actor: Actor) -> uuid.UUID:
    if earlier.part_id != part.pk or earlier.requested_by_id != actor.user_id:
        raise PaymentNotFound
    return earlier.public_id


def _planned(part: CheckoutPart, order: RefundOrder) -> Sequence[ReturnedLine]:
    try:
        lines = plan_return(paid_lines(part), order.sums)
    except MoreThanPaid as error:
        raise SumAbovePaid from error
    if not lines:
        raise NothingToReturn
    return lines


def _write(
    actor: Actor,
    order: RefundOrder,
    part: CheckoutPart,
    lines: Sequence[ReturnedLine],
    *,
    why: str,
    at: datetime,
) -> Refund:
    commission = Money.total(line.commission for line in lines)
    amount = Money.total(line.amount for line in lines) + commission
    refund = Refund.objects.create(
        part=part,
        attempt=part.attempts.get(state=AttemptState.SUCCEEDED),
        key=order.key,
        amount=amount.amount,
        commission=commission.amount,
        why=why,
        requested_by_id=actor.user_id,
        created_at=at,
        next_check_at=at + FIRST_LOOK,
    )
    write_lines(refund, lines)
    # Held from now on; a refusal of the bank lets it go.
    CheckoutPart.objects.filter(pk=part.pk).update(refunded=F("refunded") + amount.amount)
    audit.record(
        actor, "payments.refund.request", refund, at=at, amount=str(amount.amount), why=why
    )
    return refund


def write_lines(refund: Refund, lines: Sequence[ReturnedLine]) -> None:
    """Say what goes back of each line, in the caller's transaction."""
    RefundItem.objects.bulk_create(
        RefundItem(
            refund=refund,
            item_id=line.item_id,
            amount=line.amount.amount,
            penalty=line.penalty.amount,
            commission=line.commission.amount,
        )
        for line in lines
    )


@transaction.atomic
def apply_refund_truth(*, refund_id: int, truth: RefundTruth, at: datetime) -> RefundState:
    """Move the refund to where the bank has it; a second time, or later, the same changes nothing.

    Another sum than was asked for moves no money here: it stands in the list of discrepancies until people have
    looked, and the sum stays held.
    """
    refund = lock_refund(refund_id)
    if refund.state not in REFUND_UNDER_WAY:
        note_contradiction(refund, truth, at)
        return RefundState(refund.state)
    refund.acquirer_id = truth.acquirer_id or refund.acquirer_id
    if truth.state is TruthState.CANCELED:
        decline(refund, truth.cause or Cause.OTHER, truth.reason, at)
    elif truth.amount != Money(refund.amount):
        note_refund(refund, DiscrepancyKind.OTHER_SUM, truth.amount, at)
        _wait(refund, at)
    elif truth.state is TruthState.SUCCEEDED:
        _settle(refund, at)
    else:
        _wait(refund, at)
    return RefundState(refund.state)


@transaction.atomic
def recognise(*, refund_id: int, truth: RefundTruth, at: datetime) -> None:
    """The bank has made a refund that was given up here without its number: people have to look."""
    refund = lock_refund(refund_id)
    if refund.state == RefundState.DECLINED and refund.acquirer_id is None:
        refund.acquirer_id = truth.acquirer_id
        refund.save(update_fields=["acquirer_id"])
        note_contradiction(refund, truth, at)


@transaction.atomic
def apply_refund_refusal(*, refund_id: int, cause: Cause, reason: str, at: datetime) -> RefundState:
    """The bank will not, and it is known that no earlier call has moved money: the held sum is free again."""
    refund = lock_refund(refund_id)
    if refund.state == RefundState.CREATED:
        decline(refund, cause, reason, at)
    return RefundState(refund.state)


@transaction.atomic
def look_at_refund_later(*, refund_id: int, at: datetime) -> None:
    """Nothing was learned; the poller asks again."""
    refund = lock_refund(refund_id)
    if refund.state in REFUND_UNDER_WAY:
        refund.next_check_at = next_check(checks=refund.checks, at=at)
        refund.save(update_fields=["next_check_at"])


@transaction.atomic
def note_lost_refund(*, refund_id: int, bank_returned: Money, at: datetime) -> None:
    """The bank has given back more than we know of, and does not say that it was this refund: people have to look."""
    refund = lock_refund(refund_id)
    if refund.state in REFUND_UNDER_WAY:
        note_refund(refund, DiscrepancyKind.OTHER_STATE, bank_returned, at)
        refund.next_check_at = next_check(checks=refund.checks, at=at)
        refund.save(update_fields=["next_check_at"])


@transaction.atomic
def note_forgotten_refund(*, refund_id: int, at: datetime) -> None:
    """The bank knows no such refund any more that it was making: after a day people have to look (PAY-45)."""
    refund = lock_refund(refund_id)
    if refund.state not in REFUND_UNDER_WAY:
        return
    if at >= refund.created_at + KEY_LIVES:
        note_refund(refund, DiscrepancyKind.OTHER_STATE, None, at)
    refund.next_check_at = next_check(checks=refund.checks, at=at)
    refund.save(update_fields=["next_check_at"])


def lock_refund(refund_id: int) -> Refund:
    """The part first, then the attempt: other refunds and attempts of it wait here."""
    attempt_id = Refund.objects.values_list("attempt", flat=True).get(pk=refund_id)
    attempt = lock_attempt(attempt_id)
    refund = Refund.objects.select_for_update(of=("self",), no_key=True).get(pk=refund_id)
    refund.attempt, refund.part = attempt, attempt.part
    return refund


def _settle(refund: Refund, at: datetime) -> None:
    move(refund, RefundState.SUCCEEDED, at)
    forget_differences(refund, at)
    if refund.of_payment:
        let_part_go(refund, at)
    else:
        book(refund, at)
    audit.record(
        SYSTEM,
        "payments.refund.settle",
        refund,
        at=at,
        amount=str(refund.amount),
        bank=refund.acquirer_id,
    )
    events.publish(RefundSettled(refund_id=refund.pk, at=at))


def book(refund: Refund, at: datetime) -> None:
    """Write its lines into the ledger; under ``lock_refund``."""
    part = refund.part
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            item=row.item,
            kind=EntryKind.REFUNDED,
            attempt_id=refund.attempt_id,
            refund=refund,
            account_id=row.item.account_id,
            amount=row.amount,
            penalty=row.penalty,
            commission=row.commission,
            happened_at=at,
        )
        for row in refund.items.select_related("item").order_by("item__position", "pk")
    )
    if part.refunded == part.amount + part.commission:
        require_transition(PART_TRANSITIONS, current=part.state, target=PartState.RETURNED)
        part.state = PartState.RETURNED
        part.save(update_fields=["state"])


def let_part_go(refund: Refund, at: datetime) -> None:
    """The money was in no book of ours, and has gone back whole: nothing is booked, the payer may pay anew."""
    release(refund.attempt, payment_id=refund.of_payment, state=AttemptState.RETURNED, at=at)
    close_differences(
        refund.attempt,
        payment_id=refund.of_payment,
        closing=Closing(
            Outcome.RETURNED, refund.why, refund.requested_by_id, at, Money(refund.amount)
        ),
    )


def decline(refund: Refund, cause: Cause, reason: str, at: datetime) -> None:
    """End it without money and let go of what it held; under ``lock_refund``."""
    refund.cause, refund.reason = cause, reason[:64]
    move(refund, RefundState.DECLINED, at)
    if not refund.of_payment:
        part = refund.part
        part.refunded -= refund.amount
        part.save(update_fields=["refunded"])
    audit.record(
        SYSTEM, "payments.refund.decline", refund, at=at, cause=cause.value, reason=reason[:64]
    )


def _wait(refund: Refund, at: datetime) -> None:
    if refund.state == RefundState.CREATED:
        require_transition(REFUND_TRANSITIONS, current=refund.state, target=RefundState.PENDING)
        refund.state = RefundState.PENDING
    refund.next_check_at = next_check(checks=refund.checks, at=at)
    refund.save(update_fields=["state", "acquirer_id", "next_check_at"])


def move(refund: Refund, state: RefundState, at: datetime) -> None:
    require_transition(REFUND_TRANSITIONS, current=refund.state, target=state)
    refund.state, refund.finished_at, refund.next_check_at = state, at, None
    refund.save()
