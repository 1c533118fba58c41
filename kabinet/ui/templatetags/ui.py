"""The tag library of every page (a builtin: no ``{% load %}``).

Filters write «—» for None; what they write is plain text, so templates escape it as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kabinet.kernel.period import Period
from kabinet.ui import brand, charts, components, fields, formatting, graphs
from kabinet.ui.formatting import NOTHING, Amount
from kabinet.ui.icons import ICONS

register = template.Library()


def _or_dash(write: Callable[..., str]) -> Callable[..., str]:
    def filtered(value: Any, *arguments: Any) -> str:
        return NOTHING if value is None or value == "" else write(value, *arguments)

    return filtered


for _name in (
    "money",
    "signed_money",
    "number",
    "day",
    "day_year",
    "short_date",
    "month",
    "month_name",
    "month_in",
    "month_of",
):
    register.filter(_name, _or_dash(getattr(formatting, _name)))


@register.filter
def volume(value: Amount | None, unit: str = "") -> str:
    return NOTHING if value is None or value == "" else formatting.volume(value, unit)


@register.filter
def with_phones(text: str) -> SafeString:
    return components.with_phones(text)


@register.filter
def plural(count: int | None, forms: str) -> str:
    return NOTHING if count is None else formatting.plural(count, forms)


@register.filter
def moment(value: datetime | None, zone: str = "") -> str:
    """Write a moment in the named zone, by default in the current one."""
    if value is None:
        return NOTHING
    return formatting.moment(value, ZoneInfo(zone or timezone.get_current_timezone_name()))


@register.filter
def iso(value: date | datetime | Period | None) -> str:
    """For ``datetime`` attributes and for addresses."""
    if value is None:
        return ""
    return str(value) if isinstance(value, Period) else value.isoformat()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon; always beside a word, so it is hidden from screen readers."""
    return ICONS[name]


@register.simple_tag
def field(bound: BoundField, **attributes: object) -> SafeString:
    """Label, hint, input and its error; further arguments become attributes of the input."""
    return fields.draw(bound, attributes)


@register.simple_tag
def form_errors(form: Any) -> SafeString:
    """What is wrong with the form as a whole, and how many fields need a look."""
    return fields.draw_form_errors(form)


@register.simple_tag
def big_sum(amount: Amount | None) -> SafeString:
    return components.big_sum(amount)


@register.simple_tag
def due(amount: Amount | None, sign: str = "words") -> SafeString:
    return components.due(amount, sign)


@register.simple_tag
def big_due(amount: Amount | None, sign: str = "words", until: date | None = None) -> SafeString:
    """The answer of a page: the word as a heading, the sum large under it."""
    return components.big_due(amount, sign, until)


@register.simple_tag
def status(kind: str, text: str) -> SafeString:
    return components.status(kind, text)


@register.simple_tag
def empty(title: str, text: str, url: str = "", button: str = "") -> SafeString:
    return components.empty(title, text, url, button)


@register.simple_tag
def submit(text: str, **attributes: object) -> SafeString:
    """A button that cannot fire twice; ``outline=True`` for all but the page's main one."""
    return components.submit(text, attributes)


@register.simple_tag
def page_title(title: str, lead: str = "", *, back: str = "", back_text: str = "") -> SafeString:
    """The page's ``h1`` with a sentence under it and a way back above it."""
    return components.page_title(title, lead, back, back_text)


@register.simple_tag
def stepper(current: int, *names: str) -> SafeString:
    """Where a person is in a chain of pages: ``{% stepper 2 "Счёт" "Проверка" "Готово" %}``."""
    return components.stepper(current, names)


@register.simple_tag
def progress(value: int, maximum: int, label: str) -> SafeString:
    """How far something has come; ``label`` says it in words."""
    return components.progress(value, maximum, label)


@register.simple_tag
def bars(
    values: Sequence[charts.Bar], title: str, unit: str = "₽", level: charts.Level | None = None
) -> SafeString:
    """A year in bars, the last one marked, with its table folded under it; ``level`` is a line across."""
    return charts.bars(values, title, unit, level)


@register.simple_tag
def graph(drawn: graphs.Graph) -> SafeString:
    """Several series by month; the page links ``ui/graphs.css`` and ``ui/graphs.js``, and puts a table beside."""
    return graphs.draw(drawn)


@register.simple_tag
def graph_patterns() -> SafeString:
    """Once before the first ``{% graph %}``."""
    return graphs.patterns()


@register.simple_tag
def notice(kind: str, text: str) -> SafeString:
    """A sentence that must be seen: ``info``, ``done``, ``wait`` or ``late``."""
    return components.notice(kind, text)


@register.simple_tag
def provider_strip(provider: brand.Branded | None) -> SafeString:
    """A provider's colour, logo and name under the header."""
    return brand.strip(provider)


@register.simple_tag
def provider_sign(provider: brand.Branded) -> SafeString:
    """A provider's logo and name above a form."""
    return brand.sign(provider)


@register.simple_tag
def phone(number: str) -> SafeString:
    """A number to call by a touch."""
    return components.phone(number)


@register.simple_tag
def new_window() -> str:
    return _("(откроется в новом окне)")
