"""YooKassa passes the contract, and keeps what is promised of it alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from yookassa import Configuration

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    Notice,
    NoticeKind,
    Page,
    TruthState,
    UtilitiesOrder,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.gateways.transport import Deadline, Limits
from kabinet.payments.gateways.yookassa import YooKassa, answers, orders
from kabinet.payments.gateways.yookassa.client import Quiet, ShopClient
from sandbox.bank.process import running_bank
from tests.payments.gateways.contract import GatewayContract, ListingContract, roubles, settled
from tests.payments.gateways.yookassa_bench import (
    ADDRESS,
    RECEIPTS_SHOP,
    SECRET,
    SHOP,
    SHOPS,
    UTILITIES_SHOP,
    make_bench,
)

UTILITIES = UtilitiesOrder(
    purpose="Оплата жилищно-коммунальных услуг, лицевой счёт 140400001",
    payee_name="ООО УК «Садовая»",
    inn="9914040147",
    kpp="991401001",
    bank_name="АО Банк «Приозёрье»",
    bic="049914701",
    bank_account="40702810000140400014",
    corr_account="30101810000000000701",
    kbk="0",
    oktmo="0",
    year=2026,
    month=10,
    account_number="140400001",
)


@pytest.fixture(scope="session")
def _bank():
    shops = [f"--shop={shop}:{SECRET}" for shop in SHOPS]
    flags = [f"--receipts={RECEIPTS_SHOP}", f"--utilities={UTILITIES_SHOP}"]
    with running_bank([*shops, *flags, "--webhook=http://127.0.0.1:9/"]) as bank:
        yield bank


@pytest.fixture
def bank(_bank, settings):
    """Empty books, and notices kept back."""
    _bank.post("/reset")
    _bank.post("/webhooks", on=False)
    settings.YOOKASSA_URL = _bank.api_url
    return _bank


@pytest.fixture
def bench(bank):
    return make_bench(bank)


@pytest.fixture
def with_receipts(bank):
    return make_bench(bank, RECEIPTS_SHOP)


class TestYooKassa(GatewayContract, ListingContract):
    """The contract of all banks."""


def test_the_registry_gives_it_by_its_name():
    assert isinstance(gateway("yookassa"), YooKassa)


def test_the_sdks_own_configuration_is_neither_read_nor_written(bench, monkeypatch):
    monkeypatch.setattr(Configuration, "account_id", "another")
    monkeypatch.setattr(Configuration, "secret_key", "another")
    monkeypatch.setattr(Configuration, "api_url", "http://127.0.0.1:1/")

    assert bench.paid("3.00").amount == roubles("3.00")
    assert (Configuration.account_id, Configuration.secret_key) == ("another", "another")


def test_every_create_bears_our_key(bench):
    order = bench.order()

    bench.gateway.create(bench.merchant, order)

    requests = bench.bank.get("/requests")["requests"]
    assert [row["key"] for row in requests if row["method"] == "POST"] == [order.key]


def test_a_payment_that_is_still_processed_is_asked_again_when_the_bank_says(bench):
    order = bench.order()
    bench.bank.post("/faults", kind="processing")

    with pytest.raises(GatewayUnavailable) as waiting:
        bench.gateway.create(bench.merchant, order)

    assert waiting.value.retry_after == 1.8
    assert bench.gateway.create(bench.merchant, order).ref == order.ref
    assert bench.payments(order.ref) == 1


def test_too_many_requests_say_how_long_to_wait(bench):
    bench.bank.post("/faults", kind="too_many_requests")

    with pytest.raises(GatewayUnavailable) as waiting:
        bench.open()

    assert waiting.value.retry_after == 1.8


def test_a_key_that_has_made_something_else_is_no_refusal(bench):
    order = bench.order("10.00")
    bench.gateway.create(bench.merchant, order)

    with pytest.raises(GatewayUnavailable):
        bench.gateway.create(bench.merchant, replace(order, amount=roubles("11.00")))

    assert bench.payments(order.ref) == 1


def test_a_closed_shop_says_nothing_of_its_payments(bench):
    payment = bench.paid()
    bench.bank.post("/settings", closed_shops=[SHOP])

    with pytest.raises(GatewayUnavailable):
        bench.fetch(payment)
    with pytest.raises(GatewayUnavailable):
        bench.gateway.find(bench.merchant, payment.ref, since=datetime.now(UTC))
    with pytest.raises(GatewayUnavailable):
        list(_day(bench))
    with pytest.raises(GatewayRefused) as refusal:
        bench.open()
    assert refusal.value.reason == "forbidden"


def test_a_removed_payment_is_unknown(bench):
    payment = bench.paid()
    bench.bank.post("/forget", payment_id=payment.acquirer_id)

    with pytest.raises(GatewayUnknown):
        bench.fetch(payment)


def test_a_payment_that_nobody_pays_ends_by_itself(bench):
    payment = bench.open()
    bench.bank.post("/clock", seconds=3601)

    truth = bench.fetch(payment)

    assert (truth.state, truth.reason, truth.cause) == (
        TruthState.CANCELED,
        "expired_on_confirmation",
        Cause.SESSION_OVER,
    )


@pytest.mark.parametrize(
    ("later", "cause"),
    [
        ("permission_revoked", Cause.REVOKED),
        ("insufficient_funds", Cause.NO_MONEY),
        ("card_expired", Cause.CARD_EXPIRED),
        ("a_reason_of_tomorrow", Cause.OTHER),
    ],
)
def test_saved_means_that_fail_say_why(bench, later, cause):
    token = bench.paid("1.00", save_means=True).means.token
    bench.bank.post("/later", payment_method_id=token, outcome=later)

    truth = bench.open("500.00", page=Page.NONE, token=token)

    assert (truth.state, truth.reason, truth.cause) == (TruthState.CANCELED, later, cause)
    assert bench.taken() == roubles("1.00")


def test_means_that_the_bank_has_forgotten_are_revoked(bench):
    order = bench.order("500.00", page=Page.NONE, token="2d5f3a1e-000f-5000-a000-1c3d5e7f9a0b")

    with pytest.raises(GatewayRefused) as refusal:
        bench.gateway.create(bench.merchant, order)

    assert (refusal.value.cause, refusal.value.reason) == (
        Cause.REVOKED,
        "invalid_request: payment_method_id",
    )


def test_means_whose_way_is_switched_off_for_a_while_are_not_revoked(bench):
    token = bench.paid("1.00", save_means=True).means.token
    bench.bank.post("/settings", methods={"bank_card": False, "sbp": True})

    with pytest.raises(GatewayRefused) as refusal:
        bench.open("500.00", page=Page.NONE, token=token)

    assert refusal.value.cause is Cause.OTHER


@pytest.mark.parametrize(
    ("sum_", "cause"), [("0.99", Cause.TOO_SMALL), ("350000.01", Cause.TOO_LARGE)]
)
def test_sums_out_of_the_banks_bounds_are_told_apart(bench, sum_, cause):
    with pytest.raises(GatewayRefused) as refusal:
        bench.open(sum_)

    assert refusal.value.cause is cause


def test_saved_sbp_pays_without_a_page(bench):
    payment = bench.open("5.00", page=Page.SBP, save_means=True)
    bench.pay_by_sbp(payment)
    means = bench.fetch(payment).means

    made = bench.open("6.00", page=Page.NONE, token=means.token)

    assert means.is_sbp
    assert settled(lambda: bench.fetch(made)).state is TruthState.SUCCEEDED


def test_a_bound_card_that_is_given_up_has_no_token(bench):
    binding = bench.gateway.bind(bench.merchant, bench.binding_order())
    bench.bank.post("/clock", seconds=3601)

    truth = bench.gateway.fetch_binding(bench.merchant, binding.acquirer_id)

    assert (truth.state, truth.means.token) == (TruthState.CANCELED, "")


class TestReceipts:
    def test_a_paid_receipt_is_followed_until_the_till_has_it(self, with_receipts):
        bench = with_receipts
        bench.bank.post("/settings", receipt_seconds=60.0)
        payment = bench.paid("1234.56")

        waiting = bench.gateway.fetch_receipt(bench.merchant, payment.acquirer_id, of_refund=False)
        bench.bank.post("/clock", seconds=61)
        found = bench.gateway.fetch_receipt(bench.merchant, payment.acquirer_id, of_refund=False)

        assert (waiting.is_final, waiting.document_number) == (False, "")
        assert found.is_final
        assert all((found.document_number, found.storage_number, found.sign, found.registered_at))

    def test_a_receipt_that_the_till_refused_is_final_without_a_number(self, with_receipts):
        bench = with_receipts
        bench.bank.post("/settings", receipt_seconds=0.0, receipt_outcome="canceled")
        payment = bench.paid()
        bench.bank.post("/clock", seconds=1)

        found = bench.gateway.fetch_receipt(bench.merchant, payment.acquirer_id, of_refund=False)

        assert (found.is_final, found.document_number) == (True, "")

    def test_a_refund_has_a_receipt_of_its_own(self, with_receipts):
        bench = with_receipts
        bench.bank.post("/settings", receipt_seconds=0.0)
        payment = bench.paid("100.00")
        refund = bench.gateway.refund(bench.merchant, bench.refund_order(payment, "40.00"))
        bench.bank.post("/clock", seconds=1)

        of_payment = bench.gateway.fetch_receipt(
            bench.merchant, payment.acquirer_id, of_refund=False
        )
        of_refund = bench.gateway.fetch_receipt(bench.merchant, refund.acquirer_id, of_refund=True)

        assert of_payment.acquirer_id != of_refund.acquirer_id
        assert of_refund.document_number

    def test_a_shop_with_a_till_takes_no_payment_without_a_receipt(self, with_receipts):
        with pytest.raises(GatewayRefused) as refusal:
            with_receipts.open(receipt=None)

        assert refusal.value.reason == "invalid_request: receipt"

    def test_an_unpaid_payment_has_no_receipt_yet(self, with_receipts):
        payment = with_receipts.open()

        assert (
            with_receipts.gateway.fetch_receipt(
                with_receipts.merchant, payment.acquirer_id, of_refund=False
            )
            is None
        )


def test_a_shop_for_utilities_tells_who_pays_whom_for_what(bank):
    bench = make_bench(bank, UTILITIES_SHOP)
    with pytest.raises(GatewayRefused) as refusal:
        bench.open("100.00")
    assert refusal.value.reason == "invalid_request: payment_order"

    order = bench.order("100.00", utilities=replace(UTILITIES, unified_account_number="12АВ345678"))
    truth = bench.gateway.create(bench.merchant, order)

    sent = next(
        row for row in bench.bank.get("/books")["payments"] if row["id"] == truth.acquirer_id
    )["payment_order"]
    assert sent["recipient"]["bank"]["account"] == UTILITIES.bank_account
    assert sent["payment_period"] == {"month": 10, "year": 2026}
    assert (sent["amount"]["value"], sent["account_number"]) == ("100.00", "140400001")


class TestLists:
    def test_a_day_of_many_pages_is_listed_whole(self, bench):
        token = bench.paid("1.00", save_means=True).means.token

        def charge(kopecks):
            amount = f"2.{kopecks:02d}" if kopecks < 100 else f"3.{kopecks - 100:02d}"
            return bench.open(amount, page=Page.NONE, token=token).amount

        with ThreadPoolExecutor(4) as pool:
            charged = list(pool.map(charge, range(130)))

        rows = list(_day(bench))
        assert len({row.acquirer_id for row in rows}) == 131
        assert Money.total(row.amount for row in rows) == Money.total([*charged, roubles("1.00")])

    def test_a_payment_on_a_later_page_is_found(self, bench):
        order = bench.order()
        start = datetime.now(UTC)
        bench.gateway.create(bench.merchant, order)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: bench.open(), range(105)))

        assert bench.gateway.find(bench.merchant, order.ref, since=start).ref == order.ref

    def test_a_payment_of_another_day_is_not_looked_for(self, bench):
        order = bench.order()
        bench.gateway.create(bench.merchant, order)

        for since in (
            datetime.now(UTC) + timedelta(hours=1),
            datetime.now(UTC) - timedelta(hours=26),
        ):
            assert bench.gateway.find(bench.merchant, order.ref, since=since) is None

    def test_a_page_that_fails_fails_the_whole_list(self, bench):
        bench.paid()
        bench.bank.post("/faults", kind="garbage", path="/v3/refunds")

        with pytest.raises(GatewayUnavailable):
            list(_day(bench))


@pytest.mark.parametrize(
    "address",
    ["185.71.76.0", "77.75.156.11", "77.75.154.255", "2a02:5180:1::5", "::ffff:185.71.77.1"],
)
def test_notices_come_from_the_banks_networks(bench, address):
    payment = bench.paid()
    genuine = bench.notice(NoticeKind.PAYMENT, payment.acquirer_id)

    read = bench.gateway.read_notice(bench.merchant, body=genuine.body, headers={}, address=address)

    assert read == Notice(NoticeKind.PAYMENT, payment.acquirer_id)


def test_a_sandbox_on_this_machine_is_trusted_where_the_settings_say_so(bench, settings):
    settings.YOOKASSA_NOTICE_NETWORKS = ["127.0.0.1"]
    payment = bench.paid()
    genuine = bench.notice(NoticeKind.PAYMENT, payment.acquirer_id)

    assert bench.gateway.read_notice(
        bench.merchant, body=genuine.body, headers={}, address="127.0.0.1"
    )


def test_notices_of_refunds_and_bindings_name_them(bench):
    payment = bench.paid("10.00")
    refund = bench.gateway.refund(bench.merchant, bench.refund_order(payment, "10.00"))
    told = bench.notice(NoticeKind.REFUND, refund.acquirer_id)
    binding = bench.gateway.bind(bench.merchant, bench.binding_order())
    bench.give_card(binding, bench.card)
    bound = bench.notice(NoticeKind.MEANS, binding.acquirer_id)

    read = [
        bench.gateway.read_notice(
            bench.merchant, body=one.body, headers=one.headers, address=one.address
        )
        for one in (told, bound)
    ]

    assert read == [
        Notice(NoticeKind.REFUND, refund.acquirer_id, payment.acquirer_id),
        Notice(NoticeKind.MEANS, binding.acquirer_id),
    ]


@pytest.mark.parametrize("payment_id", ["../me", 7, None, {}])
def test_a_refunds_notice_that_names_no_payment_still_names_the_refund(bench, payment_id):
    body = {
        "type": "notification",
        "event": "refund.succeeded",
        "object": {"id": "2d5f3a1e-0015-5000-a000-1c3d5e7f9a0b", "payment_id": payment_id},
    }

    read = bench.gateway.read_notice(
        bench.merchant, body=json.dumps(body).encode(), headers={}, address=ADDRESS
    )

    assert read == Notice(NoticeKind.REFUND, "2d5f3a1e-0015-5000-a000-1c3d5e7f9a0b", "")


def test_held_money_is_let_go(bench):
    """Our own payments have one stage; a shop may have been set up for two."""
    client = ShopClient(bench.merchant, Deadline(Limits()))
    body = {**orders.payment(bench.order()), "capture": False}
    payment = answers.payment(client.post("/payments", Quiet(body), key="held"))
    bench.pay(payment, bench.card)
    assert bench.fetch(payment).state is TruthState.PENDING

    truth = bench.gateway.cancel(bench.merchant, payment.acquirer_id, key="let-go")

    assert (truth.state, truth.cause) == (TruthState.CANCELED, Cause.CANCELED)
    assert bench.taken() == roubles("0.00")


def test_a_binding_that_the_bank_does_not_offer_is_refused(bench):
    bench.bank.post("/settings", methods={"bank_card": False, "sbp": True})

    with pytest.raises(GatewayRefused) as refusal:
        bench.gateway.bind(bench.merchant, bench.binding_order())

    assert refusal.value.reason == "invalid_request: type"


def test_a_refund_is_unknown_beside_another_payment(bench):
    payment, other = bench.paid("10.00"), bench.paid("10.00")
    refund = bench.gateway.refund(bench.merchant, bench.refund_order(payment, "10.00"))

    with pytest.raises(GatewayUnknown):
        bench.gateway.fetch_refund(bench.merchant, other.acquirer_id, refund.acquirer_id)


def test_a_refund_that_the_bank_cancels_says_why_and_gives_nothing_back(bench):
    bench.bank.post("/settings", refund_seconds=60.0, refund_outcome="insufficient_funds")
    payment = bench.paid("10.00")
    made = bench.gateway.refund(bench.merchant, bench.refund_order(payment, "10.00"))
    bench.bank.post("/clock", seconds=61)

    truth = bench.gateway.fetch_refund(bench.merchant, payment.acquirer_id, made.acquirer_id)

    assert made.state is TruthState.PENDING
    assert (truth.state, truth.reason, truth.cause) == (
        TruthState.CANCELED,
        "insufficient_funds",
        Cause.OTHER,
    )
    assert bench.returned() == Money(Decimal("0.00"))


def _day(bench):
    now = datetime.now(UTC)
    return bench.gateway.list_day(
        bench.merchant, since=now - timedelta(minutes=10), until=now + timedelta(minutes=10)
    )
