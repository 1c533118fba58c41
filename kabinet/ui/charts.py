"""Charts drawn on the server: an SVG with an honest zero baseline and the same figures as a table one touch away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kabinet.ui import formatting

HEIGHT = 100
STEP = 40
WIDTH = 33
# A bar that is there but tiny must not look like a missing one.
LEAST = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """``value`` None: nothing is known of that month, which is not the same as zero."""

    label: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Level:
    """A dashed line across the bars, such as their average; ``label`` stands under the chart."""

    label: str
    value: Decimal


def bars(values: Sequence[Bar], title: str, unit: str, level: Level | None = None) -> SafeString:
    """Draw the bars, the last one marked; ``title`` says in words what they show."""
    known = [bar.value for bar in values if bar.value is not None]
    tallest = max([*known, level.value] if level else known, default=Decimal(0))
    drawn = SafeString(
        "".join(
            _rect(place, bar, tallest, unit, is_last=place == len(values) - 1)
            for place, bar in enumerate(values)
            if bar.value
        )
    )
    width = max(len(values) * STEP - (STEP - WIDTH), 1)
    return format_html(
        '<figure class="kb-chart"><svg class="kb-bars" viewBox="0 0 {} {}" preserveAspectRatio="none"'
        ' role="img" aria-label="{}">{}{}</svg>{}{}{}</figure>',
        width,
        HEIGHT,
        title,
        drawn,
        _line(level, tallest, width),
        _axis(values),
        _legend(level, unit),
        _table(values, title, unit),
    )


def _line(level: Level | None, tallest: Decimal, width: int) -> SafeString:
    if level is None or tallest <= 0:
        return format_html("{}", "")
    y = HEIGHT - round(float(level.value / tallest) * HEIGHT)
    return format_html(
        '<line class="kb-level" x1="0" x2="{}" y1="{}" y2="{}" vector-effect="non-scaling-stroke"/>',
        width,
        y,
        y,
    )


def _legend(level: Level | None, unit: str) -> SafeString:
    if level is None:
        return format_html("{}", "")
    return format_html(
        '<p class="kb-legend quiet"><i class="kb-level" aria-hidden="true"></i>{}: <b class="num">{}</b></p>',
        level.label,
        formatting.volume(level.value, unit),
    )


def _rect(place: int, bar: Bar, tallest: Decimal, unit: str, *, is_last: bool) -> str:
    """Built by hand: a dozen of them on every home page; only the words need escaping."""
    value = bar.value or Decimal(0)
    height = max(round(float(value / tallest) * HEIGHT), LEAST) if tallest > 0 else LEAST
    told = escape(f"{bar.label}: {formatting.volume(value, unit)}")
    mark = ' class="now"' if is_last else ""
    return (
        f'<rect x="{place * STEP}" y="{HEIGHT - height}" width="{WIDTH}" height="{height}" rx="3"{mark}>'
        f"<title>{told}</title></rect>"
    )


def _axis(values: Sequence[Bar]) -> SafeString:
    if not values:
        return format_html("{}", "")
    ends = [values[0].label, values[-1].label] if len(values) > 1 else [values[0].label]
    return format_html(
        '<div class="kb-axis" aria-hidden="true">{}</div>',
        format_html_join("", "<span>{}</span>", ((label,) for label in ends)),
    )


def _table(values: Sequence[Bar], title: str, unit: str) -> SafeString:
    label = escape(unit)
    rows = SafeString(
        "".join(
            f'<tr><th scope="row">{escape(bar.label)}</th><td class="num" data-label="{label}">'
            f"{formatting.NOTHING if bar.value is None else formatting.number(bar.value)}</td></tr>"
            for bar in values
        )
    )
    return format_html(
        '<details class="kb-fold"><summary>{}</summary><table class="kb-table"><caption>{}</caption>'
        '<thead><tr><th scope="col">{}</th><th scope="col" class="num">{}</th></tr></thead>'
        "<tbody>{}</tbody></table></details>",
        _("Показать таблицей"),
        title,
        _("Месяц"),
        unit,
        rows,
    )
