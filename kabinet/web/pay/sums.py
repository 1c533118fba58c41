"""Sums that people type: with a comma or a point, with spaces, with the sign of the rouble."""

from __future__ import annotations

import re
from decimal import Decimal

from kabinet.kernel.money import Money
from kabinet.ui import formatting

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
    """How a sum stands in its box: «1 243,56», as everywhere else; ``parse_sum`` reads it back."""
    return ",".join(formatting.split_money(amount))


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts differ in their spaces at most: who takes one out of «1 243,56» has typed no other sum."""
    return "".join(one.split()) == "".join(other.split())
