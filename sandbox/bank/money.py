"""Sums are whole kopecks inside and strings with two decimals outside."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

VALUE = re.compile(r"\d{1,12}\.\d{2}")
CURRENCY = "RUB"
KOPECK = Decimal("0.01")


def read_value(value: str) -> int:
    """Return the kopecks of ``1234.56``.

    :raises ValueError: not two decimals after a dot.
    """
    if not VALUE.fullmatch(value):
        raise ValueError(value)
    return int(value.replace(".", ""))


def write_value(kopecks: int) -> str:
    return f"{kopecks // 100}.{kopecks % 100:02d}"


def as_amount(kopecks: int) -> dict[str, str]:
    return {"value": write_value(kopecks), "currency": CURRENCY}


def line_total(price: int, quantity: Decimal) -> int:
    """Return the kopecks of a receipt's line: unit price by quantity, half a kopeck up."""
    exact = Decimal(price).scaleb(-2) * quantity
    return int(exact.quantize(KOPECK, ROUND_HALF_UP).scaleb(2))


def less_fee(kopecks: int, percent: Decimal) -> int:
    """Return what the shop receives of a payment."""
    fee = (Decimal(kopecks) * percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return kopecks - int(fee)
