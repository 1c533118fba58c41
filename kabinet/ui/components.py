"""The small pieces of every page as safe HTML; text that comes in is always escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.forms.utils import flatatt
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kabinet.kernel.money import Money
from kabinet.ui import formatting
from kabinet.ui.formatting import MINUS, ROUBLE, Amount
from kabinet.ui.icons import ICONS

STATUS_KINDS = frozenset({"wait", "done", "late", "plain"})
NOTICE_ICONS = {"info": "info", "done": "done", "wait": "warning", "late": "error"}
# «8 800 200-00-01» with spaces that do not break; nothing else in a sentence looks so.
_PHONE = re.compile(r"(?<![\d-])(?:\+?\d[\d\u00a0()]*[\u00a0)])?\d{1,3}-\d\d-\d\d(?![\d-])")


def _decimal(amount: Amount) -> Decimal:
    return amount.amount if isinstance(amount, Money) else Decimal(amount)


def big_sum(amount: Amount | None) -> SafeString:
    if amount is None:
        return format_html('<p class="kb-sum quiet">{}</p>', formatting.NOTHING)
    return _large(*formatting.split_money(amount))


def _large(roubles: str, kopecks: str) -> SafeString:
    return format_html(
        '<p class="kb-sum num">{}<span>,{}\u00a0{}</span></p>', roubles, kopecks, ROUBLE
    )


def due_word(amount: Amount | None) -> str:
    """Say in a word what the sum is (BIL-01): a sign never stands alone."""
    if amount is None:
        return _("Нет данных")
    value = _decimal(amount)
    if not value:
        return _("Долга нет")
    return _("К оплате") if value > 0 else _("Переплата")


def _sign(value: Decimal, style: str) -> str:
    """``negative_debt`` shows a debt with a minus, ``positive_debt`` with a plus, ``words`` bare."""
    if not value or style == "words":
        return ""
    debt_mark, credit_mark = (MINUS, "") if style == "negative_debt" else ("+", MINUS)
    return debt_mark if value > 0 else credit_mark


def due(amount: Amount | None, sign: str) -> SafeString:
    word = due_word(amount)
    if amount is None:
        return format_html('<span class="kb-due-words quiet">{}</span>', word)
    value = _decimal(amount)
    if not value:
        return format_html('<span class="kb-due-words">{}</span>', word)
    return format_html(
        '<span class="kb-due-words">{} <b class="num">{}{}</b></span>',
        word,
        _sign(value, sign),
        formatting.money(abs(value)),
    )


def big_due(amount: Amount | None, sign: str, until: date | None) -> SafeString:
    word = due_word(amount)
    if amount is None:
        return format_html('<h2 class="kb-answer">{}</h2>', word)
    value = _decimal(amount)
    if value > 0 and until is not None:
        word = _("К оплате до %(day)s") % {"day": formatting.day(until)}
    roubles, kopecks = formatting.split_money(abs(value))
    return format_html("<h2>{}</h2>{}", word, _large(_sign(value, sign) + roubles, kopecks))


def status(kind: str, text: str) -> SafeString:
    if kind not in STATUS_KINDS:
        raise ValueError(f"{kind!r} is not one of {sorted(STATUS_KINDS)}")
    return format_html('<span class="kb-tag {}">{}</span>', kind, text)


def empty(title: str, text: str, url: str, button: str) -> SafeString:
    action = format_html('<a class="btn btn-outline-primary" href="{}">{}</a>', url, button)
    return format_html(
        '<div class="kb-empty">{}<p class="kb-empty-title">{}</p><p class="quiet">{}</p>{}</div>',
        ICONS["inbox"],
        title,
        text,
        action if url else "",
    )


def submit(text: str, attributes: Mapping[str, object]) -> SafeString:
    rest = {name.replace("_", "-"): value for name, value in attributes.items()}
    outline = rest.pop("outline", False)
    danger = rest.pop("danger", False)
    shade = "btn-outline-danger" if danger else "btn-primary"
    rest.setdefault("class", "btn btn-outline-primary" if outline else f"btn {shade}")
    rest.setdefault("data-working", _("Отправляем…"))
    return format_html('<button type="submit"{}>{}</button>', flatatt(rest), text)


def page_title(title: str, lead: str, back: str, back_text: str) -> SafeString:
    way_back = format_html(
        '<a class="kb-back" href="{}">{}{}</a>', back, ICONS["back"], back_text or _("Назад")
    )
    return format_html(
        '<header class="kb-page-head wide">{}<h1>{}</h1>{}</header>',
        way_back if back else "",
        title,
        format_html('<p class="quiet">{}</p>', lead) if lead else "",
    )


def stepper(current: int, names: Sequence[str]) -> SafeString:
    steps = format_html_join(
        "",
        '<li class="{}"{}><i aria-hidden="true">{}</i><span>{}</span>{}</li>',
        (
            (
                "done" if place < current else "",
                _current_step(place == current),
                ICONS["check"] if place < current else place,
                name,
                _done_word(place < current),
            )
            for place, name in enumerate(names, 1)
        ),
    )
    return format_html('<ol class="kb-steps" aria-label="{}">{}</ol>', _("Шаги"), steps)


def _current_step(is_current: bool) -> SafeString:  # noqa: FBT001 -- a fact about a step
    return format_html(' aria-current="{}"', "step") if is_current else format_html("{}", "")


def _done_word(is_done: bool) -> SafeString:  # noqa: FBT001 -- a fact about a step
    if not is_done:
        return format_html("{}", "")
    return format_html('<span class="visually-hidden">{}</span>', _("пройден"))


def progress(value: int, maximum: int, label: str) -> SafeString:
    return format_html(
        '<progress class="kb-progress" value="{}" max="{}" aria-label="{}"></progress>',
        value,
        max(maximum, 1),
        label,
    )


def notice(kind: str, text: str) -> SafeString:
    return format_html(
        '<div class="kb-notice {}" role="{}">{}<p>{}</p></div>',
        kind,
        "alert" if kind == "late" else "note",
        ICONS[NOTICE_ICONS[kind]],
        with_phones(text),
    )


def phone(number: str) -> SafeString:
    """A number to call by a touch; it does not come apart at the end of a line."""
    return format_html('<a class="num" href="tel:{}">{}</a>', dialled(number), number)


def with_phones(text: str) -> SafeString:
    """The sentence with its telephone numbers to call by a touch: those that hold together by unbreakable spaces."""
    return mark_safe(  # noqa: S308 -- escaped a line below; a number has nothing to escape
        _PHONE.sub(lambda found: phone(found[0]), conditional_escape(text))
    )


def dialled(number: str) -> str:
    """What a telephone dials: digits, and a plus in front where there was one."""
    digits = "".join(sign for sign in number.partition(",")[0] if sign.isdigit())
    return f"+{digits}" if number.strip().startswith("+") else digits
