"""Every planted error is named by file, line, column and code; nothing is imported (XCH-05, 06)."""

from __future__ import annotations

import pytest

from kabinet.accounts.models import Account
from kabinet.billing.models import Bill, BillLine
from tests.exchange.bundles import Bundle

# what is planted → where it must be found
PLANTED = [
    (
        "missing",
        lambda b: b.add("accounts", "1009;;;;;;;;;;;;;", ";;Безномерный;;;;;;;;;;;"),
        ("accounts", 6, "number", ""),
    ),
    (
        "not_a_number",
        lambda b: b.replace("bills", "B-2;2026-11-01;640.00", "B-2;2026-11-01;6e2"),
        ("bills", 3, "opening", "6e2"),
    ),
    (
        "not_a_date",
        lambda b: b.replace("readings", "2026-09-22", "2026-09-31"),
        ("readings", 2, "taken_on", "2026-09-31"),
    ),
    (
        "not_a_period",
        lambda b: b.replace("bills", "1001;2026-09", "1001;2026-13"),
        ("bills", 2, "period", "2026-13"),
    ),
    (
        "out_of_range",
        lambda b: b.replace("bills", "704.12;704.12", "704.125;704.12"),
        ("bills", 3, "charged", "704.125"),
    ),
    (
        "too_long",
        lambda b: b.replace("accounts", "Белова", "Б" * 101),
        ("accounts", 3, "surname", "Б" * 101),
    ),
    (
        "unknown_value",
        lambda b: b.replace("readings", "1899.5;phone", "1899.5;pigeon"),
        ("readings", 3, "source", "pigeon"),
    ),
    (
        "unknown_reference",
        lambda b: b.add("payments", "9999;p2;2026-10-13;;1.00;банк"),
        ("payments", 3, "account", "9999"),
    ),
    (
        "duplicate",
        lambda b: b.add("accounts", "1001;;Другой;;;;;;;;;;;"),
        ("accounts", 5, "number", "1001"),
    ),
    ("bad_encoding", None, ("services", 3, None, None)),
    (
        "bad_csv",
        lambda b: b.add("benefits", "1001;лишнее;;;"),
        ("benefits", 3, None, "1001;лишнее;;;"),
    ),
    (
        "unknown_column",
        lambda b: b.replace("acts", "performed_at;kind", "performed_at;kind;colour").replace(
            "acts", "обслуживание", "обслуживание;"
        ),
        ("acts", 1, "colour", "colour"),
    ),
    (
        "missing_column",
        lambda b: b.replace("contracts", "starts_on", "begins_on"),
        ("contracts", 1, "starts_on", None),
    ),
]


def _planted(name, plant, path):
    bundle = Bundle()
    if plant:
        plant(bundle)
    folder = bundle.folder(path)
    if name == "bad_encoding":
        (folder / "services.csv").write_bytes(
            bundle.content("services").replace("ВДГО".encode(), b"\xc2\xc4")
        )
    return folder


@pytest.mark.parametrize(("code", "plant", "place"), PLANTED, ids=[case[0] for case in PLANTED])
def test_planted_error_is_found_where_it_is(take, tmp_path, code, plant, place):
    take(Bundle().folder(tmp_path / "genuine"))
    before = (Account.objects.count(), Bill.objects.count(), BillLine.objects.count())

    report = take(_planted(code, plant, tmp_path / "planted"))

    found = {(p.file, p.line, p.column, p.code): p for p in report.errors}
    file, line, column, value = place
    assert (file, line, column, code) in found
    if value is not None:
        assert found[file, line, column, code].value in {value[:200], value or None}
    assert found[file, line, column, code].as_json()["message"]
    assert report.status == "refused"
    assert report.exit_status == 1
    assert (Account.objects.count(), Bill.objects.count(), BillLine.objects.count()) == before


def test_all_planted_at_once_are_all_found(take, tmp_path):
    bundle = Bundle()
    for code, plant, _place in PLANTED:
        if plant and code not in {"missing_column", "unknown_column"}:
            plant(bundle)

    report = take(bundle.folder(tmp_path / "b"))

    wanted = {code for code, plant, _place in PLANTED if plant} - {
        "missing_column",
        "unknown_column",
    }
    assert wanted <= {problem.code for problem in report.errors}


