"""What staff look through, with its trace: whoever sees a list of people's meters is named in the trail (OPX-33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.metering.queries import (
    DueVerificationRow,
    count_due_verifications,
    get_due_verifications,
)
from kabinet.providers.models import Provider

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class VerificationPage:
    rows: Sequence[DueVerificationRow]
    total: int
    has_more: bool


@transaction.atomic
def open_due_verifications(
    *, actor: Actor, at: datetime, within_days: int, page: int
) -> VerificationPage:
    """Give a page (from 1) of the meters to be verified, and record who has looked; two queries and the trail."""
    found = list(
        get_due_verifications(
            actor=actor,
            at=at,
            within_days=within_days,
            first=(max(page, 1) - 1) * PAGE_ROWS,
            most=PAGE_ROWS + 1,
        )
    )
    rows = found[:PAGE_ROWS]
    _record(actor, "metering.verifications.look", rows, at)
    total = count_due_verifications(actor=actor, at=at, within_days=within_days)
    return VerificationPage(rows, total, len(found) > PAGE_ROWS)


@transaction.atomic
def take_due_verifications(
    *, actor: Actor, at: datetime, within_days: int
) -> Sequence[DueVerificationRow]:
    """Give all of them, for a file, and record who has taken it; one query and the trail."""
    rows = list(get_due_verifications(actor=actor, at=at, within_days=within_days))
    _record(actor, "metering.verifications.download", rows, at)
    return rows


def _record(actor: Actor, action: str, rows: Sequence[DueVerificationRow], at: datetime) -> None:
    for provider_id in sorted({row.provider_id for row in rows}):
        shown = sum(row.provider_id == provider_id for row in rows)
        audit.record(actor, action, Provider(pk=provider_id), at=at, rows=shown)
