"""Our orders as T-Bank's requests; sums are whole kopecks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.payments.gateways.base import Order, Page, ReceiptLine, ReceiptOrder

DESCRIPTION_SIZE = 140
NAME_SIZE = 128
# Who starts the payment: the payer who lets the card be kept, or the shop by what was kept.
PAYER_KEEPS_CARD, SHOP_REPEATS = "1", "R"

TAXATIONS: Mapping[TaxSystem, str] = {
    TaxSystem.GENERAL: "osn",
    TaxSystem.SIMPLE_INCOME: "usn_income",
    TaxSystem.SIMPLE_INCOME_LESS_EXPENSES: "usn_income_outcome",
    TaxSystem.AGRICULTURAL: "esn",
    TaxSystem.PATENT: "patent",
}
TAXES: Mapping[VatCode, str] = {
    VatCode.NONE: "none",
    VatCode.ZERO: "vat0",
    VatCode.TEN: "vat10",
    VatCode.TEN_OF: "vat110",
    VatCode.FIVE: "vat5",
    VatCode.SEVEN: "vat7",
    VatCode.FIVE_OF: "vat105",
    VatCode.SEVEN_OF: "vat107",
    VatCode.TWENTY_TWO: "vat22",
    VatCode.TWENTY_TWO_OF: "vat122",
}


def payment(order: Order, *, due: datetime) -> dict[str, Any]:
    """``OrderId`` is our number, which the bank takes once: that is its only guard against a second payment.

    ``CustomerKey`` is that number too, and only when the card is to be kept: with it the bank tells later which card
    this payment has left, though GetState names no card.
    """
    fields: dict[str, Any] = {
        "OrderId": order.ref,
        "Amount": order.amount.kopecks,
        "Description": order.description[:DESCRIPTION_SIZE],
        "PayType": "O",
        "Language": "ru",
        "SuccessURL": order.return_url,
        "FailURL": order.return_url,
        "RedirectDueDate": due.isoformat(timespec="seconds"),
    }
    if order.save_means and order.page is Page.REDIRECT:
        fields |= {
            "CustomerKey": order.ref,
            "Recurrent": "Y",
            "DATA": {"OperationInitiatorType": PAYER_KEEPS_CARD},
        }
    if order.token:
        fields["DATA"] = {"OperationInitiatorType": SHOP_REPEATS}
    if order.receipt is not None:
        fields["Receipt"] = receipt(order.receipt)
    return fields


def receipt(order: ReceiptOrder) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "FfdVersion": "1.05",
        "Taxation": TAXATIONS[order.tax_system],
        "Items": [_item(line, is_agent=order.is_agent) for line in order.lines],
    }
    if order.email:
        fields["Email"] = order.email
    if order.phone:
        fields["Phone"] = f"+{order.phone}"
    return fields


def _item(line: ReceiptLine, *, is_agent: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "Name": line.title[:NAME_SIZE],
        "Price": line.amount.kopecks,
        "Quantity": 1,
        "Amount": line.amount.kopecks,
        "Tax": TAXES[line.vat],
        "PaymentMethod": line.mode.value,
        "PaymentObject": line.subject.value,
    }
    if is_agent and line.supplier_inn:
        item["AgentData"] = {"AgentSign": "another"}
        item["SupplierInfo"] = {"Name": line.supplier_name, "Inn": line.supplier_inn}
        if line.supplier_phone:
            item["SupplierInfo"]["Phones"] = [f"+{line.supplier_phone}"]
    return item
