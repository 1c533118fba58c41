"""Asking the bank: every call goes out with its row already committed, and outside any transaction (design §6)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.payments import scopes
from kabinet.payments.asked import as_kept
from kabinet.payments.calculations.waiting import KEY_LIVES, LOOKED_FOR
from kabinet.payments.enums import HOLDING, UNDER_WAY, AttemptState, PartState
from kabinet.payments.fiscal import asked_of, items_of
from kabinet.payments.gateways.base import (
    WHOLE_SECONDS,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    Order,
    Page,
    PaymentTruth,
    TruthState,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, CheckoutPart
from kabinet.payments.operations import enqueuing, settlement
from kabinet.payments.operations.access import access_to, order_of
from kabinet.payments.operations.health import note_answer, note_failure
from kabinet.payments.operations.quiet import lock_accounts_of, require_quiet
from kabinet.payments.operations.resuming import require_still_payable
from kabinet.payments.queries.checkouts import CheckoutNotFound
from kabinet.providers.enums import PayMethod

# A page that waits for a bank holds a thread of the web server: the others must stay free for everybody else.
CALLS_AT_ONCE = 2
_calls = threading.BoundedSemaphore(CALLS_AT_ONCE)
# The first look of the poller at an attempt whose process may have died before the bank heard of it.
FIRST_LOOK = timedelta(seconds=20)
# A call that began longer ago has ended, with an answer or without.
CALL_LASTS = timedelta(seconds=WHOLE_SECONDS + 5)
# The person's own page asks no more often than this.
PATIENCE = timedelta(seconds=2)


class AlreadyPaid(Refused):
    message = _("Этот платёж уже прошёл.")


@transaction.atomic
def begin(
    *,
    actor: Actor,
    checkout_id: uuid.UUID,
    at: datetime,
    number: int | None = None,
    session: str = "",
) -> int:
    """Start, or take up again, the payment of the first unpaid part, or of the numbered one; gives the attempt's id.

    A part whose earlier attempt may still take its money goes on with that one. The bank hears of nothing here: call
    ``send`` once this is committed; the poller does when nobody else lives to do it.

    :raises CheckoutNotFound: it is not this payer's.
    :raises AlreadyPaid: there is nothing left to pay.
    :raises AlreadyUnderWay: another checkout of the same account is being paid, and this one is not meant besides it.
    :raises NoLongerPayable: a new checkout would no longer come to the same.
    """
    checkout = scopes.payers_checkouts(actor, session).filter(public_id=checkout_id).first()
    if checkout is None:
        raise CheckoutNotFound
    accounts = lock_accounts_of(checkout)
    parts = CheckoutPart.objects.filter(checkout=checkout).order_by("pk")
    locked = list(parts.select_for_update(of=("self",), no_key=True))
    unpaid = [
        part for part in locked if part.state == PartState.OPEN and number in {None, part.number}
    ]
    if not unpaid:
        raise AlreadyPaid
    part = unpaid[0]
    holding = part.attempts.filter(state__in=HOLDING).first()
    if holding is not None:
        return holding.pk
    if not checkout.again:
        require_quiet(accounts, but=checkout)
    require_still_payable(actor=actor, checkout=checkout, part=part, at=at)
    attempt = Attempt.objects.create(
        part=part,
        number=part.attempts.count() + 1,
        merchant_id=part.merchant_id,
        method=checkout.method,
        amount=part.amount + part.commission,
        created_at=at,
        expires_at=at + _session(part),
        next_check_at=at + FIRST_LOOK,
    )
    audit.record(actor, "payments.attempt.begin", attempt, at=at, amount=str(attempt.amount))
    return attempt.pk


def _session(part: CheckoutPart) -> timedelta:
    return timedelta(minutes=part.merchant.provider.policy.pay_session_minutes)


def pay(
    *,
    actor: Actor,
    checkout_id: uuid.UUID,
    at: datetime,
    number: int | None = None,
    session: str = "",
) -> int:
    """Begin and ask the bank at once, or leave the asking to a worker while others wait for banks already.

    Gives the attempt's id; its row says what came of it.

    :raises CheckoutNotFound: it is not this payer's.
    :raises AlreadyPaid: there is nothing left to pay.
    """
    attempt_id = begin(actor=actor, checkout_id=checkout_id, at=at, number=number, session=session)
    # One call is all that a page waits for; what an earlier call has come to may take two to find out.
    is_fresh = Attempt.objects.filter(pk=attempt_id, called_at=None).exists()
    with a_call() as is_free:
        if is_free and is_fresh:
            send(attempt_id=attempt_id, at=at)
        else:
            enqueuing.check_soon(attempt_id)
    return attempt_id


def look(*, attempt_ids: Sequence[int], at: datetime) -> None:
    """A page that waits wants to know: ask the bank unless that was done just now or others wait for banks already.

    One of the attempts at a time, since a page waits for one bank at most; the poller asks about the others.
    """
    due = Q(looked_at=None) | Q(looked_at__lte=at - PATIENCE)
    waiting = Attempt.objects.filter(due, state__in=UNDER_WAY)
    with a_call() as is_free:
        if not is_free:
            return
        for attempt_id in attempt_ids:
            if waiting.filter(pk=attempt_id).update(looked_at=at):
                _look_at(attempt_id, at)
                return


def _look_at(attempt_id: int, at: datetime) -> None:
    """What has no number at the bank yet may take more than one call: a worker makes them."""
    if Attempt.objects.filter(pk=attempt_id, acquirer_id=None).exists():
        enqueuing.check_soon(attempt_id)
    else:
        check(attempt_id=attempt_id, at=at)


def note_return(*, actor: Actor, checkout_id: uuid.UUID, at: datetime, session: str = "") -> None:
    """The payer has come back from the bank's page: that proves nothing, but there is no need to send them again."""
    mine = scopes.payers_checkouts(actor, session).filter(public_id=checkout_id)
    Attempt.objects.filter(part__checkout__in=mine, state__in=UNDER_WAY, returned_at=None).update(
        returned_at=at
    )


