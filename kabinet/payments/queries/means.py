"""With what a payment can be made, what it costs on top, and what is told beside the form (PAY-06, 14, 24, 25, 37, 38)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.accounts.riders import rows_as_text
from kabinet.identity.models import User
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.calculations.splitting import PartKey, commission_of
from kabinet.payments.models import PaymentHelp
from kabinet.payments.queries.merchants import MerchantRow
from kabinet.providers.enums import PayMethod
from kabinet.providers.queries import PolicyRow

# What is offered at a checkout, best first; autopay has a page of its own.
OFFERED = (PayMethod.SBP, PayMethod.CARD, PayMethod.SAVED_CARD)


@dataclass(frozen=True, slots=True)
class MethodRow:
    """``percents`` is the commission by merchant. A method that is down is said to be so, the others stay (PAY-38)."""

    method: PayMethod
    is_down: bool
    percents: Mapping[int, Decimal]

    def commission(self, sums: Mapping[PartKey, Money]) -> Money:
        """What is paid on top of the sums of the payments to be made; rounded for each, as it will be taken."""
        return Money.total(
            commission_of(amount, self.percents[merchant_id])
            for (merchant_id, _account), amount in sums.items()
        )


@dataclass(frozen=True, slots=True)
class MeansRow:
    """A saved card or account: only its mask is known here (PAY-43)."""

    public_id: uuid.UUID
    merchant_id: int
    is_sbp: bool
    system: str
    last4: str
    title: str
    expiry_year: int | None
    expiry_month: int | None
    is_default: bool


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A provider's own words; empty ones leave ours."""

    rules: str = ""
    security: str = ""
    steps: str = ""
    refund: str = ""


@dataclass(frozen=True, slots=True)
class BesideRow:
    """What the form needs besides sums. ``cart`` are the raw lines of the person's cart."""

    means: tuple[MeansRow, ...]
    helps: Mapping[int, HelpRow]
    cart: Sequence[Sequence[Any]]


def get_beside(
    *,
    actor: Actor,
    accounts: Iterable[LinkedAccountRow],
    cart_columns: Sequence[str] = ("public_id",),
) -> BesideRow:
    """Give the person's saved cards, the providers' words and the cart; one query for all three.

    A guest has only the words.
    """
    # A set that is empty would leave no query to put into the row; nobody has the number 0.
    providers = {account.provider.id for account in accounts} | {0}
    helps = PaymentHelp.objects.filter(provider__in=providers).order_by("provider")
    if actor.kind is not ActorKind.CUSTOMER:
        told = helps.values_list("provider_id", "rules", "security", "steps", "refund")
        return BesideRow((), {provider: HelpRow(*texts) for provider, *texts in told}, ())
    cards = scopes.own_cards(actor).order_by("-is_default", "-saved_at", "pk")
    found = (
        User.objects.filter(pk=actor.user_id or 0)
        .annotate(
            own_cards=rows_as_text(
                cards,
                "public_id",
                "merchant_id",
                "is_sbp",
                "system",
                "last4",
                "title",
                "expiry_year",
                "expiry_month",
                "is_default",
            ),
            helps=rows_as_text(helps, "provider_id", "rules", "security", "steps", "refund"),
            lines=rows_as_text(
                scopes.kept_cart(actor).order_by(
                    F("receipt").asc(), "service__name", "supplier__name", "pk"
                ),
                *cart_columns,
            ),
        )
        .values_list("own_cards", "helps", "lines")
        .first()
    )
    own, words, lines = map(_rows, found or ("[]", "[]", "[]"))
    return BesideRow(
        means=tuple(MeansRow(uuid.UUID(card), *rest) for card, *rest in own),
        helps={provider: HelpRow(*texts) for provider, *texts in words},
        cart=lines,
    )


def _rows(text: str) -> Sequence[Any]:
    rows: Sequence[Any] = json.loads(text, parse_float=Decimal)
    return rows


def get_methods(payees: Iterable[tuple[MerchantRow, PolicyRow]]) -> Sequence[MethodRow]:
    """Give the methods that every payee of a payment takes, the best first; ``payees`` go with their provider's rules."""
    pairs = list(payees)
    return [
        MethodRow(
            method=method,
            is_down=not all(merchant.works(method) for merchant, _policy in pairs),
            percents={merchant.id: percent(policy, method) for merchant, policy in pairs},
        )
        for method in OFFERED
        if pairs
        and all(method in policy.pay_methods and merchant.can(method) for merchant, policy in pairs)
    ]


def percent(policy: PolicyRow, method: PayMethod) -> Decimal:
    return policy.commission_sbp if method is PayMethod.SBP else policy.commission_card


def usable_means(means: Iterable[MeansRow], merchants: Iterable[MerchantRow]) -> Sequence[MeansRow]:
    """A saved card works with the contract that saved it, so with one payee only (PAY-49)."""
    ids = {merchant.id for merchant in merchants}
    return [row for row in means if ids == {row.merchant_id}]
