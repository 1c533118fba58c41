"""The genuine bundle goes in whole, and a second time changes nothing (XCH-01…05, 14)."""

from __future__ import annotations

from decimal import Decimal

from kabinet.accounts.models import Account
from kabinet.billing.models import Bill
from tests.exchange.bundles import Bundle


def test_genuine_bundle_is_imported_whole(take, tmp_path):
    report = take(Bundle().folder(tmp_path / "b"))

    assert report.as_json()["errors"] == []
    assert report.status == "imported"
    assert report.files["bills"] == {
        "read": 3,
        "inserted": 3,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }
    assert Account.objects.count() == 3
    assert Bill.objects.get(number="B-3").total == Decimal("89.50")


def test_second_import_changes_nothing(take, tmp_path):
    path = Bundle().folder(tmp_path / "b")
    take(path)

    report = take(path)

    assert report.status == "unchanged"
    assert {(c["inserted"], c["updated"], c["rejected"]) for c in report.files.values()} == {
        (0, 0, 0)
    }