def test_account_in_error_takes_its_rows_with_it(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    bundle = Bundle().replace("accounts", "54.20", "много")

    report = take(bundle.folder(tmp_path / "b"))

    taken = {(p.file, p.line, p.column) for p in report.errors if p.code == "unknown_reference"}
    assert {
        ("bills", 2, "account"),
        ("bills", 3, "account"),
        ("meters", 2, "account"),
        ("payments", 2, "account"),
        ("balances", 2, "account"),
        ("act_lines", 2, "account"),
    } <= taken
    assert ("bills", 4, "account") not in taken


def test_bill_in_error_takes_its_lines_with_it(take, tmp_path):
    bundle = Bundle().replace("bills", "B-2;2026-11-01;640.00", "B-2;2026-11-01;?")

    report = take(bundle.folder(tmp_path / "b"))

    places = {(p.file, p.line, p.column, p.code) for p in report.errors}
    assert places == {
        ("bills", 3, "opening", "not_a_number"),
        ("bill_lines", 3, "period", "unknown_reference"),
    }


def test_record_with_line_breaks_counts_by_where_it_starts(take, tmp_path):
    bundle = Bundle()
    bundle.files["account_facts"] = [
        "account;name;value;position",
        '1001;"Первая\nстрока";да;1',
        "1001;Вторая;да;x",
    ]

    report = take(bundle.folder(tmp_path / "b"))

    assert [(p.file, p.line, p.column, p.code) for p in report.errors] == [
        ("account_facts", 4, "position", "not_a_number")
    ]


def test_first_thousand_are_shown_and_all_are_counted(take, tmp_path):
    bundle = Bundle().add("payments", *[f"1001;x{i};сегодня;;1.00;банк" for i in range(1200)])

    report = take(bundle.folder(tmp_path / "b"))

    assert (len(report.errors), report.errors_total) == (1000, 1200)
    assert report.files["payments"] == {
        "read": 1201,
        "inserted": 0,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1200,
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("format", "other", "unknown_value"),
        ("version", 2, "unknown_value"),
        ("sign", "plus", "unknown_value"),
        ("mode", None, "missing"),
        ("as_of", "вчера", "not_a_date"),
        ("encoding", "utf-16", "unknown_value"),
    ],
)
def test_manifest_that_says_something_else_is_refused(take, tmp_path, field, value, code):
    report = take(Bundle(**{field: value}).folder(tmp_path / "b"))

    assert [(p.file, p.column, p.code) for p in report.errors] == [("manifest", field, code)]
    assert (report.status, report.exit_status) == ("refused", 1)
    assert not Account.objects.exists()


def test_bundle_of_another_provider_is_refused(take, tmp_path):
    report = take(Bundle(provider="water").folder(tmp_path / "b"))

    assert [p.code for p in report.errors] == ["unknown_provider"]
    assert report.exit_status == 1


@pytest.mark.parametrize("known", [True, False])
def test_unknown_or_switched_off_provider_is_refused_before_anything_is_read(take, gas, known):
    if known:
        gas.is_active = False
        gas.save()

    report = take("/nowhere", provider="gas" if known else "nobody")

    assert [p.code for p in report.errors] == ["unknown_provider"]
    assert report.as_json()["id"] is None


@pytest.mark.parametrize(
    ("name", "promise"),
    [("bills", {"sha256": "0" * 64}), ("bills", {"rows": 4}), ("branches2", {"rows": 1})],
)
@pytest.mark.parametrize("mode", ["strict", "partial"])
def test_file_that_is_not_as_promised_is_refused_in_both_modes(take, tmp_path, name, promise, mode):
    report = take(Bundle(files={name: promise}).folder(tmp_path / "b"), mode=mode)

    assert [(p.file, p.code) for p in report.errors] == [(name, "checksum")]
    assert report.status == "refused"
    assert not Account.objects.exists()


def test_sums_that_do_not_fit_are_warned_of_and_kept(take, tmp_path):
    bundle = Bundle().replace("bills", "640.00;640.00;704.12;704.12", "640.00;640.00;704.12;704.13")

    report = take(bundle.folder(tmp_path / "b"))

    assert {(p.file, p.line, p.column, p.code) for p in report.warnings} == {
        ("bills", 3, "total", "sum_mismatch")
    }
    assert report.warnings_total == 2  # against its formula, and against its lines
    assert str(Bill.objects.get(number="B-2").total) == "704.13"
