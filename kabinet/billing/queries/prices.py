"""Prices of several accounts at once, for a form of all of them (MET-19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Q

from kabinet.accounts.models import Account, AccountService
from kabinet.accounts.scopes import visible_accounts
from kabinet.billing.models import Tariff
from kabinet.kernel.actors import Actor

Prices = Mapping[tuple[int, str], Decimal]


def get_prices(*, actor: Actor, days: Mapping[int, date]) -> Mapping[int, Prices]:
    """Give every account's prices by service and zone on its day; three queries, however many accounts there are.

    The rules are those of ``get_current_tariffs``. ``days`` maps account ids to the day at their provider's place.
    """
    if not days:
        return {}
    accounts = list(visible_accounts(actor).filter(pk__in=days).only("pk", "provider_id"))
    groups: dict[int, set[tuple[int, str]]] = defaultdict(set)
    own = AccountService.objects.filter(account__in=accounts)
    for account_id, service_id, group in own.values_list("account", "service", "tariff_group"):
        groups[account_id].add((service_id, group))
    tariffs = (
        Tariff.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=min(days.values())),
            service__provider__in={account.provider_id for account in accounts},
            valid_from__lte=max(days.values()),
        )
        .select_related("service")
        .order_by("group", "valid_from")
    )
    by_provider: dict[int, list[Tariff]] = defaultdict(list)
    for tariff in tariffs:
        by_provider[tariff.service.provider_id].append(tariff)
    return {
        account.pk: _prices(account, by_provider, groups[account.pk], days[account.pk])
        for account in accounts
    }


def _prices(
    account: Account,
    tariffs: Mapping[int, Sequence[Tariff]],
    groups: set[tuple[int, str]],
    day: date,
) -> Prices:
    """Of rows ordered by group and start: the own group before the general price, then the latest start."""
    held = [
        tariff
        for tariff in tariffs.get(account.provider_id, ())
        if tariff.valid_from <= day
        and (tariff.valid_to is None or tariff.valid_to >= day)
        and (not tariff.group or (tariff.service_id, tariff.group) in groups)
    ]
    group_of = {tariff.service_id: tariff.group for tariff in held}
    return {
        (tariff.service_id, tariff.zone): tariff.price
        for tariff in held
        if tariff.group == group_of[tariff.service_id]
    }
