"""What the service demands of a Receipt object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.tbank import errors
from sandbox.tbank.errors import ApiError

TAXATIONS = {"osn", "usn_income", "usn_income_outcome", "envd", "esn", "patent"}
TAXES = {
    "none", "vat0", "vat5", "vat7", "vat10", "vat20", "vat22",
    "vat105", "vat107", "vat110", "vat120", "vat122",
}  # fmt: skip
METHODS = {
    "full_prepayment", "prepayment", "advance", "full_payment", "partial_payment", "credit", "credit_payment",
}  # fmt: skip
PREPAID = {"full_prepayment", "prepayment", "advance"}
OBJECTS = {
    "commodity", "excise", "job", "service", "gambling_bet", "gambling_prize", "lottery", "lottery_prize",
    "intellectual_activity", "payment", "agent_commission", "composite", "another",
    "contribution", "property_rights", "unrealization", "tax_reduction", "trade_fee", "resort_tax", "pledge",
    "income_decrease", "ie_pension_insurance_without_payments", "ie_pension_insurance_with_payments",
    "ie_medical_insurance_without_payments", "ie_medical_insurance_with_payments", "social_insurance",
    "casino_chips", "agent_payment", "excisable_goods_without_marking_code",
    "excisable_goods_with_marking_code", "goods_without_marking_code", "goods_with_marking_code",
}  # fmt: skip
NAME_LIMIT = 128
ITEM_LIMIT = 100


def check(receipt: Any, *, amount: int) -> dict[str, Any]:
    """Return the receipt if the till would print it for this sum.

    :raises ApiError: 309 a wrong field, 201 an empty one, 308/334 sums that do not add up.
    """
    if not isinstance(receipt, dict):
        raise ApiError(errors.RECEIPT_WRONG, "Receipt")
    if not receipt.get("Email") and not receipt.get("Phone"):
        raise ApiError(
            errors.FIELD_EMPTY, "Поле Email или Phone объекта Receipt не должно быть пустым"
        )
    if receipt.get("Taxation") not in TAXATIONS:
        raise ApiError(errors.RECEIPT_WRONG, "Taxation")
    items = receipt.get("Items")
    if not isinstance(items, list) or not 0 < len(items) <= ITEM_LIMIT:
        raise ApiError(errors.RECEIPT_WRONG, "Items")
    version = str(receipt.get("FfdVersion", "1.05"))
    for item in items:
        _check_item(item, version)
    if sum(item["Amount"] for item in items) != amount:
        raise ApiError(errors.RECEIPT_IS_NOT_PAYMENT)
    return receipt


def _check_item(item: Mapping[str, Any], version: str) -> None:
    name = item.get("Name")
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LIMIT:
        raise ApiError(errors.RECEIPT_WRONG, "Items.Name")
    price, quantity, total = item.get("Price"), item.get("Quantity"), item.get("Amount")
    if not _is_sum(price) or not _is_sum(total) or not isinstance(quantity, (int, float)):
        raise ApiError(errors.RECEIPT_WRONG, f"Items.Price, Quantity, Amount: {name}")
    if quantity <= 0 or round(price * quantity) != total:
        raise ApiError(errors.RECEIPT_SUMS_DIFFER, name)
    if item.get("Tax") not in TAXES:
        raise ApiError(errors.RECEIPT_WRONG, f"Items.Tax: {item.get('Tax')}")
    _check_tags(item, version)


def _check_tags(item: Mapping[str, Any], version: str) -> None:
    if version == "1.2":
        for field in ("PaymentMethod", "PaymentObject", "MeasurementUnit"):
            if not item.get(field):
                raise ApiError(errors.FIELD_EMPTY, f"Поле {field} не должно быть пустым")
    if item.get("PaymentMethod", "full_payment") not in METHODS:
        raise ApiError(errors.RECEIPT_WRONG, f"Items.PaymentMethod: {item['PaymentMethod']}")
    if item.get("PaymentObject", "commodity") not in OBJECTS:
        raise ApiError(errors.RECEIPT_WRONG, f"Items.PaymentObject: {item['PaymentObject']}")
    if item.get("AgentData") and not item.get("SupplierInfo"):
        raise ApiError(errors.FIELD_EMPTY, "Поле SupplierInfo не должно быть пустым")


def _is_sum(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def asks_closing(receipt: Mapping[str, Any] | None) -> bool:
    return receipt is not None and any(
        item.get("PaymentMethod") in PREPAID for item in receipt["Items"]
    )
