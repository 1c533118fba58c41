"""The gateway itself: each call has a client and a deadline of its own, so shops and threads share nothing."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from kabinet.kernel.money import Money
from kabinet.payments.gateways.base import (
    Abilities,
    BankRow,
    BindingOrder,
    BindingTruth,
    Fiscal,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    Means,
    MerchantAccess,
    Notice,
    Order,
    Page,
    PaymentTruth,
    RefundOrder,
    RefundTruth,
    TruthState,
)
from kabinet.payments.gateways.tbank import answers, bindings, notices, orders, refunds
from kabinet.payments.gateways.tbank.causes import ORDER_REPEATED, UNKNOWN, TBankSaysNo
from kabinet.payments.gateways.tbank.client import TerminalClient
from kabinet.payments.gateways.transport import Deadline, Limits

logger = logging.getLogger(__name__)
SESSION = timedelta(minutes=20)  # PAY-35


class TBank:
    """``Gateway`` over API v2 with terminal key and password (facts §3.9)."""

    # The API has no list of payments: the daily comparison asks about each payment by itself.
    abilities = Abilities(
        sbp=True,
        saved_means=True,
        binding=True,
        listing=False,
        notice_reply="OK",
        receipts=False,
    )
    limits = Limits()

    def create(self, merchant: MerchantAccess, order: Order) -> PaymentTruth:
        """The bank takes an order's number once; asked again, the payment that has it goes on from where it is."""
        client = self._client(merchant)
        due = timezone.now() + SESSION
        try:
            opened = client.call("Init", **orders.payment(order, due=due))
        except TBankSaysNo as no:
            if no.code != ORDER_REPEATED:
                raise no.refusal from None
            return self._take_up(client, order)
        truth = dataclasses.replace(answers.payment(opened), expires_at=due)
        return self._go_on(client, order, truth)

    def fetch(self, merchant: MerchantAccess, acquirer_id: str) -> PaymentTruth:
        return self._fetch(self._client(merchant), acquirer_id)

    def find(
        self,
        merchant: MerchantAccess,
        ref: str,
        *,
        since: datetime,  # noqa: ARG002 -- the number is the bank's key, whenever it came
    ) -> PaymentTruth | None:
        client = self._client(merchant)
        truth = _by_order(client, ref)
        if truth is None or truth.state is not TruthState.SUCCEEDED:
            return truth
        return self._fetch(client, truth.acquirer_id)

    def cancel(
        self,
        merchant: MerchantAccess,
        acquirer_id: str,
        *,
        key: str,  # noqa: ARG002 -- giving up twice is giving up
    ) -> PaymentTruth:
        """Only a session whose page nobody has opened can be given up; others end by themselves."""
        client = self._client(merchant)
        _give_up(client, self._fetch(client, acquirer_id))
        return self._fetch(client, acquirer_id)

    def refund(self, merchant: MerchantAccess, order: RefundOrder) -> RefundTruth:
        return refunds.refund(self._client(merchant), order)

    def fetch_refund(
        self, merchant: MerchantAccess, acquirer_id: str, refund_id: str
    ) -> RefundTruth:
        return refunds.fetch(self._client(merchant), acquirer_id, refund_id)

    def find_refund(
        self,
        merchant: MerchantAccess,
        order: RefundOrder,
        *,
        since: datetime,  # noqa: ARG002 -- the payment says how much has gone back, not when
        returned: Money,
    ) -> RefundTruth | None:
        return refunds.find(self._client(merchant), order, returned=returned)

    def bind(self, merchant: MerchantAccess, order: BindingOrder) -> BindingTruth:
        """AddCard takes no address to come back to: the terminal's settings hold one for all."""
        return bindings.bind(self._client(merchant), order)

    def fetch_binding(self, merchant: MerchantAccess, acquirer_id: str) -> BindingTruth:
        return bindings.fetch(self._client(merchant), acquirer_id)

    def forget(
        self,
        merchant: MerchantAccess,
        token: str,
        *,
        payer_ref: str,  # noqa: ARG002 -- the token names the bank's customer
    ) -> None:
        bindings.forget(self._client(merchant), token)

    def fetch_receipt(
        self,
        merchant: MerchantAccess,  # noqa: ARG002 -- there is no such call
        acquirer_id: str,  # noqa: ARG002
        *,
        of_refund: bool,  # noqa: ARG002
    ) -> Fiscal | None:
        """None, always: the API tells of receipts by notifications alone."""
        return None

    def read_notice(
        self,
        merchant: MerchantAccess,
        *,
        body: bytes,
        headers: Mapping[str, str],  # noqa: ARG002 -- the signature stands in the body
        address: str,  # noqa: ARG002 -- and is enough
    ) -> Notice:
        return notices.read(merchant, body)

    def list_day(
        self,
        merchant: MerchantAccess,  # noqa: ARG002 -- there is no such call
        *,
        since: datetime,  # noqa: ARG002
        until: datetime,  # noqa: ARG002
    ) -> Iterator[BankRow]:
        """:raises GatewayRefused: the API has no list."""
        raise GatewayRefused("no list of payments")

    def _client(self, merchant: MerchantAccess) -> TerminalClient:
        return TerminalClient(merchant, Deadline(self.limits))

    def _fetch(self, client: TerminalClient, acquirer_id: str) -> PaymentTruth:
        payment_id, whole = answers.read_name(acquirer_id)
        try:
            content = client.call("GetState", PaymentId=payment_id)
        except TBankSaysNo as no:
            if no.code in UNKNOWN:
                raise GatewayUnknown(acquirer_id) from None
            raise GatewayUnavailable(str(no)) from None
        truth = answers.payment(content, whole=whole)
        if truth.acquirer_id != acquirer_id:
            raise GatewayUnavailable("another payment than asked for")
        if answers.status(content) == "REJECTED":
            return _with_reason(client, truth)
        if truth.state is TruthState.SUCCEEDED and truth.means is None:
            means = _kept_card(client, truth.ref) or Means()
            return dataclasses.replace(truth, means=means)
        return truth

    def _take_up(self, client: TerminalClient, order: Order) -> PaymentTruth:
        """Go on with the payment that an earlier call has made and whose answer was lost, or is still under way."""
        truth = _by_order(client, order.ref)
        if truth is None:
            raise GatewayUnavailable("the order is taken and is not there")
        if truth.state is TruthState.SUCCEEDED:
            return self._fetch(client, truth.acquirer_id)
        return self._go_on(client, order, truth)

    def _go_on(self, client: TerminalClient, order: Order, truth: PaymentTruth) -> PaymentTruth:
        if truth.state is not TruthState.PENDING or order.page is Page.REDIRECT:
            return truth
        if order.page is Page.SBP:
            return _with_code(client, truth)
        return self._charge(client, order, truth)

    def _charge(self, client: TerminalClient, order: Order, truth: PaymentTruth) -> PaymentTruth:
        """Take the money by the saved card; the payment's number lets the bank do so once.

        :raises GatewayRefused: the bank keeps no such card for us.
        """
        rebill_id = order.token.partition(".")[0]
        try:
            content = client.call("Charge", PaymentId=_number(truth), RebillId=rebill_id)
        except TBankSaysNo as no:
            now = self._fetch(client, truth.acquirer_id)
            if now.state is TruthState.PENDING and _give_up(client, now):
                # The saved card is refused as such, and nothing waits at the bank any more.
                raise no.refusal from None
            return now
        return answers.payment(content)


