"""What a deployment is warned of before it takes money."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 -- Django's name for it
from django.db import DatabaseError

from kabinet.payments.gateways import registry


@register
def check_notice_networks(**_kwargs: object) -> list[CheckMessage]:
    return [
        Error(
            f"KABINET_YOOKASSA_NOTICE_NETWORKS: {name!r} is no network, like 185.71.76.0/27.",
            id="payments.E001",
        )
        for name in settings.YOOKASSA_NOTICE_NETWORKS
        if not _is_network(name)
    ]


@register(deploy=True)
def check_money_goes_to_banks(**_kwargs: object) -> list[CheckMessage]:
    """Wherever a provider takes payments, secrets and orders must travel under TLS."""
    return [
        Warning(
            f"Payments go through {code} at {registry.address(code)}, which is not https: "
            "a sandbox, or secrets in the open.",
            hint=f"Unset KABINET_{code.upper()}_URL to reach the bank itself.",
            id="payments.W001",
        )
        for code in _gateways_in_use()
        if not registry.address(code).startswith("https://")
    ]


def _gateways_in_use() -> list[str]:
    from kabinet.payments.models import Merchant

    in_use = Merchant.objects.filter(is_active=True).order_by("gateway")
    try:
        found = list(in_use.values_list("gateway", flat=True).distinct())
    except DatabaseError:
        return []  # checks also run where there is no database yet, and then nobody takes payments
    return [code for code in found if registry.is_known(code)]


def _is_network(name: str) -> bool:
    try:
        ipaddress.ip_network(name)
    except ValueError:
        return False
    return True
