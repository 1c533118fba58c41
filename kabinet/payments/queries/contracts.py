"""A provider's contracts with banks as its own administrators read them: never a secret (OPX-04, PAY-38)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from kabinet.kernel.actors import Actor
from kabinet.payments import scopes
from kabinet.payments.gateways.registry import is_known, names
from kabinet.payments.models import Merchant
from kabinet.payments.queries.merchants import MerchantRow, get_payees
from kabinet.providers.enums import PayMethod


@dataclass(frozen=True, slots=True)
class MethodState:
    """``is_down``: the bank has not answered lately, and pages offer other methods."""

    method: PayMethod
    is_down: bool


@dataclass(frozen=True, slots=True)
class ContractRow:
    """``suppliers`` are those whose money goes through it; ``is_default``: everybody's else, too."""

    id: int
    provider_name: str
    timezone: str
    bank: str
    shop_id: str
    payee_name: str
    payee_inn: str
    suppliers: tuple[str, ...]
    is_default: bool
    is_active: bool
    issues_receipts: bool
    for_utilities: bool
    methods: tuple[MethodState, ...]


def get_contracts(*, actor: Actor, at: datetime) -> Sequence[ContractRow]:
    """Give the contracts of the providers that the actor administers, those in force first; two queries."""
    merchants = list(
        scopes.administered_merchants(actor)
        .select_related("provider__policy")
        .annotate(
            paid_through=ArrayAgg(
                "suppliers__supplier__name",
                filter=Q(suppliers__isnull=False),
                default=[],
                order_by="suppliers__supplier__name",
            )
        )
        .order_by("-is_active", "provider__name", "-is_default", "payee_name", "pk")
    )
    payees = get_payees(provider_ids={row.provider_id for row in merchants}, at=at).merchants
    return [
        ContractRow(
            id=row.pk,
            provider_name=row.provider.name,
            timezone=row.provider.timezone,
            bank=names().get(row.gateway, row.gateway),
            shop_id=row.shop_id,
            payee_name=row.payee_name,
            payee_inn=row.payee_inn,
            suppliers=tuple(getattr(row, "paid_through", ())),
            is_default=row.is_default,
            is_active=row.is_active,
            issues_receipts=row.issues_receipts,
            for_utilities=row.for_utilities,
            methods=_methods(row, payees.get(row.pk)),
        )
        for row in merchants
    ]


def _methods(merchant: Merchant, payee: MerchantRow | None) -> tuple[MethodState, ...]:
    """What the provider offers and the bank can do; nothing where either is switched off or not installed."""
    if payee is None or not is_known(merchant.gateway):
        return ()
    policy = merchant.provider.policy
    wanted = {*policy.pay_methods, *([PayMethod.AUTOPAY] if policy.autopay_enabled else ())}
    return tuple(
        MethodState(method, method in payee.down)
        for method in PayMethod
        if method in wanted and payee.can(method)
    )
