"""Reads of metering, by topic; import them from here."""

from __future__ import annotations

from kabinet.metering.queries.history import get_reading_history
from kabinet.metering.queries.meters import MeterNotFound, get_meters, get_readings_summary

__all__ = [
    "MeterNotFound",
    "get_meters",
    "get_reading_history",
    "get_readings_summary",
]
