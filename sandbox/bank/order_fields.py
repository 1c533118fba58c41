"""Checks the payment order that payments for utilities carry to the state's register (ГИС ЖКХ)."""

from __future__ import annotations

from typing import Any

from sandbox.bank.errors import invalid
from sandbox.bank.fields import Fields

HAS_A_SIGN = r"(?=.{1,30}$).*[0-9а-яА-ЯёЁa-zA-Z].*"
NAMES_OF_THE_DEBT = {
    "payment_document_id": r".{18}",
    "payment_document_number": HAS_A_SIGN,
    "account_number": HAS_A_SIGN,
    "unified_account_number": r".{10}",
    "service_id": r".{13}",
}


def check_payment_order(order: Fields, *, total: int) -> dict[str, Any]:
    """Return the order as sent; it must be of the whole sum and name the debt in one way at least."""
    order.choice("type", {"utilities"})
    if order.amount() != total:
        raise order.object("amount").wrong("value", "Must be equal to the payment amount")
    order.text("payment_purpose", limit=210)
    _check_recipient(order.object("recipient"))
    if order.has("kbk"):
        order.matching("kbk", r"\d{20}|0")
    if order.has("oktmo"):
        order.matching("oktmo", r"\d{8}|\d{11}|0")
    if order.has("payment_period"):
        period = order.object("payment_period")
        period.integer("month", 1, 12)
        period.integer("year", 1920, 2050)
    named = [name for name in NAMES_OF_THE_DEBT if order.has(name)]
    if not named:
        raise invalid(
            "At least one is needed: " + ", ".join(NAMES_OF_THE_DEBT), order.where("account_number")
        )
    for name in named:
        order.matching(name, NAMES_OF_THE_DEBT[name])
    return order.source


def _check_recipient(recipient: Fields) -> None:
    recipient.text("name", limit=160)
    recipient.matching("inn", r"[0-9]{10}")
    recipient.matching("kpp", r"[0-9]{9}")
    bank = recipient.object("bank")
    bank.text("name", limit=45)
    bank.matching("bic", r"[0-9]{9}")
    bank.matching("account", r"[0-9]{20}")
    bank.matching("correspondent_account", r"[0-9]{20}")
