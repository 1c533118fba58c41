"""One payee's payment as its provider's staff see it (OPX-19, 31): lines, tries, returns, receipts, who did what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Model, Q, Sum

from kabinet.accounts.queries import short_address
from kabinet.accounts.scopes import STAFF_WHO_SEE_ACCOUNTS
from kabinet.identity.models import User
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.models import AuditEntry
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.enums import (
    REFUND_UNDER_WAY,
    AttemptState,
    Cause,
    EntryKind,
    Origin,
    PartState,
    RefundState,
)
from kabinet.payments.models import (
    Attempt,
    Checkout,
    CheckoutItem,
    CheckoutPart,
    Discrepancy,
    FiscalReceipt,
    Refund,
)
from kabinet.payments.queries.cards import card_words
from kabinet.payments.queries.fiscal_rows import FiscalRow, to_fiscal_row
from kabinet.providers.enums import PayMethod

TRAIL = 50
LOOK = "payments.payment.look"


class PaymentNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class ServedLine:
    """``posted`` is how much of the line the provider's books hold; None while nothing is paid."""

    position: int
    title: str
    account_number: str
    address: str
    supplier_name: str
    amount: Money
    penalty: Money
    commission: Money
    due: Money
    returned: Money
    posted: Money | None

    @property
    def left(self) -> Money:
        return self.amount - self.returned


@dataclass(frozen=True, slots=True)
class ServedAttempt:
    """``asked``: the sum that was asked for, where the bank took another one and people have accepted that."""

    number: int
    public_id: uuid.UUID
    bank_number: str
    state: AttemptState
    method: PayMethod
    card_system: str
    card_last4: str
    cause: Cause | None
    reason: str
    amount: Money
    asked: Money | None
    created_at: datetime
    finished_at: datetime | None
    fiscal: FiscalRow | None

    @property
    def card(self) -> str:
        """«Мир •• 4477», empty where no card paid."""
        return card_words(self.card_system, self.card_last4) if self.card_last4 else ""


@dataclass(frozen=True, slots=True)
class ServedRefund:
    """``lines`` are the titles with what went back of each.

    ``asked``: the sum that was asked for, where the bank gave back another one and people have booked that.
    """

    public_id: uuid.UUID
    bank_number: str
    state: RefundState
    amount: Money
    asked: Money | None
    commission: Money
    why: str
    requested_by: str
    cause: Cause | None
    reason: str
    created_at: datetime
    finished_at: datetime | None
    lines: Sequence[tuple[str, Money]]
    fiscal: FiscalRow | None

    @property
    def is_under_way(self) -> bool:
        return self.state in REFUND_UNDER_WAY


@dataclass(frozen=True, slots=True)
class TrailRow:
    happened_at: datetime
    action: str
    by_kind: str
    by: str


@dataclass(frozen=True, slots=True)
class ServedPayment:
    """``may_return``: the actor may give the money back, and there is some left. ``differences`` are those that are open
    about a try or a return on which the bank contradicts us.

    Who pays and where an account is, is empty for staff who only exchange files.
    """

    part_id: int
    provider_id: int
    checkout_id: uuid.UUID
    part: int
    provider_name: str
    timezone: str
    bank: str
    payee_name: str
    payee_inn: str
    state: PartState
    origin: Origin
    payer: str
    contact: str
    amount: Money
    commission: Money
    refunded: Money
    created_at: datetime
    paid_at: datetime | None
    lines: Sequence[ServedLine]
    attempts: Sequence[ServedAttempt]
    refunds: Sequence[ServedRefund]
    trail: Sequence[TrailRow]
    differences: Sequence[int]
    may_return: bool

    @property
    def whole(self) -> Money:
        return self.amount + self.commission

    @property
    def is_moving(self) -> bool:
        return any(refund.is_under_way for refund in self.refunds)


def get_served_payment(*, actor: Actor, checkout_id: uuid.UUID, part: int) -> ServedPayment:
    """Give a payment of a provider that the actor works for; eight queries, however much has happened to it,
    and one more where the bank contradicts us.

    :raises PaymentNotFound: there is none such.
    """
    parts = scopes.served_parts(actor).select_related("checkout__user", "merchant__provider")
    found = parts.filter(checkout__public_id=checkout_id, number=part).first()
    if found is None:
        raise PaymentNotFound
    attempts = list(found.attempts.select_related("fiscal_receipt").order_by("number"))
    refunds = list(
        found.refunds.select_related("fiscal_receipt", "requested_by")
        .prefetch_related("items__item")
        .order_by("-pk")
    )
    checkout, merchant = found.checkout, found.merchant
    sees_people = merchant.provider_id in actor.providers(*STAFF_WHO_SEE_ACCOUNTS)
    may = scopes.returnable_parts(actor).filter(pk=found.pk).exists()
    return ServedPayment(
        part_id=found.pk,
        provider_id=merchant.provider_id,
        checkout_id=checkout.public_id,
        part=found.number,
        provider_name=merchant.provider.name,
        timezone=merchant.provider.timezone,
        bank=merchant.gateway,
        payee_name=merchant.payee_name,
        payee_inn=merchant.payee_inn,
        state=PartState(found.state),
        origin=Origin(checkout.origin),
        payer=_payer(checkout) if sees_people else "",
        contact=(checkout.receipt_email or checkout.receipt_phone) if sees_people else "",
        amount=Money(found.amount),
        commission=Money(found.commission),
        refunded=Money(found.refunded),
        created_at=checkout.created_at,
        paid_at=found.paid_at,
        lines=_lines(found, sees_people=sees_people),
        attempts=[_to_attempt(attempt) for attempt in attempts],
        refunds=[_to_refund(refund) for refund in refunds],
        trail=_trail(found, attempts, refunds),
        differences=_differences(attempts, refunds, merchant.provider_id),
        may_return=may and found.state == PartState.PAID,
    )


