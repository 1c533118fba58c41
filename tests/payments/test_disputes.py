"""Ways out for money about which the bank contradicts us: booked, given back, or closed with a word (PAY-45, OPX-31)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.kernel.money import Money
from kabinet.payments.calculations.waiting import LOOKED_FOR
from kabinet.payments.enums import AttemptState, Cause, Outcome, PartState, RefundState
from kabinet.payments.gateways.base import GatewayRefused, GatewayUnavailable, TruthState
from kabinet.payments.models import Attempt, AutopayRun, Discrepancy, Reconciliation, Refund
from kabinet.payments.operations import reconciliation, refunding, refunds
from kabinet.payments.operations.attempts import begin, check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.disputes import deciding
from kabinet.payments.operations.disputes.cases import (
    BankChanged,
    BankSilent,
    NothingToDecide,
    WayClosed,
    WordMissing,
)
from kabinet.payments.operations.notices import adopt
from kabinet.payments.queries.checkouts import Stage, get_checkout
from kabinet.payments.queries.papers import get_payment_papers
from kabinet.payments.queries.three_books import DiscrepancyNotFound
from tests.clock import NOW
from tests.factories.payments import AutopayRunFactory, MerchantFactory
from tests.payments.autopayers import autopay_of, letters
from tests.payments.disputes import WHY, decide, decision, disputed, found_about, staff_of
from tests.payments.memory_bank import MemoryBank
from tests.payments.payers import ledger, line, linked_account, order, roubles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
NEXT = NOW + dt.timedelta(days=1)


@pytest.fixture
def payer(books):
    return linked_account()


@pytest.fixture
def chief(payer):
    return staff_of(payer[2])


def stage(payer, attempt):
    row = get_checkout(actor=payer[0], checkout_id=attempt.part.checkout.public_id)
    (part,) = row.parts
    return part.stage, row.whole.amount, [item.amount.amount for item in part.items]


def next_day(merchant):
    """The books of the day compared the morning after; gives sums and what is open."""
    day = NOW.date()
    assert reconciliation.reconcile(merchant_id=merchant.pk, day=day, at=NEXT)
    run = Reconciliation.objects.get(merchant=merchant, day=day)
    open_ones = Discrepancy.objects.filter(closed_at=None, gone_at=None)
    return run.bank_sum, run.own_sum, [*open_ones.values_list("kind", flat=True)]


def give_back(attempt):
    """The worker has the bank give the money back."""
    refund = Refund.objects.latest("pk")
    state = refunding.check_refund(refund_id=refund.pk, at=NOW)
    attempt.refresh_from_db()
    return state


def trail(attempt, action):
    return AuditEntry.objects.get(action=action, subject=f"payments.Attempt:{attempt.pk}")


@pytest.mark.parametrize(
    ("took", "lines", "shown"),
    [
        ("850.00", ["550.00", "300.00"], ["550.00", "300.00"]),
        ("520.00", ["500.00", "20.00"], ["500.00", "20.00"]),
        ("470.00", ["470.00"], ["470.00", "0.00"]),
    ],
)
def test_what_the_bank_took_is_booked_line_by_line(payer, books, chief, took, lines, shown):
    attempt = disputed(payer, books, took)

    decide(chief, attempt, Outcome.ACCEPTED)

    assert ledger(payer[1]) == [("paid", Decimal(sum_)) for sum_ in lines]
    assert (attempt.state, attempt.amount, attempt.amount_asked) == (
        AttemptState.SUCCEEDED,
        Decimal(took),
        Decimal("800.00"),
    )
    assert attempt.part.state == PartState.PAID
    shown = [Decimal(sum_) for sum_ in shown]
    assert stage(payer, attempt) == (Stage.PAID, Decimal(took), shown)
    (paper,) = get_payment_papers(actor=payer[0], checkout_id=attempt.part.checkout.public_id)
    assert paper.whole == Money.total(line.amount for line in paper.lines) == roubles(took)
    found = found_about(attempt)
    assert (found.outcome, found.closed_by_id, found.note) == ("accepted", chief.user_id, WHY)
    told = trail(attempt, "payments.dispute.accept")
    assert (told.actor_id, told.details["asked"], told.details["taken"], told.details["why"]) == (
        chief.user_id,
        "800.00",
        took,
        WHY,
    )
    assert next_day(payer[2]) == (Decimal(took), Decimal(took), [])


def test_what_was_booked_so_goes_back_like_any_other_payment(payer, books, chief):
    attempt = disputed(payer, books, "470.00")
    decide(chief, attempt, Outcome.ACCEPTED)
    order = refunds.RefundOrder(attempt.part.checkout.public_id, 1, "заявление", uuid.uuid4(), None)

    refunds.request_refund(actor=chief, order=order, at=NOW)

    assert give_back(attempt) is RefundState.SUCCEEDED
    assert ledger(payer[1]) == [("paid", Decimal("470.00")), ("refunded", Decimal("470.00"))]
    attempt.part.refresh_from_db()
    assert attempt.part.state == PartState.RETURNED
    assert books.taken() == roubles("0.00")


def test_an_autopay_whose_money_was_booked_after_all_is_paid(payer, books, chief):
    attempt = disputed(payer, books)
    autopay = autopay_of(payer[0], payer[1], payer[2], failures=2)
    run = AutopayRunFactory(
        autopay=autopay,
        account=payer[1],
        checkout=attempt.part.checkout,
        state="failed",
        told="disputed",
        finished_at=NOW,
    )

    decide(chief, attempt, Outcome.ACCEPTED)

    run = AutopayRun.objects.get(pk=run.pk)
    assert (run.state, run.amount, run.told) == ("paid", Decimal("650.00"), "")
    # As after any other success: it counts its failures anew, and its person is told.
    assert (run.autopay.failures, letters()) == (0, ["Автоплатёж прошёл: 650,00\xa0₽"])


def test_money_that_goes_back_is_booked_nowhere_and_the_payer_may_pay_anew(payer, books, chief):
    attempt = disputed(payer, books)
    checkout_id = attempt.part.checkout.public_id

    decide(chief, attempt, Outcome.RETURNED)

    # Until the bank has done it the part stays held.
    assert begin(actor=payer[0], checkout_id=checkout_id, at=NOW) == attempt.pk
    assert give_back(attempt) is RefundState.SUCCEEDED
    refund = Refund.objects.get()
    assert (refund.amount, refund.of_payment, refund.why) == (
        Decimal("650.00"),
        attempt.acquirer_id,
        WHY,
    )
    assert (attempt.state, ledger(payer[1])) == (AttemptState.RETURNED, [])
    assert books.taken() == roubles("0.00")
    found = found_about(attempt)
    assert (found.outcome, found.closed_by_id, found.note) == ("returned", chief.user_id, WHY)
    assert stage(payer, attempt)[0] is Stage.NEXT
    attempt.part.refresh_from_db()
    assert (attempt.part.state, attempt.part.refunded) == (PartState.OPEN, 0)
    assert next_day(payer[2]) == (0, 0, [])
    again = Attempt.objects.get(pk=pay(actor=payer[0], checkout_id=checkout_id, at=NOW))
    assert again.pk != attempt.pk
    books.pay(again.acquirer_id, at=NOW)
    check(attempt_id=again.pk, at=NOW)
    assert ledger(payer[1]) == [("paid", Decimal("500.00")), ("paid", Decimal("300.00"))]
    assert next_day(payer[2]) == (Decimal("800.00"), Decimal("800.00"), [])


def test_a_refund_that_the_bank_declines_leaves_everything_to_be_decided(
    payer, books, chief, monkeypatch
):
    attempt = disputed(payer, books)
    decide(chief, attempt, Outcome.RETURNED)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryBank, "_give_back", refuse)
        assert give_back(attempt) is RefundState.DECLINED

    assert attempt.state == AttemptState.DISPUTED
    assert found_about(attempt).closed_at is None
    decide(chief, attempt, Outcome.RETURNED)
    assert give_back(attempt) is RefundState.SUCCEEDED
    assert attempt.state == AttemptState.RETURNED


def refuse(*_arguments):
    raise GatewayRefused("not_enough_money", Cause.NO_MONEY)


def test_the_same_press_gives_back_once_and_nobody_else_decides_meanwhile(payer, books, chief):
    attempt = disputed(payer, books)
    wanted = decision(chief, attempt, Outcome.RETURNED)
    deciding.decide(actor=chief, decision=wanted, at=NOW)

    deciding.decide(actor=chief, decision=wanted, at=NOW)
    for way in (Outcome.ACCEPTED, Outcome.RETURNED, Outcome.BY_HAND):
        with pytest.raises(WayClosed):
            decide(staff_of(payer[2]), attempt, way)

    assert Refund.objects.count() == 1
    assert attempt.state == AttemptState.DISPUTED


def test_what_was_settled_at_the_bank_is_closed_with_a_word_and_frees_the_part(payer, books, chief):
    attempt = disputed(payer, books)

    decide(chief, attempt, Outcome.BY_HAND)

    assert (attempt.state, ledger(payer[1])) == (AttemptState.CLOSED, [])
    assert trail(attempt, "payments.dispute.close").details["taken"] == "650.00"
    assert found_about(attempt).outcome == "by_hand"
    assert next_day(payer[2]) == (Decimal("650.00"), 0, [])
    checkout_id = attempt.part.checkout.public_id
    assert begin(actor=payer[0], checkout_id=checkout_id, at=NOW) != attempt.pk


def test_a_bank_that_changes_the_sum_after_that_is_told_of(payer, books, chief):
    attempt = disputed(payer, books)
    decide(chief, attempt, Outcome.BY_HAND)
    books.payments[attempt.acquirer_id] = replace(
        books.payments[attempt.acquirer_id], amount=roubles("651.00")
    )

    assert next_day(payer[2])[2] == ["other_sum"]


@pytest.mark.parametrize("way", [Outcome.ACCEPTED, Outcome.RETURNED, Outcome.BY_HAND])
def test_nothing_happens_when_the_bank_says_something_else_meanwhile(payer, books, chief, way):
    attempt = disputed(payer, books)
    wanted = decision(chief, attempt, way)
    books.payments[attempt.acquirer_id] = replace(
        books.payments[attempt.acquirer_id], amount=roubles("651.00")
    )

    with pytest.raises(BankChanged):
        deciding.decide(actor=chief, decision=wanted, at=NOW)

    unmoved(payer, attempt)
    decide(chief, attempt, way)


def unmoved(payer, attempt):
    attempt.refresh_from_db()
    assert (attempt.state, attempt.amount) == (AttemptState.DISPUTED, Decimal("800.00"))
    assert (ledger(payer[1]), Refund.objects.count()) == ([], 0)
    assert found_about(attempt).closed_at is None


def test_a_silent_bank_and_a_missing_word_decide_nothing(payer, books, chief, monkeypatch):
    attempt = disputed(payer, books)
    wanted = decision(chief, attempt, Outcome.ACCEPTED)

    with pytest.raises(WordMissing):
        deciding.decide(actor=chief, decision=replace(wanted, why=" \n "), at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryBank, "fetch", silent)
        with pytest.raises(BankSilent):
            deciding.decide(actor=chief, decision=wanted, at=NOW)

    unmoved(payer, attempt)
    deciding.decide(actor=chief, decision=wanted, at=NOW)
    with pytest.raises(NothingToDecide):
        deciding.decide(actor=chief, decision=wanted, at=NOW)


def silent(*_arguments):
    raise GatewayUnavailable("no connection")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INTEGRATOR, None])
def test_only_administrators_of_the_provider_decide(payer, books, chief, role):
    attempt = disputed(payer, books)
    wanted = decision(chief, attempt, Outcome.ACCEPTED)
    other = staff_of(payer[2], role) if role else staff_of(MerchantFactory())

    with pytest.raises(DiscrepancyNotFound):
        deciding.look(actor=other, discrepancy_id=wanted.discrepancy_id)
    with pytest.raises(DiscrepancyNotFound):
        deciding.decide(actor=other, decision=wanted, at=NOW)

    unmoved(payer, attempt)


@pytest.mark.parametrize(
    ("truth", "ways"),
    [
        ({"state": TruthState.PENDING}, []),
        ({"state": TruthState.CANCELED}, ["by_hand"]),
        ({"currency": "USD"}, ["by_hand"]),
        ({"ref": "4b2f6a0e-0000-4000-8000-000000000000"}, ["by_hand"]),
        ({"refunded": roubles("1.00")}, ["by_hand"]),
        ({}, ["accepted", "returned", "by_hand"]),
    ],
)
def test_what_the_bank_says_leaves_these_ways(payer, books, chief, truth, ways):
    attempt = disputed(payer, books)
    books.payments[attempt.acquirer_id] = replace(books.payments[attempt.acquirer_id], **truth)

    look = deciding.look(actor=chief, discrepancy_id=found_about(attempt).pk)

    assert list(look.ways) == ways


def test_a_word_alone_closes_no_dispute(payer, books, chief):
    attempt = disputed(payer, books)

    with pytest.raises(reconciliation.DecisionNeeded):
        reconciliation.close_discrepancy(
            actor=chief,
            discrepancy_id=found_about(attempt).pk,
            note="разобрались",
            settles_entry=False,
            at=NOW,
        )

    unmoved(payer, attempt)


def second_payment(books, attempt, *, state=TruthState.SUCCEEDED):
    """The bank has made another payment of the same order; gives its number."""
    first = books.payments[attempt.acquirer_id]
    books.payments["bank-second"] = replace(
        first, acquirer_id="bank-second", state=state, paid_at=NOW, refunded=roubles("0.00")
    )
    books.merchant_of["bank-second"] = attempt.merchant_id
    books.orders["bank-second"] = books.orders[attempt.acquirer_id]
    return "bank-second"


def paying(payer):
    actor, account, _merchant = payer
    checkout_id = open_checkout(actor=actor, order=order(line(account)), at=NOW)
    return Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))


@pytest.mark.parametrize("is_settled", [True, False])
def test_of_an_order_taken_twice_the_second_goes_back_and_the_first_is_booked(
    payer, books, chief, is_settled
):
    attempt = paying(payer)
    if is_settled:
        books.pay(attempt.acquirer_id, at=NOW)
        check(attempt_id=attempt.pk, at=NOW)
    adopt(merchant_id=payer[2].pk, acquirer_id=second_payment(books, attempt), at=NOW)
    books.pay(attempt.acquirer_id, at=NOW)
    assert next_day(payer[2])[2] != []

    decide(chief, attempt, Outcome.RETURNED)

    assert give_back(attempt) is RefundState.SUCCEEDED
    check(attempt_id=attempt.pk, at=NOW)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.amount_asked) == (AttemptState.SUCCEEDED, None)
    assert ledger(payer[1]) == [("paid", Decimal("500.00"))]
    assert books.taken() == roubles("500.00")
    assert next_day(payer[2]) == (Decimal("500.00"), Decimal("500.00"), [])


def test_one_that_came_true_while_another_paid_the_part_goes_back(payer, books, chief):
    late = paying(payer)
    books.decline(late.acquirer_id)
    check(attempt_id=late.pk, at=NOW)
    books.payments[late.acquirer_id] = replace(
        books.payments[late.acquirer_id], state=TruthState.SUCCEEDED, cause=None, paid_at=NOW
    )
    checkout_id = late.part.checkout.public_id
    second = Attempt.objects.get(pk=pay(actor=payer[0], checkout_id=checkout_id, at=NOW))
    books.pay(second.acquirer_id, at=NOW)
    check(attempt_id=second.pk, at=NOW)
    adopt(merchant_id=payer[2].pk, acquirer_id=late.acquirer_id, at=NOW)
    with pytest.raises(WayClosed):
        decide(chief, late, Outcome.ACCEPTED)

    decide(chief, late, Outcome.RETURNED)

    assert give_back(late) is RefundState.SUCCEEDED
    assert late.state == AttemptState.RETURNED
    assert ledger(payer[1]) == [("paid", Decimal("500.00"))]
    assert next_day(payer[2]) == (Decimal("500.00"), Decimal("500.00"), [])


def test_a_payment_that_the_bank_does_not_know_is_told_of_once_and_closed_by_people(
    payer, books, chief
):
    attempt = paying(payer)
    lost = books.payments.pop(attempt.acquirer_id)
    long_after = attempt.expires_at + LOOKED_FOR
    check(attempt_id=attempt.pk, at=NOW)
    assert not Discrepancy.objects.exists()
    notes = at_a_later_time(attempt, long_after)
    assert notes == ["unknown_there"]

    books.payments[attempt.acquirer_id] = lost
    assert at_a_later_time(attempt, long_after) == []
    del books.payments[attempt.acquirer_id]
    assert at_a_later_time(attempt, long_after) == ["unknown_there"]
    decide(chief, attempt, Outcome.BY_HAND)

    assert attempt.state == AttemptState.CLOSED
    checkout_id = attempt.part.checkout.public_id
    assert begin(actor=payer[0], checkout_id=checkout_id, at=NOW) != attempt.pk


def at_a_later_time(attempt, at):
    """Two looks at the bank at that time; what is open afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: at)
        check(attempt_id=attempt.pk, at=at)
        check(attempt_id=attempt.pk, at=at)
    open_ones = Discrepancy.objects.filter(gone_at=None, closed_at=None)
    return [*open_ones.values_list("kind", flat=True)]
