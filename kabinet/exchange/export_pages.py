"""Plain paging through out-rows, for the provider's API: a look that claims nothing (XCH-11)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kabinet.exchange import exports, outrows
from kabinet.exchange.outrows import Selection
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.outfiles import OutFile

MOST_ROWS = 1000
# Rows appear when their transactions end, not in the order of their moments. By this age they have all appeared,
# so that nobody who follows the cursor misses one.
SETTLED = timedelta(seconds=30)


class BadCursor(Refused):
    message = _("Курсор не подходит. Начните с первой страницы.")


@dataclass(frozen=True, slots=True)
class ExportPage:
    """``cursor`` continues after the last row; it is the same one while nothing new has come."""

    rows: Sequence[Mapping[str, str | None]]
    cursor: str
    has_more: bool


def get_export_page(
    *, actor: Actor, provider_code: str, what: str, cursor: str, limit: int, at: datetime
) -> ExportPage:
    """Give the next rows after the cursor (empty: from the first), oldest first.

    :raises UnknownProvider: the actor does not exchange for such a provider.
    :raises UnknownFile: there is no such file.
    :raises BadCursor: the cursor is not one that was given for this file.
    """
    provider, out_file = exports.find_provider(actor, provider_code), exports.find_file(what)
    moment, last_id = _opened(cursor, what)
    query, parameters = outrows.select(
        out_file,
        provider_id=provider.pk,
        selection=Selection(
            f"({out_file.moment}, row.id) > (%(moment)s::timestamptz, %(last)s)"
            f" AND {out_file.moment} < %(settled)s AND {out_file.current}",
            {"moment": moment, "last": last_id, "settled": at - SETTLED},
        ),
        places=True,
    )
    shown = max(1, min(limit, MOST_ROWS))
    with connection.cursor() as database:
        database.execute(f"{query} LIMIT {shown + 1}", parameters)
        found = database.fetchall()
    return _page(out_file, found, shown=shown, cursor=cursor)


def _page(
    out_file: OutFile, found: Sequence[Sequence[object]], *, shown: int, cursor: str
) -> ExportPage:
    names = [column.name for column in out_file.columns]
    given = found[:shown]
    rows = [dict(zip(names, map(_text, row), strict=False)) for row in given]
    if given:
        cursor = _closed(out_file.what, str(given[-1][-2]), str(given[-1][-1]))
    return ExportPage(rows=rows, cursor=cursor, has_more=len(found) > shown)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _closed(what: str, moment: str, last_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([what, moment, last_id]).encode()).decode()


def _opened(cursor: str, what: str) -> tuple[str, int]:
    if not cursor:
        return "-infinity", 0
    try:
        written, moment, last_id = json.loads(
            base64.b64decode(cursor, altchars=b"-_", validate=True)
        )
        if written != what:
            raise BadCursor
        # Written anew: Python reads more spellings of a moment than the database.
        since = datetime.fromisoformat(moment).astimezone(UTC)
        return since.isoformat(), int(last_id)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadCursor from error
