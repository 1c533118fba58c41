"""Accounts whose data are empty, partial or wrong, as billing systems do send them: each must be shown sensibly.

Months are counted from the current one; sums are in kopecks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from demo.manuals import Sheet
from kabinet.kernel.period import Period

KIND = "общая"


def _period(sheet: Sheet, ahead: int) -> Period:
    current = sheet.timeline.current
    return Period(current.year, current.month).plus(ahead)


def _bill(sheet: Sheet, ahead: int, *, kind: str = KIND, **values: str | int) -> Period:
    period = _period(sheet, ahead)
    issued = period.plus(1).first_day if ahead < 0 else _period(sheet, 0).first_day
    sheet.row(
        "bills",
        **{
            "period": str(period),
            "kind": kind,
            "issued_on": sheet.day(issued.isoformat()),
            "as_of": sheet.timeline.moment(issued.year, issued.month, 1),
            "paid": 0,
            "opening_is_net": 0,
            "final": 1,
            **values,
        },
    )
    return period


def _line(sheet: Sheet, period: Period, number: int, **values: str | int) -> None:
    month = {"period": str(period), "kind": KIND, "calc_period": str(period)}
    sheet.row("bill_lines", **{**month, "line": number, "is_penalty": 0, **values})


def _mismatch(sheet: Sheet) -> None:
    """One total is not what its own figures make, the other not what its lines make, and one bill has no lines."""
    sheet.row("account_services", service="gas", supplier="main", tariff_group="дом")
    _bill(sheet, -3, opening=0, charged=81_500, total=81_500)
    wrong = _bill(sheet, -2, opening=81_500, charged=76_300, paid=81_500, total=96_300)
    _line(
        sheet, wrong, 1, service="gas", supplier="main", opening=81_500, charged=76_300, paid=81_500,
        closing=76_300,
    )  # fmt: skip
    short = _bill(sheet, -1, opening=96_300, charged=104_700, paid=96_300, total=104_700)
    _line(
        sheet, short, 1, service="gas", supplier="main", opening=96_300, charged=94_700, paid=96_300,
        closing=94_700,
    )  # fmt: skip
    _pay(sheet, "1", -2, 12, 81_500)
    _pay(sheet, "2", -1, 11, 96_300)


def _nameless(sheet: Sheet) -> None:
    """Lines that name no supplier, and a supplier of whom nothing came."""
    for service, supplier in (("ee", "sbyt"), ("ee-soi", "sever"), ("tko", "eko")):
        sheet.row("account_services", service=service, supplier=supplier)
    opening = 0
    for ahead, power, waste in (
        (-3, 151_200, 33_812),
        (-2, 148_700, 33_812),
        (-1, 160_900, 33_812),
    ):
        total = power + waste
        period = _bill(sheet, ahead, opening=opening, charged=total, paid=opening, total=total)
        _line(
            sheet, period, 1, service="ee", supplier="sbyt", charged=power, closing=power,
        )  # fmt: skip
        _line(sheet, period, 2, service="tko", charged=waste, closing=waste)
        if opening:
            _pay(sheet, str(-ahead), ahead, 9, opening)
        opening = total


def _reopened(sheet: Sheet) -> None:
    """A month that was closed is open again between closed ones, and the next takes charged volume back."""
    sheet.row("account_services", service="gas", supplier="main", tariff_group="отопление")
    for ahead, opening, charged, paid, final in (
        (-4, 0, 140_000, 0, 1),
        (-3, 140_000, 155_000, 140_000, 0),
        (-2, 155_000, -62_000, 0, 1),
        (-1, 93_000, 118_000, 93_000, 1),
    ):
        closing = opening + charged - paid
        sums: dict[str, str | int] = {"opening": opening, "charged": charged, "paid": paid}
        period = _bill(sheet, ahead, kind=KIND, **sums, total=closing, final=final)
        _line(sheet, period, 1, service="gas", supplier="main", **sums, closing=closing)
        if paid:
            _pay(sheet, str(-ahead), ahead, 10, paid)


def _empty(sheet: Sheet) -> None:
    """Nothing but a new meter that nobody has read yet."""
    sheet.row("account_services", service="gas", supplier="main", tariff_group="дом")
    sheet.row(
        "meters", serial=sheet.home.serial, service="gas", model="ВК-G4Т", digits=5, decimals=3,
        installed_on=sheet.day(_period(sheet, 0).first_day.isoformat()), state="active",
    )  # fmt: skip


def _ahead(sheet: Sheet) -> None:
    """A bill for a month that has not begun stands beside last month's."""
    sheet.row("account_services", service="gas", supplier="main", tariff_group="плита")
    for ahead, opening, charged in ((-1, 0, 31_400), (3, 31_400, 99_900)):
        period = _bill(sheet, ahead, opening=opening, charged=charged, total=opening + charged)
        _line(
            sheet, period, 1, service="gas", supplier="main", opening=opening, charged=charged,
            closing=opening + charged,
        )  # fmt: skip


def _only_paid(sheet: Sheet) -> None:
    """Somebody pays, and not one bill has come; the newest payment is not processed yet."""
    sheet.row("account_services", service="soderzhanie", supplier="uk")
    for ahead in (-3, -2, -1):
        _pay(sheet, str(-ahead), ahead, 8, 250_000)
    _pay(sheet, "0", 0, 5, 250_000, processed=False)


def _pay(
    sheet: Sheet, key: str, ahead: int, day: int, amount: int, *, processed: bool = True
) -> None:
    made = _period(sheet, ahead).day(day)
    sheet.row(
        "payments", id=f"t-{key}", received_on=sheet.day(made.isoformat()),
        processed_on=sheet.day(made.replace(day=day + 2).isoformat()) if processed else "",
        amount=amount, source="Банк",
    )  # fmt: skip


WRITE: Mapping[str, Callable[[Sheet], None]] = {
    "mismatch": _mismatch,
    "nameless": _nameless,
    "reopened": _reopened,
    "empty": _empty,
    "ahead": _ahead,
    "only_paid": _only_paid,
}
