"""Prices in force for an account (BIL-22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from kabinet.accounts.models import AccountService
from kabinet.accounts.scopes import visible_accounts
from kabinet.billing.models import Tariff
from kabinet.kernel.actors import Actor
from kabinet.kernel.prepared import Prepared


@dataclass(frozen=True, slots=True)
class TariffRow:
    """The price of one service, and of one day zone where the service has zones (``zone`` is empty if not)."""

    service_id: int
    service_name: str
    zone: str
    price: Decimal
    unit: str
    valid_from: date
    valid_to: date | None
    document: str
    document_url: str


def get_current_tariffs(*, actor: Actor, account_id: int, today: date) -> Sequence[TariffRow]:
    """Give the prices in force on the day, by service and zone; one query.

    The account's own tariff group goes before the provider's general price of the service. A price is public
    knowledge, so whoever sees the account sees its tariffs, at any access level.
    """
    return _most_specific(_TARIFFS(actor, account_id, today))


def _tariffs(actor: Actor, account_id: int, today: date) -> QuerySet[Tariff]:
    account = visible_accounts(actor).filter(pk=account_id)
    own_group = AccountService.objects.filter(
        account=account_id, service=OuterRef("service"), tariff_group=OuterRef("group")
    )
    return (
        Tariff.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=today),
            Q(group="") | Exists(own_group),
            service__provider__in=account.values("provider"),
            valid_from__lte=today,
        )
        .select_related("service")
        .order_by("service__name", "service", "group", "zone", "valid_from")
    )


_TARIFFS = Prepared(_tariffs)


def _most_specific(tariffs: Sequence[Tariff]) -> Sequence[TariffRow]:
    """Keep, of the rows ordered by group and start, the own group where there is one and the latest start."""
    group_of = {tariff.service_id: tariff.group for tariff in tariffs}
    latest = {
        (tariff.service_id, tariff.zone): tariff
        for tariff in tariffs
        if tariff.group == group_of[tariff.service_id]
    }
    return [
        TariffRow(
            service_id=tariff.service_id,
            service_name=tariff.service.name,
            zone=tariff.zone,
            price=tariff.price,
            unit=tariff.unit or tariff.service.unit,
            valid_from=tariff.valid_from,
            valid_to=tariff.valid_to,
            document=tariff.document,
            document_url=tariff.document_url,
        )
        for tariff in latest.values()
    ]
