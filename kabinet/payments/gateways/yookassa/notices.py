"""YooKassa's notifications: they bear no signature, so only their address speaks for them (facts §3.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from yookassa.domain.common import SecurityHelper

from kabinet.payments.gateways.base import Notice, NoticeKind, NoticeRefused
from kabinet.payments.gateways.yookassa.answers import ID

LARGEST = 64 * 1024
# The SDK lists four parts of it, the documentation the whole.
DOCUMENTED = ("2a02:5180::/32",)
KINDS: Mapping[str, NoticeKind] = {
    "payment.waiting_for_capture": NoticeKind.PAYMENT,
    "payment.succeeded": NoticeKind.PAYMENT,
    "payment.canceled": NoticeKind.PAYMENT,
    "refund.succeeded": NoticeKind.REFUND,
    "payment_method.active": NoticeKind.MEANS,
}


def read(body: bytes, address: str) -> Notice:
    """:raises NoticeRefused: from elsewhere, too long, or about nothing that we know."""
    if not _is_trusted(address):
        raise NoticeRefused("not an address of the bank")
    if len(body) > LARGEST:
        raise NoticeRefused("too long")
    try:
        content = json.loads(body)
        kind = KINDS[content["event"]]
        found = content["object"]["id"]
        payment_id = content["object"].get("payment_id", "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NoticeRefused("unreadable") from None
    if content.get("type") != "notification" or not isinstance(found, str):
        raise NoticeRefused("unreadable")
    if not ID.fullmatch(found):
        raise NoticeRefused("unreadable")
    names_payment = isinstance(payment_id, str) and ID.fullmatch(payment_id)
    return Notice(kind, found, payment_id if names_payment else "")


def _is_trusted(address: str) -> bool:
    try:
        source = ip_address(address)
    except ValueError:
        return False
    if isinstance(source, IPv6Address) and source.ipv4_mapped:
        source = source.ipv4_mapped
    return any(source in network for network in _networks(tuple(settings.YOOKASSA_NOTICE_NETWORKS)))


@cache
def _networks(extra: tuple[str, ...]) -> Sequence[IPv4Network | IPv6Network]:
    return [ip_network(name) for name in (*SecurityHelper.YOOKASSA_NETWORKS, *DOCUMENTED, *extra)]
