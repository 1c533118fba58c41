"""The pages of «Счета и платежи» and which of them an account has (ACC-14, 29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.providers.enums import Feature, Style

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SETTLEMENTS_OF_A = _("Взаиморасчёты")
PAGES: Sequence[tuple[str, Feature, StrOrPromise]] = (
    ("bills", Feature.BILLS, _("Счета")),
    ("charges", Feature.CHARGES, _("Начисления")),
    ("settlements", Feature.CHARGES, _("По услугам")),
    ("payments", Feature.PAYMENTS, _("Платежи")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    url: str
    text: StrOrPromise
    is_here: bool
    is_locked: bool


def settlements_title(account: LinkedAccountRow) -> StrOrPromise:
    is_of_a = account.provider.style == Style.A
    return SETTLEMENTS_OF_A if is_of_a else _("Расчёты по услугам")


def tabs(account: LinkedAccountRow, here: str) -> Sequence[Tab]:
    """Pages that the provider offers; those that the level does not reach lead to the offer of full access."""
    return [
        Tab(
            url=reverse(name, kwargs={"account_id": account.public_id}),
            text=_text(name, text, account),
            is_here=name == here,
            is_locked=not account.opens(feature),
        )
        for name, feature, text in PAGES
        if account.offers(feature)
    ]


def _text(name: str, text: StrOrPromise, account: LinkedAccountRow) -> StrOrPromise:
    is_settlements_of_a = name == "settlements" and account.provider.style == Style.A
    return SETTLEMENTS_OF_A if is_settlements_of_a else text
