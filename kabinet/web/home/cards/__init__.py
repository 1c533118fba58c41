"""The cards that the home page can show; importing this package registers them."""

from __future__ import annotations

from kabinet.web.home.cards import (
    account,
    balance,
    bills,
    forecast,
    notices,
    office,
    readings,
    year,
)

__all__ = ["account", "balance", "bills", "forecast", "notices", "office", "readings", "year"]
