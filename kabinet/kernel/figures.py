"""Figures of months, as statistics add, compare and draw them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kabinet.kernel.period import Period

ROUBLES = "₽"


@dataclass(frozen=True, slots=True)
class MonthlyFigure:
    """What one month holds of one thing; ``unit`` says which figures may be added to it.

    ``service`` and ``supplier`` are the provider's codes, empty where it tells none. ``zone`` is a day zone of a
    meter.
    """

    period: Period
    value: Decimal
    unit: str
    service: str = ""
    service_name: str = ""
    supplier: str = ""
    supplier_name: str = ""
    zone: str = ""
    is_penalty: bool = False
