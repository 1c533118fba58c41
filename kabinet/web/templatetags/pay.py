"""The ways to payment beside sums due (PAY-01, 27, 30–32): a button, or in words why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import BillRow
from kabinet.kernel.money import Money
from kabinet.payments.queries import CartMark, PayWay, get_cart_marks, get_pay_way
from kabinet.providers.enums import Style
from kabinet.ui import formatting
from kabinet.ui.icons import ICONS
from kabinet.web.menu import Frame
from kabinet.web.pay.sums_of_all import owed_on, sum_of_all

register = template.Library()
NOTHING = mark_safe("")
FILLED, OUTLINED = "btn btn-primary", "btn btn-outline-primary"


@register.simple_tag
def pay_button(
    account: LinkedAccountRow, due: Money | None, *, is_main: bool = False
) -> SafeString:
    """«Оплатить 1 243,56 ₽»; «Внести аванс» where nothing is due; the way to full access; or why it can't be paid."""
    way, owes = get_pay_way(account), due is None or due.amount > 0
    if way is PayWay.OFF or (account.is_closed and not owes):
        return NOTHING
    if way is PayWay.LOCKED:
        return _link("account-upgrade", account, OUTLINED, _("Открыть доступ, чтобы оплатить"))
    if way is PayWay.NO_PAYEE:
        return _no_payee() if owes else NOTHING
    if not owes:
        return _link("account-pay", account, OUTLINED, _("Внести аванс"))
    look = FILLED if is_main and due is not None else OUTLINED
    return _link("account-pay", account, look, _pay_words(due))


@register.simple_tag
def pay_here(frame: Frame, *, is_main: bool = False) -> SafeString:
    """The same for the open account by the sum in the page's header: costs no query."""
    if frame.account is None:
        return NOTHING
    return pay_button(frame.account, frame.due.amount if frame.due else None, is_main=is_main)


@register.simple_tag
def pay_link(account: LinkedAccountRow) -> SafeString:
    """A small way to pay one account of a list."""
    if get_pay_way(account) is not PayWay.OPEN:
        return NOTHING
    amount = owed_on(account)
    if amount is None:
        return NOTHING
    hidden = format_html('<span class="visually-hidden"> {}</span>', account.title)
    url = reverse("account-pay", kwargs={"account_id": account.public_id})
    return format_html('<a href="{}">{}{}</a><br>', url, _pay_words(amount), hidden)


@register.simple_tag
def pay_share(account: LinkedAccountRow) -> SafeString:
    """The way to a link by which somebody else pays; only of an account that is fully one's own."""
    if get_pay_way(account) is not PayWay.OPEN or not account.is_extended:
        return NOTHING
    url = reverse("pay-share", kwargs={"account_id": account.public_id})
    return format_html('<a href="{}">{}</a>', url, _("Пусть заплатит другой: ссылка на оплату"))


@register.simple_tag(takes_context=True)
def pay_all_button(
    context: Context, accounts: Sequence[LinkedAccountRow], *, is_main: bool = False
) -> SafeString:
    """Everything that is due on all accounts goes into the cart at one press."""
    amount = sum_of_all(accounts)
    if amount is None:
        return NOTHING
    words = _("Оплатить всё, %(sum)s") % {"sum": formatting.money(amount)}
    return _to_cart(context, "all", words, FILLED if is_main else OUTLINED)


@register.simple_tag(takes_context=True)
def receipt_buttons(context: Context, account: LinkedAccountRow, bill: BillRow) -> SafeString:
    """«В корзину», and the same with the preliminary charge; each replaces the other (PAY-30–32)."""
    if get_pay_way(account) is not PayWay.OPEN or not bill.final:
        return NOTHING
    marks = get_cart_marks(account)
    choices = [("due", _("Положить в корзину"), CartMark(bill.kind, is_ahead=False))]
    if bill.preliminary:
        words = _("Положить вместе с предварительным")
        choices.append(("ahead", words, CartMark(bill.kind, is_ahead=True)))
    if bill.due.amount <= 0:
        choices = choices[1:]
    parts = [
        _in_cart()
        if mark in marks
        else _to_cart(context, _what(account, name, bill), text, OUTLINED)
        for name, text, mark in choices
    ]
    return format_html(
        '<div class="kb-actions start">{}</div>',
        format_html_join("", "{}", ((part,) for part in parts)),
    )


@register.simple_tag
def pay_supplier(account: LinkedAccountRow, supplier: str, owed: Money | None) -> SafeString:
    """Only this supplier, on the account's payment page (PAY-22)."""
    if get_pay_way(account) is not PayWay.OPEN or owed is None or owed.amount <= 0 or not supplier:
        return NOTHING
    url = reverse("account-pay", kwargs={"account_id": account.public_id})
    query = urlencode({"supplier": supplier})
    return format_html(
        '<p><a href="{}?{}">{}</a></p>', url, query, _("Оплатить только этого поставщика")
    )


@register.filter
def has_receipts(account: LinkedAccountRow) -> bool:
    """The provider's people pay by receipts put into a cart (PAY-30)."""
    return account.provider.style == Style.D


def _pay_words(due: Money | None) -> str:
    return _("Оплатить %(sum)s") % {"sum": formatting.money(due)} if due else _("Оплатить")


def _link(name: str, account: LinkedAccountRow, look: str, words: str) -> SafeString:
    url = reverse(name, kwargs={"account_id": account.public_id})
    return format_html('<a class="{}" href="{}">{}</a>', look, url, words)


def _no_payee() -> SafeString:
    return format_html(
        '<p class="quiet">{}</p>',
        _("Оплатить здесь нельзя: поставщик не подключил оплату. Реквизиты есть в счёте."),
    )


def _in_cart() -> SafeString:
    return format_html(
        '<span class="kb-tag done">{}{}</span> <a href="{}">{}</a>',
        ICONS["check"],
        _("в корзине"),
        reverse("cart"),
        _("Открыть корзину"),
    )


def _what(account: LinkedAccountRow, name: str, bill: BillRow) -> str:
    return f"{account.public_id}:{name}:{bill.kind}"


def _to_cart(context: Context, what: str, words: str, look: str) -> SafeString:
    return format_html(
        '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="{}" type="submit" name="what" value="{}" data-working="{}">{}</button></form>',
        reverse("cart-add"),
        context["csrf_token"],
        look,
        what,
        _("Складываем…"),
        words,
    )
