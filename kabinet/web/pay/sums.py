"""Sums that people type: with a comma or a point, with spaces, with the sign of the rouble."""

from __future__ import annotations

import re
from decimal import Decimal

from kabinet.kernel.money import Money

LONGEST = 24
_NOISE = re.compile(r"[\s\u00a0\u2009\u202f]|₽|руб\.?|р\.?$", re.IGNORECASE)
_SUM = re.compile(r"(\d{1,9})(?:[.,](\d{0,2}))?")


class NotASum(Exception):  # noqa: N818 -- a fact, not an error
    """The text is no sum of roubles and kopecks."""


def parse_sum(text: str) -> Money | None:
    """Read «1 243,56»; nothing typed is None.

    :raises NotASum: it is something else, has a minus, or parts of a kopeck.
    """
    bare = _NOISE.sub("", text.strip())
    if not bare:
        return None
    found = _SUM.fullmatch(bare)
    if found is None:
        raise NotASum(text)
    return Money(Decimal(f"{found[1]}.{(found[2] or '').ljust(2, '0')}"))


def written(amount: Money) -> str:
    """How a sum stands in its box: «1243,56»."""
    return f"{amount.amount:.2f}".replace(".", ",")
