"""Cards kept at the bank: bound without paying, found, forgotten."""

from __future__ import annotations

from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    BindingOrder,
    BindingTruth,
    GatewayUnavailable,
    GatewayUnknown,
    TruthState,
)
from kabinet.payments.gateways.tbank import answers
from kabinet.payments.gateways.tbank.causes import UNKNOWN, TBankSaysNo, cause_of
from kabinet.payments.gateways.tbank.client import TerminalClient

# The bank holds nothing and asks for a code where the card knows 3-D Secure.
CHECK = "3DSHOLD"
STATES = {
    "COMPLETED": TruthState.SUCCEEDED,
    "REJECTED": TruthState.CANCELED,
    "DEADLINE_EXPIRED": TruthState.CANCELED,
}
UNDER_WAY = {
    "NEW",
    "FORM_SHOWED",
    "PREAUTHORIZING",
    "AUTHORIZING",
    "AUTHORIZED",
    "3DS_CHECKING",
    "3DS_CHECKED",
    "AUTH_FAIL",
    "LOOP_CHECKING",
    "LOOP_CHECKED",
}
PARTS_OF_TOKEN = 3


def bind(client: TerminalClient, order: BindingOrder) -> BindingTruth:
    """Each binding is a customer of its own, so that its one card can be told from the person's others.

    A repeated call opens another page; nothing is paid on either, and the card of the last one counts.
    """
    try:
        client.call("AddCustomer", CustomerKey=order.ref)
        content = client.call("AddCard", CustomerKey=order.ref, CheckType=CHECK)
    except TBankSaysNo as no:
        raise no.refusal from None
    return BindingTruth(
        acquirer_id=_request_key(content.get("RequestKey")),
        state=TruthState.PENDING,
        confirmation_url=answers.page_url(content),
    )


def fetch(client: TerminalClient, request_key: str) -> BindingTruth:
    """:raises GatewayUnknown: the bank knows no such binding."""
    try:
        content = client.call("GetAddCardState", RequestKey=request_key)
        told = answers.status(content)
        state = STATES.get(told, TruthState.PENDING if told in UNDER_WAY else None)
        if state is None:
            raise answers.garbled("Status")
        if state is not TruthState.SUCCEEDED:
            return _without_card(request_key, state, told, str(content.get("ErrorCode", "")))
        customer = str(content.get("CustomerKey", ""))
        rows = client.call_for_list("GetCardList", CustomerKey=customer)
    except TBankSaysNo as no:
        if no.code in UNKNOWN:
            raise GatewayUnknown(request_key) from None
        raise GatewayUnavailable(str(no)) from None
    means = answers.card(rows, customer=customer, card_id=str(content.get("CardId") or ""))
    return BindingTruth(acquirer_id=request_key, state=state, means=means)


def forget(client: TerminalClient, token: str) -> None:
    """Harmless when the bank has no such card any more."""
    parts = token.split(".")
    if len(parts) != PARTS_OF_TOKEN:
        return
    try:
        client.call("RemoveCard", CustomerKey=parts[2], CardId=parts[1])
    except TBankSaysNo as no:
        if no.code not in UNKNOWN and no.code not in {"4", "8", "107"}:
            raise no.refusal from None


def _without_card(request_key: str, state: TruthState, told: str, code: str) -> BindingTruth:
    if state is TruthState.PENDING:
        return BindingTruth(acquirer_id=request_key, state=state)
    is_late = told == "DEADLINE_EXPIRED"
    return BindingTruth(
        acquirer_id=request_key,
        state=state,
        reason=told,
        cause=Cause.SESSION_OVER if is_late else cause_of(code),
    )


def _request_key(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64:  # noqa: PLR2004 -- our column's size
        raise answers.garbled("RequestKey")
    return value
