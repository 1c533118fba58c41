"""A checkout as its payer sees it: what is paid, to whom, and how far each payee's part has come (PAY-45, 49)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.enums import HOLDING, RESOLVED, AttemptState, Cause, Origin, PartState
from kabinet.payments.models import Attempt, Checkout, CheckoutItem, CheckoutPart, PaymentHelp
from kabinet.payments.queries.cards import card_was_kept
from kabinet.payments.queries.fiscal_rows import FiscalRow, to_fiscal_row
from kabinet.providers.enums import PayMethod


class CheckoutNotFound(NotVisible):
    pass


class Stage(Enum):
    """Where a part stands for its payer."""

    NEXT = auto()
    SENDING = auto()
    AT_BANK = auto()
    CHECKING = auto()
    PAID = auto()
    RETURNED = auto()
    FAILED = auto()
    DISPUTED = auto()


MOVING = frozenset({Stage.SENDING, Stage.AT_BANK, Stage.CHECKING})


@dataclass(frozen=True, slots=True)
class ItemRow:
    account_number: str
    title: str
    supplier_name: str
    amount: Money
    penalty: Money


@dataclass(frozen=True, slots=True)
class AttemptRow:
    id: int
    state: AttemptState
    confirmation_url: str
    sbp_payload: str
    cause: Cause | None
    reason: str
    card_system: str
    card_last4: str
    expires_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """``whole`` is what the payer gives for it, commission included; ``attempt`` the one that counts now.

    ``refund_words`` are the provider's own about giving money back (PAY-15), empty where ours do. ``card_is_unsaved``:
    the payer wanted the card to be saved, and the bank has not done it (PAY-08).
    """

    number: int
    merchant_id: int
    payee_name: str
    payee_inn: str
    provider_name: str
    provider_phone: str
    timezone: str
    amount: Money
    commission: Money
    refunded: Money
    paid_at: datetime | None
    stage: Stage
    attempt: AttemptRow | None
    fiscal: FiscalRow | None
    refund_words: str
    card_is_unsaved: bool
    items: Sequence[ItemRow]

    @property
    def whole(self) -> Money:
        return self.amount + self.commission

    @property
    def fiscal_url(self) -> str:
        return self.fiscal.url if self.fiscal is not None else ""


@dataclass(frozen=True, slots=True)
class CheckoutRow:
    id: int
    public_id: uuid.UUID
    origin: Origin
    method: PayMethod
    amount: Money
    commission: Money
    receipt_email: str
    created_at: datetime
    parts: Sequence[PartRow]

    @property
    def whole(self) -> Money:
        return self.amount + self.commission

    @property
    def is_moving(self) -> bool:
        """Something may change by itself: the page looks again."""
        return any(part.stage in MOVING for part in self.parts)

    @property
    def is_paid(self) -> bool:
        return all(part.stage in {Stage.PAID, Stage.RETURNED} for part in self.parts)

    @property
    def current(self) -> PartRow | None:
        """The part that the payer is asked about: one that moves, else the first that is not paid."""
        moving = [part for part in self.parts if part.stage in MOVING]
        open_ones = [part for part in self.parts if part.stage in {Stage.NEXT, Stage.FAILED}]
        return next(iter([*moving, *open_ones]), None)


def get_checkout(*, actor: Actor, checkout_id: uuid.UUID, session: str = "") -> CheckoutRow:
    """Give the actor's own checkout: a person's by the person, a guest's by the browser session; four queries.

    :raises CheckoutNotFound: it is somebody else's, or is not there.
    """
    checkout = scopes.payers_checkouts(actor, session).filter(public_id=checkout_id).first()
    if checkout is None:
        raise CheckoutNotFound
    return to_checkout_rows([checkout])[0]


def find_checkout_of(
    *, actor: Actor, key: uuid.UUID, session: str = "", only_begun: bool = False
) -> uuid.UUID | None:
    """Give the checkout that the same press of the button has opened before, if it has (PAY-46).

    ``only_begun``: one of which no bank was to hear yet does not count.
    """
    found = scopes.payers_checkouts(actor, session).filter(key=key)
    if only_begun:
        found = found.filter(parts__attempts__isnull=False)
    return found.values_list("public_id", flat=True).first()


def to_checkout_rows(checkouts: Sequence[Checkout]) -> Sequence[CheckoutRow]:
    """Three queries for any number, in the order given; the caller has asked a scope which they are."""
    parts = CheckoutPart.objects.filter(checkout__in=checkouts)
    by_checkout: dict[int, list[CheckoutPart]] = {checkout.pk: [] for checkout in checkouts}
    for part in parts.select_related("merchant__provider__payment_help").order_by("number"):
        by_checkout[part.checkout_id].append(part)
    every = [part for found in by_checkout.values() for part in found]
    items = CheckoutItem.objects.filter(part__in=every).select_related("account", "supplier")
    by_part: dict[int, list[CheckoutItem]] = {part.pk: [] for part in every}
    for item in items.order_by("position"):
        by_part[item.part_id].append(item)
    attempts = _latest_attempts(every)
    return [
        CheckoutRow(
            id=checkout.pk,
            public_id=checkout.public_id,
            origin=Origin(checkout.origin),
            method=PayMethod(checkout.method),
            amount=Money(checkout.amount),
            commission=Money(checkout.commission),
            receipt_email=checkout.receipt_email,
            created_at=checkout.created_at,
            parts=[
                _to_part(part, checkout, by_part[part.pk], attempts.get(part.pk))
                for part in by_checkout[checkout.pk]
            ],
        )
        for checkout in checkouts
    ]


def _latest_attempts(parts: Sequence[CheckoutPart]) -> Mapping[int, Attempt]:
    """The attempt that holds a part, else its newest."""
    attempts = Attempt.objects.filter(part__in=parts).select_related("fiscal_receipt")
    attempts = attempts.annotate(is_card_kept=card_was_kept())
    chosen: dict[int, Attempt] = {}
    for attempt in attempts.order_by("number"):
        before = chosen.get(attempt.part_id)
        if before is None or before.state not in HOLDING:
            chosen[attempt.part_id] = attempt
    return chosen


def _to_part(
    part: CheckoutPart,
    checkout: Checkout,
    items: Sequence[CheckoutItem],
    attempt: Attempt | None,
) -> PartRow:
    return PartRow(
        number=part.number,
        merchant_id=part.merchant_id,
        payee_name=part.merchant.payee_name,
        payee_inn=part.merchant.payee_inn,
        provider_name=part.merchant.provider.name,
        provider_phone=part.merchant.provider.phone,
        timezone=part.merchant.provider.timezone,
        amount=Money(part.amount),
        commission=Money(part.commission),
        refunded=Money(part.refunded),
        paid_at=part.paid_at,
        stage=_stage(part, attempt),
        attempt=None if attempt is None else _to_attempt(attempt),
        fiscal=to_fiscal_row(getattr(attempt, "fiscal_receipt", None)),
        refund_words=_refund_words(part),
        card_is_unsaved=checkout.save_card and _is_card_lost(attempt),
        items=[
            ItemRow(
                account_number=item.account.number,
                title=item.title,
                supplier_name=item.supplier.name if item.supplier else "",
                amount=Money(item.amount),
                penalty=Money(item.penalty),
            )
            for item in items
        ],
    )


def _is_card_lost(attempt: Attempt | None) -> bool:
    if attempt is None or attempt.state != AttemptState.SUCCEEDED:
        return False
    return not getattr(attempt, "is_card_kept", True)


def _refund_words(part: CheckoutPart) -> str:
    own: PaymentHelp | None = getattr(part.merchant.provider, "payment_help", None)
    return own.refund if own is not None else ""


def _stage(part: CheckoutPart, attempt: Attempt | None) -> Stage:
    if part.state == PartState.RETURNED:
        return Stage.RETURNED
    if part.state == PartState.PAID:
        return Stage.PAID
    if attempt is None:
        return Stage.NEXT
    return _stage_of(attempt)


def _stage_of(attempt: Attempt) -> Stage:
    if attempt.state == AttemptState.DISPUTED:
        return Stage.DISPUTED
    if attempt.state in RESOLVED:
        # Its money is dealt with, and the part may be paid anew.
        return Stage.NEXT
    if attempt.state == AttemptState.CREATED:
        return Stage.SENDING if attempt.returned_at is None else Stage.CHECKING
    if attempt.state == AttemptState.PENDING:
        has_page = attempt.confirmation_url or attempt.sbp_payload
        return Stage.AT_BANK if has_page and attempt.returned_at is None else Stage.CHECKING
    return Stage.FAILED


def _to_attempt(attempt: Attempt) -> AttemptRow:
    return AttemptRow(
        id=attempt.pk,
        state=AttemptState(attempt.state),
        confirmation_url=attempt.confirmation_url,
        sbp_payload=attempt.sbp_payload,
        cause=Cause(attempt.cause) if attempt.cause else None,
        reason=attempt.reason,
        card_system=attempt.card_system,
        card_last4=attempt.card_last4,
        expires_at=attempt.expires_at,
        finished_at=attempt.finished_at,
    )
