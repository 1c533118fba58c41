"""The subscriber card (ACC-31, 35)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from kabinet.accounts import scopes
from kabinet.accounts.models import Account, AccountFact, Appliance, Benefit
from kabinet.accounts.queries.words import AccountNotFound, short_address
from kabinet.kernel.actors import Actor
from kabinet.providers.enums import Feature


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
    as_of: datetime


def get_subscriber_card(*, actor: Actor, public_id: uuid.UUID, today: date) -> SubscriberCard:
    """Give the card with the benefits in force on the day; four queries.

    :raises AccountNotFound: the person may not see this account's card.
    """
    try:
        account = scopes.accounts_open_for(actor, Feature.SUBSCRIBER).get(public_id=public_id)
    except Account.DoesNotExist as error:
        raise AccountNotFound from error
    facts = AccountFact.objects.filter(account=account).order_by("position", "pk")
    same = {
        name: getattr(account, name)
        for name in SubscriberCard.__dataclass_fields__
        if hasattr(Account, name) and name not in {"facts", "appliances", "benefits"}
    }
    return SubscriberCard(
        holder=" ".join(filter(None, (account.surname, account.name, account.patronymic))),
        address=short_address(account),
        facts=[(fact.name, fact.value) for fact in facts],
        appliances=_appliances(account),
        benefits=_benefits(account, today),
        **same,
    )


def _appliances(account: Account) -> list[ApplianceRow]:
    return [
        ApplianceRow(
            title=row.name or row.kind,
            kind=row.kind,
            serial=row.serial,
            verification_on=row.verification_on,
            state=row.state,
        )
        for row in Appliance.objects.filter(account=account).order_by("kind", "name", "serial")
    ]


def _benefits(account: Account, today: date) -> list[BenefitRow]:
    in_force = Benefit.objects.filter(account=account).exclude(
        Q(valid_to__lt=today) | Q(valid_from__gt=today)
    )
    return [
        BenefitRow(row.name, row.valid_from, row.valid_to)
        for row in in_force.order_by("name", "pk")
    ]
