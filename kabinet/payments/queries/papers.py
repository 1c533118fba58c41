"""What a payment receipt says (PAY-10, 11, 26): one paid part of the payer's own checkout."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kabinet.accounts.calculations import masked_tail
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.enums import AttemptState, EntryKind, Origin, PartState
from kabinet.payments.fiscal import items_of
from kabinet.payments.models import Attempt, CheckoutItem, CheckoutPart, LedgerEntry
from kabinet.payments.queries.fiscal_rows import FiscalRow, to_fiscal_row
from kabinet.providers.enums import PayMethod


class ReceiptNotReady(NotVisible):
    """The payment is not the actor's own, or is not paid."""


@dataclass(frozen=True, slots=True)
class PaperProvider:
    name: str
    inn: str
    phone: str
    timezone: str


@dataclass(frozen=True, slots=True)
class PaperPayee:
    name: str
    inn: str
    kpp: str


@dataclass(frozen=True, slots=True)
class PaperLine:
    title: str
    account_number: str
    supplier_name: str
    amount: Money
    penalty: Money


@dataclass(frozen=True, slots=True)
class PaymentPaper:
    """One payee's share that was paid here. ``returned`` are the sums that have gone back, commission included.

    ``number`` is our order number, ``bank_number`` the bank's for the same payment.
    """

    number: uuid.UUID
    bank_number: str
    provider: PaperProvider
    payee: PaperPayee
    paid_at: datetime
    method: PayMethod
    card_system: str
    card_last4: str
    lines: Sequence[PaperLine]
    amount: Money
    commission: Money
    returned: Sequence[tuple[datetime, Money]]
    is_returned: bool
    fiscal: FiscalRow | None

    @property
    def whole(self) -> Money:
        return self.amount + self.commission

    @property
    def returned_sum(self) -> Money:
        return Money.total(amount for _when, amount in self.returned)


def get_payment_papers(
    *, actor: Actor, checkout_id: uuid.UUID, session: str = "", part: int | None = None
) -> Sequence[PaymentPaper]:
    """Give the paid parts of the actor's own checkout, or the numbered one.

    Whoever came by a link for payment has never seen the whole number of the account, and does not here.

    :raises ReceiptNotReady: there is no such checkout of the actor's, or nothing of it is paid.
    """
    mine = scopes.payers_checkouts(actor, session).filter(public_id=checkout_id)
    parts = (
        CheckoutPart.objects.filter(
            checkout__in=mine, state__in=[PartState.PAID, PartState.RETURNED]
        )
        .select_related("checkout", "merchant__provider")
        .order_by("number")
    )
    papers = [_to_paper(row) for row in parts if part in {None, row.number}]
    if not papers:
        raise ReceiptNotReady
    return papers


def _to_paper(part: CheckoutPart) -> PaymentPaper:
    attempt = Attempt.objects.select_related("fiscal_receipt").get(
        part=part, state=AttemptState.SUCCEEDED
    )
    merchant, provider = part.merchant, part.merchant.provider
    assert part.paid_at is not None  # noqa: S101 -- held by part_paid_at_follows_state
    origin = Origin(part.checkout.origin)
    return PaymentPaper(
        number=attempt.public_id,
        bank_number=attempt.acquirer_id or "",
        provider=PaperProvider(provider.name, provider.inn, provider.phone, provider.timezone),
        payee=PaperPayee(merchant.payee_name, merchant.payee_inn, merchant.payee_kpp),
        paid_at=part.paid_at,
        method=PayMethod(attempt.method),
        card_system=attempt.card_system,
        card_last4=attempt.card_last4,
        lines=[_to_line(item, origin) for item in items_of(part)],
        amount=Money(part.amount),
        commission=Money(part.commission),
        returned=_returned(part),
        is_returned=part.state == PartState.RETURNED,
        fiscal=to_fiscal_row(getattr(attempt, "fiscal_receipt", None)),
    )


def _to_line(item: CheckoutItem, origin: Origin) -> PaperLine:
    """Guests learn sums and nothing of what they are made of (PAY-19)."""
    number, is_guest = item.account.number, origin in {Origin.GUEST, Origin.LINK}
    return PaperLine(
        title=_("Услуги") if is_guest else item.title,
        account_number=masked_tail(number) if origin is Origin.LINK else number,
        supplier_name=item.supplier.name if item.supplier and not is_guest else "",
        amount=Money(item.amount),
        penalty=Money(item.penalty),
    )


def _returned(part: CheckoutPart) -> Sequence[tuple[datetime, Money]]:
    entries = LedgerEntry.objects.filter(item__part=part, kind=EntryKind.REFUNDED)
    sums: dict[datetime, Money] = {}
    for entry in entries.order_by("happened_at", "pk"):
        moved = Money(entry.amount + entry.commission)
        sums[entry.happened_at] = sums.get(entry.happened_at, Money.zero()) + moved
    return list(sums.items())
