"""The table of charges: columns that the provider never fills are left out (BIL-30)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from kabinet.billing.enums import VolumeBasis
from kabinet.billing.paper.rows import BillPaper, PaperLine, PaperSums
from kabinet.kernel.money import Money
from kabinet.kernel.pdf import JsonValue
from kabinet.ui import formatting as f

PAGE = 180
# Millimetres that the title of each column needs; its figures may need more. What is left belongs to the service.
WIDTHS = {
    "position": 5,
    "volume": 13,
    "basis": 16,
    "tariff": 14,
    "charged": 16,
    "adjusted": 17,
    "benefit": 12,
    "quality": 14,
    "opening": 16,
    "paid": 15,
    "total": 14,
}
# Words that may take two lines, and short numbers.
FIXED = ("position", "service", "basis")
ALWAYS = ("service", "charged", "total")
PRICE_DECIMALS = 2
# What every row is, and therefore says nothing.
USUAL = "начисление"
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
STRANGE_LETTER, MARGINS, AIR = 3.2, 1.8, 0.8
BASIS = {choice.value: str(choice.label) for choice in VolumeBasis}


def charges(paper: BillPaper) -> dict[str, JsonValue]:
    """Give ``columns`` (names that the template knows), ``rows`` and ``totals`` in that order."""
    cells = [
        {name: write(line) for name, write in CELLS.items()} | {"service": _service(line, paper)}
        for line in shown_lines(paper)
    ]
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
    rows = [*cells, *totals]
    widths = {name: _width(name, rows) for name in shown}
    widths["service"] = PAGE - sum(widths.values())
    return {
        "columns": [[name, widths[name]] for name in shown],
        "lines": [tallest([(row.get(name, ""), widths[name]) for name in shown]) for row in rows],
        # An empty cell is cheaper than one with an empty text.
        "rows": [[row[name] or None for name in shown] for row in cells],
        "totals": [[row.get(name) or None for name in shown] for row in totals],
    }


def lines(text: str, width: int) -> int | None:
    """On how many lines of so many millimetres the text surely stands; None when a word is too long to tell.

    Letters are taken for wider than they are, so a row may come out a little tall, and never too low. Rows of
    known height cost much less to set.
    """
    room = width - MARGINS
    count, used = 1, 0.0
    for word in text.split(" "):
        need = text_width(word)
        if need > room:
            return None
        if used and used + LETTERS[" "] + need > room:
            count, used = count + 1, need
        else:
            used += (LETTERS[" "] if used else 0) + need
    return count


def tallest(cells: Sequence[tuple[str, int]]) -> int | None:
    counts = [lines(text, width) for text, width in cells]
    known = [count for count in counts if count is not None]
    return max(known) if len(known) == len(counts) else None


def price(tariff: Decimal) -> str:
    """At least two decimals, more where the tariff has them (facts: 2–5)."""
    whole, _point, rest = f"{tariff:f}".partition(".")
    return f"{f.number(Decimal(whole))},{rest.rstrip('0'):0<{PRICE_DECIMALS}}"


def _money(amount: Money | None) -> str:
    return "" if amount is None else f.money(amount)[:-2]


def shown_lines(paper: BillPaper) -> Sequence[PaperLine]:
    """Leave out rows of penalties when there are no penalties at all: a remark says so."""
    sums = [line.sums for line in paper.lines if line.is_penalty]
    if any(_known(one) or one.adjusted or one.benefit for one in (*sums, paper.penalty)):
        return paper.lines
    return [line for line in paper.lines if not line.is_penalty]


def positions(numbers: Sequence[int]) -> str:
    """«услуги 1–3, 5»: runs of numbers are joined (BIL-38)."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    if not runs:
        return ""
    word = "услуга" if len(numbers) == 1 else "услуги"
    return f"{word}{f.NBSP}" + ", ".join("–".join(str(end) for end in run) for run in runs)


def joined(parts: Sequence[str], mark: str = f"{f.NBSP}· ") -> str:
    return mark.join(part for part in parts if part)


def bound(text: str) -> str:
    """Keep a document's number and day on the line of the sign that announces them."""
    return text.replace("№ ", f"№{f.NBSP}").replace(" от ", f" от{f.NBSP}")


def _width(name: str, rows: Sequence[Mapping[str, str]]) -> int:
    if name in FIXED:
        return WIDTHS.get(name, 0)
    widest = max((text_width(row.get(name, "")) for row in rows), default=0.0)
    return max(WIDTHS[name], math.ceil(widest + MARGINS + AIR))


def text_width(text: str) -> float:
    return sum(LETTERS.get(letter, STRANGE_LETTER) for letter in text)


def _service(line: PaperLine, paper: BillPaper) -> str:
    period = line.calc_period
    late = f" за {f.short_date(period.first_day)[3:]}" if period and period != paper.period else ""
    more = joined([part for part in line.operation.split(", ") if part.lower() != USUAL], ", ")
    operation = f", {more}" if more else ""
    penalty = "Пени: " if line.is_penalty and "пен" not in line.service.lower() else ""
    return f"{penalty}{line.service}{operation}{late}"


def _sum_of(name: str) -> Callable[[PaperLine], str]:
    return lambda line: _money(getattr(line.sums, name))


CELLS: Mapping[str, Callable[[PaperLine], str]] = {
    "position": lambda line: str(line.position),
    "service": lambda line: line.service,
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