@contextmanager
def a_call() -> Iterator[bool]:
    """Whether this page may wait for a bank now: only so many of a process may at once."""
    is_free = _calls.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            _calls.release()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a creating call has brought: the bank's truth, its refusal, or nothing that could be read."""

    truth: PaymentTruth | None = None
    refusal: GatewayRefused | None = None


def send(*, attempt_id: int, at: datetime) -> AttemptState:
    """Ask the bank for the attempt's payment; the same key, so asking twice is one payment.

    Once the payer's time is over, or the bank may have forgotten the key, it is asked for nothing new.
    When nothing is learned the attempt stays as it is and the poller goes on.
    """
    attempt = _loaded(attempt_id)
    if attempt.state != AttemptState.CREATED:
        return AttemptState(attempt.state)
    return _check_unanswered(attempt, at)


def _send(attempt: Attempt, at: datetime) -> AttemptState:
    # Before the call, and committed: whoever comes next knows that the bank may have heard, and what.
    unheard = Attempt.objects.filter(pk=attempt.pk, called_at=None, state=AttemptState.CREATED)
    items = items_of(attempt.part)
    attempt.asked = attempt.asked or as_kept(asked_of(attempt.part, items))
    was_heard = not unheard.update(called_at=at, asked=attempt.asked)
    if was_heard:
        attempt.refresh_from_db(fields=["state", "called_at", "asked"])
    if attempt.state != AttemptState.CREATED:
        return AttemptState(attempt.state)
    is_alone = not was_heard or attempt.called_at is None or at >= attempt.called_at + CALL_LASTS
    answer = ask(attempt, order_of(attempt, items), is_alone=is_alone)
    if answer is None:
        return AttemptState.CREATED
    return book(attempt, answer, was_heard=was_heard, at=at)


def ask(attempt: Attempt, order: Order, *, is_alone: bool = True) -> Answer | None:
    """Call the bank; touches no database. The row says already, and committed, that it may have been called.

    Without ``is_alone`` the first call may still be waiting for its answer, which has the page: None leaves it to it.
    """
    bank, access = gateway(attempt.merchant.gateway), access_to(attempt.merchant)
    try:
        truth = bank.create(access, order)
        if _leads_nowhere(order, truth):
            if not is_alone:
                return None
            # Its page was told in an answer that we never got: given up at the bank, the payer can start anew.
            truth = bank.cancel(access, truth.acquirer_id, key=f"cancel-{order.ref}")
    except GatewayUnavailable:
        return Answer()
    except GatewayRefused as refusal:
        return Answer(refusal=refusal)
    return Answer(truth=truth)


