"""Partial mode takes the good rows and gives the bad ones back, ready to be mended (XCH-06)."""

from __future__ import annotations

import json

from django.core.files.storage import default_storage

from kabinet.accounts.models import Account
from kabinet.billing.models import Bill, PostedPayment
from kabinet.exchange.models import ImportRun
from tests.exchange.bundles import Bundle, unzipped


def _spoiled():
    bundle = Bundle(mode="full")
    bundle.replace("accounts", "Белова", "Б" * 101)
    bundle.add(
        "payments", '1001;"p;2";вчера;;1,00;"банк ""Озеро"""', "1001;p1;2026-10-13;;1.00;банк"
    )
    return bundle


def _rejects(report):
    with default_storage.open(report.rejects) as file:
        return unzipped(file.read())


def test_good_rows_go_in_and_bad_ones_come_back(take, tmp_path):
    report = take(_spoiled().folder(tmp_path / "b"), mode="partial")

    assert (report.status, report.exit_status) == ("partial", 1)
    assert set(Account.objects.values_list("number", flat=True)) == {"1001", "1003"}
    assert PostedPayment.objects.get().external_id == "p1"
    assert not Bill.objects.filter(number="B-3").exists()
    assert report.files["payments"] == {
        "read": 3,
        "inserted": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 2,
    }
    assert ImportRun.objects.get().rejects_key == report.rejects
    files = _rejects(report)
    assert set(files) == {
        "manifest.json",
        "accounts.csv",
        "account_services.csv",
        "meters.csv",
        "readings.csv",
        "bills.csv",
        "bill_lines.csv",
        "payments.csv",
        "balances.csv",
    }
    assert files["payments.csv"].splitlines()[:2] == [
        "account;id;received_on;processed_on;amount;source;_line;_code;_message",
        '1001;"p;2";вчера;;1,00;"банк ""Озеро""";3;not_a_date;Такой даты нет: нужно 2026-11-21 или 21.11.2026.',
    ]
    assert json.loads(files["manifest.json"])["mode"] == "delta"


def test_mended_rejects_go_in(take, tmp_path):
    files = _rejects(take(_spoiled().folder(tmp_path / "b"), mode="partial"))
    folder = tmp_path / "mended"
    folder.mkdir()
    for name, text in files.items():
        mended = text.replace("Б" * 101, "Белова").replace("вчера", "2026-10-20")
        mended = "\n".join(line for line in mended.split("\n") if ";duplicate;" not in line)
        (folder / name).write_text(mended)

    report = take(folder)

    assert (report.status, report.errors, report.warnings) == ("imported", [], [])
    assert Account.objects.count() == 3
    assert not Account.objects.exclude(missing_since=None).exists()
    assert Bill.objects.filter(number="B-3").exists()
    assert set(PostedPayment.objects.values_list("external_id", "source")) == {
        ("p1", "Личный кабинет"),
        ("p;2", 'банк "Озеро"'),
    }


def test_rejects_of_rejects_say_everything_once(take, tmp_path):
    files = _rejects(take(_spoiled().folder(tmp_path / "b"), mode="partial"))
    folder = tmp_path / "again"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)

    again = _rejects(take(folder, mode="partial"))

    assert again["payments.csv"].splitlines()[0] == files["payments.csv"].splitlines()[0]


def test_row_that_no_longer_is_a_row_keeps_its_text(take, tmp_path):
    bundle = Bundle().add("benefits", "1001;лишнее;;;ещё", "1001")

    report = take(bundle.folder(tmp_path / "b"), mode="partial")

    rows = _rejects(report)["benefits.csv"].splitlines()[1:]
    assert rows[0].startswith('1001;лишнее;;";ещё";3;bad_csv;')
    assert rows[1].startswith("1001;;;;4;bad_csv;")
