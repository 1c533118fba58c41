"""A refund of which nobody knows whether the bank has made it: looked for once more, then people decide (OPX-31)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.locks import alone
from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause, Outcome, RefundState
from kabinet.payments.gateways.base import (
    PaymentTruth,
)
from kabinet.payments.models import CheckoutPart, Discrepancy, Refund, RefundItem
from kabinet.payments.operations import enqueuing, refunding
from kabinet.payments.operations.disputes.cases import (
    BankChanged,
    BankSilent,
    NothingToDecide,
    WayClosed,
    find_refund,
    is_same_press,
    listening,
    mark_of,
    require_word,
)
from kabinet.payments.operations.disputes.deciding import Decision
from kabinet.payments.operations.refunds import (
    FIRST_LOOK,
    apply_refund_truth,
    decline,
    lock_refund,
)
from kabinet.payments.queries.differences import is_lost


class RefundFound(Refused):
    message = _("Банк нашёл этот возврат, его состояние записано. Решать больше нечего.")


@dataclass(frozen=True, slots=True)
class LostRefund:
    """What the bank says of the payment whose refund was lost; ``booked`` is what our books hold as given back."""

    payment_id: str
    mark: str
    amount: Money
    whole: Money
    at_bank: Money
    booked: Money
    ways: Sequence[Outcome]


def look(*, actor: Actor, discrepancy_id: int, at: datetime) -> LostRefund:
    """Ask the bank for the refund and its payment, and say which ways out there are.

    :raises DiscrepancyNotFound, NothingToDecide, BankSilent, RefundFound: as ``decide``.
    """
    refund = _find(actor, discrepancy_id, at)
    truth = _hear(refund, at)
    return LostRefund(
        payment_id=refund.of_payment or refund.attempt.acquirer_id or "",
        mark=_mark(truth),
        amount=Money(refund.amount),
        whole=truth.amount,
        at_bank=truth.refunded,
        booked=refunding.booked_back(refund),
        ways=_ways(refund, truth),
    )


def decide(*, actor: Actor, decision: Decision, at: datetime) -> None:
    """Look for the refund once more; when the bank has none, end it, or ask for it anew under another key.

    :raises DiscrepancyNotFound: the actor may not decide about such a provider's money.
    :raises NothingToDecide: somebody has decided, or the bank may still answer by itself.
    :raises BankSilent: without the bank's word nothing is decided.
    :raises RefundFound: the bank has it after all; it was applied.
    :raises BankChanged: more or less has gone back than the person has seen.
    :raises WayClosed: the bank holds less than would go back.
    :raises WordMissing: without a word why.
    """
    why = require_word(decision.why)
    if is_same_press(actor, decision.key):
        return
    refund = _find(actor, decision.discrepancy_id, at)
    # The worker looks at the same refund: one of the two at a time.
    with alone(refunding.LOCK.format(refund.pk)) as is_alone:
        if not is_alone:
            raise BankSilent
        truth = _hear(refund, at)
        if _mark(truth) != decision.mark:
            raise BankChanged
        if decision.way not in _ways(refund, truth):
            raise WayClosed
        _carry_out(actor, decision, why, at)


def _find(actor: Actor, discrepancy_id: int, at: datetime) -> Refund:
    found, refund = find_refund(actor, discrepancy_id)
    if not is_lost(found, refund, at=at):
        raise NothingToDecide
    return refund


def _hear(refund: Refund, at: datetime) -> PaymentTruth:
    """The payment as the bank has it; what is found of the refund is applied at once."""
    with listening(refund.attempt.merchant) as (bank, access):
        found = refunding.find(refund)
        truth = bank.fetch(access, refund.of_payment or refund.attempt.acquirer_id or "")
    if found is not None:
        apply_refund_truth(refund_id=refund.pk, truth=found, at=at)
        raise RefundFound
    return truth


def _mark(truth: PaymentTruth) -> str:
    return mark_of(truth.acquirer_id, truth.state, truth.amount.amount, truth.refunded.amount)


def _ways(refund: Refund, truth: PaymentTruth) -> Sequence[Outcome]:
    """Asked for anew only while the bank still holds as much."""
    if truth.amount - truth.refunded < Money(refund.amount):
        return [Outcome.ENDED]
    return [Outcome.ENDED, Outcome.AGAIN]


@transaction.atomic
def _carry_out(actor: Actor, decision: Decision, why: str, at: datetime) -> None:
    refund = lock_refund(_find(actor, decision.discrepancy_id, at).pk)
    if refund.state != RefundState.CREATED or refund.acquirer_id is not None:
        raise NothingToDecide
    decline(refund, Cause.BANK_DOWN, "not_found", at)
    audit.record(actor, f"payments.refund.{decision.way.value}", refund, at=at, why=why)
    if decision.way is Outcome.AGAIN:
        _ask_anew(actor, refund, decision.key, at)
    Discrepancy.objects.filter(pk=decision.discrepancy_id).update(
        closed_at=at, closed_by_id=actor.user_id, note=why, outcome=decision.way
    )


def _ask_anew(actor: Actor, lost: Refund, key: uuid.UUID, at: datetime) -> None:
    anew = Refund.objects.create(
        part=lost.part,
        attempt=lost.attempt,
        key=key,
        of_payment=lost.of_payment,
        amount=lost.amount,
        commission=lost.commission,
        why=lost.why,
        requested_by_id=actor.user_id,
        created_at=at,
        next_check_at=at + FIRST_LOOK,
    )
    RefundItem.objects.bulk_create(
        RefundItem(
            refund=anew,
            item_id=row.item_id,
            amount=row.amount,
            penalty=row.penalty,
            commission=row.commission,
        )
        for row in lost.items.order_by("pk")
    )
    if not anew.of_payment:
        CheckoutPart.objects.filter(pk=lost.part_id).update(refunded=F("refunded") + anew.amount)
    audit.record(
        actor, "payments.refund.request", anew, at=at, amount=str(anew.amount), why=anew.why
    )
    enqueuing.check_refund_soon(anew.pk)
