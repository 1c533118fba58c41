from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from kabinet.exchange.models import ImportRun
from kabinet.exchange.operations import forget_old_bundles
from tests.factories import ProviderFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 3, 17, tzinfo=dt.UTC)


def _run(provider, *, days):
    ended = NOW - dt.timedelta(days=days)
    return ImportRun.objects.create(
        provider=provider,
        mode="partial",
        status="partial",
        source_name="bundle.zip",
        source_key=default_storage.save("imports/bundle.zip", ContentFile(b"PK")),
        rejects_key=default_storage.save("rejects/rejects.zip", ContentFile(b"PK")),
        report={"errors_total": 3},
        started_at=ended,
        finished_at=ended,
    )


def test_people_s_data_in_old_bundles_are_deleted_and_the_report_stays():
    provider = ProviderFactory()
    old, fresh = _run(provider, days=31), _run(provider, days=29)
    gone, kept = (old.source_key, old.rejects_key), (fresh.source_key, fresh.rejects_key)

    assert forget_old_bundles(before=NOW - dt.timedelta(days=30)) == 1
    assert forget_old_bundles(before=NOW - dt.timedelta(days=30)) == 0

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.source_key, old.rejects_key, old.report) == ("", "", {"errors_total": 3})
    assert (fresh.source_key, fresh.rejects_key) == kept
    assert [default_storage.exists(key) for key in (*gone, *kept)] == [False, False, True, True]
