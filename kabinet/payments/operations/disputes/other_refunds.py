"""A refund that the bank has made otherwise than it stands here: of another sum, or after it was declined (OPX-31, PAY-45).

The bank is asked anew, outside any transaction; people book what it really gave back, or close it with a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit, events, locks
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.locks import alone
from kabinet.kernel.money import Money
from kabinet.payments.calculations.returning import MoreThanPaid, ReturnedLine, share_returned
from kabinet.payments.enums import (
    GIVEN_UP,
    REFUND_UNDER_WAY,
    AttemptState,
    Cause,
    Outcome,
    PartState,
    RefundState,
)
from kabinet.payments.events import RefundSettled
from kabinet.payments.gateways.base import (
    Gateway,
    GatewayUnknown,
    MerchantAccess,
    PaymentTruth,
    RefundTruth,
    TruthState,
)
from kabinet.payments.models import CheckoutItem, Discrepancy, Refund
from kabinet.payments.operations import refunding
from kabinet.payments.operations.disputes.cases import (
    BankChanged,
    BankSilent,
    NothingToDecide,
    WayClosed,
    find_refund,
    listening,
    mark_of,
    require_word,
)
from kabinet.payments.operations.disputes.deciding import Decision, SharedLine
from kabinet.payments.operations.refunds import (
    apply_refund_truth,
    book,
    decline,
    let_part_go,
    lock_refund,
    move,
    write_lines,
)
from kabinet.payments.operations.returnable import paid_lines
from kabinet.payments.queries.differences import is_contradicted


class RefundAgreed(Refused):
    message = _(
        "Банк теперь говорит то же, что и мы: состояние возврата записано. Решать больше нечего."
    )


@dataclass(frozen=True, slots=True)
class BankWord:
    """What the bank says of the refund (None: it knows none such) and of the payment whose money it is."""

    refund: RefundTruth | None
    payment: PaymentTruth

    @property
    def mark(self) -> str:
        """The same word, the same mark: it comes back with the decision."""
        returned = self.refund and (self.refund.state, self.refund.amount.amount)
        paid = (self.payment.state, self.payment.amount.amount, self.payment.refunded.amount)
        return mark_of(self.payment.acquirer_id, paid, returned)

    @property
    def returned(self) -> Money:
        is_done = self.refund is not None and self.refund.state is TruthState.SUCCEEDED
        return self.refund.amount if self.refund is not None and is_done else Money.zero()


@dataclass(frozen=True, slots=True)
class OtherRefund:
    """What the bank says at this moment, and what booking it would come to.

    ``asked`` is what we asked for, ``told`` what the bank gave back instead; ``at_bank`` is all that it gave back of the
    payment, ``booked`` what our books hold of that. ``lines`` and ``commission`` are of booking it.
    """

    payment_id: str
    mark: str
    is_known: bool
    is_done: bool
    asked: Money
    told: Money
    whole: Money
    at_bank: Money
    booked: Money
    ways: Sequence[Outcome]
    lines: Sequence[SharedLine]
    commission: Money

    @property
    def may_book(self) -> bool:
        return Outcome.BOOKED in self.ways


def look(*, actor: Actor, discrepancy_id: int, at: datetime) -> OtherRefund:
    """Ask the bank for the refund and its payment, and say which ways out there are.

    :raises DiscrepancyNotFound, NothingToDecide, BankSilent, RefundAgreed: as ``decide``.
    """
    refund = _find(actor, discrepancy_id)
    word = _hear(refund, at)
    ways = _ways(refund, word)
    shares = (_shares(refund, word) if Outcome.BOOKED in ways else None) or []
    return OtherRefund(
        payment_id=_payment_of(refund),
        mark=word.mark,
        is_known=word.refund is not None,
        is_done=word.refund is not None and word.refund.state is TruthState.SUCCEEDED,
        asked=Money(refund.amount),
        told=word.refund.amount if word.refund else Money.zero(),
        whole=word.payment.amount,
        at_bank=word.payment.refunded,
        booked=refunding.booked_back(refund),
        ways=ways,
        lines=_shown(refund, shares),
        commission=Money.total(share.commission for share in shares),
    )


def decide(*, actor: Actor, decision: Decision, at: datetime) -> None:
    """Ask the bank once more and book what it gave back, or close the difference; once.

    :raises DiscrepancyNotFound: the actor may not decide about such a provider's money.
    :raises NothingToDecide: somebody has decided, or the bank does not contradict us.
    :raises BankSilent: without the bank's word nothing is decided.
    :raises RefundAgreed: the bank says what we say; it was applied.
    :raises BankChanged: the bank says something else than the person has seen.
    :raises WayClosed: what the bank says leaves no such way.
    :raises WordMissing: without a word why.
    """
    why = require_word(decision.why)
    refund = _find(actor, decision.discrepancy_id)
    # The worker looks at the same refund: one of the two at a time.
    with alone(refunding.LOCK.format(refund.pk)) as is_alone:
        if not is_alone:
            raise BankSilent
        word = _hear(refund, at)
        if word.mark != decision.mark:
            raise BankChanged
        _carry_out(actor, decision, word, why=why, at=at)


def _find(actor: Actor, discrepancy_id: int) -> Refund:
    found, refund = find_refund(actor, discrepancy_id)
    if not is_contradicted(found, refund):
        raise NothingToDecide
    return refund


def _payment_of(refund: Refund) -> str:
    return refund.of_payment or refund.attempt.acquirer_id or ""


def _hear(refund: Refund, at: datetime) -> BankWord:
    """What is no contradiction any more is applied at once, as the poller would."""
    with listening(refund.attempt.merchant) as (bank, access):
        payment = bank.fetch(access, _payment_of(refund))
        truth = _fetch(bank, access, refund)
    if truth is not None and refund.state == RefundState.PENDING and _agrees(refund, truth):
        apply_refund_truth(refund_id=refund.pk, truth=truth, at=at)
        raise RefundAgreed
    return BankWord(truth, payment)


def _fetch(bank: Gateway, access: MerchantAccess, refund: Refund) -> RefundTruth | None:
    try:
        return bank.fetch_refund(access, _payment_of(refund), refund.acquirer_id or "")
    except GatewayUnknown:
        return None


def _agrees(refund: Refund, truth: RefundTruth) -> bool:
    is_same = truth.state is TruthState.SUCCEEDED and truth.amount == Money(refund.amount)
    return is_same or truth.state is TruthState.CANCELED


def _ways(refund: Refund, word: BankWord) -> Sequence[Outcome]:
    """What the bank has not finished is left to it, and so is a part of which another refund is under way."""
    others = refund.part.refunds.filter(state__in=REFUND_UNDER_WAY).exclude(pk=refund.pk)
    is_unfinished = word.refund is not None and word.refund.state is TruthState.PENDING
    if is_unfinished or others.exists():
        return []
    return [Outcome.LEFT] if _shares(refund, word) is None else [Outcome.BOOKED, Outcome.LEFT]


def _shares(refund: Refund, word: BankWord) -> Sequence[ReturnedLine] | None:
    """What goes back of each line when the bank's sum is booked; None where it cannot be.

    The payment must show the money gone, beyond what our books hold; and never does more go back than was paid.
    """
    told = word.returned
    if not told or word.payment.refunded - refunding.booked_back(refund) < told:
        return None
    if not _is_in_our_books(refund):
        # Money that is no line's: it was given back before anybody booked it.
        return []
    part = refund.part
    if part.state != PartState.PAID:
        return None
    asked = {
        row.item_id: ReturnedLine(
            row.item_id, Money(row.amount), Money(row.penalty), Money(row.commission)
        )
        for row in refund.items.order_by("item__position", "pk")
    }
    try:
        return share_returned(paid_lines(part), asked, told)
    except MoreThanPaid:
        return None


def _is_in_our_books(refund: Refund) -> bool:
    """Also money that was to go back unbooked, of a payment that people have booked since."""
    attempt = refund.attempt
    is_paid = attempt.state == AttemptState.SUCCEEDED
    return is_paid and refund.of_payment in {"", attempt.acquirer_id}


def _shown(refund: Refund, shares: Sequence[ReturnedLine]) -> Sequence[SharedLine]:
    asked = {row.item_id: Money(row.amount) for row in refund.items.order_by("pk")}
    items = CheckoutItem.objects.select_related("account").in_bulk([row.item_id for row in shares])
    return [
        SharedLine(
            items[row.item_id].title,
            items[row.item_id].account.number,
            asked.get(row.item_id, Money.zero()),
            row.amount,
        )
        for row in sorted(shares, key=lambda row: items[row.item_id].position)
    ]


@transaction.atomic
def _carry_out(actor: Actor, decision: Decision, word: BankWord, *, why: str, at: datetime) -> None:
    lock_refund(_find(actor, decision.discrepancy_id).pk)
    # What is known under the locks counts.
    refund = _find(actor, decision.discrepancy_id)
    if decision.way not in _ways(refund, word):
        raise WayClosed
    audit.record(
        actor,
        f"payments.refund.{decision.way.value}",
        refund,
        at=at,
        asked=str(refund.amount),
        told=str(word.returned.amount),
        was=refund.state,
        bank=refund.acquirer_id or "",
        why=why,
    )
    if decision.way is Outcome.BOOKED:
        _book(refund, word, at)
        _forget_foreign_return(refund, word, at)
    elif refund.state == RefundState.PENDING:
        decline(refund, Cause.OTHER, "closed_by_hand", at)
    _close(refund, decision.way, why=why, user_id=actor.user_id, at=at)


def _book(refund: Refund, word: BankWord, at: datetime) -> None:
    """Let the refund and its lines say what the bank gave back, and write that into the ledger."""
    shares, told, is_ours = _shares(refund, word) or [], word.returned, _is_in_our_books(refund)
    held = refund.amount if refund.state == RefundState.PENDING and not refund.of_payment else 0
    refund.items.all().delete()
    write_lines(refund, shares)
    if told.amount != refund.amount:
        refund.amount_asked, refund.amount = refund.amount, told.amount
    refund.commission = Money.total(row.commission for row in shares).amount
    refund.cause = refund.reason = ""
    if is_ours:
        refund.of_payment = ""
    move(refund, RefundState.SUCCEEDED, at)
    if is_ours:
        part = refund.part
        part.refunded += told.amount - held
        part.save(update_fields=["refunded"])
        book(refund, at)
    elif word.payment.refunded == word.payment.amount and _may_let_go(refund):
        let_part_go(refund, at)
    events.publish(RefundSettled(refund_id=refund.pk, at=at))


def _may_let_go(refund: Refund) -> bool:
    """Not while the bank is still asked about the attempt's own payment."""
    return refund.attempt.state in {AttemptState.DISPUTED, AttemptState.CLOSED, *GIVEN_UP}


def _forget_foreign_return(refund: Refund, word: BankWord, at: datetime) -> None:
    """What looked like the bank's own return was this one."""
    if refunding.booked_back(refund) == word.payment.refunded:
        found = Discrepancy.objects.filter(
            provider_id=refund.attempt.merchant.provider_id,
            key=f"returned:{refund.attempt.public_id}",
        )
        found.filter(gone_at=None, closed_at=None).update(gone_at=at)


def _close(refund: Refund, way: Outcome, *, why: str, user_id: int | None, at: datetime) -> None:
    """Close all that stands in the list about it; found again with the same sums it stays closed."""
    provider_id = refund.attempt.merchant.provider_id
    # Comparisons write many rows at once: one after the other they meet in no circle.
    locks.wait_until_commit(f"payments.discrepancies:{provider_id}")
    about = Discrepancy.objects.filter(provider_id=provider_id, key=f"refund:{refund.public_id}")
    about.update(closed_at=at, closed_by_id=user_id, note=why, outcome=way)
