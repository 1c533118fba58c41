"""Writes of metering; import them from here."""

from __future__ import annotations

from kabinet.metering.operations.judging import MeterResult, RegisterResult, TypedValue
from kabinet.metering.operations.looks import (
    VerificationPage,
    open_due_verifications,
    take_due_verifications,
)
from kabinet.metering.operations.submission import AccountClosed, submit_readings
from kabinet.metering.operations.withdrawal import TooLateToWithdraw, withdraw_reading
from kabinet.metering.queries import ReadingNotFound

__all__ = [
    "AccountClosed",
    "MeterResult",
    "ReadingNotFound",
    "RegisterResult",
    "TooLateToWithdraw",
    "TypedValue",
    "VerificationPage",
    "open_due_verifications",
    "submit_readings",
    "take_due_verifications",
    "withdraw_reading",
]
