"""Shops of the bank, as the command line names them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Shop:
    id: str
    secret: str
    utilities: bool = False
    """Every payment must carry a payment order."""
    receipts: bool = False
    """Every payment must carry a receipt."""
    webhook: str = ""

    def accepts(self, secret: str) -> bool:
        return hmac.compare_digest(self.secret.encode(), secret.encode())


class UnknownShopError(ValueError):
    pass


def read_shops(
    pairs: Iterable[str],
    *,
    utilities: Iterable[str],
    receipts: Iterable[str],
    webhooks: Iterable[str],
) -> dict[str, Shop]:
    """Read ``ID:SECRET`` pairs and the flags that name shops; a webhook is ``URL`` or ``ID=URL``.

    :raises UnknownShopError: a pair has no secret or a flag names an unknown shop.
    """
    shops = {}
    for pair in pairs:
        shop_id, _colon, secret = pair.partition(":")
        if not shop_id or not secret:
            raise UnknownShopError(f"{pair!r}: write ID:SECRET")
        shops[shop_id] = Shop(shop_id, secret)
    for shop_id in utilities:
        _known(shops, shop_id).utilities = True
    for shop_id in receipts:
        _known(shops, shop_id).receipts = True
    for text in webhooks:
        _set_webhook(shops, text)
    return shops


def _set_webhook(shops: dict[str, Shop], text: str) -> None:
    if text.startswith(("http://", "https://")):
        for shop in shops.values():
            shop.webhook = text
        return
    shop_id, _equals, url = text.partition("=")
    _known(shops, shop_id).webhook = url


def _known(shops: dict[str, Shop], shop_id: str) -> Shop:
    if shop_id not in shops:
        raise UnknownShopError(f"there is no shop {shop_id!r}")
    return shops[shop_id]
