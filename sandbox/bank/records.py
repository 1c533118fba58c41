"""What the bank remembers. Times are milliseconds of the bank's clock, sums are kopecks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

EPOCH_2000 = 946_684_800


def new_id(kind: str, now: int) -> str:
    """Return an id of 36 characters in the real API's manner; the kind is four digits."""
    seconds = now // 1000 - EPOCH_2000
    return f"{seconds:08x}-{kind}-5000-b000-{secrets.token_hex(6)}"


@dataclass(slots=True)
class Card:
    """A card as the shop may see it, and its test number to know how it behaves later."""

    number: str
    expiry_month: str
    expiry_year: str


@dataclass(slots=True)
class SbpAccount:
    bank_id: str
    bic: str
    operation_id: str = ""


@dataclass(slots=True)
class Payment:
    id: str
    shop: str
    amount: int
    created_at: int
    expires_at: int
    status: str = "pending"
    capture: bool = False
    description: str | None = None
    confirmation: dict[str, Any] | None = None
    method_type: str | None = None
    method_id: str | None = None
    """The saved method that is charged; None when the payer gives one."""
    save: bool | None = None
    """True: save without asking; None: the form asks; False: don't."""
    saved: bool = False
    card: Card | None = None
    sbp: SbpAccount | None = None
    qr_id: str = ""
    metadata: dict[str, str] | None = None
    merchant_customer_id: str | None = None
    receipt: dict[str, Any] | None = None
    receipt_registration: str | None = None
    payment_order: dict[str, Any] | None = None
    captured_at: int | None = None
    held_until: int | None = None
    settles_at: int | None = None
    """When a long check ends with success."""
    refunded: int = 0
    refund_pending: int = 0
    party: str = ""
    reason: str = ""
    rrn: str = ""
    auth_code: str = ""
    three_d_secure: bool = False
    tries_left: int = 3
    challenged: bool = False
    """The payer stands before the page that asks for the code."""
    keep_card: bool = False
    """The payer ticked the box on the form."""
    tells_nobody: bool = False
    gone: bool = False


@dataclass(slots=True)
class Refund:
    id: str
    shop: str
    payment_id: str
    amount: int
    created_at: int
    status: str = "pending"
    description: str | None = None
    metadata: dict[str, str] | None = None
    receipt: dict[str, Any] | None = None
    receipt_registration: str | None = None
    outcome: str = "succeeded"
    settles_at: int = 0
    rrn: str = ""
    sbp_operation_id: str = ""


@dataclass(slots=True)
class Receipt:
    id: str
    shop: str
    type: str
    created_at: int
    registers_at: int
    payment_id: str
    refund_id: str | None
    content: dict[str, Any]
    settlements: list[dict[str, Any]]
    outcome: str = "succeeded"
    status: str = "pending"
    registered_at: int | None = None
    number: int = 0
    attribute: str = ""
    provider_id: str = ""


@dataclass(slots=True)
class Method:
    """A saved way to pay, or one being bound without a payment."""

    id: str
    shop: str
    type: str
    created_at: int
    expires_at: int
    status: str = "pending"
    confirmation: dict[str, Any] | None = None
    metadata: dict[str, str] | None = None
    card: Card | None = None
    sbp: SbpAccount | None = None
    qr_id: str = ""
    later: str = "succeeded"
    """Outcome of the charges to come."""
    tries_left: int = 3
    challenged: bool = False


@dataclass(slots=True)
class Movement:
    """Money that really moved between a payer and a shop."""

    id: int
    shop: str
    payment_id: str
    refund_id: str | None
    kind: str
    amount: int
    at: int


@dataclass(slots=True)
class UsedKey:
    id: str
    """Shop and key."""
    request: str
    kind: str
    object_id: str
    at: int


@dataclass(slots=True)
class Delivery:
    """One notification on its way to a shop."""

    id: int
    shop: str
    event: str
    object_id: str
    body: str
    created_at: int
    due_at: int
    state: str = "waiting"
    """waiting, withheld, delivered, given_up or lost."""
    attempts: int = 0
    last_answer: str = ""


@dataclass(slots=True)
class Settings:
    """Switches of the control API; seconds are of the bank's clock."""

    expiry_seconds: float = 3600.0
    hold_seconds: float = 7 * 24 * 3600.0
    receipt_seconds: float = 2.0
    receipt_outcome: str = "succeeded"
    refund_seconds: float = 0.0
    refund_outcome: str = "succeeded"
    long_pending_seconds: float = 90.0
    autopay_seconds: float = 0.0
    fee_percent: str = "3.5"
    rate_limit: int = 0
    """Requests a second and shop; 0 sets no limit."""
    methods: dict[str, bool] = field(default_factory=lambda: {"bank_card": True, "sbp": True})
    closed_shops: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ClockShift:
    milliseconds: int


@dataclass(slots=True)
class WebhookAddress:
    """An address given by the control API in place of the command line's."""

    id: str
    """The shop."""
    url: str
