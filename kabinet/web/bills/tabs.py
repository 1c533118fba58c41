"""The pages of «Счета и платежи» and which of them an account has (ACC-14, 29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.providers.enums import Feature, Style
from kabinet.web.tabs import Tab

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What the page is called where the provider's kind of system has a word of its own (BIL-07, 20).
SETTLEMENTS: Mapping[str, StrOrPromise] = {Style.A: _("Взаиморасчёты"), Style.C: _("Баланс")}
# No feature: prices are public knowledge, so nothing closes them to a holder (BIL-22).
PAGES: Sequence[tuple[str, Feature | None, StrOrPromise]] = (
    ("bills", Feature.BILLS, _("Счета")),
    ("charges", Feature.CHARGES, _("Начисления")),
    ("settlements", Feature.CHARGES, _("По услугам")),
    ("payments", Feature.PAYMENTS, _("Платежи")),
    ("events", Feature.CHARGES, _("События")),
    ("tariffs", None, _("Тарифы")),
)


def settlements_title(account: LinkedAccountRow) -> StrOrPromise:
    return SETTLEMENTS.get(account.provider.style, _("Расчёты по услугам"))


def tabs(account: LinkedAccountRow, here: str) -> Sequence[Tab]:
    """Pages that the provider offers; those that the level does not reach lead to the offer of full access."""
    return [
        Tab(
            url=reverse(name, kwargs={"account_id": account.public_id}),
            text=SETTLEMENTS.get(account.provider.style, text) if name == "settlements" else text,
            is_here=name == here,
            is_locked=feature is not None and not account.opens(feature),
        )
        for name, feature, text in PAGES
        if feature is None or account.offers(feature)
    ]
