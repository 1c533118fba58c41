"""The three ways out: book what the bank has taken, give it back, or close what was settled elsewhere (PAY-45, OPX-31).

The bank is asked before, outside any transaction; what follows is decided under the part's lock and only while the
bank's word is the one that the person has seen.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments.calculations.taking import TakenLine, take_in_order
from kabinet.payments.enums import AttemptState, Outcome, PartState
from kabinet.payments.gateways.base import PaymentTruth
from kabinet.payments.models import Attempt, Autopay, AutopayRun, Checkout, CheckoutItem, Refund
from kabinet.payments.operations import enqueuing, settlement
from kabinet.payments.operations.autopay.finishing import finish_accepted
from kabinet.payments.operations.disputes.cases import (
    BankChanged,
    BankWord,
    Case,
    WayClosed,
    find_case,
    hear,
    is_same_press,
    require_word,
    ways_out,
)
from kabinet.payments.operations.disputes.releasing import Closing, close_differences, release
from kabinet.payments.operations.refunds import FIRST_LOOK


@dataclass(frozen=True, slots=True)
class Decision:
    """What the form says. ``mark`` is of the bank's word that the person has seen, ``key`` the form's own."""

    discrepancy_id: int
    way: Outcome
    why: str
    mark: str
    key: uuid.UUID


@dataclass(frozen=True, slots=True)
class SharedLine:
    """A line with what was asked for it and what of the bank's money falls on it."""

    title: str
    account_number: str
    asked: Money
    taken: Money


@dataclass(frozen=True, slots=True)
class Look:
    """What the bank says at this moment, and what each way out would come to.

    ``asked`` and ``taken`` hold the commission; ``lines`` and ``commission`` are of booking it. ``frees``: nothing else
    has paid the part, so that its payer may pay anew once the money is dealt with.
    """

    payment_id: str
    mark: str
    is_known: bool
    asked: Money
    taken: Money
    refunded: Money
    ways: Sequence[Outcome]
    lines: Sequence[SharedLine]
    commission: Money
    frees: bool

    @property
    def held(self) -> Money:
        """What the bank has and has not given back."""
        return self.taken - self.refunded


def look(*, actor: Actor, discrepancy_id: int) -> Look:
    """Ask the bank and say which ways out there are; nothing is changed.

    :raises DiscrepancyNotFound, NothingToDecide, BankSilent: as ``decide``.
    """
    case = find_case(actor, discrepancy_id, attempts=_attempts())
    word = hear(case)
    ways = ways_out(case, word)
    items = list(case.attempt.part.items.select_related("account").order_by("position"))
    shares = _shares(items, word.taken) if Outcome.ACCEPTED in ways else []
    return Look(
        payment_id=word.payment_id,
        mark=word.mark,
        is_known=word.truth is not None,
        asked=Money(case.attempt.amount),
        taken=word.taken,
        refunded=word.truth.refunded if word.truth else Money.zero(),
        ways=[way for way in Outcome if way in ways],
        lines=[
            SharedLine(item.title, item.account.number, Money(item.amount), share.amount)
            for item, share in zip(items, shares, strict=False)
        ],
        commission=Money.total(share.commission for share in shares),
        frees=case.attempt.part.state == PartState.OPEN,
    )


def decide(*, actor: Actor, decision: Decision, at: datetime) -> None:
    """Ask the bank once more and carry the decision out, once. Not one transaction: the bank is asked.

    :raises DiscrepancyNotFound: the actor may not decide about such a provider's money.
    :raises NothingToDecide: somebody has decided, or it is no matter of a payment's.
    :raises BankSilent: without the bank's word nothing is decided.
    :raises BankChanged: the bank says something else than the person has seen.
    :raises WayClosed: what the bank says leaves no such way.
    :raises WordMissing: without a word why.
    """
    why = require_word(decision.why)
    if decision.way is Outcome.RETURNED and is_same_press(actor, decision.key):
        return
    word = hear(find_case(actor, decision.discrepancy_id, attempts=_attempts()))
    if word.mark != decision.mark:
        raise BankChanged
    _carry_out(actor, replace(decision, why=why), word, at)


def _attempts() -> QuerySet[Attempt]:
    return Attempt.objects.select_related("merchant__provider", "part__checkout")


@transaction.atomic
def _carry_out(actor: Actor, decision: Decision, word: BankWord, at: datetime) -> None:
    case = _lock(actor, decision.discrepancy_id)
    if case.payment_id != word.payment_id:
        raise BankChanged
    if decision.way not in ways_out(case, word):
        raise WayClosed
    _WAYS[decision.way](actor, case, word, decision, at)


