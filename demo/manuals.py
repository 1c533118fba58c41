"""Accounts that carry the worked figures of the manuals exactly as printed there (spec 04, §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from demo.bundle import COLUMNS, BundleWriter
from demo.cards import account_row
from demo.households import Household
from demo.months import Timeline
from demo.providers import ProviderSpec


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a manual's account is written, with the provider's way of writing."""

    writer: BundleWriter
    home: Household
    timeline: Timeline

    def day(self, text: str) -> str:
        """Write a day given as ``2019-07-31``."""
        return self.timeline.dialect.day(*map(int, text.split("-"))) if text else ""

    def row(self, file: str, **values: str | int) -> None:
        """Add one row by column names; sums are given in kopecks, periods as ``2019-07``."""
        written = {
            name: self._written(file, name, value)
            for name, value in {"account": self.home.number, **values}.items()
        }
        self.writer.add(file, [tuple(written.get(column, "") for column in COLUMNS[file])])

    def _written(self, file: str, name: str, value: str | int) -> str | int:
        dialect = self.timeline.dialect
        if name in {"period", "calc_period"} and value:
            year, month = map(int, str(value).split("-"))
            return dialect.period(year, month)
        if name in DUES or (file == "balances" and name in {"amount", "penalty"}):
            return dialect.due(int(value))
        if name in SUMS:
            return dialect.money(int(value))
        return str(value).replace(".", dialect.point) if name in NUMBERS else value


# D2.1: total, living, non-residential, common property in all and «з/з»; hundredths of m².
HOUSES: Mapping[str, tuple[int, ...]] = {"receipt": (1_095_538, 1_095_538, 0, 246_289, 246_289)}
DUES = frozenset(
    [
        "opening",
        "closing",
        "total",
        "penalty_opening",
        "penalty_total",
        "preliminary",
        "penalty_preliminary",
    ]
)
SUMS = frozenset(
    [
        "charged",
        "paid",
        "adjusted",
        "benefit",
        "quality",
        "penalty_paid",
        "penalty_charged",
        "amount",
        "penalty",
    ]
)
NUMBERS = frozenset({"tariff", "volume", "value"})


def write_fixed(spec: ProviderSpec, sheet: Sheet, rows: Callable[[Sheet], None]) -> None:
    """Write the account, with fixed rows instead of a drawn history."""
    sheet.writer.add("accounts", [account_row(spec, sheet.home, sheet.timeline)])
    rows(sheet)


def _settlements(sheet: Sheet) -> None:
    """A 4.3.1.2 (BIL-08): July and August 2019, and September, which is open and has a negative charge."""
    sheet.row("account_services", service="gas", supplier="main", tariff_group="отопление")
    for period, opening, charged, volume, tariff, paid in (
        ("2019-07", 272_807, 331_952, 600, "5.53253", 272_807),
        ("2019-08", 331_952, 258_043, 466, "5.53741", 0),
        ("2019-09", 589_995, -257_490, -465, "5.53741", 0),
    ):
        closing = opening + charged - paid
        following = sheet.timeline.moment(2019, int(period[-2:]) + 1, 1)
        sums = {"opening": opening, "charged": charged, "adjusted": 0, "benefit": 0, "paid": paid}
        sheet.row(
            "bills", period=period, kind="общая", as_of=following, issued_on=sheet.day(following[:10]),
            **sums, total=closing, opening_is_net=0, final=int(period != "2019-09"),
        )  # fmt: skip
        sheet.row(
            "bill_lines", period=period, kind="общая", line=1, service="gas", supplier="main",
            tariff=tariff, volume=volume, unit="м³", basis="meter", calc_period=period, **sums,
            closing=closing, is_penalty=0,
        )  # fmt: skip
    _pay(sheet, "1907-1", "2019-07-15", "2019-07-16", 272_807, "Личный кабинет")
    sheet.row(
        "balances", service="gas", supplier="main", amount=332_505, as_of=sheet.timeline.as_of
    )
    sheet.row(
        "contracts",
        number="Д-3301635",
        kind="Поставка газа",
        state="prolonged",
        starts_on="2011-02-01",
    )
    number = "3300000000089811"
    sheet.row(
        "acts", number=number, performed_at="2018-06-08T14:37:03+03:00", kind="Техобслуживание ВДГО"
    )
    sheet.row("act_lines", act=number, line=1, title="Техобслуживание ВДГО", amount=79_748)


