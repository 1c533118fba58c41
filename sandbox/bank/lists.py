"""Lists of objects: newest first, filtered, page by page."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sandbox.bank.clock import from_iso
from sandbox.bank.errors import ApiError, invalid
from sandbox.bank.records import Payment, Receipt, Refund

Row = TypeVar("Row", Payment, Refund, Receipt)
Query = Mapping[str, str]
Keeps = Callable[[Any], bool]

LIMIT, HIGHEST_LIMIT = 10, 100
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
}
CREATED = {f"created_at.{end}" for end in COMPARISONS}
CAPTURED = {f"captured_at.{end}" for end in COMPARISONS}
PAGING = {"limit", "cursor"}


def get_page(
    rows: Sequence[Row],
    query: Query,
    *,
    known: Mapping[str, Row],
    write: Callable[[Row], dict[str, Any]],
    equal: Mapping[str, str],
) -> dict[str, Any]:
    """Return one page of rows that stand in the order of creation.

    :param known: rows by id, to find the cursor's.
    :param equal: query parameters and the attributes they must be equal to.
    :raises ApiError: 400 for an unknown parameter, a wrong limit, time or cursor.
    """
    _check_names(query, equal)
    limit = _read_limit(query)
    first, last = _window(rows, query)
    if "cursor" in query:
        last = min(last, _after_cursor(rows, query["cursor"], known))
    keeps = _read_filters(query, equal)
    found: list[Row] = []
    for index in range(last - 1, first - 1, -1):
        row = rows[index]
        if not all(keep(row) for keep in keeps):
            continue
        if len(found) == limit:
            return {
                "type": "list",
                "items": [write(one) for one in found],
                "next_cursor": found[-1].id,
            }
        found.append(row)
    return {"type": "list", "items": [write(one) for one in found]}


def _check_names(query: Query, equal: Mapping[str, str]) -> None:
    captured = CAPTURED if "payment_method" in equal else set()
    for name in query:
        if name not in CREATED | captured | PAGING | set(equal):
            raise invalid("Unknown parameter of the list", name)


def _read_limit(query: Query) -> int:
    text = query.get("limit", str(LIMIT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_LIMIT:
        raise invalid(f"Expected a whole number from 1 to {HIGHEST_LIMIT}", "limit")
    return int(text)


def _window(rows: Sequence[Row], query: Query) -> tuple[int, int]:
    first, last = 0, len(rows)
    for end in COMPARISONS:
        name = f"created_at.{end}"
        if name not in query:
            continue
        at = _read_time(query, name)
        find = bisect_left if end in {"gte", "lt"} else bisect_right
        index = find(rows, at, key=lambda row: row.created_at)
        if end in {"gte", "gt"}:
            first = max(first, index)
        else:
            last = min(last, index)
    return first, last


def _after_cursor(rows: Sequence[Row], cursor: str, known: Mapping[str, Row]) -> int:
    """Return the index of the cursor's row: the page goes on below it."""
    last = known.get(cursor)
    if last is not None:
        index = bisect_left(rows, last.created_at, key=lambda row: row.created_at)
        while index < len(rows) and rows[index].created_at == last.created_at:
            if rows[index] is last:
                return index
            index += 1
    raise invalid("Unknown cursor", "cursor")


def _read_filters(query: Query, equal: Mapping[str, str]) -> list[Keeps]:
    filters: list[Keeps] = []
    for name, attribute in equal.items():
        if name in query:
            filters.append(_is_equal(attribute, query[name]))
    for end, compare in COMPARISONS.items():
        name = f"captured_at.{end}"
        if name in query:
            filters.append(_was_captured(compare, _read_time(query, name)))
    return filters


def _is_equal(attribute: str, wanted: str) -> Keeps:
    return lambda row: getattr(row, attribute) == wanted


def _was_captured(compare: Callable[[int, int], bool], at: int) -> Keeps:
    return lambda row: row.captured_at is not None and compare(row.captured_at, at)


def _read_time(query: Query, name: str) -> int:
    try:
        return from_iso(query[name])
    except ValueError:
        raise _wrong_time(name) from None


def _wrong_time(name: str) -> ApiError:
    return invalid("Expected a time like 2026-11-21T10:00:00.000Z", name)
