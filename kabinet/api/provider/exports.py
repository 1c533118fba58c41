"""Rows out (XCH-11): numbered runs whose rows are new once, and plain paging through what there is."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from ninja import Router, Schema

from kabinet.api.access import caller_of
from kabinet.exchange import export_pages, exports
from kabinet.exchange.downloads import open_written
from kabinet.exchange.exports import ExportRow, Target

router = Router(tags=["exports"])
pages = Router(tags=["exports"])

Write = Callable[[Target], ExportRow | None]
RUN_HEADER = "X-Export-Run"


class What(StrEnum):
    READINGS = "readings"
    PAYMENTS = "payments"
    LINKS = "links"


class Kind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class Order(Schema):
    what: What
    format: Kind = Kind.CSV


class Run(Schema):
    number: int
    what: str
    rows: int
    status: str


class Page(Schema):
    """``cursor`` continues after the last row; keep it for the next look when ``has_more`` is false."""

    rows: list[dict[str, str | None]]
    cursor: str
    has_more: bool


@router.get("", response=list[Run])
def open_runs(request: HttpRequest) -> list[Run]:
    """Give the runs that nobody has acknowledged, oldest first."""
    caller = caller_of(request)
    rows = exports.get_open_runs(actor=caller.actor, provider_code=caller.provider_code)
    return [_run(row) for row in rows]


@router.post("", response={204: None})
def export_new(request: HttpRequest, order: Order) -> HttpResponseBase:
    """Give what no earlier run gave, as a file; its number is in ``X-Export-Run``. 204: nothing is new."""
    caller = caller_of(request)
    return _written(
        order.format,
        lambda target: exports.export_new(
            actor=caller.actor,
            provider_code=caller.provider_code,
            what=order.what,
            target=target,
            at=timezone.now(),
        ),
    )


@router.get("/{number}")
def repeat(request: HttpRequest, number: int, format: Kind = Kind.CSV) -> HttpResponseBase:  # noqa: A002 -- the word in the address
    """Give a run's rows again; 409 once it is acknowledged."""
    caller = caller_of(request)
    return _written(
        format,
        lambda target: exports.repeat_run(
            actor=caller.actor,
            provider_code=caller.provider_code,
            number=number,
            target=target,
            at=timezone.now(),
        ),
    )


@router.post("/{number}/ack", response=Run)
def acknowledge(request: HttpRequest, number: int) -> Run:
    """Say that the run's rows have arrived; saying it twice is harmless."""
    caller = caller_of(request)
    row = exports.acknowledge_run(
        actor=caller.actor, provider_code=caller.provider_code, number=number, at=timezone.now()
    )
    return _run(row)


@pages.get("/{what}", response=Page)
def look(request: HttpRequest, what: What, cursor: str = "", limit: int = 200) -> Page:
    """Give the next rows after the cursor, claiming nothing; a row shows up half a minute after it came."""
    caller = caller_of(request)
    page = export_pages.get_export_page(
        actor=caller.actor,
        provider_code=caller.provider_code,
        what=what,
        cursor=cursor,
        limit=limit,
        at=timezone.now(),
    )
    return Page(rows=[dict(row) for row in page.rows], cursor=page.cursor, has_more=page.has_more)


def _run(row: ExportRow) -> Run:
    assert row.number is not None  # noqa: S101 -- only a look that claims nothing has no number
    return Run(number=row.number, what=row.what, rows=row.rows, status=row.status)


def _written(kind: Kind, write: Write) -> HttpResponseBase:
    written = open_written(kind, write)
    if written is None:
        return HttpResponse(status=204)
    run, name, file = written
    response = FileResponse(file, as_attachment=True, filename=name)
    response[RUN_HEADER] = str(run.number)
    response["Cache-Control"] = "private, no-store"
    return response
