"""What comes along with every linked account about paying, so that buttons and the menu cost no query (PAY-01, 31)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from kabinet.accounts import riders
from kabinet.accounts.queries import LinkedAccountRow
from kabinet.payments.models import CartItem, Merchant
from kabinet.providers.enums import Feature

CART = "cart"
PAYEE = "payee"


class PayWay(Enum):
    """Whether an account can be paid here, and if not, why."""

    OPEN = auto()
    LOCKED = auto()
    NO_PAYEE = auto()
    OFF = auto()


@dataclass(frozen=True, slots=True)
class CartMark:
    """A line that the person has in the cart: of which receipt, and whether with its preliminary charge."""

    receipt: str
    is_ahead: bool


def register() -> None:
    """Called once, when the app is ready."""
    # What has been put aside is counted even where it can't be paid now: the cart is kept (PAY-30).
    riders.LINKED.register(CART, _cart, opens=None)
    riders.LINKED.register(PAYEE, _payee, opens=Feature.PAY)


def get_pay_way(account: LinkedAccountRow) -> PayWay:
    """Say whether the account can be paid here; no query: it came with the row."""
    if not account.offers(Feature.PAY):
        return PayWay.OFF
    if not account.opens(Feature.PAY):
        return PayWay.LOCKED
    return PayWay.OPEN if account.told.get(PAYEE) == "true" else PayWay.NO_PAYEE


def get_cart_marks(account: LinkedAccountRow) -> Sequence[CartMark]:
    """Give what of the account lies in the person's cart; no query: it came with the row."""
    lines = json.loads(account.told.get(CART, "[]"))
    return [CartMark(receipt, is_ahead) for receipt, is_ahead in lines]


def _cart() -> Cast:
    lines = CartItem.objects.filter(user=OuterRef("user"), account=OuterRef("account"))
    return riders.rows_as_text(lines.order_by("pk"), "receipt", "is_ahead")


def _payee() -> Cast:
    """Somebody takes money for this provider: for all of its payees, or for one of them at least."""
    takes = Merchant.objects.filter(provider=OuterRef("account__provider"), is_active=True).filter(
        Q(is_default=True) | Q(suppliers__isnull=False)
    )
    return Cast(Exists(takes), TextField())
