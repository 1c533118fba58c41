"""YooKassa's objects as our truths; whatever is not as documented counts as no answer at all (facts §3.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from kabinet.kernel.money import Money
from kabinet.payments.gateways.base import (
    BankRow,
    BindingTruth,
    Fiscal,
    GatewayUnavailable,
    Means,
    PaymentTruth,
    RefundTruth,
    TruthState,
)
from kabinet.payments.gateways.yookassa.causes import (
    LONGEST_REASON,
    payment_cause,
    refund_cause,
)
from kabinet.providers.enums import CardSystem

Content = Mapping[str, Any]

ID = re.compile(r"[0-9A-Za-z-]{1,64}")
SUM = re.compile(r"\d{1,12}\.\d{2}")
NUMBER_OF_A_CARD = re.compile(r"\d{7,}")
LONGEST_URL = 2048
LONGEST_SBP_PAYLOAD = 1024
LONGEST_TITLE = 100

# Held money (waiting_for_capture) is not taken: our payments have one stage, but a shop may be set up otherwise.
PAYMENT_STATES = {
    "pending": TruthState.PENDING,
    "waiting_for_capture": TruthState.PENDING,
    "succeeded": TruthState.SUCCEEDED,
    "canceled": TruthState.CANCELED,
}
BINDING_STATES = {
    "pending": TruthState.PENDING,
    "active": TruthState.SUCCEEDED,
    "inactive": TruthState.CANCELED,
}


def payment(content: Content) -> PaymentTruth:
    reason = _reason(content)
    whole, currency = _amount(content, "amount")
    refunded = _amount(content, "refunded_amount")[0] if _has(content, "refunded_amount") else None
    confirmation = _part(content, "confirmation")
    return PaymentTruth(
        acquirer_id=identifier(content),
        ref=ref_of(content),
        state=_state(content, PAYMENT_STATES),
        amount=whole,
        refunded=refunded or Money.zero(),
        currency=currency,
        confirmation_url=_url(confirmation),
        sbp_payload=_within(_text(confirmation, "confirmation_data"), LONGEST_SBP_PAYLOAD),
        reason=reason,
        cause=payment_cause(reason) if reason else None,
        means=_means(_part(content, "payment_method")),
        paid_at=_moment(content, "captured_at"),
        expires_at=_moment(content, "expires_at"),
    )


def ref_of(content: Content) -> str:
    return _text(_part(content, "metadata"), "attempt")


def refund_ref_of(content: Content) -> str:
    return _text(_part(content, "metadata"), "refund")


def refund(content: Content) -> RefundTruth:
    reason = _reason(content)
    return RefundTruth(
        acquirer_id=identifier(content),
        state=_state(content, PAYMENT_STATES),
        amount=_amount(content, "amount")[0],
        reason=reason,
        cause=refund_cause(reason) if reason else None,
    )


def binding(content: Content) -> BindingTruth:
    """The bank gives no reason for a card that it does not keep."""
    return BindingTruth(
        acquirer_id=identifier(content),
        state=_state(content, BINDING_STATES),
        confirmation_url=_url(_part(content, "confirmation")),
        means=_means(content),
    )


def fiscal(content: Content) -> Fiscal:
    status = _text(content, "status")
    if status not in {"pending", "succeeded", "canceled"}:
        raise _garbled("status")
    return Fiscal(
        is_final=status != "pending",
        acquirer_id=identifier(content),
        document_number=_text(content, "fiscal_document_number"),
        storage_number=_text(content, "fiscal_storage_number"),
        sign=_text(content, "fiscal_attribute"),
        registered_at=_moment(content, "registered_at"),
    )


def row(content: Content, *, is_refund: bool) -> BankRow:
    happened_at = _moment(content, "created_at" if is_refund else "captured_at")
    if happened_at is None:
        raise _garbled("time")
    return BankRow(
        acquirer_id=identifier(content),
        is_refund=is_refund,
        amount=_amount(content, "amount")[0],
        happened_at=happened_at,
    )


def page(content: Content) -> tuple[Sequence[Content], str]:
    """Give the items of a list and the cursor of the next page, empty at the end."""
    items = content.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _garbled("items")
    return items, _text(content, "next_cursor")


def identifier(content: Content) -> str:
    found = _text(content, "id")
    if not ID.fullmatch(found):
        raise _garbled("id")
    return found


def _garbled(what: str) -> GatewayUnavailable:
    return GatewayUnavailable(f"an answer without a readable {what}")


def _has(content: Content, name: str) -> bool:
    return content.get(name) is not None


def _text(content: Content, name: str) -> str:
    value = content.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _garbled(name)
    return value


def _part(content: Content, name: str) -> Content:
    value = content.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _garbled(name)
    return value


def _within(text: str, limit: int) -> str:
    if len(text) > limit:
        raise _garbled("text of a sane length")
    return text


def _state(content: Content, states: Mapping[str, TruthState]) -> TruthState:
    state = states.get(_text(content, "status"))
    if state is None:
        raise _garbled("status")
    return state


def _amount(content: Content, name: str) -> tuple[Money, str]:
    amount = _part(content, name)
    value = _text(amount, "value")
    if not SUM.fullmatch(value):
        raise _garbled(name)
    return Money(Decimal(value)), _text(amount, "currency")


def _reason(content: Content) -> str:
    return _text(_part(content, "cancellation_details"), "reason")[:LONGEST_REASON]


def _url(confirmation: Content) -> str:
    """The person is sent there: nothing but the web will do."""
    url = _within(_text(confirmation, "confirmation_url"), LONGEST_URL)
    if url and not url.startswith(("https://", "http://")):
        raise _garbled("address of a page")
    return url


def _moment(content: Content, name: str) -> datetime | None:
    text = _text(content, name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _garbled(name) from None
    if moment.tzinfo is None:
        raise _garbled(name)
    return moment


def _means(method: Content) -> Means | None:
    if not _has(method, "type"):
        return None
    card = _part(method, "card")
    title = _text(method, "title")[:LONGEST_TITLE]
    return Means(
        token=identifier(method) if method.get("saved") is True else "",
        is_sbp=_text(method, "type") == "sbp",
        system=_system(_text(card, "card_type")),
        last4=_digits(card, "last4", 4),
        expiry_year=_number(card, "expiry_year", 4),
        expiry_month=_number(card, "expiry_month", 2),
        title="" if NUMBER_OF_A_CARD.search(title) else title,
    )


def _system(told: str) -> str:
    """Our word for a card system that we know, the bank's own for another (JCB, UnionPay)."""
    word = told.lower()
    return word if word in CardSystem.values else word[:20]


def _digits(card: Content, name: str, count: int) -> str:
    text = _text(card, name)
    return text if re.fullmatch(rf"[0-9]{{{count}}}", text) else ""


def _number(card: Content, name: str, count: int) -> int | None:
    digits = _digits(card, name, count)
    return int(digits) if digits else None
