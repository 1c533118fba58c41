"""How sums of bills are written in tables: a word beside every balance (BIL-01)."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kabinet.billing.calculations import BalanceWord, show_balance, show_payment
from kabinet.kernel.money import Money
from kabinet.ui import formatting
from kabinet.web.zones import zone_name

register = template.Library()

WORDS = {
    BalanceWord.DEBT: _("долг"),
    BalanceWord.OVERPAID: _("переплата"),
}


@register.filter
def balance(due: Money | None, sign: str) -> SafeString | str:
    """Write what was owed at some moment in the provider's manner.

    The columns are headed «Долг …», so a plain figure needs no word; a minus or an overpayment does.
    """
    if due is None:
        return formatting.NOTHING
    shown = show_balance(due, sign)
    is_plain_debt = shown.word is BalanceWord.DEBT and shown.figure.amount > 0
    if is_plain_debt or shown.word is BalanceWord.NOTHING_OWED:
        return formatting.money(shown.figure)
    return format_html(
        '<span>{} <small class="kb-word">{}</small></span>',
        formatting.money(shown.figure),
        WORDS[shown.word],
    )


@register.filter
def to_pay(due: Money | None) -> SafeString | str:
    """Write a sum that is asked for: never with a sign, an overpayment with its word."""
    return balance(due, "words")


@register.filter
def paid(amount: Money | None, style: str) -> str:
    """Write a payment as the provider's kind of system does."""
    return formatting.NOTHING if amount is None else formatting.money(show_payment(amount, style))


register.filter("price", formatting.price)
register.filter("zone_name", zone_name)
