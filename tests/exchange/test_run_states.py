"""The moments of a run prove its state: the database refuses the impossible (style R6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from kabinet.exchange.enums import IMPORT_TRANSITIONS, ImportStatus
from kabinet.exchange.models import UNFINISHED, ExportRun, ImportRun
from kabinet.exchange.runs import finishing
from tests.factories import ProviderFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "imported"},
        {"status": "failed"},
        {"status": "running", "finished_at": AT},
        {"status": "queued", "finished_at": AT},
    ],
)
def test_an_import_has_ended_exactly_when_its_state_says_so(facts):
    with pytest.raises(IntegrityError, match="finished_at_follows_status"), transaction.atomic():
        ImportRun.objects.create(provider=ProviderFactory(), mode="strict", **facts)

    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "claimed", "delivered_at": AT},
        {"status": "delivered"},
        {"status": "delivered", "delivered_at": AT, "acknowledged_at": AT},
        {"status": "acknowledged", "acknowledged_at": AT},
        {"status": "acknowledged", "delivered_at": AT},
    ],
)
def test_an_export_was_delivered_and_acknowledged_exactly_when_its_state_says_so(facts):
    with pytest.raises(IntegrityError, match="moments_follow_status"), transaction.atomic():
        ExportRun.objects.create(
            provider=ProviderFactory(), what="readings", claimed_at=AT, **facts
        )

    assert not ExportRun.objects.exists()


def test_every_step_of_a_run_is_in_the_table():
    assert set(IMPORT_TRANSITIONS) == set(ImportStatus)
    assert {state for state, targets in IMPORT_TRANSITIONS.items() if not targets} == set(
        ImportStatus
    ) - set(UNFINISHED)


@pytest.mark.parametrize("state", sorted(set(ImportStatus) - {ImportStatus.RUNNING}))
def test_only_a_run_that_is_going_on_can_end(state):
    ended = None if state in UNFINISHED else AT
    run = ImportRun.objects.create(
        provider=ProviderFactory(), mode="strict", status=state, finished_at=ended
    )

    with connection.cursor() as cursor:
        cursor.execute(*finishing(run.pk, ImportStatus.IMPORTED, {}, "", AT))

        assert cursor.rowcount == 0
    run.refresh_from_db()
    assert run.status == state


def test_a_run_that_is_going_on_ends():
    run = ImportRun.objects.create(provider=ProviderFactory(), mode="strict", status="running")

    with connection.cursor() as cursor:
        cursor.execute(*finishing(run.pk, ImportStatus.IMPORTED, {}, "", AT))

    run.refresh_from_db()
    assert (run.status, run.finished_at) == ("imported", AT)
