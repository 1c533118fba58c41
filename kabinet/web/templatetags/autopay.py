"""Autopay on pages that are about something else; what is shown came along with the accounts, no query is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.payments.enums import AutopayState
from kabinet.payments.queries.autopay import AutopayMark, AutopayWay, get_autopay_mark

register = template.Library()


@dataclass(frozen=True, slots=True)
class PaidAccount:
    account: LinkedAccountRow
    mark: AutopayMark

    @property
    def way(self) -> str:
        return self.mark.way.name


@register.simple_tag
def autopay_link(account: LinkedAccountRow) -> SafeString | str:
    """The way to connect an autopay, which goes when it is on, and then the way to it (PAY-18)."""
    words = _words(get_autopay_mark(account))
    if not words:
        return ""
    url = reverse("autopay", kwargs={"account_id": account.public_id})
    return format_html(' <a class="kb-refresh" href="{}">{}</a>', url, words)


def _words(mark: AutopayMark) -> str:
    if mark.way is AutopayWay.OFFERED:
        return _("Подключить автоплатёж")
    if mark.way is not AutopayWay.OWN:
        return ""
    if mark.state is AutopayState.PAUSED:
        return _("Автоплатёж приостановлен")
    if mark.state is AutopayState.BINDING:
        return _("Закончить подключение автоплатежа")
    return _("Автоплатёж: %(day)s числа") % {"day": mark.day}


@register.inclusion_tag("web/pay/_payment_details.html", takes_context=True)
def payment_details(context: Context) -> Mapping[str, Any]:
    """The profile's block: saved cards, and autopays of all accounts (PAY-28)."""
    portal = getattr(context["request"], "portal", None)
    accounts: Sequence[LinkedAccountRow] = portal.accounts if portal else ()
    rows = [PaidAccount(account, get_autopay_mark(account)) for account in accounts]
    return {"rows": [row for row in rows if row.mark.way is not AutopayWay.OFF]}
