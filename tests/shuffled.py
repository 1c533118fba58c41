"""Querysets without an order come in another order every time: nobody may rely on the one that PostgreSQL happens to give."""

from __future__ import annotations

import random
from typing import Any

from django.db.models import QuerySet

_fetch_all = QuerySet._fetch_all


def fetch_shuffled(self: QuerySet[Any]) -> None:
    is_fresh = self._result_cache is None
    _fetch_all(self)
    if is_fresh and not self.ordered and not self.query.is_sliced and not self.query.combinator:
        random.shuffle(self._result_cache)
