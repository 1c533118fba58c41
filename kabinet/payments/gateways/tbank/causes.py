"""T-Bank's error codes in our words (PAY-40)."""

from __future__ import annotations

from collections.abc import Mapping

from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import GatewayRefused

OK = "0"
WRONG_STATE = "4"
ORDER_REPEATED = "8"
# The bank's ways to say that there is no such payment, order, customer or card.
UNKNOWN = frozenset({"7", "255", "335", "502", "503"})
# These do not say that nothing was done: the bank was busy or broken, or did not let us in at all.
UNSURE = frozenset(
    {"3", "21", "50", "96", "97", "98", "100", "120", "123", "125", "401", "402", "999", "9001", "9999"}
    | {"202", "204", "205", "501", "648"}
)  # fmt: skip

CAUSES: Mapping[str, Cause] = {
    "76": Cause.CARD_FOREIGN,
    "77": Cause.CARD_FOREIGN,
    "99": Cause.CALL_ISSUER,
    "101": Cause.CODE_FAILED,
    "103": Cause.NO_MONEY,
    "104": Cause.REVOKED,
    "105": Cause.CARD_UNSUPPORTED,
    "106": Cause.CARD_UNSUPPORTED,
    "107": Cause.REVOKED,
    "108": Cause.CARD_UNSUPPORTED,
    "116": Cause.NO_MONEY,
    "119": Cause.LIMIT,
    "219": Cause.CARD_DETAILS,
    "251": Cause.TOO_SMALL,
    "252": Cause.CARD_EXPIRED,
    "403": Cause.LIMIT,
    "404": Cause.LIMIT,
    "405": Cause.LIMIT,
    "406": Cause.LIMIT,
    "506": Cause.CARD_BLOCKED,
    "508": Cause.CARD_DETAILS,
    "511": Cause.CODE_FAILED,
    "600": Cause.CARD_BLOCKED,
    "601": Cause.CARD_UNSUPPORTED,
    "603": Cause.LIMIT,
    "632": Cause.TOO_LARGE,
    "642": Cause.CARD_DETAILS,
    "1001": Cause.CALL_ISSUER,
    "1004": Cause.SUSPECTED,
    "1005": Cause.CALL_ISSUER,
    "1012": Cause.CALL_ISSUER,
    "1013": Cause.LIMIT,
    "1014": Cause.CARD_DETAILS,
    "1015": Cause.CARD_DETAILS,
    "1030": Cause.BANK_DOWN,
    "1033": Cause.CARD_EXPIRED,
    "1034": Cause.SUSPECTED,
    "1041": Cause.CARD_BLOCKED,
    "1043": Cause.CARD_BLOCKED,
    "1051": Cause.NO_MONEY,
    "1054": Cause.CARD_EXPIRED,
    "1057": Cause.CARD_BLOCKED,
    "1058": Cause.CARD_BLOCKED,
    "1059": Cause.SUSPECTED,
    "1061": Cause.LIMIT,
    "1063": Cause.SUSPECTED,
    "1065": Cause.LIMIT,
    "1071": Cause.REVOKED,
    "1075": Cause.LIMIT,
    "1080": Cause.CARD_DETAILS,
    "1082": Cause.CARD_DETAILS,
    "1089": Cause.BANK_DOWN,
    "1091": Cause.BANK_DOWN,
    "1096": Cause.BANK_DOWN,
    "1202": Cause.TOO_LARGE,
    "1203": Cause.TOO_LARGE,
    "1204": Cause.TOO_LARGE,
    "1205": Cause.CARD_FOREIGN,
    "1235": Cause.CARD_UNSUPPORTED,
    "3016": Cause.TOO_SMALL,
    "5060": Cause.NO_MONEY,
    "5061": Cause.LIMIT,
    "5062": Cause.LIMIT,
    "5063": Cause.SUSPECTED,
    "5064": Cause.CARD_BLOCKED,
    "5065": Cause.CARD_BLOCKED,
    "5066": Cause.CARD_BLOCKED,
    "5067": Cause.CALL_ISSUER,
}


class TBankSaysNo(Exception):  # noqa: N818 -- a fact: the bank has understood and answered with an error code
    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.method, self.code = method, code

    @property
    def refusal(self) -> GatewayRefused:
        """The code and the method alone: the bank's words may quote what was sent."""
        return GatewayRefused(str(self), cause_of(self.code))


def cause_of(code: str) -> Cause:
    return CAUSES.get(code, Cause.OTHER)
