"""Through whom a provider's money goes, and by which methods that works right now (OPX-04, PAY-38)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Q, QuerySet, Subquery

from kabinet.payments.calculations.splitting import PartKey
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Merchant, MethodHealth
from kabinet.providers.enums import PayMethod


@dataclass(frozen=True, slots=True)
class MerchantRow:
    """A contract as pages and operations see it; never its secret. ``down``: methods that fail at present.

    ``one_account_each``: ГИС ЖКХ is told of each payment whose account it is for, and takes one (facts §3.3).
    """

    id: int
    provider_id: int
    gateway: str
    payee_name: str
    payee_inn: str
    is_default: bool
    suppliers: frozenset[int]
    supports_sbp: bool
    supports_recurring: bool
    down: frozenset[PayMethod]
    one_account_each: bool = False

    def part_key(self, account_id: int) -> PartKey:
        """What goes together in one payment at the bank."""
        return self.id, account_id if self.one_account_each else 0

    def can(self, method: PayMethod) -> bool:
        """The bank and the contract know the method, whether or not it works at this moment."""
        abilities = gateway(self.gateway).abilities
        if method is PayMethod.SBP:
            return self.supports_sbp and abilities.sbp
        if method is PayMethod.SAVED_CARD:
            return abilities.saved_means
        if method is PayMethod.AUTOPAY:
            return self.supports_recurring and abilities.saved_means
        return True

    def works(self, method: PayMethod) -> bool:
        return self.can(method) and method not in self.down


@dataclass(frozen=True, slots=True)
class Payees:
    """Which merchant takes the money for which supplier, for some providers."""

    merchants: Mapping[int, MerchantRow]
    _defaults: Mapping[int, MerchantRow]
    _by_supplier: Mapping[int, MerchantRow]

    def of(self, *, provider_id: int, supplier_id: int | None) -> MerchantRow | None:
        """The supplier's own contract, else the provider's default one; None: it cannot be paid here (PAY-02)."""
        own = self._by_supplier.get(supplier_id) if supplier_id is not None else None
        return own or self._defaults.get(provider_id)


def get_payees(*, provider_ids: Iterable[int], at: datetime) -> Payees:
    """Give the contracts in force of the providers; one query."""
    rows = [_to_row(merchant) for merchant in _merchants(list(provider_ids), at)]
    return Payees(
        merchants={row.id: row for row in rows},
        _defaults={row.provider_id: row for row in rows if row.is_default},
        _by_supplier={supplier: row for row in rows for supplier in row.suppliers},
    )


def _merchants(provider_ids: Sequence[int], at: datetime) -> QuerySet[Merchant]:
    down = MethodHealth.objects.filter(merchant=OuterRef("pk"), down_until__gt=at)
    return (
        Merchant.objects.filter(provider__in=provider_ids, is_active=True)
        .annotate(
            takes_for=ArrayAgg(
                "suppliers__supplier", filter=Q(suppliers__isnull=False), default=[], distinct=True
            ),
            down=Subquery(down.values("merchant").annotate(all=ArrayAgg("method")).values("all")),
        )
        .order_by("pk")
    )


def _to_row(merchant: Merchant) -> MerchantRow:
    return MerchantRow(
        id=merchant.pk,
        provider_id=merchant.provider_id,
        gateway=merchant.gateway,
        payee_name=merchant.payee_name,
        payee_inn=merchant.payee_inn,
        is_default=merchant.is_default,
        suppliers=frozenset(getattr(merchant, "takes_for", ())),
        supports_sbp=merchant.supports_sbp,
        supports_recurring=merchant.supports_recurring,
        down=frozenset(PayMethod(code) for code in getattr(merchant, "down", None) or ()),
        one_account_each=merchant.for_utilities,
    )
