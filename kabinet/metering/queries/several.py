"""The meters of several accounts at once (MET-19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from kabinet.kernel.actors import Actor
from kabinet.kernel.prepared import Prepared
from kabinet.metering import scopes
from kabinet.metering.queries.meters import SeenMeter, ordered, to_meter_rows
from kabinet.metering.rows import MeterRow, ReadingsSummary


def get_readings_summaries(
    *, actor: Actor, account_ids: Sequence[int], at: datetime
) -> Mapping[int, ReadingsSummary]:
    """Give what ``get_readings_summary`` gives for each of the accounts; two queries, however many there are."""
    rows: dict[int, list[MeterRow]] = defaultdict(list)
    if account_ids:
        for row in to_meter_rows(_METERS(actor, tuple(account_ids)), at):
            rows[row.account_id].append(row)
    return {
        account_id: ReadingsSummary(
            tuple(sorted(rows[account_id], key=lambda row: not row.in_force))
        )
        for account_id in account_ids
    }


def _meters_of(actor: Actor, account_ids: tuple[int, ...]) -> QuerySet[SeenMeter]:
    return ordered(scopes.visible_meters(actor).filter(account__in=account_ids), actor)


_METERS = Prepared(_meters_of)
