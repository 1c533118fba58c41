"""What every gateway promises, in sentences; a gateway's own tests inherit the class and bring a ``bench``.

Written once for all banks (design §6): adding a bank is adding a folder that passes this.
"""

from __future__ import annotations

import base64
import logging
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    Notice,
    NoticeKind,
    NoticeRefused,
    Page,
    TruthState,
)
from kabinet.payments.gateways.transport import Limits
from tests.payments.gateways.bad_servers import SERVERS
from tests.payments.gateways.bench import Bench, Trouble

NOBODY = "2d5f3a1e-000f-5000-a000-1c3d5e7f9a0b"
QUICK = Limits(connect=0.4, whole=0.6)
# What the limits do not cover: starting a thread, writing an exception, a busy machine. The servers would take 5 s.
SLACK = 3
FAILURES = [Trouble.CLOSED, Trouble.GARBAGE, Trouble.BROKEN, Trouble.BUSY]


def roubles(text: str) -> Money:
    return Money(Decimal(text))


def settled(fetch):
    """Ask until the bank has made up its mind."""
    deadline = time.monotonic() + 10
    while (truth := fetch()).state is TruthState.PENDING and time.monotonic() < deadline:
        time.sleep(0.05)
    return truth


class PayingContract:
    def test_a_new_payment_waits_for_its_payer_on_the_banks_page(self, bench: Bench):
        order = bench.order("1234.56")

        truth = bench.gateway.create(bench.merchant, order)

        assert (truth.state, truth.ref, truth.amount, truth.currency) == (
            TruthState.PENDING,
            order.ref,
            roubles("1234.56"),
            "RUB",
        )
        assert truth.confirmation_url.startswith("http")
        assert (truth.cause, truth.reason, truth.paid_at) == (None, "", None)
        assert bench.taken() == Money.zero()

    def test_a_payment_by_card_takes_its_sum_and_keeps_only_the_cards_end(self, bench: Bench):
        before = datetime.now(UTC) - timedelta(minutes=1)

        truth = bench.paid("1234.56")

        assert (truth.state, truth.amount, bench.taken()) == (
            TruthState.SUCCEEDED,
            roubles("1234.56"),
            roubles("1234.56"),
        )
        assert (truth.means.last4, truth.means.token, truth.means.is_sbp) == (
            bench.end_of_card,
            "",
            False,
        )
        assert bench.card not in repr(truth)
        assert truth.paid_at is None or truth.paid_at > before

    def test_a_payment_by_sbp_is_a_code_of_ours_to_show(self, bench: Bench):
        truth = bench.open("700.01", page=Page.SBP)
        assert truth.sbp_payload.startswith("http")

        bench.pay_by_sbp(truth)

        paid = settled(lambda: bench.fetch(truth))
        assert (paid.state, paid.means.is_sbp) == (TruthState.SUCCEEDED, True)
        assert bench.taken() == roubles("700.01")

    @pytest.mark.parametrize("sum_", ["1.00", "10.07", "4.35", "199999.99"])
    def test_sums_keep_every_kopeck(self, bench: Bench, sum_):
        truth = bench.paid(sum_)

        assert (truth.amount, bench.taken()) == (roubles(sum_), roubles(sum_))

    def test_every_refusal_is_told_by_its_cause_and_takes_nothing(self, bench: Bench):
        told = {}
        for cause, card in bench.bad_cards.items():
            payment = bench.open()
            bench.pay(payment, card)
            truth = bench.fetch(payment)
            assert (truth.state, bool(truth.reason)) == (TruthState.CANCELED, True), cause
            told[cause] = truth.cause

        assert told == {cause: cause for cause in bench.bad_cards}
        assert bench.taken() == Money.zero()

    def test_a_sum_of_nothing_worth_is_refused(self, bench: Bench):
        order = bench.order("0.02")

        with pytest.raises(GatewayRefused) as refusal:
            bench.gateway.create(bench.merchant, order)

        assert refusal.value.cause in {Cause.TOO_SMALL, Cause.OTHER}
        assert bench.payments(order.ref) == 0

    def test_a_payment_that_is_not_there_is_unknown(self, bench: Bench):
        with pytest.raises(GatewayUnknown):
            bench.gateway.fetch(bench.merchant, NOBODY)

    def test_another_shops_payment_is_unknown(self, bench: Bench):
        payment = bench.paid()

        with pytest.raises(GatewayUnknown):
            bench.gateway.fetch(bench.other_merchant, payment.acquirer_id)

    def test_a_wrong_secret_makes_nothing(self, bench: Bench):
        order = bench.order()

        with pytest.raises((GatewayUnavailable, GatewayRefused)):
            bench.gateway.create(replace(bench.merchant, secret="wrong"), order)

        assert bench.payments(order.ref) == 0

    def test_giving_up_tells_how_the_payment_stands(self, bench: Bench):
        waiting, paid = bench.open(), bench.paid("5.00")

        left = bench.gateway.cancel(bench.merchant, waiting.acquirer_id, key="give-up-1")
        still = bench.gateway.cancel(bench.merchant, paid.acquirer_id, key="give-up-2")

        assert left.state in {TruthState.PENDING, TruthState.CANCELED}
        assert still.state is TruthState.SUCCEEDED
        assert (bench.taken(), bench.returned()) == (roubles("5.00"), Money.zero())

    def test_two_shops_in_many_threads_keep_apart(self, bench: Bench):
        shops = [bench.merchant, bench.other_merchant] * 4

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda shop: bench.gateway.create(shop, bench.order()), shops))

        for shop, truth in zip(shops, made, strict=True):
            assert bench.gateway.fetch(shop, truth.acquirer_id).ref == truth.ref
            other = shops[1] if shop == shops[0] else shops[0]
            with pytest.raises(GatewayUnknown):
                bench.gateway.fetch(other, truth.acquirer_id)


