"""Reads of metering, by topic; import them from here."""

from __future__ import annotations

from kabinet.metering.queries.history import get_reading_history
from kabinet.metering.queries.meters import MeterNotFound, get_meters, get_readings_summary
from kabinet.metering.queries.passport import ReadingNotFound, get_reading_passport
from kabinet.metering.queries.several import get_readings_summaries
from kabinet.metering.queries.verifications import (
    DueVerificationRow,
    count_due_verifications,
    get_due_verifications,
)

__all__ = [
    "DueVerificationRow",
    "MeterNotFound",
    "ReadingNotFound",
    "count_due_verifications",
    "get_due_verifications",
    "get_meters",
    "get_reading_history",
    "get_reading_passport",
    "get_readings_summaries",
    "get_readings_summary",
]
