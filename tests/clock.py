"""The moment at which tests of pages stop the clock: ``pytest.mark.usefixtures("stopped_clock")``."""

from __future__ import annotations

import datetime as dt

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