class OnceContract:
    def test_the_same_key_twice_is_one_payment(self, bench: Bench):
        order = bench.order()

        first = bench.gateway.create(bench.merchant, order)
        second = bench.gateway.create(bench.merchant, order)

        assert first.acquirer_id == second.acquirer_id
        assert bench.payments(order.ref) == 1

    def test_the_same_key_at_once_is_one_payment(self, bench: Bench):
        order = bench.order()

        def ask(_number):
            with suppress(GatewayUnavailable):
                return bench.gateway.create(bench.merchant, order).acquirer_id

        with ThreadPoolExecutor(8) as pool:
            made = set(pool.map(ask, range(8))) - {None}

        assert len(made) == 1
        assert bench.payments(order.ref) == 1

    @pytest.mark.parametrize("trouble", FAILURES)
    def test_an_answer_lost_after_the_deed_is_found_by_the_same_key(self, bench: Bench, trouble):
        order = bench.order()
        bench.trouble(trouble, done=True)
        with pytest.raises(GatewayUnavailable):
            bench.gateway.create(bench.merchant, order)

        again = bench.gateway.create(bench.merchant, order)

        assert (again.ref, again.state) == (order.ref, TruthState.PENDING)
        assert bench.payments(order.ref) == 1

    @pytest.mark.parametrize("trouble", FAILURES)
    def test_a_call_that_failed_before_the_deed_has_made_nothing(self, bench: Bench, trouble):
        order = bench.order()
        bench.trouble(trouble, done=False)
        with pytest.raises(GatewayUnavailable):
            bench.gateway.create(bench.merchant, order)
        assert bench.payments(order.ref) == 0

        again = bench.gateway.create(bench.merchant, order)

        assert (again.ref, bench.payments(order.ref)) == (order.ref, 1)

    @pytest.mark.parametrize("trouble", FAILURES)
    def test_money_taken_from_saved_means_behind_a_lost_answer_is_taken_once(
        self, bench: Bench, trouble
    ):
        token = bench.paid("1.00", save_means=True).means.token
        order = bench.order("500.00", page=Page.NONE, token=token)
        bench.trouble(trouble, done=True)
        with pytest.raises(GatewayUnavailable):
            bench.gateway.create(bench.merchant, order)

        again = bench.gateway.create(bench.merchant, order)

        truth = settled(lambda: bench.fetch(again))
        assert truth.state is TruthState.SUCCEEDED
        assert bench.taken() == roubles("501.00")

    def test_a_payment_is_found_by_our_own_number(self, bench: Bench):
        order = bench.order()
        start = datetime.now(UTC)
        bench.trouble(Trouble.CLOSED, done=True)
        with pytest.raises(GatewayUnavailable):
            bench.gateway.create(bench.merchant, order)
        bench.open()

        found = bench.gateway.find(bench.merchant, order.ref, since=start)

        assert (found.ref, found.amount) == (order.ref, order.amount)
        assert bench.gateway.find(bench.merchant, NOBODY, since=start) is None
        assert bench.gateway.find(bench.other_merchant, order.ref, since=start) is None