def _lock(actor: Actor, discrepancy_id: int) -> Case:
    """An autopay and its run before the part, as everywhere; then what is known under the locks counts."""
    seen = find_case(actor, discrepancy_id, attempts=_attempts()).attempt
    runs = AutopayRun.objects.filter(checkout=seen.part.checkout_id).order_by("pk")
    autopays = Autopay.objects.filter(pk__in=runs.order_by().values("autopay")).order_by("pk")
    list(autopays.select_for_update(of=("self",), no_key=True))
    list(runs.select_for_update(of=("self",), no_key=True))
    locked = settlement.lock_attempt(seen.pk)
    return Case(find_case(actor, discrepancy_id, attempts=_attempts()).found, locked)


def _accept(actor: Actor, case: Case, word: BankWord, decision: Decision, at: datetime) -> None:
    """Book what the bank has taken, on the part's lines in their order."""
    attempt, truth = case.attempt, word.truth
    assert truth is not None  # noqa: S101 -- the way is open only with it
    before = {"asked": str(attempt.amount), "was": attempt.acquirer_id or ""}
    lines = _take_other_sum(attempt, truth) if truth.amount != Money(attempt.amount) else ""
    audit.record(
        actor,
        "payments.dispute.accept",
        attempt,
        at=at,
        **before,
        taken=str(truth.amount.amount),
        bank=truth.acquirer_id,
        lines=lines,
        why=decision.why,
    )
    settlement.settle(attempt, truth, at)
    finish_accepted(attempt, at=at)
    close_differences(
        attempt,
        payment_id=case.payment_id,
        closing=_closing(actor, Outcome.ACCEPTED, word, decision.why, at),
    )


def _take_other_sum(attempt: Attempt, truth: PaymentTruth) -> str:
    """Let the part and its lines say what was paid; gives each line's sums before and after, for the trail."""
    part = attempt.part
    items = list(part.items.order_by("position"))
    shares = _shares(items, truth.amount)
    told = [
        f"{item.position}: {item.amount}+{item.commission} -> {share.amount.amount}+{share.commission.amount}"
        for item, share in zip(items, shares, strict=True)
    ]
    commission = Money.total(share.commission for share in shares)
    amount = truth.amount - commission
    Checkout.objects.filter(pk=part.checkout_id).update(
        amount=F("amount") + amount.amount - part.amount,
        commission=F("commission") + commission.amount - part.commission,
    )
    for item, share in zip(items, shares, strict=True):
        item.amount, item.penalty = share.amount.amount, share.penalty.amount
        item.commission = share.commission.amount
    CheckoutItem.objects.bulk_update(items, ["amount", "penalty", "commission"])
    part.amount, part.commission = amount.amount, commission.amount
    part.save(update_fields=["amount", "commission"])
    attempt.amount_asked, attempt.amount = attempt.amount, truth.amount.amount
    return "; ".join(told)


def _shares(items: Sequence[CheckoutItem], taken: Money) -> list[TakenLine]:
    asked = [
        TakenLine(Money(item.amount), Money(item.penalty), Money(item.commission)) for item in items
    ]
    return take_in_order(asked, taken)


def _give_back(actor: Actor, case: Case, word: BankWord, decision: Decision, at: datetime) -> None:
    """Ask the bank to give all of it back; the part is free once it has (``refunds.apply_refund_truth``)."""
    refund = Refund.objects.create(
        part=case.attempt.part,
        attempt=case.attempt,
        key=decision.key,
        of_payment=word.payment_id,
        amount=word.taken.amount,
        why=decision.why,
        requested_by_id=actor.user_id,
        created_at=at,
        next_check_at=at + FIRST_LOOK,
    )
    audit.record(
        actor,
        "payments.dispute.give_back",
        case.attempt,
        at=at,
        bank=word.payment_id,
        amount=str(refund.amount),
        why=decision.why,
    )
    enqueuing.check_refund_soon(refund.pk)


def _close(actor: Actor, case: Case, word: BankWord, decision: Decision, at: datetime) -> None:
    """Let the part go with a word how the money was settled; nothing of it is in our books."""
    audit.record(
        actor,
        "payments.dispute.close",
        case.attempt,
        at=at,
        bank=word.payment_id,
        taken=str(word.taken.amount),
        refunded=str(word.truth.refunded.amount) if word.truth else "",
        why=decision.why,
    )
    release(case.attempt, payment_id=case.payment_id, state=AttemptState.CLOSED, at=at)
    close_differences(
        case.attempt,
        payment_id=case.payment_id,
        closing=_closing(actor, Outcome.BY_HAND, word, decision.why, at),
    )


def _closing(actor: Actor, outcome: Outcome, word: BankWord, why: str, at: datetime) -> Closing:
    amount = word.truth.amount if word.truth else None
    return Closing(outcome, why, actor.user_id, at, amount)


_WAYS: Mapping[Outcome, Callable[[Actor, Case, BankWord, Decision, datetime], None]] = {
    Outcome.ACCEPTED: _accept,
    Outcome.RETURNED: _give_back,
    Outcome.BY_HAND: _close,
}
