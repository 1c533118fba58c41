"""T-Bank: cards kept at the bank, refunds by card and by SBP."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    BindingOrder,
    GatewayRefused,
    GatewayUnavailable,
    Means,
    Page,
    TruthState,
)
from tests.payments.gateways.test_tbank.orders import (
    FORGETFUL,
    GOOD,
    LATER_POOR,
    MERCHANT,
    POOR,
    WITH_CODE,
    number,
    order,
    refund_of,
    saved_token,
    taken,
)


def test_a_card_kept_while_paying_pays_again_without_a_page(bank, gateway):
    opened = gateway.create(MERCHANT, order(save_means=True))
    bank.pay(number(opened), card=GOOD)
    means = gateway.fetch(MERCHANT, opened.acquirer_id).means
    assert (means.system, means.last4, means.expiry_month, means.expiry_year) == (
        "mir",
        "0021",
        12,
        2030,
    )
    asked = order(page=Page.NONE, token=means.token, amount=Money(Decimal("700.00")))

    truth, again = gateway.create(MERCHANT, asked), gateway.create(MERCHANT, asked)

    assert (truth.state, truth.amount) == (TruthState.SUCCEEDED, asked.amount)
    assert (again.state, again.acquirer_id) == (TruthState.SUCCEEDED, truth.acquirer_id)
    assert taken(bank) == 150_050 + 70_000


def test_a_card_is_not_kept_unless_asked(bank, gateway):
    opened = gateway.create(MERCHANT, order(payer_ref="user-1"))
    bank.pay(number(opened), card=GOOD)

    assert gateway.fetch(MERCHANT, opened.acquirer_id).means == Means()


@pytest.mark.parametrize("fault", [None, {"kind": "status", "method": "GetCardList"}])
def test_a_payment_stands_when_its_card_was_not_kept_or_cannot_be_learned(bank, gateway, fault):
    opened = gateway.create(MERCHANT, order(save_means=True))
    bank.pay(number(opened), card=GOOD if fault else FORGETFUL)
    if fault:
        bank.control("faults", fault)

    truth = gateway.fetch(MERCHANT, opened.acquirer_id)

    assert (truth.state, truth.means) == (TruthState.SUCCEEDED, Means())


def test_a_saved_card_without_money(bank, gateway):
    asked = order(page=Page.NONE, token=saved_token(bank, gateway, LATER_POOR))

    truth = gateway.create(MERCHANT, asked)

    assert (truth.state, truth.cause, truth.ref) == (
        TruthState.CANCELED,
        Cause.NO_MONEY,
        asked.ref,
    )
    assert gateway.create(MERCHANT, asked).cause is Cause.NO_MONEY
    assert taken(bank) == 150_050


def test_a_forgotten_card_is_charged_no_more_and_nothing_waits_at_the_bank(bank, gateway):
    token = saved_token(bank, gateway)
    gateway.forget(MERCHANT, token, payer_ref="user-1")
    gateway.forget(MERCHANT, token, payer_ref="user-1")
    gateway.forget(MERCHANT, "token of another bank", payer_ref="user-1")

    with pytest.raises(GatewayRefused) as refused:
        gateway.create(MERCHANT, order(page=Page.NONE, token=token))

    assert refused.value.cause is Cause.REVOKED
    assert taken(bank) == 150_050
    assert [one["status"] for one in bank.control("payments")] == ["CONFIRMED", "CANCELED"]


@pytest.mark.parametrize("method", ["Init", "Charge"])
def test_a_saved_card_is_charged_once_though_the_bank_hung_up_after_it(bank, gateway, method):
    asked = order(page=Page.NONE, token=saved_token(bank, gateway))
    bank.control("faults", {"kind": "close", "method": method})
    with pytest.raises(GatewayUnavailable):
        gateway.create(MERCHANT, asked)

    truth = gateway.create(MERCHANT, asked)

    assert truth.state is TruthState.SUCCEEDED
    assert taken(bank) == 2 * 150_050


def test_a_card_is_bound_without_paying(bank, gateway):
    asked = BindingOrder(str(uuid.uuid4()), str(uuid.uuid4()), "http://kabinet.example", "user-1")
    opened = gateway.bind(MERCHANT, asked)
    assert opened.state is TruthState.PENDING
    assert gateway.fetch_binding(MERCHANT, opened.acquirer_id).state is TruthState.PENDING
    (session,) = bank.control("payments")
    assert opened.confirmation_url.endswith(session["page"])

    bank.pay(session["id"], card=WITH_CODE)

    truth = gateway.fetch_binding(MERCHANT, opened.acquirer_id)
    assert (truth.state, truth.means.last4) == (TruthState.SUCCEEDED, "0013")
    paid = gateway.create(MERCHANT, order(page=Page.NONE, token=truth.means.token))
    assert paid.state is TruthState.SUCCEEDED
    assert taken(bank) == 150_050


@pytest.mark.parametrize("card", [POOR, FORGETFUL])
def test_a_card_that_cannot_be_bound(bank, gateway, card):
    asked = BindingOrder(str(uuid.uuid4()), str(uuid.uuid4()), "http://kabinet.example", "user-1")
    opened = gateway.bind(MERCHANT, asked)
    bank.pay(bank.control("payments")[0]["id"], card=card)

    truth = gateway.fetch_binding(MERCHANT, opened.acquirer_id)

    assert (truth.state, truth.means) == (TruthState.CANCELED, None)


@pytest.fixture
def by_card(bank, gateway):
    asked = order()
    opened = gateway.create(MERCHANT, asked)
    bank.pay(number(opened), card=GOOD)
    return opened.acquirer_id, asked


@pytest.fixture
def by_sbp(bank, gateway):
    asked = order(page=Page.SBP)
    opened = gateway.create(MERCHANT, asked)
    bank.pay(number(opened), sbp="pay")
    return opened.acquirer_id, asked


def test_a_card_refund_is_done_at_once_and_once(bank, gateway, by_card):
    asked = refund_of(*by_card, "500.50")

    truth, again = gateway.refund(MERCHANT, asked), gateway.refund(MERCHANT, asked)

    assert (truth.state, truth.amount) == (TruthState.SUCCEEDED, asked.amount)
    assert again == truth
    assert gateway.fetch_refund(MERCHANT, by_card[0], truth.acquirer_id) == truth
    assert taken(bank) == 100_000
    partly = gateway.fetch(MERCHANT, by_card[0])
    assert (partly.state, partly.amount, partly.refunded, partly.acquirer_id) == (
        TruthState.SUCCEEDED,
        by_card[1].amount,
        asked.amount,
        by_card[0],
    )
    rest = gateway.refund(MERCHANT, refund_of(*by_card, "1000.00"))
    assert rest.state is TruthState.SUCCEEDED
    assert taken(bank) == 0
    assert gateway.fetch(MERCHANT, by_card[0]).refunded == by_card[1].amount


def test_a_refund_greater_than_what_is_left_is_refused(bank, gateway, by_card):
    gateway.refund(MERCHANT, refund_of(*by_card, "1000.00"))

    with pytest.raises(GatewayRefused):
        gateway.refund(MERCHANT, refund_of(*by_card, "500.51"))

    assert taken(bank) == 50_050


def test_a_card_refund_is_made_once_though_the_bank_hung_up_after_it(bank, gateway, by_card):
    asked = refund_of(*by_card, "500.50")
    bank.control("faults", {"kind": "close", "method": "Cancel"})
    with pytest.raises(GatewayUnavailable):
        gateway.refund(MERCHANT, asked)

    assert gateway.refund(MERCHANT, asked).state is TruthState.SUCCEEDED

    assert taken(bank) == 100_000


@pytest.mark.parametrize("amount", ["1500.50", "500.50"])
def test_an_sbp_refund_is_made_once_though_the_bank_hung_up_after_it(bank, gateway, by_sbp, amount):
    asked = refund_of(*by_sbp, amount)
    bank.control("faults", {"kind": "close", "method": "Cancel"})
    with pytest.raises(GatewayUnavailable):
        gateway.refund(MERCHANT, asked)

    truth = gateway.refund(MERCHANT, asked)
    assert truth.state is TruthState.PENDING
    bank.control("clock", {"seconds": 21})

    done = gateway.fetch_refund(MERCHANT, by_sbp[0], truth.acquirer_id)
    assert (done.state, done.amount, done.acquirer_id) == (
        TruthState.SUCCEEDED,
        asked.amount,
        truth.acquirer_id,
    )
    assert taken(bank) == 150_050 - asked.amount.kopecks


def test_an_sbp_refund_that_may_be_done_already_is_left_to_a_person(bank, gateway, by_sbp):
    gateway.refund(MERCHANT, refund_of(*by_sbp, "500.50"))
    bank.control("clock", {"seconds": 21})

    with pytest.raises(GatewayRefused) as refused:
        gateway.refund(MERCHANT, refund_of(*by_sbp, "500.50"))

    assert refused.value.cause is Cause.DUPLICATE
    assert taken(bank) == 100_000
    assert gateway.refund(MERCHANT, refund_of(*by_sbp, "500.00")).state is TruthState.PENDING


def test_two_sbp_refunds_do_not_meet(bank, gateway, by_sbp):
    gateway.refund(MERCHANT, refund_of(*by_sbp, "500.50"))

    with pytest.raises(GatewayUnavailable):
        gateway.refund(MERCHANT, refund_of(*by_sbp, "100.00"))

    bank.control("clock", {"seconds": 21})
    assert taken(bank) == 100_000


def test_the_payers_bank_refuses_an_sbp_refund(bank, gateway, by_sbp):
    bank.control("settings", {"refuse_sbp_refunds": True})
    asked = refund_of(*by_sbp, "500.50")
    truth = gateway.refund(MERCHANT, asked)

    bank.control("clock", {"seconds": 21})

    refused = gateway.fetch_refund(MERCHANT, by_sbp[0], truth.acquirer_id)
    assert (refused.state, refused.reason) == (TruthState.CANCELED, "I05043")
    assert taken(bank) == 150_050
