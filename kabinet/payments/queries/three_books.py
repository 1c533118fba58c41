"""One difference, with what the bank, we and the provider say of the thing (PAY-46, 47)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Q

from kabinet.billing.models import PostedPayment
from kabinet.identity.models import User
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.enums import (
    OF_THE_PROVIDER,
    REFUND_UNDER_WAY,
    AttemptState,
    DiscrepancyKind,
    EntryKind,
    Outcome,
    RefundState,
)
from kabinet.payments.models import Attempt, BankRecord, Discrepancy, LedgerEntry, Refund
from kabinet.payments.queries.differences import get_undecided, is_lost
from kabinet.payments.queries.reconciliation import (
    DiscrepancyRow,
    to_discrepancy_row,
    with_names,
)


class DiscrepancyNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class BankBook:
    amount: Money
    happened_at: datetime
    is_refund: bool


@dataclass(frozen=True, slots=True)
class OwnBook:
    """Our payment or refund; ``checkout_id`` and ``part`` lead to its page."""

    state: AttemptState | RefundState
    amount: Money
    moment: datetime
    checkout_id: uuid.UUID
    part: int


@dataclass(frozen=True, slots=True)
class ProviderBook:
    """A row of the provider's that names the thing."""

    external_id: str
    received_on: date
    amount: Money
    source: str


class Waiting(StrEnum):
    """What waits for a decision; ``RETURNING``: it is made, and the bank is giving the money back.

    ``REFUND``: nobody knows whether the bank has made one. ``OTHER_REFUND``: it has made it otherwise.
    """

    PAYMENT = "payment"
    REFUND = "refund"
    OTHER_REFUND = "other_refund"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class ThreeBooks:
    """``unconfirmed`` is what is still taken off the sum due, None where no line of ours is meant.

    ``waits_for``: money is behind it and people have to decide, not only to write a word; ``may_decide``: the actor may.
    """

    row: DiscrepancyRow
    bank: BankBook | None
    own: OwnBook | None
    posted: Sequence[ProviderBook]
    unconfirmed: Money | None
    may_settle: bool
    waits_for: Waiting | None
    may_decide: bool
    outcome: Outcome | None
    closed_by: str
    closed_at: datetime | None
    gone_at: datetime | None


def get_three_books(*, actor: Actor, discrepancy_id: int, at: datetime) -> ThreeBooks:
    """Give a difference with all that is known of it; eight queries at most.

    :raises DiscrepancyNotFound: the actor does not look after such a provider's payments.
    """
    mine = with_names(scopes.served_discrepancies(actor)).select_related(
        "entry__item__part__checkout"
    )
    found = mine.filter(pk=discrepancy_id).first()
    if found is None:
        raise DiscrepancyNotFound
    entry = found.entry
    row = to_discrepancy_row(found)
    return ThreeBooks(
        row=row,
        bank=_bank(found),
        own=_own(found, entry),
        posted=_posted(found, entry),
        unconfirmed=Money(entry.unconfirmed) if entry else None,
        may_settle=row.kind in OF_THE_PROVIDER and entry is not None and bool(entry.unconfirmed),
        waits_for=_waits_for(found, at),
        may_decide=scopes.decidable_discrepancies(actor).filter(pk=found.pk).exists(),
        outcome=Outcome(found.outcome) if found.outcome and found.closed_at else None,
        closed_by=_name_of(found.closed_by_id),
        closed_at=found.closed_at,
        gone_at=found.gone_at,
    )


def _waits_for(found: Discrepancy, at: datetime) -> Waiting | None:
    about = get_undecided(found, at=at)
    if about is None:
        return None
    if isinstance(about, Refund):
        return Waiting.REFUND if is_lost(found, about, at=at) else Waiting.OTHER_REFUND
    is_returning = about.part.refunds.filter(state__in=REFUND_UNDER_WAY).exists()
    return Waiting.RETURNING if is_returning else Waiting.PAYMENT


def _bank(found: Discrepancy) -> BankBook | None:
    if not found.acquirer_id or found.merchant_id is None:
        return None
    record = (
        BankRecord.objects.filter(
            reconciliation__merchant=found.merchant_id, acquirer_id=found.acquirer_id
        )
        .order_by("-pk")
        .first()
    )
    if record is None:
        return None
    return BankBook(Money(record.amount), record.happened_at, record.kind == EntryKind.REFUNDED)


def _own(found: Discrepancy, entry: LedgerEntry | None) -> OwnBook | None:
    if entry is not None:
        part = entry.item.part
        state = AttemptState.SUCCEEDED if entry.refund_id is None else RefundState.SUCCEEDED
        return OwnBook(
            state, Money(entry.amount), entry.happened_at, part.checkout.public_id, part.number
        )
    kind, _colon, number = found.key.partition(":")
    if kind in {"attempt", "returned"}:
        attempts = Attempt.objects.select_related("part__checkout")
        return _of_attempt(attempts.filter(public_id=number).first())
    if kind == "refund":
        refunds = Refund.objects.select_related("part__checkout")
        return _of_refund(refunds.filter(public_id=number).first())
    return None


def _of_attempt(attempt: Attempt | None) -> OwnBook | None:
    if attempt is None:
        return None
    part = attempt.part
    return OwnBook(
        AttemptState(attempt.state),
        Money(attempt.amount),
        part.paid_at or attempt.created_at,
        part.checkout.public_id,
        part.number,
    )


def _of_refund(refund: Refund | None) -> OwnBook | None:
    if refund is None:
        return None
    return OwnBook(
        RefundState(refund.state),
        Money(refund.amount),
        refund.finished_at or refund.created_at,
        refund.part.checkout.public_id,
        refund.part.number,
    )


def _posted(found: Discrepancy, entry: LedgerEntry | None) -> Sequence[ProviderBook]:
    """The provider's rows that name the line, or the number that is nobody's."""
    if entry is not None:
        named = Q(portal_id=entry.public_id, account=entry.account_id)
    elif found.kind == DiscrepancyKind.POSTED_UNKNOWN:
        named = Q(portal_id=found.key.partition(":")[0], account=found.account_id)
    else:
        return []
    rows = PostedPayment.objects.filter(named).order_by("received_on", "pk")
    return [
        ProviderBook(row.external_id, row.received_on, Money(row.amount), row.source)
        for row in rows
    ]


def _name_of(user_id: int | None) -> str:
    user = User.objects.filter(pk=user_id).first() if user_id else None
    return user.email or "" if user else ""
