from __future__ import annotations

from kabinet.payments.queries.merchants import MerchantRow, Payees, get_payees
from kabinet.payments.queries.payables import AccountPayables, PayableLine, get_payables

__all__ = [
    "AccountPayables",
    "MerchantRow",
    "PayableLine",
    "Payees",
    "get_payables",
    "get_payees",
]
