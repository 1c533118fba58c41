"""Checks the fiscal receipt of a request (54-ФЗ)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.bank import money
from sandbox.bank.errors import ApiError, invalid
from sandbox.bank.fields import Fields

MISSING = "Receipt is missing or illegal"
ITEMS_LIMIT = 80
DECIMALS = 3

SUBJECTS = frozenset(
    [
        "commodity",
        "excise",
        "job",
        "service",
        "gambling_bet",
        "gambling_prize",
        "lottery",
        "lottery_prize",
        "intellectual_activity",
        "payment",
        "agent_commission",
        "property_right",
        "non_operating_gain",
        "insurance_premium",
        "sales_tax",
        "resort_fee",
        "composite",
        "another",
        "fine",
        "tax",
        "lien",
        "cost",
        "pension_insurance_without_payouts",
        "pension_insurance_with_payouts",
        "health_insurance_without_payouts",
        "health_insurance_with_payouts",
        "health_insurance",
        "casino",
        "agent_withdrawals",
        "non_marked_excise",
        "marked_excise",
        "marked",
        "non_marked",
    ]
)
MODES = frozenset(
    [
        "full_prepayment",
        "partial_prepayment",
        "advance",
        "full_payment",
        "partial_payment",
        "credit",
        "credit_payment",
    ]
)
AGENTS = frozenset(
    [
        "banking_payment_agent",
        "banking_payment_subagent",
        "payment_agent",
        "payment_subagent",
        "attorney",
        "commissioner",
        "agent",
    ]
)
MEASURES = frozenset(
    [
        "piece",
        "gram",
        "kilogram",
        "ton",
        "centimeter",
        "decimeter",
        "meter",
        "square_centimeter",
        "square_decimeter",
        "square_meter",
        "milliliter",
        "liter",
        "cubic_meter",
        "kilowatt_hour",
        "gigacalorie",
        "day",
        "hour",
        "minute",
        "second",
        "kilobyte",
        "megabyte",
        "gigabyte",
        "terabyte",
        "another",
    ]
)
SETTLEMENTS = frozenset({"cashless", "prepayment", "postpayment", "consideration"})


def missing() -> ApiError:
    return invalid(MISSING, "receipt")


def check_receipt(receipt: Fields, *, total: int) -> dict[str, Any]:
    """Return the receipt as sent, when its lines add up to the total in kopecks."""
    if not receipt.has("items") or not receipt.has("customer"):
        raise missing()
    _check_head(receipt)
    if _check_items(receipt) != total:
        raise invalid(f"{MISSING}: the items don't add up to the amount", "receipt.items")
    return receipt.source


def check_own_receipt(body: Fields) -> dict[str, Any]:
    """Check a receipt sent by itself: its settlements must equal its items."""
    _check_head(body)
    settled = 0
    for number, raw in enumerate(body.array("settlements")):
        settlement = Fields(raw, f"settlements[{number}]")
        settlement.choice("type", SETTLEMENTS)
        settled += settlement.amount()
    if _check_items(body) != settled:
        raise invalid("The settlements don't add up to the items", "settlements")
    if body.flag("send") is not True:
        raise body.wrong("send", "Only true is possible")
    names = (
        "customer",
        "items",
        "internet",
        "tax_system_code",
        "timezone",
        "additional_user_props",
    )
    return {name: body.source[name] for name in names if body.has(name)}


def _check_head(receipt: Fields) -> None:
    customer = receipt.object("customer")
    if not customer.has("email") and not customer.has("phone"):
        raise invalid(f"{MISSING}: no email and no phone", customer.where("email"))
    if customer.has("email"):
        customer.email("email")
    if customer.has("phone"):
        customer.matching("phone", r"[0-9]{4,15}")
    if customer.has("inn"):
        customer.matching("inn", r"\d{10}|\d{12}")
    customer.optional_text("full_name", limit=256)
    if receipt.has("tax_system_code"):
        receipt.integer("tax_system_code", 1, 6)
    if receipt.has("timezone"):
        receipt.integer("timezone", 1, 11)
    receipt.flag("internet")


def _check_items(receipt: Fields) -> int:
    items = receipt.array("items")
    if not 1 <= len(items) <= ITEMS_LIMIT:
        raise receipt.wrong("items", f"A receipt has from 1 to {ITEMS_LIMIT} items")
    return sum(
        _check_item(Fields(item, f"{receipt.where('items')}[{number}]"))
        for number, item in enumerate(items)
    )


def _check_item(item: Fields) -> int:
    item.text("description", limit=128)
    item.integer("vat_code", 1, 12)
    for name, allowed in (
        ("payment_subject", SUBJECTS),
        ("payment_mode", MODES),
        ("measure", MEASURES),
        ("agent_type", AGENTS),
    ):
        if item.has(name):
            item.choice(name, allowed)
    if item.has("supplier"):
        _check_supplier(item.object("supplier"))
    return money.line_total(item.amount(lowest=0), _quantity(item))


def _quantity(item: Fields) -> Decimal:
    value = item.required("quantity")
    try:
        quantity = Decimal(str(value))
    except InvalidOperation:
        raise item.wrong("quantity", "Expected a number with a dot") from None
    exponent = quantity.as_tuple().exponent
    if isinstance(value, bool) or not isinstance(exponent, int) or quantity <= 0:
        raise item.wrong("quantity", "Expected a number above zero")
    if exponent < -DECIMALS:
        raise item.wrong("quantity", f"At most {DECIMALS} decimals are possible")
    return quantity


def _check_supplier(supplier: Fields) -> None:
    supplier.optional_text("name", limit=256)
    if supplier.has("inn"):
        supplier.matching("inn", r"\d{10}|\d{12}")
    if supplier.has("phone"):
        supplier.matching("phone", r"[0-9]{4,15}")
