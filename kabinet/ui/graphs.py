"""Graphs of several series by month, drawn on the server: columns or lines over an honest zero.

Everything inside is placed in per cent of the plot, so that it follows the width of the window without being
stretched. Series are told apart by two colours and a pattern, never by colour alone. ``graphs.js`` shows the values
of the month that is touched or focused; without it the totals stand in the legend and the months in a table beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import pairwise

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kabinet.kernel.period import Period
from kabinet.ui import formatting

MOST_SERIES = 5
STYLES = 6
# A column that is there but tiny must not look like a missing one.
LEAST = Decimal("0.5")
WIDEST = Decimal(12)
_NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_PATTERNED = (2, 3, 4)
# From so many months on, only every so many get a label.
_LABELLED = ((14, 1), (25, 3), (49, 6))


class Drawing(StrEnum):
    """``STACKED`` only for figures that add up: what is charged for services, the zones of one meter."""

    STACKED = "stacked"
    GROUPED = "grouped"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Series:
    """A value of every month; None where nothing is known, which is not the same as zero."""

    name: str
    values: tuple[Decimal | None, ...]
    told: str = ""

    @property
    def total(self) -> Decimal | None:
        known = [value for value in self.values if value is not None]
        return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True, slots=True)
class Graph:
    """``when`` names the whole range in words; ``sums`` closes the legend and is not drawn."""

    title: str
    unit: str
    months: tuple[Period, ...]
    series: tuple[Series, ...]
    drawing: Drawing
    when: str
    sums: Series | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``bottom`` to ``top`` in equal steps, zero always among them."""

    bottom: Decimal
    top: Decimal
    step: Decimal

    @property
    def ticks(self) -> Sequence[Decimal]:
        """From the top down, as they are drawn."""
        count = int((self.top - self.bottom) / self.step)
        return [self.top - self.step * number for number in range(count + 1)]

    def place(self, value: Decimal) -> Decimal:
        """How far below the top, in per cent."""
        return (self.top - value) / (self.top - self.bottom) * 100


def scale_for(lowest: Decimal, highest: Decimal) -> Scale:
    """Choose round steps that hold both values and zero; at most six of them."""
    low, high = min(lowest, Decimal(0)), max(highest, Decimal(0))
    if low == high:
        return Scale(Decimal(0), Decimal(1), Decimal(1))
    rough = (high - low) / 4
    magnitude = Decimal(1).scaleb(rough.adjusted())
    step = next(nice * magnitude for nice in _NICE if nice * magnitude >= rough)
    return Scale(
        bottom=(low / step).to_integral_value(ROUND_FLOOR) * step,
        top=(high / step).to_integral_value(ROUND_CEILING) * step,
        step=step,
    )


def folded(series: Sequence[Series], others: str, most: int = MOST_SERIES) -> tuple[Series, ...]:
    """Keep the largest ones in their order and add up the rest as one; only for figures that add up."""
    if len(series) <= most + 1:
        return tuple(series)
    ranked = sorted(
        range(len(series)), key=lambda place: abs(series[place].total or Decimal(0)), reverse=True
    )
    rest = added([series[place] for place in ranked[most:]])
    return (*(series[place] for place in sorted(ranked[:most])), replace(rest, name=others))


def added(series: Sequence[Series]) -> Series:
    """The sum month by month of whatever is known."""
    months = zip(*(one.values for one in series), strict=True)
    return Series("", tuple(_sum(values) for values in months))


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def draw(graph: Graph) -> SafeString:
    """Draw the graph with its scales and its legend; the caller puts the table beside it."""
    scale = _scale_of(graph)
    return format_html(
        '<figure class="kb-graph" data-months="{}"><div class="kb-plot"><div class="kb-scale" aria-hidden="true">{}</div>'
        '<svg class="kb-drawn" role="img" aria-label="{}">{}</svg>'
        '<div class="kb-months" aria-hidden="true">{}</div></div>{}</figure>',
        "|".join(formatting.month(month) for month in graph.months),
        _join(f"<span>{formatting.number(tick)}</span>" for tick in scale.ticks),
        graph.title,
        _join(_inside(graph, scale)),
        _join(_month_labels(graph.months)),
        _legend(graph),
    )