def _differences(
    attempts: Sequence[Attempt], refunds: Sequence[Refund], provider_id: int
) -> Sequence[int]:
    disputed = [row for row in attempts if row.state == AttemptState.DISPUTED]
    doubtful = [row for row in refunds if row.state != RefundState.SUCCEEDED]
    if not disputed and not doubtful:
        return []
    of_attempts = Q(key__in=[f"attempt:{row.public_id}" for row in disputed])
    of_refunds = Q(key__in=[f"refund:{row.public_id}" for row in doubtful], closed_at=None)
    found = Discrepancy.objects.filter(
        of_attempts | of_refunds, provider_id=provider_id, gone_at=None
    )
    return list(found.order_by("pk").values_list("pk", flat=True))


def _payer(checkout: Checkout) -> str:
    user = checkout.user
    return (user.email or user.phone or "") if user is not None else ""


def _lines(part: CheckoutPart, *, sees_people: bool) -> Sequence[ServedLine]:
    paid, back = Q(entries__kind=EntryKind.PAID), Q(entries__kind=EntryKind.REFUNDED)
    items = part.items.select_related("account", "supplier").annotate(
        returned=Sum("entries__amount", filter=back, default=0),
        posted=Sum("entries__posted", filter=paid),
    )
    return [_to_line(item, sees_people=sees_people) for item in items.order_by("position")]


def _to_line(item: CheckoutItem, *, sees_people: bool) -> ServedLine:
    posted: Decimal | None = getattr(item, "posted", None)
    returned: Decimal = getattr(item, "returned", None) or Decimal("0.00")
    return ServedLine(
        position=item.position,
        title=item.title,
        account_number=item.account.number,
        address=short_address(item.account) if sees_people else "",
        supplier_name=item.supplier.name if item.supplier else "",
        amount=Money(item.amount),
        penalty=Money(item.penalty),
        commission=Money(item.commission),
        due=Money(item.due),
        returned=Money(returned),
        posted=None if posted is None else Money(posted),
    )


def _to_attempt(attempt: Attempt) -> ServedAttempt:
    return ServedAttempt(
        number=attempt.number,
        public_id=attempt.public_id,
        bank_number=attempt.acquirer_id or "",
        state=AttemptState(attempt.state),
        method=PayMethod(attempt.method),
        card_system=attempt.card_system,
        card_last4=attempt.card_last4,
        cause=Cause(attempt.cause) if attempt.cause else None,
        reason=attempt.reason,
        amount=Money(attempt.amount),
        asked=None if attempt.amount_asked is None else Money(attempt.amount_asked),
        created_at=attempt.created_at,
        finished_at=attempt.finished_at,
        fiscal=to_fiscal_row(_receipt(attempt)),
    )


def _to_refund(refund: Refund) -> ServedRefund:
    items = sorted(refund.items.all(), key=lambda row: row.item.position)
    return ServedRefund(
        public_id=refund.public_id,
        bank_number=refund.acquirer_id or "",
        state=RefundState(refund.state),
        amount=Money(refund.amount),
        asked=None if refund.amount_asked is None else Money(refund.amount_asked),
        commission=Money(refund.commission),
        why=refund.why,
        requested_by=refund.requested_by.email or "" if refund.requested_by else "",
        cause=Cause(refund.cause) if refund.cause else None,
        reason=refund.reason,
        created_at=refund.created_at,
        finished_at=refund.finished_at,
        lines=[(row.item.title, Money(row.amount)) for row in items],
        fiscal=to_fiscal_row(_receipt(refund)),
    )


def _receipt(of: Attempt | Refund) -> FiscalReceipt | None:
    return getattr(of, "fiscal_receipt", None)


def _trail(
    part: CheckoutPart, attempts: Sequence[Attempt], refunds: Sequence[Refund]
) -> Sequence[TrailRow]:
    """The newest rows about the payment and all that belongs to it, with the names of those who work here."""
    moves: list[Attempt | Refund] = [*attempts, *refunds]
    receipts = [found for one in moves if (found := _receipt(one)) is not None]
    about: list[Model] = [part, part.checkout, *moves, *receipts]
    entries = AuditEntry.objects.filter(subject__in=[_subject(one) for one in about])
    rows = list(entries.exclude(action=LOOK).order_by("-happened_at", "-pk")[:TRAIL])
    names = _staff_names({row.actor_id for row in rows if row.actor_kind == "staff"})
    return [
        TrailRow(row.happened_at, row.action, row.actor_kind, names.get(row.actor_id or 0, ""))
        for row in rows
    ]


def _subject(one: Model) -> str:
    return f"{one._meta.label}:{one.pk}"  # noqa: SLF001 -- Django's documented Meta API


def _staff_names(ids: set[int | None]) -> Mapping[int, str]:
    users = User.objects.filter(pk__in=[pk for pk in ids if pk is not None])
    return {user.pk: user.email or str(user.pk) for user in users}
