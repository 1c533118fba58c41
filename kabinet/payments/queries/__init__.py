from __future__ import annotations

from kabinet.payments.queries.merchants import MerchantRow, Payees, get_payees
from kabinet.payments.queries.payables import AccountPayables, PayableLine, get_payables
from kabinet.payments.queries.ways import CartMark, PayWay, get_cart_marks, get_pay_way

__all__ = [
    "AccountPayables",
    "CartMark",
    "MerchantRow",
    "PayWay",
    "PayableLine",
    "Payees",
    "get_cart_marks",
    "get_pay_way",
    "get_payables",
    "get_payees",
]