def _charges(sheet: Sheet) -> None:
    """B 2.2.4, 2.2.5 (BIL-11, 12, 13, 34): heating, December 2023 to May 2024."""
    sheet.row("account_services", service="heat", supplier="main")
    for period, opening, charged, paid, tariff, volume in (
        ("2023-12", -260, 0, 0, "", "0"),
        ("2024-01", -260, 0, 0, "", "0"),
        ("2024-02", -260, 0, 0, "", "0"),
        ("2024-03", -260, 0, 0, "", "0"),
        ("2024-04", -260, 739, 0, "7.39", "1"),
        ("2024-05", 479, 0, 100, "0.00", "0"),
    ):
        closing = opening + charged - paid
        year, month0 = divmod(int(period[:4]) * 12 + int(period[-2:]), 12)
        issued = sheet.timeline.moment(year, month0 + 1, 1)
        sums = {"opening": opening, "charged": charged, "adjusted": 0, "paid": paid}
        sheet.row(
            "bills", period=period, kind="общая", issued_on=sheet.day(issued[:10]), as_of=issued,
            **sums, total=closing, penalty_opening=0, penalty_paid=0, penalty_charged=0, penalty_total=0,
            opening_is_net=0, final=1,
        )  # fmt: skip
        sheet.row(
            "bill_lines", period=period, kind="общая", line=1, service="heat", supplier="main",
            tariff=tariff, volume=volume, calc_period=period, **sums, quality=0, closing=closing,
            is_penalty=0,
        )  # fmt: skip
    _pay(sheet, "2405-1", "2024-05-03", "2024-05-03", 100, "Личный кабинет")
    _pay(sheet, "2305-1", "2023-05-11", "2023-05-11", 111_110, "Личный кабинет")
    sheet.row(
        "balances",
        service="heat",
        supplier="main",
        amount=379,
        penalty=0,
        as_of=sheet.timeline.as_of,
    )


def _general(sheet: Sheet) -> None:
    """D2.1, D3.0, D2.4 (BIL-24, 28): three general tables, the payments, and two untouched meters.

    The total of February 2018 does not follow from its row: the manual's own mismatch, kept (BIL-24).
    """
    sheet.row("account_services", service="soderzhanie", supplier="uk")
    for period, opening, paid, charged, total, preliminary in (
        ("2018-02", 0, 48_528, 53_920, 53_920, 0),
        ("2019-09", 277_992, 0, 51_316, 329_308, 23_522),
        ("2020-08", 6_442_974, 756_461, 151_830, 5_838_343, 190_464),
    ):
        sums = {"opening": opening, "paid": paid, "charged": charged}
        sheet.row(
            "bills", period=period, kind="Объединённая", issued_on=f"{period}-28",
            as_of=f"{period}-28T00:00:00+03:00", **sums, total=total, penalty_opening=0, penalty_paid=0,
            penalty_charged=0, penalty_total=0, preliminary=preliminary, penalty_preliminary=0,
            opening_is_net=0, final=1,
        )  # fmt: skip
        sheet.row(
            "bill_lines", period=period, kind="Объединённая", line=1, service="soderzhanie",
            supplier="uk", operation="начисление", calc_period=period, **sums, closing=total,
            is_penalty=0,
        )  # fmt: skip
    _old_payments(sheet)
    _untouched_meters(sheet)
    sheet.row(
        "balances", service="soderzhanie", supplier="uk", amount=5_838_343, penalty=0,
        as_of=sheet.timeline.as_of,
    )  # fmt: skip


def _old_payments(sheet: Sheet) -> None:
    """D2.4 (BIL-28): several payments share one day of processing, months later."""
    for number, (received, processed, amount) in enumerate(
        (
            ("2012-07-06", "2012-11-01", 94_466),
            ("2012-08-06", "2012-11-01", 103_764),
            ("2012-09-10", "2012-11-01", 103_766),
            ("2012-10-08", "2012-11-01", 108_236),
            ("2012-11-08", "2012-11-12", 108_236),
        ),
        start=1,
    ):
        _pay(sheet, f"12-{number}", received, processed, amount, "оплата «Город»")


def _untouched_meters(sheet: Sheet) -> None:
    """D2.5: two meters with nothing but their initial readings, verification long past."""
    for serial, service, verified in (
        ("757260", "gvs", "2016-02-02"),
        ("757243", "hvs", "2018-02-02"),
    ):
        sheet.row(
            "meters", serial=serial, service=service, place="Н/У", digits=5, decimals=2,
            installed_on="2012-03-01", next_verification_on=verified, charging_from="2012-03-01",
            state="active",
        )  # fmt: skip
        sheet.row(
            "readings", meter=serial, taken_on="2012-03-01", accounted_on="2012-03-01", value="0.00",
            source="initial", status="accepted",
        )  # fmt: skip


