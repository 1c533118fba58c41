"""The genuine bundle goes in whole, however it is carried; a second time it changes nothing (XCH-01…05, 14)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection

from kabinet.accounts.models import Account, AccountFact
from kabinet.accounts.pins import pin_digest
from kabinet.billing.models import Balance, Bill, BillLine
from kabinet.exchange.models import ImportRun
from kabinet.kernel import bundle as vocabulary
from kabinet.metering.models import Meter, Reading
from tests.exchange.bundles import Bundle

WRITTEN = {
    "folder": lambda b, path: b.folder(path),
    "crlf": lambda b, path: b.folder(path, newline="\r\n"),
    "bom": lambda b, path: b.folder(path, bom=True),
    "zip": lambda b, path: b.zip(path),
    "zip of a folder": lambda b, path: b.zip(path, top="bundle/"),
    "xlsx": lambda b, path: b.xlsx(path),
}


def _everything():
    """All that a bundle fills, without what is made at random."""
    shown = {}
    with connection.cursor() as cursor:
        for table in sorted({file.table for file in vocabulary.files()}):
            cursor.execute(f"SELECT to_jsonb(t) - 'public_id' FROM {table} t")
            shown[table] = sorted(str(_plain(row[0])) for row in cursor.fetchall())
    return shown


def _plain(row):
    import json

    row = json.loads(row) if isinstance(row, str) else row
    return sorted((k, v) for k, v in row.items() if k != "id" and not k.endswith("_id"))


def test_genuine_bundle_is_imported_whole(take, tmp_path):
    report = take(Bundle().folder(tmp_path / "b"))

    assert report.as_json()["errors"] == []
    assert report.as_json()["warnings"] == []
    assert report.status == "imported"
    assert report.files["bills"] == {
        "read": 3,
        "inserted": 3,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }
    assert {name: counts["inserted"] for name, counts in report.files.items()} == {
        name: len(lines) - 1 for name, lines in Bundle().files.items()
    }
    account = Account.objects.get(number="1001")
    assert (account.surname, account.branch.parent.code, account.area_total) == (
        "Абрамов",
        "north",
        Decimal("54.20"),
    )
    assert account.pin_digest == pin_digest(
        key=settings.PIN_KEY, account_number="1001", pin=" Ab12 "
    )
    assert Bill.objects.get(number="B-3").opening == Decimal("-10.50")
    assert BillLine.objects.get(bill__number="B-2").supplier.code == "main"
    assert ImportRun.objects.get().status == "imported"
    assert ImportRun.objects.get().report == report.as_json()


def test_second_import_changes_nothing(take, tmp_path):
    path = Bundle().folder(tmp_path / "b")
    take(path)
    before = _everything()

    report = take(path)

    assert report.status == "unchanged"
    assert {(c["inserted"], c["updated"], c["rejected"]) for c in report.files.values()} == {
        (0, 0, 0)
    }
    assert _everything() == before


@pytest.mark.parametrize("written", WRITTEN)
def test_every_carrier_brings_the_same(take, tmp_path, written):
    take(Bundle().folder(tmp_path / "genuine"))
    before = _everything()
    suffix = {"zip": ".zip", "xlsx": ".xlsx"}.get(written, "")

    report = take(WRITTEN[written](Bundle(), tmp_path / f"b{suffix}"))

    assert (report.status, report.errors) == ("unchanged", [])
    assert _everything() == before


@pytest.mark.parametrize(
    "other", [lambda b: b, lambda b: b.negated()], ids=["cp1251", "cp1251, debt with a minus"]
)
def test_encoding_and_sign_make_no_difference(take, tmp_path, other):
    take(Bundle().folder(tmp_path / "genuine"))
    bundle = other(Bundle(encoding="cp1251"))
    # cp1251 knows neither the cube nor the middle dot: 1C writes m3
    bundle.files = {
        name: [line.replace("м³", "м3") for line in lines] for name, lines in bundle.files.items()
    }

    report = take(bundle.folder(tmp_path / "b"))

    assert (report.status, report.errors) == ("unchanged", [])


def test_russian_spellings_in_any_order_of_columns_mean_the_same(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    bundle = Bundle().only("bills", "readings", "accounts")
    bundle.files["bills"] = [
        "kind;period;account;issued_on;charged;opening;paid;total;number;final;opening_is_net",
        " общая ;10.2026;1001;01.11.2026;704,12;\u00a0640,00;640;704,12;B-2;да;нет",
    ]
    bundle.files["readings"] = [
        "source;value;taken_on;account;meter;zone",
        "phone;1\u00a0899,5;22.10.2026;1001;07410001;",
    ]
    bundle.files["accounts"] = ["number;opened_on;area_total", '"1001";15.01.2010;"54,2"']

    report = take(bundle.folder(tmp_path / "b"))

    assert (report.status, report.errors) == ("unchanged", [])


def test_areas_of_a_house_come_with_its_accounts_and_go_when_they_are_sent_empty(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    assert Account.objects.get(number="1001").house_area_total is None
    names = ("total", "living", "nonliving", "common", "common_counted")
    columns = ";".join(f"house_area_{name}" for name in names)

    for day, sent in (("21", "10955.38;10955,38;0;2462.89;2462.89"), ("22", ";;;;")):
        bundle = Bundle(as_of=f"2026-11-{day}T03:00:00+03:00").only("accounts")
        bundle.files["accounts"] = [f"number;{columns}", f"1001;{sent}"]
        assert take(bundle.folder(tmp_path / day)).errors == []

        account = Account.objects.get(number="1001")
        given = [getattr(account, f"house_area_{name}") for name in names]
        wanted = [area and Decimal(area.replace(",", ".")) for area in sent.split(";")]
        assert given == [None if area == "" else area for area in wanted]
        assert account.surname == "Абрамов"


def test_later_bundle_updates_only_what_it_sends(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    bundle = Bundle(as_of="2026-11-21T03:00:00+03:00").only("accounts")
    bundle.files["accounts"] = ["number;surname", "1001;Абрамова", "1002;Белова"]

    report = take(bundle.folder(tmp_path / "b"))

    assert report.files["accounts"] == {
        "read": 2,
        "inserted": 0,
        "updated": 1,
        "unchanged": 1,
        "rejected": 0,
    }
    account = Account.objects.get(number="1001")
    assert (account.surname, account.name, account.branch.code) == ("Абрамова", "Борис", "town")
    assert account.pin_digest


def test_missing_digits_are_those_of_the_last_reading_and_one_more(take, tmp_path):
    take(Bundle().folder(tmp_path / "b"))

    assert Meter.objects.get(serial="07410002").digits == 6


def test_changed_bill_gets_one_new_revision_a_run(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    bundle = (
        Bundle()
        .replace("bills", "B-1", "B-1a")
        .replace("bill_lines", "6.40;100", "6.4;100.0")
        .replace("bill_lines", "60.00;0.00;49.50", "60.00;0.00;49.51")
        .add("bill_lines", "1001;2026-09;общая;2;vdgo;;;;;;;0.00;;")
    )

    take(bundle.folder(tmp_path / "b"))

    assert dict(Bill.objects.values_list("number", "revision")) == {"B-1a": 2, "B-2": 1, "B-3": 2}


def test_text_that_looks_like_code_is_text(take, tmp_path):
    values = [
        "'; DROP TABLE accounts_account; --",
        "\\.",
        "\\N",
        'с "кавычками"',
        "=1+1",
        "a;b",
        "%(provider)s",
        "<b>",
        "\\",
    ]
    bundle = Bundle().only("accounts", "account_facts", "branches")
    bundle.files["account_facts"] = ["account;name;value"] + [
        f'1003;n{place};"{value.replace(chr(34), chr(34) * 2)}"'
        for place, value in enumerate(values)
    ]

    report = take(bundle.folder(tmp_path / "b"))

    assert report.status == "imported"
    assert list(AccountFact.objects.order_by("name").values_list("value", flat=True)) == values


def test_dry_run_counts_and_changes_nothing(take, tmp_path):
    report = take(Bundle().folder(tmp_path / "b"), dry_run=True)

    assert (report.status, report.exit_status) == ("checked", 0)
    assert report.files["accounts"]["inserted"] == 3
    assert not Account.objects.exists()
    assert ImportRun.objects.get().status == "checked"


def test_full_bundle_closes_the_accounts_it_does_not_name_and_reopens_them(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    bundle = Bundle(mode="full").only("accounts", "branches", "readings")
    bundle.files["accounts"] = bundle.files["accounts"][:2]
    bundle.files["readings"] = bundle.files["readings"][:1]

    closing = take(bundle.folder(tmp_path / "b"))
    closed = sorted(Account.objects.exclude(missing_since=None).values_list("number", flat=True))
    again = take(tmp_path / "b")
    back = take(Bundle().folder(tmp_path / "genuine"))

    assert (closing.status, again.status, back.status) == ("imported", "unchanged", "imported")
    assert closed == ["1002", "1003"]
    assert back.files["accounts"]["updated"] == 2
    assert not Account.objects.exclude(missing_since=None).exists()
    assert Reading.objects.count() == 3


def test_balances_never_go_back_in_time(take, tmp_path):
    take(Bundle().folder(tmp_path / "genuine"))
    old = (
        Bundle(as_of="2026-11-19T03:00:00+03:00")
        .only("balances")
        .replace("balances", "704.12", "1.00")
    )

    report = take(old.folder(tmp_path / "b"))

    assert [(p.file, p.line, p.column, p.code) for p in report.errors] == [
        ("balances", 2, "as_of", "stale"),
        ("balances", 3, "as_of", "stale"),
    ]
    assert sorted(map(str, Balance.objects.values_list("amount", flat=True))) == [
        "-49.50",
        "704.12",
    ]
