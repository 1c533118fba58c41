"""A reading submitted here comes back with the provider's verdict (XCH-10, MET-32)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from kabinet.accounts.models import Account
from kabinet.metering.models import Meter, Reading
from tests.exchange.bundles import Bundle
from tests.factories import AccountFactory, MeterFactory, ProviderFactory, ReadingFactory

SUBMITTED = {
    "source": "portal",
    "accounted_on": None,
    "submitted_at": dt.datetime(2026, 11, 18, 9, 0, tzinfo=dt.UTC),
    "route": "portal",
    "taken_on": dt.date(2026, 11, 18),
    "value": Decimal(1950),
}


@pytest.fixture
def submitted(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    meter = Meter.objects.get(serial="07410001")
    return ReadingFactory(meter=meter, status="sent", portal_id=uuid.uuid4(), **SUBMITTED)


def _back(path, *rows):
    bundle = Bundle().only("readings")
    header = "account;meter;taken_on;accounted_on;value;source;status;reason;portal_id"
    bundle.files["readings"] = [header, *rows]
    return bundle.folder(path)


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_verdict_reaches_the_submitted_reading(take, submitted, tmp_path, verdict):
    row = f"1001;07410001;2026-11-18;2026-11-30;1950;portal;{verdict};причина;{submitted.portal_id}"
    path = _back(tmp_path / "back", row)

    report = take(path)

    submitted.refresh_from_db()
    assert (submitted.status, submitted.reason, submitted.accounted_on) == (
        verdict,
        "причина",
        dt.date(2026, 11, 30),
    )
    assert report.files["readings"] == {
        "read": 1,
        "inserted": 0,
        "updated": 1,
        "unchanged": 0,
        "rejected": 0,
    }
    assert take(path).status == "unchanged"


def test_replaced_reading_stays_replaced(take, submitted, tmp_path):
    Reading.objects.filter(pk=submitted.pk).update(status="replaced")

    report = take(
        _back(
            tmp_path / "back",
            f"1001;07410001;2026-11-18;;1950;portal;accepted;;{submitted.portal_id}",
        )
    )

    submitted.refresh_from_db()
    assert (report.status, submitted.status) == ("unchanged", "replaced")


def test_without_portal_id_the_natural_key_finds_it(take, submitted, tmp_path):
    take(_back(tmp_path / "back", "1001;07410001;2026-11-18;2026-11-30;1950;portal;accepted;;"))

    submitted.refresh_from_db()
    assert submitted.status == "accepted"
    assert Reading.objects.filter(taken_on=submitted.taken_on).count() == 1


def _foreign():
    provider = ProviderFactory(code="water")
    meter = MeterFactory(
        account=AccountFactory(provider=provider, number="1001"), serial="07410001"
    )
    return ReadingFactory(meter=meter, status="sent", portal_id=uuid.uuid4(), **SUBMITTED)


@pytest.mark.parametrize("whose", ["nobody's", "another provider's", "another account's"])
def test_portal_id_that_is_not_this_meters_is_refused(take, submitted, tmp_path, whose):
    portal_id, account, meter = uuid.uuid4(), "1001", "07410001"
    if whose == "another provider's":
        portal_id = _foreign().portal_id
    if whose == "another account's":
        portal_id, account, meter = submitted.portal_id, "1002", "07410002"

    report = take(
        _back(tmp_path / "back", f"{account};{meter};2026-11-18;;1950;portal;accepted;;{portal_id}")
    )

    assert [(p.file, p.line, p.column, p.value, p.code) for p in report.errors] == [
        ("readings", 2, "portal_id", str(portal_id), "unknown_reference")
    ]
    assert set(Reading.objects.exclude(portal_id=None).values_list("status", flat=True)) == {"sent"}
    assert Account.objects.filter(provider__code="gas").count() == 3
