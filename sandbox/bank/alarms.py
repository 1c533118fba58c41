"""What happens by itself when the bank's clock comes to it."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.bank import methods, payments, receipts, refunds
from sandbox.bank.bank import Alarm

ALARMS: Mapping[str, Alarm] = {
    "expire_payment": payments.expire,
    "expire_hold": payments.expire_hold,
    "settle_payment": payments.settle,
    "settle_refund": refunds.settle,
    "register_receipt": receipts.register,
    "expire_method": methods.expire,
}
