"""With what to pay, as the page offers it: methods, saved cards, what each costs on top (PAY-24, 37, 38)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import PartKey
from kabinet.payments.queries.cards import card_words
from kabinet.payments.queries.means import MeansRow, MethodRow, get_methods, usable_means
from kabinet.payments.queries.merchants import MerchantRow
from kabinet.providers.enums import CardSystem, PayMethod
from kabinet.providers.queries import ProviderRow
from kabinet.ui import formatting

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SAVED = "saved:"
TITLES: Mapping[PayMethod, StrOrPromise] = {
    PayMethod.SBP: gettext_lazy("СБП"),
    PayMethod.CARD: gettext_lazy("Новая карта"),
}
HINTS: Mapping[PayMethod, StrOrPromise] = {
    PayMethod.SBP: gettext_lazy("Подтвердите в приложении своего банка: по QR-коду или кнопкой."),
    PayMethod.CARD: gettext_lazy("Номер карты введёте на странице банка, сюда он не попадёт."),
}


@dataclass(frozen=True, slots=True)
class Way:
    """A radio button: ``value`` is what the form sends, ``percents`` what the script counts with."""

    value: str
    method: PayMethod
    title: str
    hint: str
    is_down: bool
    commission: Money
    percents: str

    @property
    def cost(self) -> str:
        if self.commission:
            return _("комиссия %(sum)s") % {"sum": formatting.money(self.commission)}
        return _("без комиссии")


def ways(
    payees: Sequence[tuple[MerchantRow, ProviderRow]],
    means: Iterable[MeansRow],
    sums: Mapping[PartKey, Money],
) -> Sequence[Way]:
    """SBP first, then the saved cards, then a new card; those that are down are told as such."""
    methods = get_methods([(merchant, provider.policy) for merchant, provider in payees])
    usable = usable_means(means, [merchant for merchant, _provider in payees])
    found = [way for row in methods for way in _of_method(row, usable, sums)]
    order = (PayMethod.SBP, PayMethod.SAVED_CARD, PayMethod.CARD)
    return sorted(found, key=lambda way: order.index(way.method))


def first_choice(offered: Sequence[Way]) -> str:
    """What stands chosen when the page opens: the default card where there is one, else the first that works."""
    working = [way for way in offered if not way.is_down]
    saved = [way for way in working if way.method is PayMethod.SAVED_CARD]
    return next((way.value for way in [*saved[:1], *working]), "")


def grand(total: Money, offered: Iterable[Way], chosen: str) -> Money:
    """What the payer gives in all, commission included (PAY-37)."""
    return total + Money.total(way.commission for way in offered if way.value == chosen)


def saves_cards(offered: Iterable[Way], payees: Iterable[tuple[MerchantRow, ProviderRow]]) -> bool:
    """A new card can be kept where the provider and its bank work with kept ones (PAY-08)."""
    has_new = any(way.method is PayMethod.CARD and not way.is_down for way in offered)
    return has_new and all(
        PayMethod.SAVED_CARD in provider.policy.pay_methods
        and merchant.can(PayMethod.SAVED_CARD)
        and merchant.supports_recurring
        for merchant, provider in payees
    )


def card_systems(providers: Iterable[ProviderRow]) -> Sequence[str]:
    """Names of the card systems that every provider's bank takes (PAY-06)."""
    rows = [frozenset(provider.policy.card_systems) for provider in providers]
    common = frozenset.intersection(*rows) if rows else frozenset()
    return [str(system.label) for system in CardSystem if system in common]


def _of_method(
    row: MethodRow, usable: Iterable[MeansRow], sums: Mapping[PartKey, Money]
) -> Iterable[Way]:
    commission = row.commission(
        {key: amount for key, amount in sums.items() if key[0] in row.percents}
    )
    percents = json.dumps({str(pk): str(percent) for pk, percent in row.percents.items()})
    if row.method is PayMethod.SAVED_CARD:
        for card in usable:
            yield Way(
                value=f"{SAVED}{card.public_id}",
                method=row.method,
                title=card_words(
                    card.system, card.last4, sbp_title=card.title if card.is_sbp else None
                ),
                hint=_expiry(card),
                is_down=row.is_down,
                commission=commission,
                percents=percents,
            )
        return
    yield Way(
        value=row.method.value,
        method=row.method,
        title=str(TITLES[row.method]),
        hint=str(HINTS[row.method]),
        is_down=row.is_down,
        commission=commission,
        percents=percents,
    )


def _expiry(card: MeansRow) -> str:
    if card.expiry_year is None or card.expiry_month is None:
        return ""
    return _("действует до %(month)02d/%(year)02d") % {
        "month": card.expiry_month,
        "year": card.expiry_year % 100,
    }
