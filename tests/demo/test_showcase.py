"""Every showcase account is what its words say."""

from __future__ import annotations

from datetime import date

import pytest

from demo.generator import Order, write_bundles
from demo.providers import GAS_A
from demo.showcase import SHOWCASE, shown_by
from tests.demo.conftest import TODAY
from tests.demo.reading import WrittenBundle, kopecks

PROVIDER_OF = {row.number: row.provider for row in SHOWCASE}


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> dict[str, WrittenBundle]:
    """Two years of the showcase and few accounts besides."""
    made = write_bundles(
        Order(accounts=60, months=24, seed=1, today=TODAY), tmp_path_factory.mktemp("shown")
    )
    return {one.provider: WrittenBundle(one.path) for one in made}


def of(shown, name: str, number: str) -> list[dict[str, str]]:
    return shown[PROVIDER_OF[number]].of(name, number)


def owed(shown, number: str) -> int:
    bundle = shown[PROVIDER_OF[number]]
    return sum(
        bundle.due(row["amount"]) + bundle.due(row["penalty"])
        for row in of(shown, "balances", number)
    )


def verification(shown, number: str) -> date:
    day = of(shown, "meters", number)[0]["next_verification_on"]
    return date.fromisoformat("-".join(reversed(day.split("."))) if "." in day else day)


def test_showcase_numbers_come_once():
    numbers = [row.number for row in SHOWCASE]

    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("row", SHOWCASE, ids=lambda row: row.number)
def test_a_showcase_account_is_written_with_its_name_and_pin(shown, row):
    [account] = of(shown, "accounts", row.number)

    named = " ".join(account[name] for name in ("surname", "name", "patronymic")).strip()
    assert (named, account["pin"]) == (row.holder, row.pin)


@pytest.mark.parametrize("number", ["203330511", "805107", "10204534", "1017200037"])
def test_debtors_owe_more_than_two_usual_months(shown, number):
    charges = [kopecks(row["charged"]) for row in of(shown, "bills", number)]

    assert owed(shown, number) > 2 * sum(charges) // len(charges)


@pytest.mark.parametrize("number", ["805107", "1017200037"])
def test_debtors_of_providers_with_penalties_owe_penalties(shown, number):
    assert sum(kopecks(row["penalty"]) for row in of(shown, "balances", number)) > 0


@pytest.mark.parametrize("number", ["203330528", "160733651169", "10204542", "1017200045"])
def test_those_who_pay_ahead_are_overpaid(shown, number):
    assert owed(shown, number) < 0


@pytest.mark.parametrize("number", ["203330486", "510080", "10204518", "1017200011"])
def test_an_ordinary_account_owes_its_last_bill_and_waits_for_a_reading(shown, number):
    bundle = shown[PROVIDER_OF[number]]

    assert owed(shown, number) == bundle.due(of(shown, "bills", number)[-1]["total"]) > 0
    taken = [row["taken_on"] for row in of(shown, "readings", number)]
    assert [day for day in taken if "2026-11" in day or "11.2026" in day] == []


def test_verifications_are_near_or_past(shown):
    assert 0 < (verification(shown, "203330535") - TODAY).days < 75
    assert 0 < (verification(shown, "1017200052") - TODAY).days < 75
    assert verification(shown, "203330541") < TODAY
    assert verification(shown, "24022552") < TODAY


def test_a_replaced_meter_stays_with_its_end_and_reason(shown):
    old, new = of(shown, "meters", "203330558")

    assert (old["state"], old["removal_reason"]) == ("removed", "Замена прибора учёта")
    assert old["charging_to"] == new["charging_from"] == new["installed_on"]
    assert new["state"] == "active"


def test_a_closed_account_has_no_later_bills_and_no_debt(shown):
    [account] = of(shown, "accounts", "203330564")
    last = of(shown, "bills", "203330564")[-1]

    assert account["closed_on"][:7] == last["period"] < "2026-10"
    assert owed(shown, "203330564") == 0


def test_accounts_without_a_meter_are_charged_by_norm(shown):
    assert of(shown, "meters", "000492463") == []
    assert {row["basis"] for row in of(shown, "bill_lines", "000492463")} == {"norm", "other"}


def test_separate_bills_come_in_two_kinds_each_month(shown):
    kinds = {row["kind"] for row in of(shown, "bills", "1017200029")}

    assert kinds - {"Дополнение № 1"} == {"Основная", "ХВС и ВО"}


def test_the_electricity_of_one_account_is_metered_and_charged_by_zones(shown):
    [meter] = of(shown, "meters", "10204518")
    operations = {row["operation"] for row in of(shown, "bill_lines", "10204518")}

    assert meter["zones"] == "T1,T2"
    assert {"начисление, зона T1", "начисление, зона T2"} <= operations


def test_troubles_are_as_told(shown):
    assert len(of(shown, "bills", "510098")) == 3
    assert {row["period"] for row in of(shown, "bill_lines", "510098")} == {"09.2026", "10.2026"}
    assert [row["supplier"] for row in of(shown, "bill_lines", "10204567")] == ["sbyt", ""] * 3
    assert {row["supplier"] for row in of(shown, "account_services", "10204567")} == {
        "sbyt",
        "sever",
        "eko",
    }
    assert [row["final"] for row in of(shown, "bills", "203330602")] == ["1", "0", "1", "1"]
    assert min(kopecks(row["charged"]) for row in of(shown, "bills", "203330602")) < 0
    assert of(shown, "bills", "203330619")[-1]["period"] == "2027-02"
    assert (of(shown, "bills", "510106"), of(shown, "readings", "510106")) == ([], [])
    assert len(of(shown, "meters", "510106")) == 1
    assert (of(shown, "bills", "1017200078"), len(of(shown, "payments", "1017200078"))) == ([], 4)


def test_a_small_order_takes_the_first_showcase_accounts(tmp_path):
    [made] = write_bundles(Order(3, 2, 1, TODAY, [GAS_A]), tmp_path)

    numbers = [row["number"] for row in WrittenBundle(made.path).rows("accounts")]
    assert numbers == [row.number for row in shown_by(GAS_A.code)[:3]]