def _by_order(client: TerminalClient, ref: str) -> PaymentTruth | None:
    """Ask by our number; of several payments the one that took money counts, else the one that still may."""
    try:
        content = client.call("CheckOrder", OrderId=ref)
    except TBankSaysNo as no:
        if no.code in UNKNOWN:
            return None
        raise GatewayUnavailable(str(no)) from None
    rows = content.get("Payments")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise answers.garbled("Payments")
    found = [answers.payment(row, ref=ref) for row in rows]
    return min(found, key=_money_first, default=None)


def _number(truth: PaymentTruth) -> str:
    return answers.read_name(truth.acquirer_id)[0]


def _money_first(truth: PaymentTruth) -> int:
    return (TruthState.SUCCEEDED, TruthState.PENDING, TruthState.CANCELED).index(truth.state)


def _with_reason(client: TerminalClient, truth: PaymentTruth) -> PaymentTruth:
    """GetState does not say why; that the payment was refused is known all the same."""
    try:
        told = _by_order(client, truth.ref)
    except GatewayUnavailable:
        told = None
    return told if told is not None and told.acquirer_id == truth.acquirer_id else truth


def _kept_card(client: TerminalClient, ref: str) -> Means | None:
    """The card that this payment was asked to leave, if it was; without an answer the payment stands (PAY-08).

    Of other cards the bank tells nothing.
    """
    try:
        rows = client.call_for_list("GetCardList", CustomerKey=ref)
    except TBankSaysNo:
        return None
    except GatewayUnavailable:
        logger.warning("tbank.card_not_learned order=%s", ref)
        return None
    return answers.card(rows, customer=ref)


def _with_code(client: TerminalClient, truth: PaymentTruth) -> PaymentTruth:
    """A payment has one SBP code, however often it is asked for.

    :raises GatewayRefused: the bank gives none; the payment is given up.
    """
    try:
        content = client.call("GetQr", PaymentId=_number(truth), DataType="PAYLOAD")
    except TBankSaysNo as no:
        if _give_up(client, truth):
            raise no.refusal from None
        return truth
    # The page with a card form is there too, but the payer has chosen SBP.
    return dataclasses.replace(truth, confirmation_url="", sbp_payload=answers.sbp_payload(content))


def _give_up(client: TerminalClient, truth: PaymentTruth) -> bool:
    """Cancel a session that nobody has opened; True when it is so.

    The same call returns money that was taken. Of a new session the bank ignores the sum, and of taken money it
    returns no more than was taken: so a sum greater than the payment's can only ever do the first.
    """
    try:
        client.call("Cancel", PaymentId=_number(truth), Amount=truth.amount.kopecks + 1)
    except TBankSaysNo:
        return False
    return True