def patterns() -> SafeString:
    """What the patterned series are filled with; once on every page with graphs."""
    return SafeString(
        '<svg class="kb-patterns" width="0" height="0" aria-hidden="true"><defs>'
        '<pattern id="kb-s2" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="ground" width="5" height="5"/><rect class="ink" width="2" height="5"/></pattern>'
        '<pattern id="kb-s3" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<rect class="ground" width="5" height="5"/><circle class="ink" cx="2.5" cy="2.5" r="1.2"/></pattern>'
        '<pattern id="kb-s4" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<rect class="soft" width="5" height="5"/><rect class="ink" width="5" height="1.5"/></pattern>'
        "</defs></svg>"
    )


def _join(parts: Iterator[str]) -> SafeString:
    """Parts are built by hand, there are hundreds of them; words in them are escaped where they are put in."""
    return SafeString("".join(parts))


def _scale_of(graph: Graph) -> Scale:
    if graph.drawing is Drawing.STACKED:
        stacks = [_stacked(values) for values in _by_month(graph)]
        reached = [bound for stack in stacks for part in stack if part for bound in part]
    else:
        reached = [value for one in graph.series for value in one.values if value is not None]
    return scale_for(min(reached, default=Decimal(0)), max(reached, default=Decimal(0)))


def _by_month(graph: Graph) -> Sequence[tuple[Decimal | None, ...]]:
    return list(zip(*(one.values for one in graph.series), strict=True))


def _stacked(values: Sequence[Decimal | None]) -> Sequence[tuple[Decimal, Decimal] | None]:
    """Pile what is charged up from zero and what is taken off down from it."""
    above, below = Decimal(0), Decimal(0)
    parts: list[tuple[Decimal, Decimal] | None] = []
    for value in values:
        if not value:
            parts.append(None)
        elif value > 0:
            parts.append((above, above + value))
            above += value
        else:
            parts.append((below + value, below))
            below += value
    return parts


def _inside(graph: Graph, scale: Scale) -> Iterator[str]:
    yield from _silent_months(graph)
    for tick in scale.ticks:
        place = _percent(scale.place(tick))
        mark = ' class="zero"' if not tick else ""
        yield f'<line{mark} x2="100%" y1="{place}" y2="{place}"/>'
    for number in range(len(graph.series)):
        style = _style(number)
        yield f'<g class="s{style}{" line" if graph.drawing is Drawing.LINES else ""}"{_fill(style, graph.drawing)}>'
        yield from _DRAWN[graph.drawing](graph, number, scale)
        yield "</g>"


def _style(number: int) -> int:
    """What is left over from folding always looks the same."""
    return STYLES - 1 if number >= MOST_SERIES else number


def _fill(style: int, drawing: Drawing) -> str:
    is_patterned = style in _PATTERNED and drawing is not Drawing.LINES
    return f' fill="url(#kb-s{style})"' if is_patterned else ""


def _silent_months(graph: Graph) -> Iterator[str]:
    """Months of which nothing is known are marked, so that they are not read as zero."""
    slot = _slot(graph)
    for place, values in enumerate(_by_month(graph)):
        if all(value is None for value in values):
            yield f'<rect class="none" x="{_percent(slot * place)}" width="{_percent(slot)}" height="100%"/>'


def _slot(graph: Graph) -> Decimal:
    return Decimal(100) / max(len(graph.months), 1)


def _column_width(graph: Graph) -> Decimal:
    return min(_slot(graph) * Decimal("0.74"), WIDEST)


def _stacked_columns(graph: Graph, number: int, scale: Scale) -> Iterator[str]:
    slot, width = _slot(graph), _column_width(graph)
    for place, values in enumerate(_by_month(graph)):
        part = _stacked(values)[number]
        if part:
            yield _rect(slot * place + (slot - width) / 2, width, part, scale)


