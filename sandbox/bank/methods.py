"""Saved ways to pay, bound without a payment."""

from __future__ import annotations

from sandbox.bank import answers, cards, sbp
from sandbox.bank.bank import Bank
from sandbox.bank.errors import forbidden, not_found
from sandbox.bank.fields import Fields
from sandbox.bank.payment_fields import method_unavailable, read_confirmation
from sandbox.bank.records import Card, Method, SbpAccount, new_id
from sandbox.bank.shops import Shop

KIND = "0010"


def create(bank: Bank, shop: Shop, body: Fields) -> Method:
    """Open a binding: the payer confirms it on our page, no money moves.

    :raises ApiError: a field is wrong or the method is unavailable.
    """
    kind = body.choice("type", {"bank_card", "sbp"})
    if not bank.settings.methods.get(kind, False):
        raise method_unavailable("type")
    if body.has("card"):
        raise forbidden("The shop has no right to pass card data", "card")
    if body.has("holder"):
        body.object("holder").optional_text("gateway_id", limit=64)
    body.client_ip()
    confirmation = read_confirmation(body, None)
    now = bank.clock.now()
    row = Method(
        id=new_id(KIND, now),
        shop=shop.id,
        type=kind,
        created_at=now,
        expires_at=now + round(bank.settings.expiry_seconds * 1000),
        confirmation=confirmation,
        metadata=body.metadata(),
        qr_id=sbp.new_qr_id(),
    )
    bank.add_method(row)
    bank.wake_at(row.expires_at, "expire_method", row.id)
    return row


def find(bank: Bank, shop: Shop, method_id: str) -> Method:
    row = bank.methods.get(method_id)
    if row is None or row.shop != shop.id:
        raise not_found("Payment method", "payment_method_id")
    return row


def activate(bank: Bank, row: Method, *, card: Card | None, account: SbpAccount | None) -> None:
    row.status = "active"
    row.challenged = False
    row.card, row.sbp = card, account
    row.later = cards.CARDS[card.number].later if card else cards.SUCCEEDED
    bank.journal.put(row)
    shop = bank.shops[row.shop]
    bank.messenger.announce(shop, "payment_method.active", answers.method(bank, row))


def give_up(bank: Bank, row: Method) -> None:
    """Nothing is bound; the real API has no event for it."""
    row.status = "inactive"
    row.challenged = False
    bank.journal.put(row)


def expire(bank: Bank, method_id: str) -> None:
    row = bank.methods[method_id]
    if row.status == "pending":
        give_up(bank, row)
