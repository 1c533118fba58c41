"""Prices of an account's services, now and before, with what set them (BIL-22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from urllib.parse import urlsplit

from django.db.models import Exists, OuterRef, Q, QuerySet

from kabinet.accounts.models import AccountService
from kabinet.accounts.scopes import visible_accounts
from kabinet.billing.models import Tariff
from kabinet.kernel.actors import Actor
from kabinet.kernel.period import Period
from kabinet.kernel.prepared import Prepared
from kabinet.metering.enums import MeterState
from kabinet.metering.models import Meter


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

    @property
    def document_link(self) -> str:
        """Where the document lies on the web; empty when the provider gave nothing that a link may lead to."""
        try:
            parts = urlsplit(self.document_url)
        except ValueError:
            return ""
        is_web = parts.scheme in {"http", "https"} and bool(parts.netloc)
        return self.document_url if is_web else ""

    def holds_in(self, period: Period) -> bool:
        starts_in_time = self.valid_from <= period.last_day
        return starts_in_time and (self.valid_to is None or self.valid_to >= period.first_day)


@dataclass(frozen=True, slots=True)
class ServiceTariffsRow:
    """A service's prices, newest first; ``in_month`` are those of the month asked for."""

    service_name: str
    in_month: Sequence[TariffRow]
    history: Sequence[TariffRow]

    @property
    def zones(self) -> int:
        return len({row.zone for row in self.history if row.zone})


def get_current_tariffs(*, actor: Actor, account_id: int, today: date) -> Sequence[TariffRow]:
    """Give the prices in force on the day, by service and zone; one query.

    The account's own tariff group goes before the provider's general price of the service. A price is public
    knowledge, so whoever sees the account sees its tariffs, at any access level.
    """
    return _most_specific(_TARIFFS(actor, account_id, today))


def get_tariff_history(
    *, actor: Actor, account_id: int, period: Period, since: Period
) -> Sequence[ServiceTariffsRow]:
    """Give the prices of the account's services that held at any time from ``since`` on; two queries.

    The same rules as for the current ones, and of a service with meters the day zones that these count. An account
    of which the provider has told no services shows those that have a general price.
    """
    found = list(_history(actor, account_id, since))
    own_groups = {tariff.service_id: tariff.group for tariff in found}
    counted = _counted_zones(actor, account_id)
    rows = [
        _to_row(row)
        for row in found
        if row.group == own_groups[row.service_id]
        and row.zone in counted.get(row.service_id, {row.zone})
    ]
    return [
        _to_service(prices, period)
        for _service, prices in _by_service(sorted(rows, key=_newest_first))
    ]


def _history(actor: Actor, account_id: int, since: Period) -> QuerySet[Tariff]:
    services = AccountService.objects.filter(account=account_id)
    own = services.filter(service=OuterRef("service"))
    return (
        _open_to(actor, account_id)
        .filter(
            Q(valid_to=None) | Q(valid_to__gte=since.first_day),
            Exists(own) | ~Exists(services),
        )
        .select_related("service")
        .order_by("service__name", "service", "group", "pk")
    )


def _counted_zones(actor: Actor, account_id: int) -> Mapping[int, set[str]]:
    """The zones of the meters in use, by service: a day price is of no interest to who has a single register."""
    meters = Meter.objects.filter(
        account__in=visible_accounts(actor).filter(pk=account_id), charging_to=None
    ).exclude(state=MeterState.REMOVED)
    zones: dict[int, set[str]] = defaultdict(set)
    for service_id, own in meters.values_list("service", "zones"):
        zones[service_id].update(own or [""])
    return zones


def _newest_first(row: TariffRow) -> tuple[str, int, int, str]:
    return row.service_name, row.service_id, -row.valid_from.toordinal(), row.zone


def _by_service(rows: Iterable[TariffRow]) -> Iterable[tuple[int, list[TariffRow]]]:
    for service_id, prices in groupby(rows, key=lambda row: row.service_id):
        yield service_id, list(prices)


def _to_service(prices: Sequence[TariffRow], period: Period) -> ServiceTariffsRow:
    """A price without an end holds until the next one of its zone begins."""
    latest: dict[str, TariffRow] = {}
    for row in prices:
        if row.holds_in(period):
            latest.setdefault(row.zone, row)
    return ServiceTariffsRow(
        service_name=prices[0].service_name,
        in_month=sorted(latest.values(), key=lambda row: row.zone),
        history=prices,
    )


def _open_to(actor: Actor, account_id: int) -> QuerySet[Tariff]:
    """Prices of the provider that this account may have: general ones, and those of its own tariff groups."""
    account = visible_accounts(actor).filter(pk=account_id)
    own_group = AccountService.objects.filter(
        account=account_id, service=OuterRef("service"), tariff_group=OuterRef("group")
    )
    return Tariff.objects.filter(
        Q(group="") | Exists(own_group), service__provider__in=account.values("provider")
    )


def _tariffs(actor: Actor, account_id: int, today: date) -> QuerySet[Tariff]:
    return (
        _open_to(actor, account_id)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today)
        .select_related("service")
        .order_by("service__name", "service", "group", "zone", "valid_from")
    )


_TARIFFS = Prepared(_tariffs)


def _most_specific(tariffs: Sequence[Tariff]) -> Sequence[TariffRow]:
    """Keep, of the rows ordered by group and start, the own group where there is one and the latest start."""
    group_of = {tariff.service_id: tariff.group for tariff in tariffs}
    latest: Mapping[tuple[int, str], Tariff] = {
        (tariff.service_id, tariff.zone): tariff
        for tariff in tariffs
        if tariff.group == group_of[tariff.service_id]
    }
    return [_to_row(tariff) for tariff in latest.values()]


def _to_row(tariff: Tariff) -> TariffRow:
    return TariffRow(
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
