"""Asking banks for many payments: rows are read and marked in sets, only the calls and the booking go one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from kabinet.kernel.secrets import SecretUnreadable
from kabinet.payments.asked import as_kept
from kabinet.payments.enums import AttemptState
from kabinet.payments.fiscal import asked_of
from kabinet.payments.gateways.base import Order
from kabinet.payments.models import Attempt, CheckoutItem
from kabinet.payments.operations import attempts
from kabinet.payments.operations.access import order_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """An attempt with what its bank has answered; ``was_heard``: somebody had called before."""

    attempt: Attempt
    answer: attempts.Answer
    was_heard: bool


def ask_all(attempt_ids: Sequence[int], *, at: datetime, senders: int) -> list[Asked]:
    """Ask the banks, outside any transaction and ``senders`` at a time; whoever fails here is left to the poller."""
    if not attempt_ids:
        return []
    loaded = _load(attempt_ids)
    fresh = {attempt.pk for attempt in loaded if attempt.called_at is None}
    _mark([attempt for attempt in loaded if attempt.pk in fresh], at)
    orders = [(attempt, order_of(attempt, list(attempt.part.items.all()))) for attempt in loaded]
    answers = _ask(orders, senders)
    return [
        Asked(attempt, answer, was_heard=attempt.pk not in fresh)
        for (attempt, _order), answer in zip(orders, answers, strict=True)
        if answer is not None
    ]


def _mark(fresh: Sequence[Attempt], at: datetime) -> None:
    """Before the calls, and committed: whoever comes next knows that the banks may have heard, and what."""
    for attempt in fresh:
        attempt.asked = as_kept(asked_of(attempt.part, list(attempt.part.items.all())))
        attempt.called_at = at
    Attempt.objects.filter(called_at=None).bulk_update(fresh, ["called_at", "asked"])


def book_all(asked: Iterable[Asked], *, at: datetime) -> None:
    """Apply the answers, each in the core's own locked transaction; what is not booked the poller asks for again."""
    for one in asked:
        attempts.book(one.attempt, one.answer, was_heard=one.was_heard, at=at)


def _load(attempt_ids: Sequence[int]) -> Sequence[Attempt]:
    """Those that nobody has brought further meanwhile, with all that their orders need; two queries."""
    items = CheckoutItem.objects.select_related("account", "service", "supplier")
    rows = attempts.with_its_order(Attempt.objects.filter(pk__in=attempt_ids))
    return list(
        rows.filter(state=AttemptState.CREATED)
        .prefetch_related(Prefetch("part__items", items.order_by("position", "pk")))
        .order_by("pk")
    )


def _ask(orders: Sequence[tuple[Attempt, Order]], senders: int) -> Sequence[attempts.Answer | None]:
    if senders <= 1:
        return [_ask_one(attempt, order) for attempt, order in orders]
    with ThreadPoolExecutor(senders) as pool:
        return list(pool.map(_ask_one, *zip(*orders, strict=True)))


def _ask_one(attempt: Attempt, order: Order) -> attempts.Answer | None:
    try:
        return attempts.ask(attempt, order)
    except SecretUnreadable:
        # One provider's lost secret may not stop all other people's payments.
        logger.exception("autopay.secret_unreadable merchant=%s", attempt.merchant_id)
        return None
