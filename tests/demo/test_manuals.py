"""The worked figures of the manuals stand in the demo's data as printed (spec 04, §6)."""

from __future__ import annotations

from demo.providers import GAS_A, GAS_B, HOUSING
from tests.demo.reading import WrittenBundle, kopecks, month


def bills(bundle: WrittenBundle, account: str, *columns: str) -> list[tuple]:
    return [
        (month(row["period"]), *(_read(bundle, row, column) for column in columns))
        for row in bundle.of("bills", account)
    ]


def _read(bundle: WrittenBundle, row: dict[str, str], column: str):
    if column == "final":
        return row[column]
    negated = column in {"opening", "total", "penalty_opening", "penalty_total", "preliminary"}
    return bundle.due(row[column]) if negated else kopecks(row[column])


def test_settlements_of_a_with_the_open_september(bundles):
    bundle = bundles[GAS_A.code]

    assert bills(bundle, "3301635", "opening", "charged", "paid", "total", "final") == [
        ("2019-07", 272_807, 331_952, 272_807, 331_952, "1"),
        ("2019-08", 331_952, 258_043, 0, 589_995, "1"),
        ("2019-09", 589_995, -257_490, 0, 332_505, "0"),
    ]
    assert [row["volume"] for row in bundle.of("bill_lines", "3301635")] == ["600", "466", "-465"]
    assert [row["opening"] for row in bundle.of("bill_lines", "3301635")] == [
        "-2728.07",
        "-3319.52",
        "-5899.95",
    ]
    assert [row["amount"] for row in bundle.of("act_lines", "3301635")] == ["797.48"]


def test_charge_history_of_b(bundles):
    bundle = bundles[GAS_B.code]

    assert bills(bundle, "10031851", "opening", "charged", "paid", "total") == [
        ("2023-12", -260, 0, 0, -260),
        ("2024-01", -260, 0, 0, -260),
        ("2024-02", -260, 0, 0, -260),
        ("2024-03", -260, 0, 0, -260),
        ("2024-04", -260, 739, 0, 479),
        ("2024-05", 479, 0, 100, 379),
    ]
    assert [(row["received_on"], row["amount"]) for row in bundle.of("payments", "10031851")] == [
        ("03.05.2024", "1,00"),
        ("11.05.2023", "1111,10"),
    ]


def test_general_information_of_d_with_its_mismatch_kept(bundles):
    bundle = bundles[HOUSING.code]
    columns = ("opening", "paid", "charged", "total", "preliminary")

    assert bills(bundle, "1234567899", *columns) == [
        ("2018-02", 0, 48_528, 53_920, 53_920, 0),
        ("2019-09", 277_992, 0, 51_316, 329_308, 23_522),
        ("2020-08", 6_442_974, 756_461, 151_830, 5_838_343, 190_464),
    ]


def test_payments_of_d_share_a_processing_day(bundles):
    payments = bundles[HOUSING.code].of("payments", "1234567899")

    assert [(row["received_on"], row["processed_on"], row["amount"]) for row in payments] == [
        ("2012-07-06", "2012-11-01", "944.66"),
        ("2012-08-06", "2012-11-01", "1037.64"),
        ("2012-09-10", "2012-11-01", "1037.66"),
        ("2012-10-08", "2012-11-01", "1082.36"),
        ("2012-11-08", "2012-11-12", "1082.36"),
    ]


def test_breakdown_of_d_counts_the_overpaid_penalty_row_as_nothing(bundles):
    bundle = bundles[HOUSING.code]
    lines = bundle.of("bill_lines", "1234567881")

    assert [
        sum(kopecks(row[name]) for row in lines)
        for name in ("opening", "paid", "charged", "closing")
    ] == [503_149, 504_611, 513_527, 513_527]
    assert [kopecks(row["charged"]) for row in lines] == [
        263_351, 133_742, 779, 13_492, 94_136, 7_462, 565, 0,
    ]  # fmt: skip
    assert [lines[-1][name] for name in ("opening", "charged", "closing", "is_penalty")] == [
        "-14.62",
        "0.00",
        "0.00",
        "1",
    ]


def test_printed_receipt_has_both_payees(bundles):
    bundle = bundles[HOUSING.code]
    payees = {row["code"]: row["name"] for row in bundle.rows("suppliers")}
    due: dict[str, int] = {}
    for row in bundle.of("bill_lines", "1234567873"):
        name = payees[row["supplier"]]
        due[name] = due.get(name, 0) + kopecks(row["closing"])

    assert due == {"ООО «Поставщик Услуги»": 731_918, "ООО УК «Тест»": 4_780_799}
    assert bills(bundle, "1234567873", "opening", "charged", "total") == [
        ("2016-03", 5_282_195, 230_522, 5_512_717)
    ]
    assert {row["opening_is_net"] for row in bundle.of("bills", "1234567873")} == {"1"}
