"""The tables of money, by what they are about; every invariant that the database can hold is held here."""

from __future__ import annotations

from kabinet.payments.models.autopay import Autopay, AutopayLetter, AutopayRun
from kabinet.payments.models.cards import CardBinding, SavedCard
from kabinet.payments.models.cart import CartItem, PaymentLink
from kabinet.payments.models.checkouts import Attempt, Checkout, CheckoutItem, CheckoutPart
from kabinet.payments.models.ledger import FiscalReceipt, LedgerEntry, Refund, RefundItem
from kabinet.payments.models.merchants import (
    AcceptedOffer,
    Merchant,
    MerchantSupplier,
    MethodHealth,
    PaymentHelp,
)
from kabinet.payments.models.reconciliation import BankRecord, Discrepancy, Reconciliation

__all__ = [
    "AcceptedOffer",
    "Attempt",
    "Autopay",
    "AutopayLetter",
    "AutopayRun",
    "BankRecord",
    "CardBinding",
    "CartItem",
    "Checkout",
    "CheckoutItem",
    "CheckoutPart",
    "Discrepancy",
    "FiscalReceipt",
    "LedgerEntry",
    "Merchant",
    "MerchantSupplier",
    "MethodHealth",
    "PaymentHelp",
    "PaymentLink",
    "Reconciliation",
    "Refund",
    "RefundItem",
    "SavedCard",
]
