"""Several administrators decide about the same money at once: it is decided once (R9)."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from kabinet.payments.calculations.waiting import KEY_LIVES
from kabinet.payments.enums import Outcome, PartState, RefundState
from kabinet.payments.models import Attempt, LedgerEntry, Refund
from kabinet.payments.operations import attempts, refunding
from kabinet.payments.operations.disputes import deciding, lost_refunds, other_refunds
from tests.clock import NOW
from tests.factories import AccountFactory
from tests.factories.payments import MerchantFactory, paid
from tests.hands import at_once
from tests.payments import refunding_bank
from tests.payments.disputes import decision, disputed, staff_of
from tests.payments.payers import linked_account
from tests.payments.test_disputes_lost_refunds import lost, wanted
from tests.payments.test_disputes_other_refunds import other_sum
from tests.payments.test_disputes_other_refunds import wanted as other_wanted
from tests.payments.test_refunds_race import together

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


@pytest.fixture(autouse=True)
def _everybody_may_call_the_bank(monkeypatch):
    """The web server's own bound would send most of them away before they meet."""
    import threading

    monkeypatch.setattr(attempts, "_calls", threading.BoundedSemaphore(AT_ONCE))


@pytest.mark.parametrize("way", [Outcome.ACCEPTED, Outcome.RETURNED])
def test_administrators_who_decide_at_once_move_the_money_once(books, way):
    payer = linked_account()
    attempt = disputed(payer, books)
    chiefs = [staff_of(payer[2]) for _ in range(AT_ONCE)]
    made = decision(chiefs[0], attempt, way)

    def decide(number):
        own = replace(made, key=uuid.uuid4())
        deciding.decide(actor=chiefs[number], decision=own, at=NOW)
        return "decided"

    outcomes = together(decide)

    assert Counter(outcomes)["decided"] == 1
    attempt = Attempt.objects.get()
    if way is Outcome.ACCEPTED:
        booked = [row.amount for row in LedgerEntry.objects.order_by("pk")]
        assert booked == [Decimal("500.00"), Decimal("150.00")]
        assert (attempt.state, attempt.part.state) == ("succeeded", PartState.PAID)
    else:
        refund = Refund.objects.get()
        together(lambda _number: refunding.check_refund(refund_id=refund.pk, at=NOW))
        assert (Attempt.objects.get().state, LedgerEntry.objects.count()) == ("returned", 0)
        assert books.taken().amount == 0


def test_administrators_who_ask_for_a_lost_refund_anew_ask_once(bank):
    merchant = MerchantFactory(gateway=refunding_bank.CODE)
    account = AccountFactory(provider=merchant.provider)
    part = paid(account=account, amount="100.00", merchant=merchant).item.part
    chiefs = [staff_of(merchant) for _ in range(AT_ONCE)]
    refund = lost(bank, chiefs[0], part)
    later = NOW + KEY_LIVES
    made = wanted(chiefs[0], Outcome.AGAIN)

    def decide(number):
        own = replace(made, key=uuid.uuid4())
        lost_refunds.decide(actor=chiefs[number], decision=own, at=later)
        return "decided"

    outcomes = together(decide)

    assert Counter(outcomes)["decided"] == 1
    states = [*Refund.objects.order_by("pk").values_list("state", flat=True)]
    assert states == [RefundState.DECLINED, RefundState.CREATED]
    part.refresh_from_db()
    assert part.refunded == refund.amount == Refund.objects.latest("pk").amount


@pytest.mark.parametrize("way", [Outcome.BOOKED, Outcome.LEFT])
def test_administrators_who_decide_about_another_sum_at_once_decide_once(bank, way):
    merchant = MerchantFactory(gateway=refunding_bank.CODE)
    account = AccountFactory(provider=merchant.provider)
    part = paid(account=account, amount="100.00", merchant=merchant).item.part
    chiefs = [staff_of(merchant) for _ in range(AT_ONCE)]
    refund = other_sum(bank, chiefs[0], part, "40.00")
    made = other_wanted(chiefs[0], way)

    def decide(number):
        other_refunds.decide(actor=chiefs[number], decision=made, at=NOW)
        return "decided"

    def check(_number):
        refunding.check_refund(refund_id=refund.pk, at=NOW)
        return "checked"

    outcomes = at_once(*[partial(decide, number) for number in range(AT_ONCE)], partial(check, 0))

    assert Counter(outcomes)["decided"] <= 1
    if not Counter(outcomes)["decided"]:
        # The worker was at it all the time, and everybody was sent away.
        decide(0)
    part.refresh_from_db()
    booked = [row.amount for row in LedgerEntry.objects.filter(kind="refunded")]
    assert (booked, part.refunded) == (
        ([Decimal("40.00")], Decimal("40.00")) if way is Outcome.BOOKED else ([], 0)
    )