def _grouped_columns(graph: Graph, number: int, scale: Scale) -> Iterator[str]:
    slot, whole = _slot(graph), _column_width(graph)
    width = whole / len(graph.series)
    for place, value in enumerate(graph.series[number].values):
        if value:
            left = slot * place + (slot - whole) / 2 + width * number
            yield _rect(left, width, (min(value, Decimal(0)), max(value, Decimal(0))), scale)


def _rect(left: Decimal, width: Decimal, part: tuple[Decimal, Decimal], scale: Scale) -> str:
    lower, upper = part
    top = scale.place(upper)
    height = max(scale.place(lower) - top, LEAST)
    return (
        f'<rect x="{_percent(left)}" y="{_percent(top)}" width="{_percent(width)}"'
        f' height="{_percent(height)}"/>'
    )


def _lines(graph: Graph, number: int, scale: Scale) -> Iterator[str]:
    """A line breaks where a month is missing; a month between two missing ones is a point."""
    slot, values = _slot(graph), graph.series[number].values
    points = [
        None if value is None else (_percent(slot * place + slot / 2), _percent(scale.place(value)))
        for place, value in enumerate(values)
    ]
    for before, after in pairwise(points):
        if before and after:
            yield f'<line x1="{before[0]}" y1="{before[1]}" x2="{after[0]}" y2="{after[1]}"/>'
    for place, point in enumerate(points):
        around = (*points[max(place - 1, 0) : place], *points[place + 1 : place + 2])
        if point and (len(points) < _LABELLED[0][0] or not any(around)):
            yield f'<circle cx="{point[0]}" cy="{point[1]}" r="3.5"/>'


_DRAWN = {
    Drawing.STACKED: _stacked_columns,
    Drawing.GROUPED: _grouped_columns,
    Drawing.LINES: _lines,
}


def _percent(value: Decimal) -> str:
    """A hundredth of a per cent is less than a point of any screen."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".") + "%"


def _month_labels(months: Sequence[Period]) -> Iterator[str]:
    every = next((step for count, step in _LABELLED if len(months) < count), 12)
    for place, month in enumerate(months):
        if (month.month - 1) % every and len(months) > 1:
            yield "<span></span>"
        else:
            starts = not place or month.month == 1
            year = f"<i>{month.year}</i>" if starts else ""
            odd = ' class="odd"' if every == 1 and place % 2 else ""
            yield f"<span{odd}>{formatting.month_name(month)[:3]}{year}</span>"


def _legend(graph: Graph) -> SafeString:
    return format_html(
        '<figcaption><p class="kb-when" data-when>{}</p><ul class="kb-legend">{}{}</ul></figcaption>',
        graph.when,
        _join(
            _entry(one, graph.unit, _swatch(_style(number), graph.drawing))
            for number, one in enumerate(graph.series)
        ),
        _join(_entry(one, graph.unit, "") for one in (graph.sums,) if one),
    )


def _entry(one: Series, unit: str, swatch: str) -> str:
    values = "|".join(_written(value, unit) for value in one.values)
    total = one.told or _written(one.total, unit)
    return (
        f'<li>{swatch}<span>{escape(one.name)}</span><b class="num" data-values="{escape(values)}">'
        f"{escape(total)}</b></li>"
    )


def _swatch(style: int, drawing: Drawing) -> str:
    if drawing is Drawing.LINES:
        return f'<svg class="kb-swatch" aria-hidden="true"><g class="s{style} line"><line x1="1" y1="8" x2="23" y2="8"/></g></svg>'
    fill = _fill(style, drawing)
    return f'<svg class="kb-swatch" aria-hidden="true"><g class="s{style}"{fill}><rect x="1" y="1" width="22" height="14" rx="2"/></g></svg>'


def _written(value: Decimal | None, unit: str) -> str:
    if value is None:
        return _("нет данных")
    return formatting.money(value) if unit == formatting.ROUBLE else formatting.volume(value, unit)
