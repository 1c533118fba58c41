"""Whom a guest can pay (PAY-01, 19)."""

from __future__ import annotations

from django.db.models import Q, QuerySet, Value

from kabinet.accounts.scopes import takes_guests
from kabinet.kernel.actors import Errand
from kabinet.kernel.errors import NotVisible
from kabinet.payments.models import Merchant, PaymentHelp
from kabinet.payments.queries.means import HelpRow
from kabinet.providers.enums import Feature
from kabinet.providers.models import Provider
from kabinet.providers.queries import ProviderRow, to_provider_row


def some_provider_takes_guests_money() -> bool:
    """Whether payment without signing in is offered at all; one query."""
    return _taking_guests_money().exists()


def get_guest_errands() -> frozenset[Errand]:
    """What guests may come for at some provider: readings, paying; one query, or none where both parts are off."""
    readings = Provider.objects.filter(
        takes_guests("policy__", Errand.READINGS), is_active=True
    ).values_list(Value(Errand.READINGS.value))[:1]
    paying = _taking_guests_money().values_list(Value(Errand.PAYING.value))[:1]
    return frozenset(Errand(word) for (word,) in readings.union(paying))


def get_providers_taking_money() -> frozenset[int]:
    """Ids of the providers that have a contract with a bank for any of their payees; one query."""
    return frozenset(_taking_money().values_list("provider", flat=True))


def _taking_guests_money() -> QuerySet[Merchant]:
    guests = takes_guests("provider__policy__", Errand.PAYING)
    return _taking_money().filter(guests, provider__is_active=True)


def _taking_money() -> QuerySet[Merchant]:
    takes = Q(is_default=True) | Q(suppliers__isnull=False)
    return Merchant.objects.filter(takes, is_active=True)


def get_public_rules(*, code: str) -> tuple[ProviderRow, HelpRow]:
    """Give a provider that can be paid, and its own words about paying; two queries.

    :raises NotVisible: there is no such provider, or nothing is paid to it here.
    """
    provider = (
        Provider.objects.filter(
            code=code, is_active=True, policy__enabled_features__contains=[Feature.PAY]
        )
        .select_related("policy")
        .first()
    )
    if provider is None:
        raise NotVisible
    words = PaymentHelp.objects.filter(provider=provider)
    told = words.values_list("rules", "security", "steps", "refund").first()
    return to_provider_row(provider), HelpRow(*told) if told else HelpRow()