class WaitingContract:
    def test_nobody_waits_longer_than_the_design_says(self, bench: Bench):
        assert bench.gateway.limits == Limits(connect=3.0, whole=10.0)

    @pytest.fixture
    def quick(self, bench, monkeypatch):
        """Limits that a test can wait for."""
        monkeypatch.setattr(type(bench.gateway), "limits", QUICK)
        return QUICK

    @pytest.mark.parametrize("trouble", FAILURES)
    def test_questions_that_go_wrong_are_no_answers(self, bench: Bench, trouble):
        payment = bench.paid()
        bench.trouble(trouble, done=False)

        with pytest.raises(GatewayUnavailable):
            bench.fetch(payment)

        assert bench.fetch(payment).state is TruthState.SUCCEEDED

    def test_a_slow_bank_is_given_up_in_time_and_asked_again_later(self, bench: Bench, quick):
        order = bench.order()
        bench.trouble(Trouble.SLOW, done=True, seconds=quick.whole + 1)
        started = time.monotonic()

        with pytest.raises(GatewayUnavailable):
            bench.gateway.create(bench.merchant, order)

        assert time.monotonic() - started < quick.whole + SLACK
        assert bench.gateway.create(bench.merchant, order).ref == order.ref
        assert bench.payments(order.ref) == 1

    @pytest.mark.parametrize("name", SERVERS)
    def test_no_server_holds_a_call_beyond_its_time(self, bench: Bench, quick, settings, name):
        calls = _calls(bench)
        with SERVERS[name]() as address:
            setattr(settings, f"{bench.code.upper()}_URL", address)
            for call in calls:
                started = time.monotonic()
                with pytest.raises(GatewayUnavailable):
                    call()
                assert time.monotonic() - started < quick.whole + SLACK

    def test_neither_secret_nor_card_is_told_by_what_goes_wrong(
        self, bench: Bench, settings, caplog
    ):
        caplog.set_level(logging.DEBUG)
        payment, other = bench.paid(save_means=True), bench.paid()
        token = payment.means.token
        bench.trouble(Trouble.GARBAGE, done=True)
        with pytest.raises(GatewayUnavailable) as garbage:
            bench.gateway.create(bench.merchant, bench.order("2.00", page=Page.NONE, token=token))
        with pytest.raises(GatewayRefused) as refusal:
            bench.gateway.refund(bench.merchant, bench.refund_order(other, "9999.00"))
        setattr(settings, f"{bench.code.upper()}_URL", "http://127.0.0.1:1/")
        with pytest.raises(GatewayUnavailable) as closed:
            bench.gateway.fetch(bench.merchant, other.acquirer_id)

        told = [repr(bench.merchant), repr(payment.means), caplog.text]
        for error in (garbage, refusal, closed):
            ours = error.value.__traceback__.tb_next  # not this test: its bench knows the card
            shown = traceback.TracebackException(
                type(error.value), error.value, ours, capture_locals=True
            )
            told.append("".join(shown.format()))

        basic = base64.b64encode(
            f"{bench.merchant.shop_id}:{bench.merchant.secret}".encode()
        ).decode()
        for hidden in (bench.merchant.secret, basic, bench.card, token):
            assert [line for line in told if hidden in line] == []


