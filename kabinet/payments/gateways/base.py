"""What Kabinet asks of any acquirer; one folder per bank implements it and passes the same contract suite.

A gateway talks to the network and to nothing else: no database, no transaction. It either answers with the bank's
truth or raises one of the three refusals below, each of which says what is known about the money.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from kabinet.kernel import http
from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause, TaxSystem, VatCode

WHOLE_SECONDS = http.WHOLE_SECONDS


class GatewayUnavailable(Exception):  # noqa: N818 -- a fact, not an error
    """No answer, or none that can be read: the bank may have done it. Ask again with the same key.

    ``retry_after``: the bank's own wish, in seconds.
    """

    def __init__(self, why: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(why)


class GatewayRefused(Exception):  # noqa: N818 -- a fact, not an error
    """The bank has understood and will not: there is no such payment there, and no money moves."""

    def __init__(self, reason: str, cause: Cause = Cause.OTHER) -> None:
        self.reason, self.cause = reason, cause
        super().__init__(reason)


class GatewayUnknown(Exception):  # noqa: N818 -- a fact, not an error
    """The bank answers that it knows no such thing."""


class NoticeRefused(Exception):  # noqa: N818 -- a fact, not an error
    """A notification that is not the bank's, or is none: nothing may follow from it."""


class TruthState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class Page(StrEnum):
    """How the payer confirms: on the bank's page, by an SBP code that we show, or not at all (saved means)."""

    REDIRECT = "redirect"
    SBP = "sbp"
    NONE = "none"


class ReceiptSubject(StrEnum):
    """Tag 1212 (54-ФЗ): the two that a payment for utilities needs, and the commission's."""

    SERVICE = "service"
    PAYMENT = "payment"
    AGENT_FEE = "agent_commission"


class ReceiptMode(StrEnum):
    """Tag 1214 (54-ФЗ)."""

    FULL = "full_payment"
    ADVANCE = "advance"


@dataclass(frozen=True, slots=True)
class MerchantAccess:
    """A contract as gateways need it; ``secret`` is open here and nowhere else."""

    id: int
    shop_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One item of a fiscal receipt: quantity 1 and the line's sum, so that the items always add up (facts §3.5).

    An agent's lines name the supplier that it takes the money for; ``supplier_phone`` is E.164 digits.
    """

    title: str
    amount: Money
    vat: VatCode
    subject: ReceiptSubject
    mode: ReceiptMode
    supplier_name: str = ""
    supplier_inn: str = ""
    supplier_phone: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptOrder:
    """``email`` or ``phone`` (E.164 digits) is set; lines add up to the payment's sum."""

    email: str
    phone: str
    tax_system: TaxSystem
    lines: Sequence[ReceiptLine]
    is_agent: bool = False


@dataclass(frozen=True, slots=True)
class UtilitiesOrder:
    """``payment_order`` of utilities (facts §3.3)."""

    purpose: str
    payee_name: str
    inn: str
    kpp: str
    bank_name: str
    bic: str
    bank_account: str
    corr_account: str
    kbk: str
    oktmo: str
    year: int
    month: int
    account_number: str
    unified_account_number: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What one attempt asks for. ``ref`` is its public id, ``key`` the idempotence key of this call.

    ``token`` is a saved means of payment: then there is no page and the answer is the payment itself.
    """

    ref: str
    key: str
    amount: Money
    description: str
    page: Page
    return_url: str
    save_means: bool = False
    token: str = field(default="", repr=False)
    payer_ref: str = ""
    payer_address: str = ""
    receipt: ReceiptOrder | None = None
    utilities: UtilitiesOrder | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What was paid with. ``token`` is set only when the bank says that it remembers it.

    ``system`` is a ``CardSystem`` where it is one of those, else the bank's own word in lower case.
    """

    token: str = field(default="", repr=False)
    is_sbp: bool = False
    system: str = ""
    last4: str = ""
    expiry_year: int | None = None
    expiry_month: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Fiscal:
    """What the bank knows of a receipt; ``is_final`` with an empty number: it will not be registered."""

    is_final: bool
    acquirer_id: str = ""
    document_number: str = ""
    storage_number: str = ""
    sign: str = ""
    url: str = ""
    registered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentTruth:
    """A payment as the bank has it. ``ref`` is ours as the bank kept it; ``amount`` what it takes or took.

    ``reason`` is the bank's word for why not, ``cause`` ours.
    """

    acquirer_id: str
    ref: str
    state: TruthState
    amount: Money
    refunded: Money = Money(Decimal("0.00"))  # noqa: RUF009 -- frozen
    currency: str = "RUB"
    confirmation_url: str = ""
    sbp_payload: str = ""
    reason: str = ""
    cause: Cause | None = None
    means: Means | None = None
    paid_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    ref: str
    key: str
    acquirer_id: str
    amount: Money
    why: str
    whole: Money
    receipt: ReceiptOrder | None = None


