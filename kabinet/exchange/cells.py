"""Cells of a workbook as the text that the same value has in CSV."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal


def as_text(cell: object) -> str:
    """Numbers as Excel shows them (15 digits, no exponent), days in ISO, flags as 1 and 0."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime):
        return _moment(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time | timedelta | int | str):
        return str(cell)
    return "" if cell is None else str(cell)


def _number(cell: float) -> str:
    shown = format(Decimal(format(cell, ".15g")), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _moment(cell: datetime) -> str:
    at_midnight = cell.time() == time(0)
    return cell.date().isoformat() if at_midnight else cell.isoformat()
