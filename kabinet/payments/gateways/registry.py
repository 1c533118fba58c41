"""Which acquirers this installation knows: named in settings, loaded once."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from kabinet.payments.gateways.base import Gateway


@cache
def gateway(code: str) -> Gateway:
    """:raises KeyError: no acquirer of that name is installed."""
    made: Gateway = import_string(settings.PAYMENT_GATEWAYS[code])()
    return made


def names() -> dict[str, str]:
    """Codes and what people call the banks, for the choice in the admin."""
    return dict(settings.PAYMENT_GATEWAY_NAMES)