class RefundContract:
    def test_the_whole_goes_back_once(self, bench: Bench):
        payment = bench.paid("1234.56")
        order = bench.refund_order(payment, "1234.56")

        first = bench.gateway.refund(bench.merchant, order)
        again = bench.gateway.refund(bench.merchant, order)

        assert first.acquirer_id == again.acquirer_id
        assert first.amount == roubles("1234.56")
        assert _refund(bench, payment, first).state is TruthState.SUCCEEDED
        assert bench.returned() == roubles("1234.56")
        truth = bench.fetch(payment)
        assert (truth.state, truth.refunded) == (TruthState.SUCCEEDED, roubles("1234.56"))

    def test_parts_go_back_until_nothing_is_left_and_never_more(self, bench: Bench):
        payment = bench.paid("100.00")
        for part in ("30.01", "60.00"):
            made = bench.gateway.refund(bench.merchant, bench.refund_order(payment, part))
            assert _refund(bench, payment, made).state is TruthState.SUCCEEDED

        with pytest.raises(GatewayRefused):
            bench.gateway.refund(bench.merchant, bench.refund_order(payment, "10.00"))

        assert bench.returned() == roubles("90.01")
        assert bench.fetch(payment).refunded == roubles("90.01")

    def test_an_unpaid_payment_gives_nothing_back(self, bench: Bench):
        payment = bench.open("100.00")

        with pytest.raises(GatewayRefused):
            bench.gateway.refund(bench.merchant, bench.refund_order(payment, "100.00"))

        assert bench.returned() == Money.zero()

    @pytest.mark.parametrize("trouble", FAILURES)
    def test_a_refund_behind_a_lost_answer_is_made_once(self, bench: Bench, trouble):
        payment = bench.paid("100.00")
        order = bench.refund_order(payment, "40.00")
        bench.trouble(trouble, done=True)
        with pytest.raises(GatewayUnavailable):
            bench.gateway.refund(bench.merchant, order)

        again = bench.gateway.refund(bench.merchant, order)

        assert _refund(bench, payment, again).amount == roubles("40.00")
        assert bench.returned() == roubles("40.00")

    def test_a_refund_behind_a_lost_answer_is_found_without_moving_money(self, bench: Bench):
        payment = bench.paid("100.00")
        lost, other = (bench.refund_order(payment, sum_) for sum_ in ("40.00", "10.00"))
        assert _find(bench, lost, "0.00") is None
        bench.trouble(FAILURES[0], done=True)
        with pytest.raises(GatewayUnavailable):
            bench.gateway.refund(bench.merchant, lost)

        found = _find(bench, lost, "0.00")

        assert found.amount == roubles("40.00")
        assert _refund(bench, payment, found).state is TruthState.SUCCEEDED
        assert _find(bench, other, "40.00") is None
        assert bench.returned() == roubles("40.00")

    def test_a_refund_that_is_not_there_is_unknown(self, bench: Bench):
        payment = bench.paid()

        with pytest.raises(GatewayUnknown):
            bench.gateway.fetch_refund(bench.merchant, payment.acquirer_id, NOBODY)


class SavedMeansContract:
    def test_means_are_remembered_only_when_asked_and_then_pay_without_a_page(self, bench: Bench):
        assert bench.paid("1.00").means.token == ""
        token = bench.paid("2.00", save_means=True).means.token
        assert token

        made = bench.open("500.00", page=Page.NONE, token=token)

        truth = settled(lambda: bench.fetch(made))
        assert (truth.state, truth.means.last4) == (TruthState.SUCCEEDED, bench.end_of_card)
        assert bench.taken() == roubles("503.00")

    def test_another_shop_cannot_charge_them(self, bench: Bench):
        token = bench.paid("1.00", save_means=True).means.token
        order = bench.order("500.00", page=Page.NONE, token=token)

        with pytest.raises(GatewayRefused):
            bench.gateway.create(bench.other_merchant, order)

        assert bench.taken() == roubles("1.00")

    def test_a_card_is_bound_without_paying(self, bench: Bench):
        order = bench.binding_order()
        binding = bench.gateway.bind(bench.merchant, order)
        assert binding.state is TruthState.PENDING
        assert binding.confirmation_url.startswith("http")

        bench.give_card(binding, bench.card)

        bound = bench.gateway.fetch_binding(bench.merchant, binding.acquirer_id)
        assert (bound.state, bound.means.last4) == (TruthState.SUCCEEDED, bench.card[-4:])
        assert bench.taken() == Money.zero()
        made = bench.open("7.00", page=Page.NONE, token=bound.means.token)
        assert settled(lambda: bench.fetch(made)).state is TruthState.SUCCEEDED
        bench.gateway.forget(bench.merchant, bound.means.token, payer_ref=order.payer_ref)

    def test_a_binding_that_is_not_there_is_unknown(self, bench: Bench):
        with pytest.raises(GatewayUnknown):
            bench.gateway.fetch_binding(bench.merchant, NOBODY)


