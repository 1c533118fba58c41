"""YooKassa's reasons in our words (PAY-40, facts §3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import GatewayRefused

LONGEST_REASON = 64
ONE_ROUBLE = 100

CAUSES: Mapping[str, Cause] = {
    "3d_secure_failed": Cause.CODE_FAILED,
    "call_issuer": Cause.CALL_ISSUER,
    "canceled_by_merchant": Cause.CANCELED,
    "card_expired": Cause.CARD_EXPIRED,
    "country_forbidden": Cause.CARD_FOREIGN,
    "deal_expired": Cause.SESSION_OVER,
    "expired_on_capture": Cause.SESSION_OVER,
    "expired_on_confirmation": Cause.SESSION_OVER,
    "fraud_suspected": Cause.SUSPECTED,
    "general_decline": Cause.OTHER,
    "identification_required": Cause.LIMIT,
    "insufficient_funds": Cause.NO_MONEY,
    "internal_timeout": Cause.BANK_DOWN,
    "invalid_card_number": Cause.CARD_DETAILS,
    "invalid_csc": Cause.CARD_DETAILS,
    "issuer_unavailable": Cause.BANK_DOWN,
    "payment_method_limit_exceeded": Cause.LIMIT,
    "payment_method_restricted": Cause.CARD_BLOCKED,
    "permission_revoked": Cause.REVOKED,
    "rejected_by_timeout": Cause.SESSION_OVER,
    "unsupported_mobile_operator": Cause.OTHER,
}
# Of a refund it is the shop that has no money: «на карте не хватило денег» would be untrue.
REFUND_CAUSES: Mapping[str, Cause] = {
    "rejected_by_timeout": Cause.SESSION_OVER,
    "yoo_money_account_closed": Cause.CARD_BLOCKED,
}


def payment_cause(reason: str) -> Cause:
    return CAUSES.get(reason, Cause.OTHER)


def refund_cause(reason: str) -> Cause:
    return REFUND_CAUSES.get(reason, Cause.OTHER)


def refused(error: Mapping[str, Any], *, amount: Money | None = None) -> GatewayRefused:
    """Word a refused request; the bank's description stays out, since it may quote what was sent."""
    parameter = str(error.get("parameter") or "")
    reason = f"{error['code']}: {parameter}" if parameter else str(error["code"])
    return GatewayRefused(reason[:LONGEST_REASON], _request_cause(error, parameter, amount))


def _request_cause(error: Mapping[str, Any], parameter: str, amount: Money | None) -> Cause:
    if parameter.startswith("amount") and amount is not None:
        return Cause.TOO_SMALL if amount.kopecks < ONE_ROUBLE else Cause.TOO_LARGE
    # The same parameter is named when the way to pay is off for a while: then the card is still good.
    if parameter == "payment_method_id" and "exist" in str(error.get("description")):
        return Cause.REVOKED
    return Cause.OTHER
