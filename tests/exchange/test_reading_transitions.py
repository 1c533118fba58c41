"""The statements that move readings in sets keep to the one table of their states (MET-32, R6)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from kabinet.exchange.exports import Target, acknowledge_run, export_new, export_since
from kabinet.kernel.actors import SYSTEM
from kabinet.metering.enums import READING_TRANSITIONS, ReadingStatus
from kabinet.metering.models import Meter, Reading
from tests.exchange.bundles import Bundle
from tests.factories import NOON, MeterFactory, ProviderFactory, ReadingFactory

VERDICTS = (ReadingStatus.ACCEPTED, ReadingStatus.REJECTED)


def submitted(meter, status, **facts):
    withdrawn_at = NOON if status == ReadingStatus.WITHDRAWN else None
    return ReadingFactory(
        meter=meter,
        status=status,
        source="portal",
        accounted_on=None,
        submitted_at=NOON,
        route="portal",
        portal_id=uuid.uuid4(),
        taken_on=dt.date(2026, 11, 18),
        value=Decimal(1950),
        withdrawn_at=withdrawn_at,
        **facts,
    )


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("status", list(ReadingStatus))
def test_a_verdict_moves_a_reading_only_along_the_table(take, tmp_path, status, verdict):
    take(Bundle().folder(tmp_path / "genuine"))
    reading = submitted(Meter.objects.get(serial="07410001"), status)
    bundle = Bundle().only("readings")
    bundle.files["readings"] = [
        "account;meter;taken_on;value;source;status;portal_id",
        f"1001;07410001;2026-11-18;1950;portal;{verdict};{reading.portal_id}",
    ]

    take(bundle.folder(tmp_path / "back"))

    reading.refresh_from_db()
    moves = verdict in READING_TRANSITIONS[status]
    assert reading.status == (verdict if moves else status)


@pytest.mark.django_db
@pytest.mark.parametrize("status", list(ReadingStatus))
def test_an_export_gives_and_acknowledges_only_along_the_table(tmp_path, status):
    meter = MeterFactory(account__provider=ProviderFactory(code="gas"))
    kept = submitted(MeterFactory(account=meter.account), ReadingStatus.SENT)
    reading = submitted(meter, status)
    who = {"actor": SYSTEM, "provider_code": "gas"}
    run = export_new(**who, what="readings", target=Target(tmp_path / "out.csv"), at=NOON)
    given = str(reading.portal_id) in (tmp_path / "out.csv").read_text()

    acknowledge_run(**who, number=run.number, at=NOON)

    reading.refresh_from_db()
    kept.refresh_from_db()
    assert given is (ReadingStatus.RECEIVED in READING_TRANSITIONS[status])
    assert reading.status == (ReadingStatus.RECEIVED if given else status)
    assert kept.status == ReadingStatus.RECEIVED


@pytest.mark.django_db
@pytest.mark.parametrize("status", list(ReadingStatus))
def test_what_was_set_aside_is_in_no_file(tmp_path, status):
    meter = MeterFactory(account__provider=ProviderFactory(code="gas"))
    reading = submitted(meter, status)

    export_since(
        actor=SYSTEM,
        provider_code="gas",
        what="readings",
        since=NOON,
        target=Target(tmp_path / "out.csv"),
    )

    shown = str(reading.portal_id) in (tmp_path / "out.csv").read_text()
    assert shown is bool(READING_TRANSITIONS[status])
    assert Reading.objects.get().status == status