@dataclass(frozen=True, slots=True)
class RefundTruth:
    acquirer_id: str
    state: TruthState
    amount: Money
    reason: str = ""
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class BindingOrder:
    ref: str
    key: str
    return_url: str
    payer_ref: str
    payer_address: str = ""


@dataclass(frozen=True, slots=True)
class BindingTruth:
    acquirer_id: str
    state: TruthState
    confirmation_url: str = ""
    means: Means | None = None
    reason: str = ""
    cause: Cause | None = None


class NoticeKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    MEANS = "means"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification is about. Of money it proves nothing: whoever gets one asks the bank (facts §3.6).

    ``payment_id``: whose money went back, where a bank says so of a refund. ``fiscal``: the numbers of a payment's
    receipt, from a bank that signs its notifications and tells them in no other way.
    """

    kind: NoticeKind
    acquirer_id: str
    payment_id: str = ""
    fiscal: Fiscal | None = None


@dataclass(frozen=True, slots=True)
class BankRow:
    """A line of the acquirer's list of a day. ``is_refund`` rows name their own id."""

    acquirer_id: str
    is_refund: bool
    amount: Money
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the bank can do at all; a merchant's own switches narrow it.

    ``receipts``: it can be asked what the till has made of a receipt.
    """

    sbp: bool
    saved_means: bool
    binding: bool
    listing: bool
    notice_reply: str = ""
    receipts: bool = True


class Gateway(Protocol):
    """Every method may raise ``GatewayUnavailable`` within ``WHOLE_SECONDS``; none waits longer."""

    abilities: Abilities

    def create(self, merchant: MerchantAccess, order: Order) -> PaymentTruth:
        """Ask for a payment. The same key gives the same payment, however often it is asked.

        :raises GatewayRefused: the bank will not. It says nothing of an earlier call with this key that was not
            answered (a shop closed in between, say): ``find`` does.
        """

    def fetch(self, merchant: MerchantAccess, acquirer_id: str) -> PaymentTruth:
        """Give the bank's truth about a payment.

        :raises GatewayUnknown: it has no such payment.
        """

    def find(self, merchant: MerchantAccess, ref: str, *, since: datetime) -> PaymentTruth | None:
        """Look for a payment by our own number among those made since a moment; None when there is none."""

    def cancel(self, merchant: MerchantAccess, acquirer_id: str, *, key: str) -> PaymentTruth:
        """Give up a payment that nobody has paid yet, where the bank lets us; its truth afterwards."""

    def refund(self, merchant: MerchantAccess, order: RefundOrder) -> RefundTruth:
        """:raises GatewayRefused: the bank will not."""

    def fetch_refund(
        self, merchant: MerchantAccess, acquirer_id: str, refund_id: str
    ) -> RefundTruth:
        """:raises GatewayUnknown: it has no such refund."""

    def find_refund(
        self, merchant: MerchantAccess, order: RefundOrder, *, since: datetime, returned: Money
    ) -> RefundTruth | None:
        """Look for a refund asked for at a moment whose answer was lost; None when there is none that is surely ours.

        ``returned`` is what has gone back of the payment for sure before. No money moves.
        """

    def bind(self, merchant: MerchantAccess, order: BindingOrder) -> BindingTruth:
        """Ask to remember a card without paying.

        :raises GatewayRefused: the bank will not.
        """

    def fetch_binding(self, merchant: MerchantAccess, acquirer_id: str) -> BindingTruth:
        """:raises GatewayUnknown: it has no such binding."""

    def forget(self, merchant: MerchantAccess, token: str, *, payer_ref: str) -> None:
        """Make the bank forget a saved means; harmless when it has none such, or cannot be told."""

    def fetch_receipt(
        self, merchant: MerchantAccess, acquirer_id: str, *, of_refund: bool
    ) -> Fiscal | None:
        """The fiscal receipt of a payment or refund; None when the bank knows of none (yet)."""

    def read_notice(
        self,
        merchant: MerchantAccess,
        *,
        body: bytes,
        headers: Mapping[str, str],
        address: str,
    ) -> Notice:
        """:raises NoticeRefused: not from the bank, altered, or not readable."""

    def list_day(
        self, merchant: MerchantAccess, *, since: datetime, until: datetime
    ) -> Iterator[BankRow]:
        """Give the payments taken and the refunds made in the time, as the bank's books have them."""
