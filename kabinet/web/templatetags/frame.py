"""The parts of the frame that are drawn more than once on every page: in Python, where that costs a tenth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kabinet.ui import components
from kabinet.ui.icons import ICONS
from kabinet.web.menu import Frame, Item

register = template.Library()
HERE = mark_safe(' aria-current="page"')
RULE = mark_safe("<hr>")
NOTHING = mark_safe("")


@register.simple_tag(takes_context=True)
def hint(context: Context, text: str, *, wide: bool = False) -> SafeString:
    """A sentence that explains what is where; whoever has switched hints off is spared it (IDN-46)."""
    frame = context.get("frame")
    if frame is not None and not frame.shows_hints:
        return NOTHING
    return format_html('<p class="kb-hint{}">{}</p>', " wide" if wide else "", text)


@register.simple_tag
def menu_items(items: Sequence[Item]) -> SafeString:
    """Sections as links, a rule between two groups."""
    return format_html_join("\n", "{}{}", _with_rules(items))


def _with_rules(items: Sequence[Item]) -> Iterable[tuple[SafeString, SafeString]]:
    for before, item in zip((None, *items), items, strict=False):
        is_next_group = before is not None and before.group is not item.group
        yield (RULE if is_next_group else NOTHING), _menu_item(item)


def _menu_item(item: Item) -> SafeString:
    return format_html(
        '<a href="{}"{}>{}<span>{}</span>{}{}</a>',
        item.url,
        HERE if item.is_here else NOTHING,
        ICONS[item.icon],
        item.text,
        item_count(item),
        _lock() if item.is_locked else NOTHING,
    )


@register.simple_tag
def item_count(item: Item) -> SafeString:
    """How much waits in a section: a figure to see, words to hear."""
    if not item.count:
        return NOTHING
    return format_html(
        ' <span class="kb-count num" aria-hidden="true">{}</span><span class="visually-hidden">: {}</span>',
        item.count,
        item.count_words,
    )


def _lock() -> SafeString:
    return format_html(
        '<span class="kb-lock">{}<span class="visually-hidden">{}</span></span>',
        ICONS["lock"],
        _("нужен полный доступ"),
    )


@register.simple_tag
def top_due(frame: Frame, place: str, *, is_swapped: bool = False) -> SafeString:
    """The sum due on every page (BIL-09, ACC-30).

    In ``place`` "top" it stands in the strip, in "line" under it on phones. ``is_swapped``: it comes as a part that
    htmx puts where the old one stands.
    """
    due = frame.due
    if due is None:
        return NOTHING
    return format_html(
        '<div class="kb-top-due in-{0}{1}" id="due-in-{0}" role="region" aria-label="{11}"{2}>'
        '<a class="kb-top-sum" href="{3}">{4}{5}</a>'
        '<a class="kb-refresh" id="refresh-in-{0}" href="{6}" hx-get="{7}" hx-swap="none">'
        '{8}{9}<span class="visually-hidden"> {10}</span></a></div>',
        place,
        " at-home" if frame.is_home else "",
        mark_safe(' hx-swap-oob="true"') if is_swapped else NOTHING,
        frame.account_home,
        _unknown() if due.amount is None else components.due(due.amount, "words"),
        _overdue() if due.is_overdue else NOTHING,
        frame.here,
        frame.due_url,
        ICONS["refresh"],
        _("Обновить"),
        _("сумму"),
        _("Сумма к оплате"),
    )


def _unknown() -> SafeString:
    """A dash: a sum that nobody has told is never zero."""
    return format_html('<span class="kb-due-words">{} <b>—</b></span>', _("К оплате"))


def _overdue() -> SafeString:
    return format_html(' <span class="late">{}</span>', _("просрочено"))
