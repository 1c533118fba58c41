from __future__ import annotations

import datetime as dt

import pytest

from kabinet.exchange.enums import ImportMode
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.kernel.actors import SYSTEM
from tests.factories import ProviderFactory

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def gas(transactional_db):
    return ProviderFactory(code="gas", style="A")


@pytest.fixture
def take(gas):
    """Import a path and give the report."""

    def run(path, *, mode="strict", dry_run=False, provider="gas", actor=SYSTEM):
        return import_bundle(
            actor=actor,
            path=path,
            provider_code=provider,
            options=Options(mode=ImportMode(mode), dry_run=dry_run),
            at=AT,
        )

    return run