class NoticeContract:
    def _read(self, bench, envelope):
        return bench.gateway.read_notice(
            bench.merchant,
            body=envelope.body,
            headers=envelope.headers,
            address=envelope.address,
        )

    def test_a_genuine_notice_names_what_it_is_about(self, bench: Bench):
        payment = bench.paid()

        envelope = bench.notice(NoticeKind.PAYMENT, payment.acquirer_id)

        assert self._read(bench, envelope) == Notice(NoticeKind.PAYMENT, payment.acquirer_id)

    def test_forged_and_broken_notices_are_refused(self, bench: Bench):
        payment = bench.paid()
        genuine = bench.notice(NoticeKind.PAYMENT, payment.acquirer_id)
        assert self._read(bench, genuine)

        broken = [b"", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, genuine.body[:-2]]
        too_big = genuine.body[:-1] + b" " * 1_000_000 + genuine.body[-1:]
        altered = [replace(genuine, body=body) for body in (*broken, too_big)]
        for envelope in (*altered, *bench.forgeries(genuine)):
            with pytest.raises(NoticeRefused):
                self._read(bench, envelope)


class GatewayContract(
    PayingContract,
    OnceContract,
    WaitingContract,
    RefundContract,
    SavedMeansContract,
    NoticeContract,
):
    """Everything that holds for every bank."""


class ListingContract:
    """For banks that can list a day (``abilities.listing``)."""

    def test_a_days_list_has_what_was_taken_and_given_back_and_nothing_else(self, bench: Bench):
        start = datetime.now(UTC) - timedelta(seconds=1)
        first, second = bench.paid("100.00"), bench.paid("200.00")
        made = bench.gateway.refund(bench.merchant, bench.refund_order(second, "50.00"))
        bench.open("400.00")
        end = datetime.now(UTC) + timedelta(seconds=1)

        rows = list(bench.gateway.list_day(bench.merchant, since=start, until=end))

        assert {(row.acquirer_id, row.is_refund, row.amount) for row in rows} == {
            (first.acquirer_id, False, roubles("100.00")),
            (second.acquirer_id, False, roubles("200.00")),
            (made.acquirer_id, True, roubles("50.00")),
        }
        assert all(start < row.happened_at < end for row in rows)
        before = bench.gateway.list_day(
            bench.merchant, since=start - timedelta(days=1), until=start
        )
        assert list(before) == []


def _refund(bench, payment, refund):
    return settled(
        lambda: bench.gateway.fetch_refund(bench.merchant, payment.acquirer_id, refund.acquirer_id)
    )


def _find(bench, order, returned):
    since = datetime.now(UTC)
    return bench.gateway.find_refund(bench.merchant, order, since=since, returned=roubles(returned))


def _calls(bench):
    """Every question to the bank that a person may be waiting for."""
    payment = bench.paid()
    order, refund = bench.order(), bench.refund_order(payment, "1.00")
    binding = bench.binding_order()
    gateway, merchant = bench.gateway, bench.merchant
    return [
        lambda: gateway.create(merchant, order),
        lambda: gateway.fetch(merchant, payment.acquirer_id),
        lambda: gateway.find(merchant, order.ref, since=datetime.now(UTC)),
        lambda: gateway.cancel(merchant, payment.acquirer_id, key="k"),
        lambda: gateway.refund(merchant, refund),
        lambda: gateway.find_refund(
            merchant, refund, since=datetime.now(UTC), returned=Money.zero()
        ),
        lambda: gateway.bind(merchant, binding),
    ]
