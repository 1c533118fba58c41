from __future__ import annotations

import hashlib
import itertools
import re
import tracemalloc
import zipfile
from datetime import date

import pytest

from demo.generator import NUMBERS, Order, account_number, write_bundle, write_bundles
from demo.providers import BY_CODE, GAS_A, HOUSING, PROVIDERS
from demo.requisites import bank_key_is_right, correspondent_account, inn, settlement_account
from demo.showcase import SHOWCASE
from kabinet.providers.presets import PRESETS
from tests.demo.conftest import TODAY

SIDES = [spec.code for spec in PROVIDERS]


def order(**changes) -> Order:
    return Order(**{"accounts": 60, "months": 6, "seed": 3, "today": TODAY, **changes})


def contents(folder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("code", SIDES)
def test_the_manifest_tells_the_truth_about_the_files(bundles, code):
    bundle = bundles[code]
    told = bundle.manifest["files"]

    assert told == {
        name: {
            "rows": sum(1 for _row in bundle.rows(name)),
            "sha256": hashlib.sha256((bundle.folder / f"{name}.csv").read_bytes()).hexdigest(),
        }
        for name in bundle.names
    }


def test_the_four_providers_write_in_different_manners(bundles):
    assert {
        (bundles[code].manifest["encoding"], bundles[code].manifest["sign"]) for code in SIDES
    } == {("utf-8", "debt_negative"), ("cp1251", "debt_positive"), ("utf-8", "debt_positive")}


def test_the_ordered_number_of_accounts_is_shared_among_the_providers(bundles):
    counts = {code: sum(1 for _ in bundles[code].rows("accounts")) for code in SIDES}

    assert counts == {spec.code: 240 * spec.share // 100 for spec in PROVIDERS}


@pytest.mark.parametrize("zipped", [False, True])
def test_the_same_seed_gives_the_same_bytes(tmp_path, zipped):
    write_bundles(order(), tmp_path / "one", zipped=zipped)
    write_bundles(order(), tmp_path / "two", zipped=zipped)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_gives_other_accounts(tmp_path):
    write_bundles(order(providers=[GAS_A]), tmp_path / "one")
    write_bundles(order(providers=[GAS_A], seed=4), tmp_path / "two")

    first, second = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert first["priozerie-gaz/accounts.csv"] != second["priozerie-gaz/accounts.csv"]
    assert first["priozerie-gaz/tariffs.csv"] == second["priozerie-gaz/tariffs.csv"]


def test_the_showcase_is_the_same_for_every_seed(tmp_path):
    shown = len([row for row in SHOWCASE if row.provider == GAS_A.code])
    write_bundles(order(providers=[GAS_A], accounts=shown), tmp_path / "one")
    write_bundles(order(providers=[GAS_A], accounts=shown, seed=4), tmp_path / "two")

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_zip_holds_the_folder_and_replaces_it(tmp_path):
    write_bundles(order(providers=[HOUSING]), tmp_path / "open")
    [made] = write_bundles(order(providers=[HOUSING]), tmp_path / "packed", zipped=True)

    with zipfile.ZipFile(made.path) as archive:
        packed = {f"dom-na-sadovoy/{name}": archive.read(name) for name in archive.namelist()}
    assert packed == contents(tmp_path / "open")
    assert [path.name for path in (tmp_path / "packed").iterdir()] == ["dom-na-sadovoy.zip"]


@pytest.mark.parametrize("code", SIDES)
def test_account_numbers_fit_the_providers_pattern_and_come_once(bundles, code):
    numbers = [row["number"] for row in bundles[code].rows("accounts")]
    pattern = re.compile(str(PRESETS[BY_CODE[code].style]["account_pattern"]))

    assert len(set(numbers)) == len(numbers)
    assert [number for number in numbers if not pattern.fullmatch(number)] == []


@pytest.mark.parametrize("code", SIDES)
def test_a_drawn_number_never_meets_a_showcase_number(code):
    length, low, space = NUMBERS[code]
    shown = [row.number for row in SHOWCASE if row.provider == code]

    assert [n for n in shown if len(n) == length and low <= int(n) < low + space] == []
    assert len({account_number(BY_CODE[code], 5, index) for index in range(5000)}) == 5000


def test_requisites_have_right_check_digits():
    assert [inn("770708389"), inn(BY_CODE["priozerie-gaz"].inn[:9])] == [
        "7707083893",
        BY_CODE["priozerie-gaz"].inn,
    ]
    assert correspondent_account("044525225") == "30101810400000000225"
    assert bank_key_is_right("225", settlement_account("044525225", "50123017000"))


@pytest.mark.parametrize("code", SIDES)
def test_every_supplier_has_requisites_that_a_bank_would_accept(bundles, code):
    for row in bundles[code].rows("suppliers"):
        bic = row["bic"]
        assert inn(row["inn"][:9]) == row["inn"]
        assert bank_key_is_right(bic[-3:], row["bank_account"])
        assert bank_key_is_right(f"0{bic[4:6]}", row["corr_account"])


@pytest.mark.parametrize("code", SIDES)
def test_every_day_of_the_data_has_come(bundles, code):
    last = TODAY.isoformat()
    days = [
        day
        for name, columns in {
            "readings": ["taken_on"],
            "payments": ["received_on", "processed_on"],
            "bills": ["issued_on"],
        }.items()
        for row in bundles[code].rows(name)
        for day in (_iso(row[column]) for column in columns)
    ]

    assert max(days) <= last
    assert any(day.startswith(last[:7]) for day in days)


def _iso(day: str) -> str:
    return "-".join(reversed(day.split("."))) if "." in day else day


def test_months_end_with_the_one_before_the_day_of_the_data(tmp_path):
    [made] = write_bundles(order(providers=[GAS_A], today=date(2026, 1, 2)), tmp_path)

    assert made.rows["bills"] > 0
    bills = (made.path / "bills.csv").read_text(encoding="utf-8").splitlines()[1:]
    fixed = {row.number for row in SHOWCASE if row.is_fixed}
    periods = {
        period
        for account, period, *_ in (line.split(";") for line in bills)
        if account not in fixed
    }
    assert sorted(periods) == ["2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12"]


@pytest.mark.parametrize("months", [1, 2, 13])
def test_any_number_of_months_can_be_written(tmp_path, months):
    made = write_bundles(order(months=months), tmp_path)

    assert [one.rows["accounts"] for one in made] == [18, 15, 15, 12]


def test_memory_does_not_grow_with_the_number_of_accounts(tmp_path):
    def peak(accounts: int) -> int:
        tracemalloc.start()
        try:
            write_bundle(order(months=2), GAS_A, accounts, tmp_path / str(accounts))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(20)  # what is cached once is not growth
    small, large = peak(200), peak(2000)

    assert large < small * 1.1


def test_every_kind_of_account_is_among_the_data(bundles):
    meters = list(itertools.chain.from_iterable(b.rows("meters") for b in bundles.values()))
    accounts = list(bundles["priozerie-gaz"].rows("accounts"))

    assert {row["state"] for row in meters} == {"active", "broken", "removed"}
    assert {row["zones"] for row in meters} == {"", "T1,T2", "T1,T2,T3"}
    assert any(row["closed_on"] for row in accounts)
    assert any(not row["area_total"] for row in accounts)
    assert any(len(row["surname"]) > 35 for row in accounts)
    assert any(re.search("[АБВГ]$", row["house"]) for row in accounts)
    assert {row["state"] for row in bundles["priozerie-gaz"].rows("contracts")} == {
        "concluded",
        "prolonged",
        "terminated",
    }
    assert {row["kind"] for row in bundles["dom-na-sadovoy"].rows("bills")} >= {
        "Объединённая",
        "Основная",
        "ХВС и ВО",
        "Дополнение № 1",
    }
