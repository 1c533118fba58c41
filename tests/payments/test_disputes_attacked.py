"""Decisions about contradicting money under attack: news between two steps, second payments, replayed forms (PAY-45)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from kabinet.accounts.models import AccountLink
from kabinet.kernel.money import Money
from kabinet.payments.calculations.waiting import LOOKED_FOR
from kabinet.payments.enums import AttemptState, Outcome, PartState, RefundState
from kabinet.payments.gateways.base import TruthState
from kabinet.payments.models import Attempt, Checkout, Discrepancy, Merchant, Refund
from kabinet.payments.operations import reconciliation, refunds
from kabinet.payments.operations.attempts import begin, check, pay
from kabinet.payments.operations.disputes import deciding
from kabinet.payments.operations.disputes.cases import NothingToDecide, WayClosed
from kabinet.payments.operations.notices import adopt
from tests.clock import NOW
from tests.payments.disputes import decide, decision, disputed, found_about, staff_of
from tests.payments.memory_bank import MemoryBank
from tests.payments.payers import ledger, linked_account, roubles
from tests.payments.test_disputes import give_back, next_day, paying, refuse, second_payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def payer(books):
    return linked_account()


@pytest.fixture
def chief(payer):
    return staff_of(payer[2])


def unknown_for_long(books, attempt):
    """The bank has said for more than an hour that it knows no such payment; gives what it knew."""
    known = books.payments.pop(attempt.acquirer_id)
    at = attempt.expires_at + LOOKED_FOR
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: at)
        check(attempt_id=attempt.pk, at=at)
    assert found_about(attempt).kind == "unknown_there"
    return known


@pytest.mark.parametrize("way", [Outcome.RETURNED, Outcome.BY_HAND])
def test_a_payment_that_the_bank_remembers_after_all_is_left_to_the_poller(
    payer, books, chief, way
):
    attempt = paying(payer)
    books.payments[attempt.acquirer_id] = unknown_for_long(books, attempt)
    books.pay(attempt.acquirer_id, at=NOW)

    with pytest.raises(WayClosed):
        decide(chief, attempt, way)

    check(attempt_id=attempt.pk, at=NOW)
    assert ledger(payer[1]) == [("paid", Decimal("500.00"))]
    assert (Refund.objects.count(), books.taken()) == (0, roubles("500.00"))


def taken_after_all(books, attempt):
    books.payments[attempt.acquirer_id] = replace(
        books.payments[attempt.acquirer_id], state=TruthState.SUCCEEDED, cause=None, paid_at=NOW
    )


def test_late_money_on_its_way_back_is_not_booked_when_its_part_becomes_free(payer, books, chief):
    late = paying(payer)
    books.decline(late.acquirer_id)
    check(attempt_id=late.pk, at=NOW)
    second = pay(actor=payer[0], checkout_id=late.part.checkout.public_id, at=NOW)
    second = Attempt.objects.get(pk=second)
    taken_after_all(books, late)
    adopt(merchant_id=payer[2].pk, acquirer_id=late.acquirer_id, at=NOW)
    decide(chief, late, Outcome.RETURNED)
    books.decline(second.acquirer_id)
    check(attempt_id=second.pk, at=NOW)

    adopt(merchant_id=payer[2].pk, acquirer_id=late.acquirer_id, at=NOW)

    assert ledger(payer[1]) == []
    give_back(late)
    assert (late.state, books.taken()) == (AttemptState.RETURNED, roubles("0.00"))
    assert next_day(payer[2]) == (0, 0, [])


def test_late_money_that_the_bank_has_given_back_by_itself_is_not_booked(payer, books, chief):
    late = paying(payer)
    books.decline(late.acquirer_id)
    check(attempt_id=late.pk, at=NOW)
    taken_after_all(books, late)
    truth = books.payments[late.acquirer_id]
    books.payments[late.acquirer_id] = replace(truth, refunded=truth.amount)

    adopt(merchant_id=payer[2].pk, acquirer_id=late.acquirer_id, at=NOW)

    assert ledger(payer[1]) == []
    decide(chief, late, Outcome.BY_HAND)
    assert late.state == AttemptState.CLOSED


def test_money_that_the_bank_has_given_back_whole_before_we_heard_is_not_booked(
    payer, books, chief
):
    attempt = paying(payer)
    books.pay(attempt.acquirer_id, at=NOW)
    truth = books.payments[attempt.acquirer_id]
    books.payments[attempt.acquirer_id] = replace(truth, refunded=truth.amount)

    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.DISPUTED

    assert ledger(payer[1]) == []
    decide(chief, attempt, Outcome.BY_HAND)
    assert begin(actor=payer[0], checkout_id=attempt.part.checkout.public_id, at=NOW) != attempt.pk


def test_after_a_second_payment_has_gone_back_the_first_ones_other_sum_can_be_booked(
    payer, books, chief
):
    attempt = paying(payer)
    adopt(merchant_id=payer[2].pk, acquirer_id=second_paid(books, attempt), at=NOW)
    decide(chief, attempt, Outcome.RETURNED)
    give_back(attempt)
    books.pay(attempt.acquirer_id, amount=roubles("450.00"), at=NOW)
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.DISPUTED

    decide(chief, attempt, Outcome.ACCEPTED)

    assert ledger(payer[1]) == [("paid", Decimal("450.00"))]
    assert next_day(payer[2]) == (Decimal("450.00"), Decimal("450.00"), [])


def second_paid(books, attempt, name="bank-second"):
    second = second_payment(books, attempt)
    truth = books.payments.pop(second)
    books.payments[name] = replace(truth, acquirer_id=name)
    books.merchant_of[name], books.orders[name] = (
        attempt.merchant_id,
        books.orders[attempt.acquirer_id],
    )
    return name


def test_a_third_payment_of_the_same_sum_is_told_of_like_the_second(payer, books, chief):
    attempt = paying(payer)
    adopt(merchant_id=payer[2].pk, acquirer_id=second_paid(books, attempt), at=NOW)
    decide(chief, attempt, Outcome.RETURNED)
    give_back(attempt)

    adopt(merchant_id=payer[2].pk, acquirer_id=second_paid(books, attempt, "bank-third"), at=NOW)

    attempt.refresh_from_db()
    assert attempt.state == AttemptState.DISPUTED
    assert (found_about(attempt).acquirer_id, found_about(attempt).closed_at) == (
        "bank-third",
        None,
    )
    decide(chief, attempt, Outcome.RETURNED)
    give_back(attempt)
    books.pay(attempt.acquirer_id, at=NOW)
    check(attempt_id=attempt.pk, at=NOW)
    assert (ledger(payer[1]), books.taken()) == ([("paid", Decimal("500.00"))], roubles("500.00"))


@pytest.mark.parametrize("way", [Outcome.RETURNED, Outcome.BY_HAND])
def test_what_was_closed_by_hand_and_found_again_is_decided_again(payer, books, chief, way):
    attempt = disputed(payer, books)
    decide(chief, attempt, Outcome.BY_HAND)
    truth = books.payments[attempt.acquirer_id]
    books.payments[attempt.acquirer_id] = replace(truth, amount=roubles("651.00"))
    assert next_day(payer[2])[2] == ["other_sum"]

    decide(chief, attempt, way)

    if way is Outcome.RETURNED:
        give_back(attempt)
    assert next_day(payer[2])[2] == []


def test_money_that_comes_after_its_payment_was_closed_by_hand_is_told_of(payer, books, chief):
    attempt = paying(payer)
    known = unknown_for_long(books, attempt)
    decide(chief, attempt, Outcome.BY_HAND)
    assert attempt.state == AttemptState.CLOSED
    books.payments[attempt.acquirer_id] = known
    books.pay(attempt.acquirer_id, at=NOW)

    adopt(merchant_id=payer[2].pk, acquirer_id=attempt.acquirer_id, at=NOW)

    open_ones = Discrepancy.objects.filter(closed_at=None, gone_at=None)
    assert [*open_ones.values_list("kind", flat=True)] == ["other_state"]
    assert ledger(payer[1]) == []
    found = open_ones.get()
    mark = deciding.look(actor=chief, discrepancy_id=found.pk).mark
    made = deciding.Decision(found.pk, Outcome.RETURNED, "банк вспомнил", mark, uuid.uuid4())
    deciding.decide(actor=chief, decision=made, at=NOW)
    give_back(attempt)
    assert (attempt.state, books.taken()) == (AttemptState.RETURNED, roubles("0.00"))
    assert next_day(payer[2]) == (0, 0, [])


def test_what_was_closed_by_hand_is_not_told_of_again_by_the_same_word(payer, books, chief):
    attempt = disputed(payer, books)
    decide(chief, attempt, Outcome.BY_HAND)

    adopt(merchant_id=payer[2].pk, acquirer_id=attempt.acquirer_id, at=NOW)

    assert not Discrepancy.objects.filter(closed_at=None, gone_at=None).exists()


def test_a_difference_found_again_and_closed_with_a_word_tells_of_no_old_decision(
    payer, books, chief
):
    attempt = disputed(payer, books)
    decide(chief, attempt, Outcome.ACCEPTED)
    Discrepancy.objects.update(closed_at=None, closed_by_id=None)

    reconciliation.close_discrepancy(
        actor=chief,
        discrepancy_id=found_about(attempt).pk,
        note="знаем",
        settles_entry=False,
        at=NOW,
    )

    assert (found_about(attempt).outcome, found_about(attempt).note) == ("", "знаем")


def meanwhile(monkeypatch, step):
    """Something happens after the bank was asked and before the decision is carried out."""
    hear = deciding.hear

    def hear_and_step(case):
        word = hear(case)
        monkeypatch.setattr(deciding, "hear", hear)
        step()
        return word

    monkeypatch.setattr(deciding, "hear", hear_and_step)


def test_a_try_that_began_meanwhile_keeps_late_money_from_being_booked(
    payer, books, chief, monkeypatch
):
    late = paying(payer)
    books.decline(late.acquirer_id)
    check(attempt_id=late.pk, at=NOW)
    taken_after_all(books, late)
    truth = books.payments[late.acquirer_id]
    books.payments[late.acquirer_id] = replace(truth, amount=roubles("450.00"))
    adopt(merchant_id=payer[2].pk, acquirer_id=late.acquirer_id, at=NOW)
    wanted = decision(chief, late, Outcome.ACCEPTED)
    checkout_id = late.part.checkout.public_id
    meanwhile(monkeypatch, lambda: pay(actor=payer[0], checkout_id=checkout_id, at=NOW))

    with pytest.raises(WayClosed):
        deciding.decide(actor=chief, decision=wanted, at=NOW)

    late.refresh_from_db()
    assert (late.state, ledger(payer[1])) == (AttemptState.DECLINED, [])
    assert Checkout.objects.get().amount == Decimal("500.00")


@pytest.mark.parametrize("way", [Outcome.ACCEPTED, Outcome.RETURNED, Outcome.BY_HAND])
def test_money_given_back_by_another_meanwhile_is_not_decided_about_twice(
    payer, books, chief, monkeypatch, way
):
    attempt = disputed(payer, books)
    wanted = decision(chief, attempt, way)
    other = decision(staff_of(payer[2]), attempt, Outcome.RETURNED)

    def give_it_back():
        deciding.decide(actor=chief, decision=other, at=NOW)
        give_back(attempt)

    meanwhile(monkeypatch, give_it_back)
    with pytest.raises(NothingToDecide):
        deciding.decide(actor=chief, decision=wanted, at=NOW)

    assert (attempt.state, ledger(payer[1])) == (AttemptState.RETURNED, [])
    assert (Refund.objects.count(), books.taken()) == (1, roubles("0.00"))


@pytest.mark.parametrize("way", [Outcome.ACCEPTED, Outcome.RETURNED, Outcome.BY_HAND])
def test_money_of_somebody_who_is_gone_is_decided_about_all_the_same(payer, books, chief, way):
    attempt = disputed(payer, books)
    AccountLink.objects.all().delete()
    Checkout.objects.update(user=None)

    decide(chief, attempt, way)

    if way is Outcome.RETURNED:
        give_back(attempt)
    booked = ["500.00", "150.00"] if way is Outcome.ACCEPTED else []
    assert ledger(payer[1]) == [("paid", Decimal(sum_)) for sum_ in booked]
    assert next_day(payer[2])[2] == []


@pytest.mark.parametrize("took", ["0.01", "549.99", "800.00", "805.33", "812.01", "99999999.99"])
def test_whatever_was_taken_goes_back_line_by_line_to_the_kopeck_with_its_receipts(
    payer, books, chief, took
):
    merchant = payer[2]
    Merchant.objects.filter(pk=merchant.pk).update(issues_receipts=True)
    type(merchant.provider.policy).objects.update(commission_card=Decimal("1.50"))
    attempt = disputed(payer, books, took, email="payer@example.ru")
    decide(chief, attempt, Outcome.ACCEPTED)
    part = attempt.part
    part.refresh_from_db()
    assert part.amount + part.commission == attempt.amount == Decimal(took)
    assert part.checkout.parts.get() == part
    assert Checkout.objects.get().amount == part.amount

    for item in part.items.filter(amount__gt=0).order_by("-position"):
        for share in halves(item.amount):
            wanted = refunds.RefundOrder(
                part.checkout.public_id, 1, "заявление", uuid.uuid4(), {item.position: Money(share)}
            )
            refunds.request_refund(actor=chief, order=wanted, at=NOW)
            assert give_back(attempt) is RefundState.SUCCEEDED

    part.refresh_from_db()
    assert (part.state, part.refunded) == (PartState.RETURNED, Decimal(took))
    assert books.taken() == roubles("0.00")
    for refund in Refund.objects.select_related("fiscal_receipt"):
        lines = refund.fiscal_receipt.lines
        assert sum(Decimal(line["amount"]) for line in lines) == refund.amount


def halves(amount):
    half = (amount / 2).quantize(Decimal("0.01"))
    return [share for share in (half, amount - half) if share]


def test_a_comparison_finds_the_first_payment_beside_the_second_that_has_gone_back(
    payer, books, chief
):
    attempt = paying(payer)
    books.decline(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=NOW)
    adopt(merchant_id=payer[2].pk, acquirer_id=second_paid(books, attempt), at=NOW)
    decide(chief, attempt, Outcome.RETURNED)
    give_back(attempt)
    taken_after_all(books, attempt)

    assert next_day(payer[2])[2] == ["other_state"]

    assert found_about(attempt).acquirer_id == attempt.acquirer_id
    decide(chief, attempt, Outcome.RETURNED)
    give_back(attempt)
    assert (books.taken(), next_day(payer[2])) == (roubles("0.00"), (0, 0, []))


def test_a_form_whose_refund_was_declined_or_is_anothers_gives_nothing_back(
    payer, books, chief, monkeypatch
):
    attempt = disputed(payer, books)
    wanted = decision(chief, attempt, Outcome.RETURNED)
    deciding.decide(actor=chief, decision=wanted, at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryBank, "_give_back", refuse)
        assert give_back(attempt) is RefundState.DECLINED

    for actor in (chief, staff_of(payer[2])):
        with pytest.raises(WayClosed):
            deciding.decide(actor=actor, decision=wanted, at=NOW)

    assert (Refund.objects.count(), books.taken()) == (1, roubles("650.00"))
    decide(chief, attempt, Outcome.RETURNED)
    assert give_back(attempt) is RefundState.SUCCEEDED
