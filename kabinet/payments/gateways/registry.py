"""Which acquirers this installation knows: named in settings, loaded once."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from kabinet.payments.gateways.base import Gateway


def gateway(code: str) -> Gateway:
    """:raises KeyError: no acquirer of that name is installed."""
    return _load(settings.PAYMENT_GATEWAYS[code])


def is_known(code: str) -> bool:
    """An acquirer of that name is installed, so that contracts with it can be served."""
    try:
        gateway(code)
    except (KeyError, ImportError):
        return False
    return True


def names() -> dict[str, str]:
    """Codes and what people call the banks, for the choice in the admin."""
    return dict(settings.PAYMENT_GATEWAY_NAMES)


def address(code: str) -> str:
    """Where the acquirer answers, as the settings say."""
    found: str = getattr(settings, f"{code.upper()}_URL")
    return found


@cache
def _load(path: str) -> Gateway:
    made: Gateway = import_string(path)()
    return made
