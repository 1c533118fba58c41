"""A reading belongs to a zone of its meter; a row of nothing but empty fields is no row."""

from __future__ import annotations

import pytest

from kabinet.metering.models import Meter, Reading
from tests.exchange.bundles import Bundle


def _zoned(zones):
    return Bundle().replace("meters", "БК-G4T;5;;", f"БК-G4T;5;{zones};")


def _readings(bundle, *zones):
    head, _first, _second, last = bundle.files["readings"]
    rows = [f"1001;07410001;{zone};2026-10-22;{1900 + n};phone" for n, zone in enumerate(zones)]
    bundle.files["readings"] = [head, *rows, last]
    return bundle


@pytest.mark.parametrize(
    ("of_meter", "of_reading"), [("T1,T2", "T3"), ("T1,T2", ""), ("", "T1"), ("T2", "T1")]
)
def test_reading_of_a_zone_that_its_meter_has_not_is_refused(take, tmp_path, of_meter, of_reading):
    bundle = _readings(_zoned(of_meter), of_reading)

    report = take(bundle.folder(tmp_path / "b"))

    assert [(p.file, p.line, p.column, p.value, p.code) for p in report.errors] == [
        ("readings", 2, "zone", of_reading or None, "unknown_value")
    ]
    assert not Meter.objects.exists()


def test_readings_of_the_meters_zones_are_taken(take, tmp_path):
    bundle = _readings(_zoned("T1,T2"), "T1", "T2")

    report = take(bundle.folder(tmp_path / "b"))

    assert (report.status, report.errors) == ("imported", [])
    assert sorted(Reading.objects.values_list("zone", flat=True)) == ["", "T1", "T2"]


def test_readings_stay_when_their_meter_comes_to_have_zones(take, tmp_path):
    take(Bundle().folder(tmp_path / "before"))

    report = take(_zoned("T1,T2").folder(tmp_path / "after"))

    assert (report.status, report.files["readings"]["unchanged"]) == ("imported", 3)
    assert Meter.objects.get(serial="07410001").zones == ["T1", "T2"]


@pytest.mark.parametrize("carrier", ["folder", "zip", "xlsx"])
def test_rows_of_empty_fields_are_passed_over(take, tmp_path, carrier):
    bundle = Bundle()
    for lines in bundle.files.values():
        empty = ";" * lines[0].count(";")
        lines[2:2] = [empty]
        lines.append(empty)
    bundle.add("bills", "1001;2026-11;общая;B-4;;?;;0;0;")

    report = take(getattr(bundle, carrier)(tmp_path / "b.xlsx"), mode="partial")

    assert [(p.file, p.line, p.code) for p in report.errors] == [("bills", 7, "not_a_number")]
    assert {name: counts["read"] for name, counts in report.files.items()} == {
        name: len(lines) - 3 for name, lines in bundle.files.items()
    }
