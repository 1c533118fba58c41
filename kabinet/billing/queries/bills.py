"""The list of bills by year (BIL-34…37), and the year's archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef

from kabinet.billing import calculations, scopes
from kabinet.billing.enums import UNDER_WAY, ArchiveState
from kabinet.billing.models import BillArchive, BillDocument
from kabinet.billing.queries.rows import BillRow, to_bill_row
from kabinet.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """How a year's archive stands; ``is_outdated``: bills have changed since it was made."""

    year: int
    state: ArchiveState
    is_under_way: bool
    is_ready: bool
    is_outdated: bool
    done: int
    whole: int
    left_out: int
    size: int
    expires_at: datetime


def get_bill_years(*, actor: Actor, account_id: int) -> Sequence[int]:
    """Give the years that have bills, newest first; one query."""
    bills = scopes.visible_bills(actor).filter(account=account_id)
    return [first.year for first in bills.dates("period", "year", order="DESC")]


def get_bills(*, actor: Actor, account_id: int, year: int) -> Sequence[BillRow]:
    """Give the year's bills, newest first, of all kinds; one query."""
    documents = BillDocument.objects.filter(bill=OuterRef("pk"))
    former = documents.filter(revision__lt=OuterRef("revision"), lost_at=None)
    lost = documents.filter(revision=OuterRef("revision"), lost_at__isnull=False)
    bills = (
        scopes.visible_bills(actor)
        .filter(account=account_id, period__year=year)
        .annotate(
            former=ArraySubquery(former.order_by("-revision").values("revision")),
            is_lost=Exists(lost),
        )
        .order_by("-period", "-total", "kind")
    )
    return [to_bill_row(bill, former=tuple(bill.former), is_lost=bill.is_lost) for bill in bills]


def get_archive(*, actor: Actor, account_id: int, year: int, at: datetime) -> ArchiveRow | None:
    """Give how the year's archive stands; None when nobody wants one, or it has run out; one query."""
    if not MINYEAR <= year <= MAXYEAR:
        return None
    bills = scopes.visible_bills(actor).filter(account=account_id, period__year=year)
    revisions = ArraySubquery(bills.values(one=F("revision")))
    archive = (
        scopes.visible_archives(actor)
        .filter(account=account_id, year=year, expires_at__gt=at)
        .annotate(bill_revisions=revisions)
        .first()
    )
    return None if archive is None else _to_archive(archive, archive.bill_revisions, at)


def _to_archive(archive: BillArchive, revisions: Sequence[int], at: datetime) -> ArchiveRow:
    is_ready = archive.state == ArchiveState.READY
    known = (archive.whole, archive.revisions)
    return ArchiveRow(
        year=archive.year,
        state=ArchiveState(archive.state),
        is_under_way=archive.state in UNDER_WAY
        and not calculations.is_given_up(archive.moved_at, at=at),
        is_ready=is_ready,
        is_outdated=is_ready and known != (len(revisions), sum(revisions)),
        done=archive.done + archive.left_out,
        whole=archive.whole,
        left_out=archive.left_out,
        size=archive.size,
        expires_at=archive.expires_at,
    )
