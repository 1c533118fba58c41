"""The moments of a run prove its state: the database refuses the impossible (style R6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from kabinet.exchange.models import ExportRun, ImportRun
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
