"""Reads of billing, by topic; import them from here."""

from __future__ import annotations

from kabinet.billing.queries.tariffs import TariffRow, get_current_tariffs

__all__ = ["TariffRow", "get_current_tariffs"]
