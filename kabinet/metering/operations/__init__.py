"""Writes of metering; import them from here."""

from __future__ import annotations

from kabinet.metering.operations.submission import (
    AccountClosed,
    MeterResult,
    RegisterResult,
    TypedValue,
    submit_readings,
)
from kabinet.metering.operations.withdrawal import (
    ReadingNotFound,
    TooLateToWithdraw,
    withdraw_reading,
)

__all__ = [
    "AccountClosed",
    "MeterResult",
    "ReadingNotFound",
    "RegisterResult",
    "TooLateToWithdraw",
    "TypedValue",
    "submit_readings",
    "withdraw_reading",
]
