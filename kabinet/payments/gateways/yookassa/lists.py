"""YooKassa's lists, page after page, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from kabinet.payments.gateways.base import BankRow, GatewayUnavailable
from kabinet.payments.gateways.yookassa import answers
from kabinet.payments.gateways.yookassa.client import ShopClient

PAGE = "100"
# Our clock and the bank's differ; and a key makes nothing new after a day.
CLOCKS_DIFFER = timedelta(minutes=5)
KEY_LASTS = timedelta(hours=24)


def walk(
    connect: Callable[[], ShopClient], path: str, query: Mapping[str, str]
) -> Iterator[answers.Content]:
    """Give the items of every page; each page is a request of its own.

    :raises GatewayUnavailable: a page cannot be read, or the pages go in a circle.
    """
    seen = {""}
    cursor = ""
    while True:
        asked = {**query, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
        items, cursor = answers.page(connect().get(path, asked))
        yield from items
        if not cursor:
            return
        if cursor in seen:
            raise GatewayUnavailable("a list without an end")
        seen.add(cursor)


def made_since(since: datetime) -> dict[str, str]:
    """Ask for what a call at this moment, repeated with the same key, can have made."""
    return {
        "created_at.gte": as_text(since - CLOCKS_DIFFER),
        "created_at.lte": as_text(since + KEY_LASTS + CLOCKS_DIFFER),
    }


def rows_of_time(
    connect: Callable[[], ShopClient], *, since: datetime, until: datetime
) -> Iterator[BankRow]:
    for path, name, is_refund in (
        ("/payments", "captured_at", False),
        ("/refunds", "created_at", True),
    ):
        query = {
            "status": "succeeded",
            f"{name}.gte": as_text(since),
            f"{name}.lt": as_text(until),
        }
        for item in walk(connect, path, query):
            yield answers.row(item, is_refund=is_refund)


def as_text(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