# Service, payee, debt, charge, tariff, volume, unit, norm.
BREAKDOWN = (
    ("soderzhanie", "uk", 263_351, 263_351, "22.94", "114.8", "м²", ""),
    ("konsierzh", "uk", 124_826, 133_742, "11.65", "114.8", "м²", ""),
    ("hvs-soi", "uk", 779, 779, "25.16", "0.3098", "м³", "0,0187 м3/м2 ОИ"),
    ("ee-soi", "uk", 13_492, 13_492, "2.35", "57.4139", "кВт·ч", "2,7770 кВт*ч/м2 ОИ"),
    ("kapremont", "uk", 94_136, 94_136, "8.20", "114.8", "м²", ""),
    ("spec-schet", "uk", 7_462, 7_462, "0.65", "114.8", "м²", ""),
    ("vo-soi", "uk", 565, 565, "18.24", "0.3098", "м³", "0,0187 м3/м2 ОИ"),
)
RECEIPT = (
    ("soderzhanie", "usluga", 520_346, 16_000, "16.00", "10", "м²", ""),
    ("lift", "usluga", 153_518, 0, "", "", "", ""),
    ("musoroprovod", "uk-test", 17_090, 490, "0.49", "10", "м²", ""),
    ("plita", "usluga", 19_534, 560, "0.56", "10", "м²", ""),
    ("otoplenie", "uk-test", 669_156, 0, "", "", "", ""),
    ("gvs", "uk-test", 1_922_587, 99_264, "1170.57", "0.848", "Гкал", "0,212 Гкал/чел."),
    ("hvs", "uk-test", 1_958_244, 113_968, "31.31", "36.4", "м³", "9,1 м3/чел."),
    ("ee-soi", "usluga", 3_840, 240, "0.24", "10", "м²", ""),
    ("naem", "usluga", 17_880, 0, "", "", "", ""),
)


def _breakdown(sheet: Sheet) -> None:
    """D2.2, D2.3 (BIL-26, 27): August 2020; the overpaid penalty row counts as nothing in the total due."""
    month = {"period": "2020-08", "kind": "Объединённая"}
    _services(sheet, BREAKDOWN)
    sheet.row(
        "bills", **month, issued_on="2020-08-28", as_of="2020-08-28T00:00:00+03:00", opening=504_611,
        paid=504_611, charged=513_527, total=513_527, penalty_opening=-1_462, penalty_paid=0,
        penalty_charged=0, penalty_total=0, opening_is_net=0, final=1,
    )  # fmt: skip
    for line, (service, payee, debt, charged, tariff, volume, unit, norm) in enumerate(
        BREAKDOWN, 1
    ):
        sheet.row(
            "bill_lines", **month, line=line, service=service, supplier=payee, operation="начисление",
            tariff=tariff, norm=norm, volume=volume, unit=unit, basis="norm" if norm else "area",
            calc_period="2020-08", opening=debt, charged=charged, paid=debt, closing=charged, is_penalty=0,
        )  # fmt: skip
        sheet.row(
            "balances", service=service, supplier=payee, amount=charged, as_of=sheet.timeline.as_of
        )
    sheet.row(
        "bill_lines", **month, line=8, service="kapremont", supplier="uk", operation="пени",
        opening=-1_462, charged=0, paid=0, closing=0, is_penalty=1,
    )  # fmt: skip
    _pay(sheet, "2008-1", "2020-08-12", "2020-08-13", 504_611, "оплата «Город»")


def _receipt(sheet: Sheet) -> None:
    """D2.1 (BIL-38): the printed receipt of March 2016, its debt already net of payments."""
    month = {"period": "2016-03", "kind": "Дополнение № 1-17"}
    _services(sheet, RECEIPT)
    sheet.row(
        "bills", **month, number="1000010", issued_on="2017-11-13", as_of="2017-11-13T00:00:00+03:00",
        opening=5_282_195, paid=0, charged=230_522, total=5_512_717, opening_is_net=1, final=1,
    )  # fmt: skip
    for line, (service, payee, debt, charged, tariff, volume, unit, norm) in enumerate(RECEIPT, 1):
        sheet.row(
            "bill_lines", **month, line=line, service=service, supplier=payee,
            operation="начисление" if charged else "", tariff=tariff, norm=norm, volume=volume, unit=unit,
            basis="norm" if charged else "", calc_period="2016-03" if charged else "", opening=debt,
            charged=charged, paid=0, closing=debt + charged, is_penalty=0,
        )  # fmt: skip
        sheet.row(
            "balances",
            service=service,
            supplier=payee,
            amount=debt + charged,
            as_of=sheet.timeline.as_of,
        )
    for position, (name, value) in enumerate(
        (
            ("Площадь дома общая", "10955,38 м²"),
            ("Площадь дома жилая", "10955,38 м²"),
            ("Площадь дома нежилая", "0 м²"),
            ("Площадь ОИ всего", "2462,89 м²"),
            ("Площадь ОИ з/з", "2462,89 м²"),
        ),
        start=1,
    ):
        sheet.writer.add("account_facts", [(sheet.home.number, name, value, position)])


def _services(sheet: Sheet, rows: Sequence[tuple[str, str, int, int, str, str, str, str]]) -> None:
    for service, payee, *_ in rows:
        sheet.row("account_services", service=service, supplier=payee)


def _pay(sheet: Sheet, key: str, received: str, processed: str, amount: int, source: str) -> None:
    sheet.row(
        "payments", id=key, received_on=sheet.day(received), processed_on=sheet.day(processed),
        amount=amount, source=source,
    )  # fmt: skip


WRITE: Mapping[str, Callable[[Sheet], None]] = {
    "settlements": _settlements,
    "charges": _charges,
    "general": _general,
    "breakdown": _breakdown,
    "receipt": _receipt,
}