def _leads_nowhere(order: Order, truth: PaymentTruth) -> bool:
    waits = truth.state is TruthState.PENDING and order.page is Page.REDIRECT
    return waits and not truth.confirmation_url


def book(attempt: Attempt, answer: Answer, *, was_heard: bool, at: datetime) -> AttemptState:
    """Apply what the creating call has brought; ``was_heard``: an earlier call may have been heard too."""
    method = PayMethod(attempt.method)
    if answer.truth is None and answer.refusal is None:
        note_failure(merchant=attempt.merchant, method=method, at=timezone.now())
        settlement.look_later(attempt_id=attempt.pk, at=timezone.now())
        return AttemptState.CREATED
    note_answer(merchant=attempt.merchant, method=method)
    if answer.truth is not None:
        return settlement.apply_truth(attempt_id=attempt.pk, truth=answer.truth, at=timezone.now())
    assert answer.refusal is not None  # noqa: S101 -- the third of three
    if was_heard:
        # The refusal may be of the repetition alone: whether the first call did anything, the bank's list tells.
        return _look_for(attempt, at, answer.refusal)
    return settlement.apply_refusal(
        attempt_id=attempt.pk, refusal=answer.refusal, at=timezone.now()
    )


def check(*, attempt_id: int, at: datetime) -> AttemptState:
    """Learn what has become of an attempt and apply it: what the webhook, the poller and the person's page do."""
    attempt = _loaded(attempt_id)
    if attempt.state not in UNDER_WAY:
        return AttemptState(attempt.state)
    if attempt.acquirer_id is None:
        return _check_unanswered(attempt, at)
    try:
        truth = gateway(attempt.merchant.gateway).fetch(
            access_to(attempt.merchant), attempt.acquirer_id
        )
    except GatewayUnavailable:
        settlement.look_later(attempt_id=attempt_id, at=timezone.now())
        return AttemptState(attempt.state)
    except GatewayUnknown:
        settlement.note_unknown(attempt_id=attempt_id, at=timezone.now())
        return AttemptState(attempt.state)
    return settlement.apply_truth(attempt_id=attempt_id, truth=truth, at=timezone.now())


def _check_unanswered(attempt: Attempt, at: datetime) -> AttemptState:
    """Ask again while the payer's time lasts; afterwards only find out whether the bank has heard."""
    if at < min(attempt.expires_at, attempt.created_at + KEY_LIVES):
        return _send(attempt, at)
    if attempt.called_at is None:
        # Nobody is charged hours after the press: the bank has never heard of it.
        return settlement.give_up(attempt_id=attempt.pk, at=at, was_heard=False)
    return _look_for(attempt, at)


def _look_for(
    attempt: Attempt, at: datetime, refusal: GatewayRefused | None = None
) -> AttemptState:
    """Look in the bank's list for an order whose creating call brought no answer."""
    try:
        truth = gateway(attempt.merchant.gateway).find(
            access_to(attempt.merchant),
            str(attempt.public_id),
            since=attempt.created_at - timedelta(minutes=5),
        )
    except GatewayUnavailable:
        settlement.look_later(attempt_id=attempt.pk, at=timezone.now())
        return AttemptState.CREATED
    if truth is not None:
        return settlement.apply_truth(attempt_id=attempt.pk, truth=truth, at=timezone.now())
    if refusal is not None:
        return settlement.apply_refusal(attempt_id=attempt.pk, refusal=refusal, at=timezone.now())
    if at < attempt.expires_at + LOOKED_FOR:
        settlement.look_later(attempt_id=attempt.pk, at=timezone.now())
        return AttemptState.CREATED
    return settlement.give_up(attempt_id=attempt.pk, at=timezone.now(), was_heard=True)


def _loaded(attempt_id: int) -> Attempt:
    return with_its_order(Attempt.objects.all()).get(pk=attempt_id)


def with_its_order(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """All that ``order_of`` needs but the items."""
    return attempts.select_related(
        "merchant__provider", "part__merchant__provider", "part__checkout__saved_card"
    )
