"""What a provider knows of an account and its home, all in one query (ACC-31, 35, 36, 38, 39, 41, 43)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import BooleanField, Case, OuterRef, QuerySet, When
from django.db.models.functions import Cast

from kabinet.accounts import riders, scopes
from kabinet.accounts.models import (
    Account,
    AccountFact,
    AccountLink,
    AccountService,
    Appliance,
    Benefit,
    Contract,
)
from kabinet.accounts.queries.contracts import ContractRow, to_contract_rows
from kabinet.accounts.queries.words import AccountNotFound, full_name, short_address, to_day
from kabinet.kernel.actors import Actor
from kabinet.kernel.prepared import Prepared
from kabinet.providers.enums import Feature


class Part(StrEnum):
    """Lists of the card; each is a subquery, so a page names those that it shows."""

    FACTS = "facts"
    APPLIANCES = "appliances"
    BENEFITS = "benefits"
    SERVICES = "services"
    CONTRACTS = "contracts"


@dataclass(frozen=True, slots=True)
class ApplianceRow:
    title: str
    kind: str
    serial: str
    verification_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class BenefitRow:
    name: str
    valid_from: date | None
    valid_to: date | None

    def is_in_force(self, today: date) -> bool:
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_to is None or self.valid_to >= today
        )


@dataclass(frozen=True, slots=True)
class SuppliedServiceRow:
    """A service that the account gets; ``tariff_group`` and ``supplier`` are "" where the provider told none."""

    name: str
    supplier: str
    tariff_group: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class SubscriberCard:
    """What the provider knows about the account and its home (ACC-31, 35); None and "" where it told nothing."""

    holder: str
    address: str
    area_total: Decimal | None
    area_living: Decimal | None
    residents: int | None
    registered: int | None
    owners: int | None
    rooms: int | None
    stove: str
    electric_heating: bool | None
    opened_on: date | None
    closed_on: date | None
    maintenance_on: date | None
    facts: Sequence[tuple[str, str]]
    appliances: Sequence[ApplianceRow]
    benefits: Sequence[BenefitRow]
    services: Sequence[SuppliedServiceRow]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AccountCard:
    """``subscriber`` and ``contracts`` are None where the reader's link does not open them (ACC-14).

    ``told`` is what other apps asked for (``riders.CARD``).
    """

    subscriber: SubscriberCard | None
    contracts: Sequence[ContractRow] | None
    told: Mapping[str, str]


def get_account_card(
    *, actor: Actor, account_id: int, today: date, parts: frozenset[Part] = frozenset(Part)
) -> AccountCard:
    """Give the card with the benefits in force on the day, and the lists that the page names; one query.

    :raises AccountNotFound: the account is not linked to this person.
    """
    link = next(iter(_CARD(actor, account_id, parts)), None)
    if link is None:
        raise AccountNotFound
    lists: dict[str, list[Any]] = {
        part: json.loads(getattr(link, f"list_{part}", None) or "[]") for part in Part
    }
    opens_contracts = Part.CONTRACTS in parts and link.opens_contracts  # type: ignore[attr-defined]  # annotated
    return AccountCard(
        subscriber=_to_subscriber(link.account, lists, today) if link.opens_subscriber else None,  # type: ignore[attr-defined]  # annotated
        contracts=to_contract_rows(lists[Part.CONTRACTS], today) if opens_contracts else None,
        told=riders.CARD.told(link),
    )


def get_subscriber_card(*, actor: Actor, account_id: int, today: date) -> SubscriberCard:
    """Give the card with the benefits in force on the day; one query.

    :raises AccountNotFound: the person may not see this account's card.
    """
    parts = frozenset(Part) - {Part.CONTRACTS}
    card = get_account_card(actor=actor, account_id=account_id, today=today, parts=parts)
    if card.subscriber is None:
        raise AccountNotFound
    return card.subscriber


def _card(actor: Actor, account_id: int, parts: frozenset[Part]) -> QuerySet[AccountLink]:
    links = scopes.visible_links(actor).filter(account=account_id).select_related("account")
    lists = {f"list_{part}": _list(part) for part in sorted(parts)}
    opened = {
        f"opens_{feature}": Case(
            When(scopes.opened(feature), then=True), default=False, output_field=BooleanField()
        )
        for feature in (Feature.SUBSCRIBER, Feature.CONTRACTS)
    }
    return riders.CARD.board(links.annotate(**lists, **opened))


_CARD = Prepared(_card)


def _list(part: Part) -> Case:
    feature = Feature.CONTRACTS if part is Part.CONTRACTS else Feature.SUBSCRIBER
    return riders.seen_through(_LISTS[part](), feature)


def _facts() -> Cast:
    facts = AccountFact.objects.filter(account=OuterRef("account")).order_by("position", "pk")
    return riders.rows_as_text(facts, "name", "value")


def _appliances() -> Cast:
    appliances = Appliance.objects.filter(account=OuterRef("account"))
    return riders.rows_as_text(
        appliances.order_by("kind", "name", "serial"),
        "name",
        "kind",
        "serial",
        "verification_on",
        "state",
    )


def _benefits() -> Cast:
    benefits = Benefit.objects.filter(account=OuterRef("account")).order_by("name", "pk")
    return riders.rows_as_text(benefits, "name", "valid_from", "valid_to")


def _services() -> Cast:
    services = AccountService.objects.filter(account=OuterRef("account"))
    return riders.rows_as_text(
        services.order_by("service__name", "supplier__name", "pk"),
        "service__name",
        "supplier__name",
        "tariff_group",
        "valid_from",
        "valid_to",
    )


def _contracts() -> Cast:
    contracts = Contract.objects.filter(account=OuterRef("account"))
    return riders.rows_as_text(
        contracts.order_by("-starts_on", "kind", "number"),
        "number",
        "kind",
        "company",
        "state",
        "starts_on",
        "ends_on",
    )


_LISTS = {
    Part.FACTS: _facts,
    Part.APPLIANCES: _appliances,
    Part.BENEFITS: _benefits,
    Part.SERVICES: _services,
    Part.CONTRACTS: _contracts,
}


def _to_subscriber(account: Account, lists: Mapping[str, list[Any]], today: date) -> SubscriberCard:
    computed = {"holder", "address", "facts", "appliances", "benefits", "services"}
    same = {
        name: getattr(account, name)
        for name in SubscriberCard.__dataclass_fields__
        if name not in computed
    }
    benefits = [
        BenefitRow(name, to_day(since), to_day(until))
        for name, since, until in lists[Part.BENEFITS]
    ]
    return SubscriberCard(
        holder=full_name(account),
        address=short_address(account),
        facts=[(name, value) for name, value in lists[Part.FACTS]],
        appliances=[
            ApplianceRow(name or kind, kind, serial, to_day(verification_on), state)
            for name, kind, serial, verification_on, state in lists[Part.APPLIANCES]
        ],
        benefits=[row for row in benefits if row.is_in_force(today)],
        services=[
            SuppliedServiceRow(name, supplier or "", group, to_day(since), to_day(until))
            for name, supplier, group, since, until in lists[Part.SERVICES]
        ],
        **same,
    )
