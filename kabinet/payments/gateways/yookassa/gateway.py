"""The gateway itself: each call has a client and a deadline of its own, so shops and threads share nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from yookassa.domain.exceptions import ApiError, GoneError, NotFoundError

from kabinet.kernel.money import Money
from kabinet.payments.gateways.base import (
    Abilities,
    BankRow,
    BindingOrder,
    BindingTruth,
    Fiscal,
    GatewayUnavailable,
    GatewayUnknown,
    MerchantAccess,
    Notice,
    Order,
    PaymentTruth,
    RefundOrder,
    RefundTruth,
    TruthState,
)
from kabinet.payments.gateways.transport import Deadline, Limits
from kabinet.payments.gateways.yookassa import answers, lists, notices, orders
from kabinet.payments.gateways.yookassa.causes import refused
from kabinet.payments.gateways.yookassa.client import Quiet, ShopClient

Row = TypeVar("Row")


class YooKassa:
    """``Gateway`` over API v3 with shop id and secret key (facts §3)."""

    abilities = Abilities(sbp=True, saved_means=True, binding=True, listing=True)
    limits = Limits()

    def create(self, merchant: MerchantAccess, order: Order) -> PaymentTruth:
        try:
            content = self._client(merchant).post(
                "/payments", Quiet(orders.payment(order)), key=order.key
            )
        except ApiError as error:
            raise refused(error.content, amount=order.amount) from None
        return answers.payment(content)

    def fetch(self, merchant: MerchantAccess, acquirer_id: str) -> PaymentTruth:
        return self._fetch(self._client(merchant), acquirer_id)

    def find(self, merchant: MerchantAccess, ref: str, *, since: datetime) -> PaymentTruth | None:
        """All pages together take no longer than one call; a payment that took money goes before one that did not."""
        client = self._client(merchant)
        found = [
            answers.payment(item)
            for item in _allowed(lists.walk(lambda: client, "/payments", lists.made_since(since)))
            if answers.ref_of(item) == ref
        ]
        return min(found, key=_money_first, default=None)

    def cancel(self, merchant: MerchantAccess, acquirer_id: str, *, key: str) -> PaymentTruth:
        """YooKassa lets go of held money alone; a payment that nobody has paid yet ends by itself within the hour."""
        client = self._client(merchant)
        try:
            content = client.post(
                f"/payments/{quote(acquirer_id, safe='')}/cancel", Quiet(), key=key
            )
        except ApiError:
            return self._fetch(client, acquirer_id)
        return answers.payment(content)

    def refund(self, merchant: MerchantAccess, order: RefundOrder) -> RefundTruth:
        try:
            content = self._client(merchant).post(
                "/refunds", Quiet(orders.refund(order)), key=order.key
            )
        except ApiError as error:
            raise refused(error.content) from None
        return answers.refund(content)

    def fetch_refund(
        self, merchant: MerchantAccess, acquirer_id: str, refund_id: str
    ) -> RefundTruth:
        content = _one(self._client(merchant), "/refunds", refund_id)
        if content.get("payment_id") != acquirer_id:
            raise GatewayUnknown(refund_id)
        return answers.refund(content)

    def find_refund(
        self,
        merchant: MerchantAccess,
        order: RefundOrder,
        *,
        since: datetime,
        returned: Money,  # noqa: ARG002 -- our own number tells refunds apart
    ) -> RefundTruth | None:
        client = self._client(merchant)
        query = {"payment_id": order.acquirer_id, **lists.made_since(since)}
        items = _allowed(lists.walk(lambda: client, "/refunds", query))
        ours = (item for item in items if answers.refund_ref_of(item) == order.ref)
        return next((answers.refund(item) for item in ours), None)

    def bind(self, merchant: MerchantAccess, order: BindingOrder) -> BindingTruth:
        body = Quiet(orders.binding(order))
        try:
            content = self._client(merchant).post("/payment_methods", body, key=order.key)
        except ApiError as error:
            raise refused(error.content) from None
        return answers.binding(content)

    def fetch_binding(self, merchant: MerchantAccess, acquirer_id: str) -> BindingTruth:
        return answers.binding(_one(self._client(merchant), "/payment_methods", acquirer_id))

    def forget(self, merchant: MerchantAccess, token: str, *, payer_ref: str) -> None:
        """Do nothing: API v3 has no call for it. Whoever loses the token can charge the card no more."""

    def fetch_receipt(
        self, merchant: MerchantAccess, acquirer_id: str, *, of_refund: bool
    ) -> Fiscal | None:
        """Of several receipts (one refused by the till, then another) the registered one counts, else the newest."""
        query = {"refund_id" if of_refund else "payment_id": acquirer_id}
        kind = "refund" if of_refund else "payment"
        client = self._client(merchant)
        found = [
            answers.fiscal(item)
            for item in _allowed(lists.walk(lambda: client, "/receipts", query))
            if item.get("type") == kind
        ]
        return max(found, key=lambda fiscal: bool(fiscal.document_number), default=None)

    def read_notice(
        self,
        merchant: MerchantAccess,  # noqa: ARG002 -- every shop's notices come from the same addresses
        *,
        body: bytes,
        headers: Mapping[str, str],  # noqa: ARG002 -- and are not signed
        address: str,
    ) -> Notice:
        return notices.read(body, address)

    def list_day(
        self, merchant: MerchantAccess, *, since: datetime, until: datetime
    ) -> Iterator[BankRow]:
        """Each page has the time of a whole call."""
        return _allowed(
            lists.rows_of_time(lambda: self._client(merchant), since=since, until=until)
        )

    def _client(self, merchant: MerchantAccess) -> ShopClient:
        return ShopClient(merchant, Deadline(self.limits))

    def _fetch(self, client: ShopClient, acquirer_id: str) -> PaymentTruth:
        return answers.payment(_one(client, "/payments", acquirer_id))


def _one(client: ShopClient, path: str, wanted: str) -> answers.Content:
    """Ask for an object by its number.

    :raises GatewayUnknown: there is none, or it was removed.
    :raises GatewayUnavailable: the answer is another object, or the shop is not let in.
    """
    try:
        content = client.get(f"{path}/{quote(wanted, safe='')}")
    except (NotFoundError, GoneError):
        raise GatewayUnknown(wanted) from None
    except ApiError as error:
        raise _not_let_in(error) from None
    if answers.identifier(content) != wanted:
        raise GatewayUnavailable("another object than asked for")
    return content


def _allowed(rows: Iterator[Row]) -> Iterator[Row]:
    """A list that is refused says nothing of what it holds."""
    try:
        yield from rows
    except ApiError as error:
        raise _not_let_in(error) from None


def _not_let_in(error: ApiError) -> GatewayUnavailable:
    return GatewayUnavailable(f"status {error.HTTP_CODE}")


def _money_first(truth: PaymentTruth) -> int:
    return (TruthState.SUCCEEDED, TruthState.PENDING, TruthState.CANCELED).index(truth.state)
