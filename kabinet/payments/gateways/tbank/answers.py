"""T-Bank's answers as our truths; whatever is not as documented counts as no answer at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from kabinet.kernel.money import KOPECK, Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    GatewayUnavailable,
    GatewayUnknown,
    Means,
    PaymentTruth,
    TruthState,
)
from kabinet.payments.gateways.tbank.causes import OK, cause_of
from kabinet.providers.enums import CardSystem

Content = Mapping[str, Any]

NUMBER = re.compile(r"[0-9]{1,20}")
NAME = re.compile(r"([0-9]{1,20})-([0-9]{1,14})")
MASKED = re.compile(r"[0-9]{4,6}\*+[0-9]{4}")
MONTH_YEAR = re.compile(r"(0[1-9]|1[0-2])[0-9]{2}")
LONGEST_URL = 2048
LONGEST_SBP_PAYLOAD = 1024
THIS_CENTURY = 2000

RETURNING = frozenset({"REFUNDING", "ASYNC_REFUNDING"})
RETURNED = frozenset({"REFUNDED", "PARTIAL_REFUNDED"})
STATES: Mapping[str, TruthState] = {
    **dict.fromkeys(
        (
            "NEW",
            "FORM_SHOWED",
            "PREAUTHORIZING",
            "AUTHORIZING",
            "3DS_CHECKING",
            "3DS_CHECKED",
            "AUTH_FAIL",
            "PAY_CHECKING",
            "AUTHORIZED",
            "CONFIRMING",
            "CONFIRM_CHECKING",
            "REVERSING",
            "PARTIAL_REVERSED",
        ),
        TruthState.PENDING,
    ),
    **dict.fromkeys(("CONFIRMED", *RETURNING, *RETURNED), TruthState.SUCCEEDED),
    **dict.fromkeys(
        ("REJECTED", "CANCELED", "REVERSED", "DEADLINE_EXPIRED", "ATTEMPTS_EXPIRED"),
        TruthState.CANCELED,
    ),
}
ENDS: Mapping[str, Cause] = {
    "CANCELED": Cause.CANCELED,
    "REVERSED": Cause.CANCELED,
    "DEADLINE_EXPIRED": Cause.SESSION_OVER,
    "ATTEMPTS_EXPIRED": Cause.LIMIT,
}
SYSTEMS: Mapping[str, CardSystem] = {
    "2": CardSystem.MIR,
    "4": CardSystem.VISA,
    "5": CardSystem.MASTERCARD,
    "6": CardSystem.MAESTRO,
}


def payment(content: Content, *, ref: str = "", whole: Money | None = None) -> PaymentTruth:
    """Read an answer of Init, GetState or Charge, or a row of CheckOrder (whose order is told beside it).

    What the bank calls a payment's sum shrinks with every refund; ``whole`` is what it was.
    """
    told = status(content)
    state = STATES.get(told)
    if state is None:
        raise garbled("Status")
    now = kopecks(content, "Amount")
    amount = now if whole is None or told not in RETURNED | RETURNING else whole
    code = str(content.get("ErrorCode", OK))
    reason, cause = "", None
    if state is TruthState.CANCELED:
        reason = told if code == OK else f"{told} {code}"
        cause = ENDS.get(told) or cause_of(code)
    return PaymentTruth(
        acquirer_id=name_of(number(content, "PaymentId"), amount),
        ref=ref or _text(content, "OrderId"),
        state=state,
        amount=amount,
        refunded=max(amount - now, Money.zero()),
        confirmation_url=page_url(content),
        reason=reason[:64],
        cause=cause,
        means=Means(is_sbp=True, title="СБП") if is_sbp(content) else None,
    )


def name_of(payment_id: str, whole: Money) -> str:
    """What we know a payment by: its number at the bank and the sum it was made for, which the bank forgets."""
    return f"{payment_id}-{whole.kopecks}"


def read_name(acquirer_id: str) -> tuple[str, Money]:
    """:raises GatewayUnknown: the bank gives no such numbers."""
    known = NAME.fullmatch(acquirer_id)
    if known is None:
        raise GatewayUnknown(acquirer_id)
    return known[1], Money(int(known[2]) * KOPECK)


def status(content: Content) -> str:
    return _text(content, "Status")


def is_sbp(content: Content) -> bool:
    rows = content.get("Params")
    params = rows if isinstance(rows, list) else []
    told = {row.get("Key"): row.get("Value") for row in params if isinstance(row, dict)}
    return told.get("Source") == "qrsbp" or told.get("Route") == "SBP"


def number(content: Content, name: str) -> str:
    """A number of the bank's; it comes as a text or as a number, depending on the method."""
    text = str(content.get(name, ""))
    if not NUMBER.fullmatch(text):
        raise garbled(name)
    return text


def kopecks(content: Content, name: str) -> Money:
    value = content.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise garbled(name)
    return Money(Decimal(value) * KOPECK)


def sbp_payload(content: Content) -> str:
    payload = _text(content, "Data")
    if not payload.startswith(("https://", "http://")) or len(payload) > LONGEST_SBP_PAYLOAD:
        raise garbled("Data")
    return payload


def card(rows: Iterable[Content], *, customer: str, card_id: str = "") -> Means | None:
    """Find the card that can be charged again among a customer's cards; the newest when there are several."""
    usable = [
        row
        for row in rows
        if row.get("Status") == "A"
        and NUMBER.fullmatch(str(row.get("RebillId") or ""))
        and NUMBER.fullmatch(str(row.get("CardId") or ""))
        and card_id in {"", str(row["CardId"])}
    ]
    if not usable:
        return None
    newest = max(usable, key=lambda row: int(row["CardId"]))
    pan, expires = str(newest.get("Pan", "")), str(newest.get("ExpDate", ""))
    is_masked, has_month = MASKED.fullmatch(pan), MONTH_YEAR.fullmatch(expires)
    return Means(
        token=f"{newest['RebillId']}.{newest['CardId']}.{customer}",
        system=SYSTEMS.get(pan[:1], "") if is_masked else "",
        last4=pan[-4:] if is_masked else "",
        expiry_month=int(expires[:2]) if has_month else None,
        expiry_year=THIS_CENTURY + int(expires[2:]) if has_month else None,
    )


def garbled(what: str) -> GatewayUnavailable:
    return GatewayUnavailable(f"an answer without a readable {what}")


def _text(content: Content, name: str) -> str:
    value = content.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise garbled(name)
    return value


def page_url(content: Content) -> str:
    """The person is sent there: nothing but the web will do."""
    url = _text(content, "PaymentURL")
    if url and (not url.startswith(("https://", "http://")) or len(url) > LONGEST_URL):
        raise garbled("PaymentURL")
    return url
