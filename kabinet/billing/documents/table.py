"""The table of charges: columns that the provider never fills are left out (BIL-30)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from kabinet.billing.enums import VolumeBasis
from kabinet.billing.paper.rows import BillPaper, PaperLine, PaperSums
from kabinet.kernel.money import Money
from kabinet.kernel.pdf import JsonValue
from kabinet.ui import formatting as f

PAGE = 180
# Millimetres of paper for each column; what is left belongs to the service.
WIDTHS = {
    "position": 5,
    "volume": 18,
    "basis": 16,
    "tariff": 14,
    "charged": 16,
    "adjusted": 16,
    "benefit": 13,
    "quality": 14,
    "opening": 16,
    "paid": 16,
    "total": 16,
}
METER_WIDTHS = (36, 40, 34, 34, 18, 18)
# With more rows than this the paper may take a second page.
ROWS_OF_ONE_PAGE = 16
ALWAYS = ("service", "charged", "total")
PRICE_DECIMALS = 2
# Millimetres of the letters of Golos Text at 8 points, its bolder face, rounded up.
LETTERS = {
    letter: width
    for width, letters in (
        (0.8, " \xa0ij"),
        (0.9, ".,:·"),
        (1.0, "lI"),
        (1.1, "-()³²f"),
        (1.2, "rt"),
        (1.3, "*"),
        (1.4, "г/"),
        (1.5, "т1–z"),
        (1.6, "зсчьэГ7«»cs"),
        (1.7, "абвеклопухяё25−aekovxyFJL"),
        (1.8, "дийнрцъЕЁ34689bdghnpquEZ"),
        (1.9, "ЗРТЬ0PST"),
        (2.0, "АБВСУХЧЭЯABCKRVXY"),
        (2.1, "мКЛЪ—DGU"),
        (2.2, "фыюДИЙНОПЦHNOQ"),
        (2.4, "жш%w"),
        (2.5, "щМmM"),
        (2.6, "ФЫ"),
        (2.8, "ШЮW"),
        (2.9, "ЖЩ"),
        (3.2, "№"),
    )
    for letter in letters
}
STRANGE_LETTER, MARGINS = 3.2, 1.8
BASIS = {choice.value: str(choice.label) for choice in VolumeBasis}


def charges(paper: BillPaper) -> dict[str, JsonValue]:
    """Give ``columns`` (names that the template knows), ``rows`` and ``totals`` in that order."""
    cells = [{name: write(line) for name, write in CELLS.items()} for line in paper.lines]
    totals = _totals(paper)
    shown = [
        name
        for name in CELLS
        if name != "position"
        and (
            name in ALWAYS
            or any(row[name] for row in cells)
            or any(row.get(name) for row in totals)
        )
    ]
    if len(paper.payees) > 1:
        # The payees below name their rows by number.
        shown.insert(0, "position")
    widths = {name: WIDTHS.get(name, 0) for name in shown}
    widths["service"] = PAGE - sum(widths.values())
    rows = [*cells, *totals]
    return {
        "columns": [[name, widths[name]] for name in shown],
        "lines": [_tallest([(row.get(name, ""), widths[name]) for name in shown]) for row in rows],
        "numbered": len(rows) + len(paper.registers) > ROWS_OF_ONE_PAGE,
        # An empty cell is cheaper than one with an empty text.
        "rows": [[row[name] or None for name in shown] for row in cells],
        "totals": [[row.get(name) or None for name in shown] for row in totals],
    }


def meters(rows: list[list[str]]) -> dict[str, JsonValue]:
    return {
        "meters": [list[JsonValue](row) for row in rows],
        "meter_lines": [_tallest(list(zip(row, METER_WIDTHS, strict=True))) for row in rows],
        "meter_widths": list[JsonValue](METER_WIDTHS),
    }


def lines(text: str, width: int) -> int | None:
    """On how many lines of so many millimetres the text surely stands; None when a word is too long to tell.

    Letters are taken for wider than they are, so a row may come out a little tall, and never too low. Rows of
    known height cost much less to set.
    """
    room = width - MARGINS
    count, used = 1, 0.0
    for word in text.split(" "):
        need = sum(LETTERS.get(letter, STRANGE_LETTER) for letter in word)
        if need > room:
            return None
        if used and used + LETTERS[" "] + need > room:
            count, used = count + 1, need
        else:
            used += (LETTERS[" "] if used else 0) + need
    return count


def _tallest(cells: Sequence[tuple[str, int]]) -> int | None:
    counts = [lines(text, width) for text, width in cells]
    known = [count for count in counts if count is not None]
    return max(known) if len(known) == len(counts) else None


def price(tariff: Decimal) -> str:
    """At least two decimals, more where the tariff has them (facts: 2–5)."""
    whole, _point, rest = f"{tariff:f}".partition(".")
    return f"{f.number(Decimal(whole))},{rest.rstrip('0'):0<{PRICE_DECIMALS}}"


def _money(amount: Money | None) -> str:
    return "" if amount is None else f.money(amount)[:-2]


def _service(line: PaperLine) -> str:
    late = f" за {f.short_date(line.calc_period.first_day)[3:]}" if line.calc_period else ""
    operation = f", {line.operation}" if line.operation else ""
    penalty = "Пени: " if line.is_penalty and "пен" not in line.service.lower() else ""
    return f"{penalty}{line.service}{operation}{late}"


def _sum_of(name: str) -> Callable[[PaperLine], str]:
    return lambda line: _money(getattr(line.sums, name))


CELLS: Mapping[str, Callable[[PaperLine], str]] = {
    "position": lambda line: str(line.position),
    "service": _service,
    "volume": lambda line: "" if line.volume is None else f.volume(line.volume, line.unit),
    "basis": lambda line: BASIS.get(line.basis, ""),
    "tariff": lambda line: "" if line.tariff is None else price(line.tariff),
    "charged": _sum_of("charged"),
    "adjusted": _sum_of("adjusted"),
    "benefit": _sum_of("benefit"),
    "quality": lambda line: _money(line.quality),
    "opening": _sum_of("opening"),
    "paid": _sum_of("paid"),
    "total": _sum_of("total"),
}


def _totals(paper: BillPaper) -> list[dict[str, str]]:
    """The provider's own figures; penalties stand apart and join only in the last row (BIL-29)."""
    services = _total_row("Всего", paper.sums)
    if not any(_known(paper.penalty)):
        return [services]
    return [
        services | {"service": "Всего за услуги"},
        _total_row("Пени", paper.penalty),
        {"service": "Итого", "total": _money(paper.due)},
    ]


def _known(sums: PaperSums) -> list[Money]:
    return [amount for amount in (sums.opening, sums.charged, sums.paid, sums.total) if amount]


def _total_row(title: str, sums: PaperSums) -> dict[str, str]:
    return {
        "service": title,
        "charged": _money(sums.charged),
        "adjusted": _money(sums.adjusted),
        "benefit": _money(sums.benefit),
        "opening": _money(sums.opening),
        "paid": _money(sums.paid),
        "total": _money(sums.total),
    }
