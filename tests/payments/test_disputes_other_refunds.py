"""A refund that the bank has made otherwise than it stands here: another sum, or after it was declined (OPX-31, PAY-45)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.channels.models import Delivery
from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.payments.calculations.waiting import KEY_LIVES
from kabinet.payments.enums import Outcome, PartState, RefundState
from kabinet.payments.gateways.base import Notice, NoticeKind, TruthState
from kabinet.payments.models import Checkout, Discrepancy, LedgerEntry, Refund
from kabinet.payments.operations import notices, reconciliation, refunding
from kabinet.payments.operations.disputes import other_refunds
from kabinet.payments.operations.disputes.cases import (
    BankChanged,
    BankSilent,
    NothingToDecide,
    WayClosed,
    WordMissing,
)
from kabinet.payments.operations.disputes.deciding import Decision
from kabinet.payments.operations.disputes.other_refunds import RefundAgreed
from kabinet.payments.queries.three_books import DiscrepancyNotFound
from tests.clock import NOW
from tests.factories.payments import MerchantFactory
from tests.payments.disputes import WHY, staff_of
from tests.payments.payers import roubles, two_paid_lines
from tests.payments.refunding_bank import CODE, RefundingBank
from tests.payments.test_refunds import ask, check, returned_lines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def merchant(bank):
    return MerchantFactory(gateway=CODE)


@pytest.fixture
def part(merchant):
    return two_paid_lines(merchant)


@pytest.fixture
def chief(merchant):
    return staff_of(merchant)


def other_sum(bank, chief, part, told, asked=None):
    """We ask for all or some, the bank gives back another sum; gives our refund."""
    refund = ask(chief, part, asked)
    RefundingBank().say(refund, TruthState.SUCCEEDED, told)
    assert check(refund) is RefundState.PENDING
    refund.refresh_from_db()
    return refund


def declined_and_made(bank, chief, part, asked=None, told=None):
    """The bank declines what it was making, and makes it after all; a notification tells of it."""
    bank.answers = TruthState.PENDING
    refund = ask(chief, part, asked)
    check(refund)
    RefundingBank().end(TruthState.CANCELED)
    assert check(refund) is RefundState.DECLINED
    refund.refresh_from_db()
    RefundingBank().say(refund, TruthState.SUCCEEDED, told or str(refund.amount))
    payment_id = refund.attempt.acquirer_id
    ProcrastinateJob.objects.filter(task_name="payments.check_refund").delete()
    notices._follow(part.merchant, Notice(NoticeKind.REFUND, refund.acquirer_id, payment_id))
    assert ProcrastinateJob.objects.get(task_name="payments.check_refund").args == {
        "refund_id": refund.pk
    }
    assert check(refund) is RefundState.DECLINED
    return refund


def wanted(chief, way=Outcome.BOOKED, **more):
    found = Discrepancy.objects.get(key__startswith="refund:")
    mark = other_refunds.look(actor=chief, discrepancy_id=found.pk, at=NOW).mark
    values = {"discrepancy_id": found.pk, "way": way, "why": WHY, "mark": mark}
    return Decision(**{**values, "key": uuid.uuid4(), **more})


def decide(chief, made):
    other_refunds.decide(actor=chief, decision=made, at=NOW)


def test_people_see_both_sums_and_how_the_banks_would_fall_on_the_lines(bank, chief, part):
    other_sum(bank, chief, part, "120.00")

    look = other_refunds.look(actor=chief, discrepancy_id=Discrepancy.objects.get().pk, at=NOW)

    assert (look.asked, look.told, look.at_bank, look.booked) == tuple(
        map(roubles, ("151.50", "120.00", "120.00", "0.00"))
    )
    assert list(look.ways) == [Outcome.BOOKED, Outcome.LEFT]
    assert [(line.title, line.asked, line.taken) for line in look.lines] == [
        ("Газоснабжение", roubles("100.00"), roubles("100.00")),
        ("Техобслуживание", roubles("50.00"), roubles("19.00")),
    ]


@pytest.mark.parametrize(
    ("asked", "told", "lines"),
    [
        # Less than was asked for: the lines in their order, service before penalty.
        (None, "95.00", [("Газоснабжение", "95.00", "5.00", "0.00")]),
        # More: from what is left of the line that was asked for, then of the other one, then their commissions.
        ({2: "10.00"}, "30.00", [("Техобслуживание", "30.00", "0.00", "0.00")]),
        (
            {2: "10.00"},
            "150.70",
            [
                ("Газоснабжение", "100.00", "10.00", "0.20"),
                ("Техобслуживание", "50.00", "0.00", "0.50"),
            ],
        ),
    ],
)
def test_what_the_bank_gave_back_is_booked_and_the_part_is_free(
    bank,
    chief,
    part,
    asked,
    told,
    lines,
):
    refund = other_sum(bank, chief, part, told, asked)
    was = refund.amount

    decide(chief, wanted(chief))

    refund.refresh_from_db()
    part.refresh_from_db()
    assert (refund.state, refund.amount, refund.amount_asked) == ("succeeded", Decimal(told), was)
    assert (part.state, part.refunded) == (PartState.PAID, Decimal(told))
    booked = [(name, *map(Decimal, sums)) for name, *sums in lines]
    assert sorted(returned_lines()) == booked
    assert bank.returned == roubles(told)
    found = Discrepancy.objects.get()
    assert (found.outcome, found.note, found.closed_by_id) == ("booked", WHY, chief.user_id)
    entry = AuditEntry.objects.get(action="payments.refund.booked")
    assert (entry.actor_id, entry.details["asked"], entry.details["told"]) == (
        chief.user_id,
        str(was),
        told,
    )


def test_what_is_left_after_it_goes_back_with_another_refund_to_the_last_kopeck(bank, chief, part):
    other_sum(bank, chief, part, "120.00")
    decide(chief, wanted(chief))
    bank.answers = TruthState.SUCCEEDED

    check(ask(chief, part))

    part.refresh_from_db()
    assert (part.state, part.refunded) == (PartState.RETURNED, Decimal("151.50"))


def test_the_payer_is_told_of_the_sum_that_came_back(bank, chief, part):
    Checkout.objects.update(receipt_email="payer@example.org")
    refund = other_sum(bank, chief, part, "120.00")

    decide(chief, wanted(chief))

    letter = Delivery.objects.get(writer="payments.returned")
    assert (letter.recipient, letter.about) == ("payer@example.org", refund.pk)


def test_one_that_was_declined_and_made_nevertheless_is_booked(bank, chief, part):
    refund = declined_and_made(bank, chief, part, {1: "60.00"})
    part.refresh_from_db()
    assert (Discrepancy.objects.get().kind, part.refunded) == ("other_state", 0)

    decide(chief, wanted(chief))

    refund.refresh_from_db()
    part.refresh_from_db()
    assert (refund.state, refund.cause, refund.amount_asked) == ("succeeded", "", None)
    assert part.refunded == Decimal("60.00")
    assert returned_lines() == [("Газоснабжение", Decimal("60.00"), 0, 0)]


def test_a_declined_one_of_another_sum_is_booked_with_the_banks(bank, chief, part):
    declined_and_made(bank, chief, part, {1: "60.00"}, told="70.00")

    decide(chief, wanted(chief))

    assert returned_lines() == [("Газоснабжение", Decimal("70.00"), 0, 0)]


@pytest.mark.parametrize("made", [other_sum, declined_and_made])
def test_one_closed_with_a_word_books_nothing_and_holds_nothing(bank, chief, part, made):
    refund = made(bank, chief, part, told="20.00")

    decide(chief, wanted(chief, Outcome.LEFT))

    refund.refresh_from_db()
    part.refresh_from_db()
    assert (refund.state, part.refunded, returned_lines()) == ("declined", 0, [])
    # The bank tells of it again, and the comparison finds it again: it stays closed.
    check(refund)
    found = Discrepancy.objects.get()
    assert (found.outcome, found.closed_at) == ("left", NOW)


def test_more_than_was_paid_or_than_the_payment_shows_is_never_booked(bank, chief, part):
    refund = other_sum(bank, chief, part, "151.51")
    with pytest.raises(WayClosed):
        decide(chief, wanted(chief))

    RefundingBank().say(refund, TruthState.SUCCEEDED, "120.00")
    bank.by_hand[refund.attempt.acquirer_id] = roubles("-0.01")
    with pytest.raises(WayClosed):
        decide(chief, wanted(chief))

    assert (Refund.objects.get().state, returned_lines()) == (RefundState.PENDING, [])


def test_while_another_refund_of_the_part_is_under_way_nothing_is_decided(bank, chief, part):
    declined_and_made(bank, chief, part, {1: "60.00"})
    made = wanted(chief)
    ask(chief, part, {2: "10.00"})

    with pytest.raises(WayClosed):
        decide(chief, made)

    assert returned_lines() == []


def test_what_the_bank_has_not_finished_is_left_to_it(bank, chief, part):
    refund = other_sum(bank, chief, part, "120.00")
    made = wanted(chief)
    RefundingBank().say(refund, TruthState.PENDING, "120.00")

    look = other_refunds.look(actor=chief, discrepancy_id=Discrepancy.objects.get().pk, at=NOW)

    assert list(look.ways) == []
    with pytest.raises(BankChanged):
        decide(chief, made)
    assert Refund.objects.get().state == RefundState.PENDING


@pytest.mark.parametrize(
    ("state", "ended"),
    [(TruthState.SUCCEEDED, "succeeded"), (TruthState.CANCELED, "declined")],
)
def test_a_bank_that_says_what_we_say_after_all_is_believed(bank, chief, part, state, ended):
    refund = other_sum(bank, chief, part, "120.00")
    made = wanted(chief)
    RefundingBank().say(refund, state, "151.50")

    with pytest.raises(RefundAgreed):
        decide(chief, made)

    refund.refresh_from_db()
    part.refresh_from_db()
    assert (refund.state, refund.amount, refund.amount_asked) == (ended, Decimal("151.50"), None)
    assert part.refunded == (Decimal("151.50") if ended == "succeeded" else 0)


def test_one_that_the_bank_has_forgotten_is_looked_at_after_a_day_and_closed(bank, chief, part):
    bank.answers = TruthState.PENDING
    refund = ask(chief, part)
    check(refund)
    bank.refunds.clear()

    check(refund)
    assert not Discrepancy.objects.exists()
    check(refund, at=NOW + KEY_LIVES)
    decide(chief, wanted(chief, Outcome.LEFT))

    part.refresh_from_db()
    assert (Refund.objects.get().state, part.refunded) == (RefundState.DECLINED, 0)


def test_it_is_decided_once_and_not_without_a_word_or_the_bank(bank, chief, part):
    other_sum(bank, chief, part, "120.00")
    made = wanted(chief)

    with pytest.raises(WordMissing):
        decide(chief, wanted(chief, why="  "))
    bank.troubles = ["down"]
    with pytest.raises(BankSilent):
        decide(chief, made)
    assert returned_lines() == []

    decide(chief, made)
    with pytest.raises(NothingToDecide):
        decide(chief, made)

    assert [amount for _title, amount, *_rest in returned_lines()] == [
        Decimal("100.00"),
        Decimal("19.00"),
    ]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INTEGRATOR, None])
def test_only_administrators_of_the_provider_decide_about_it(bank, chief, part, role):
    other_sum(bank, chief, part, "120.00")
    made = wanted(chief)
    other = staff_of(part.merchant, role) if role else staff_of(MerchantFactory())

    with pytest.raises(DiscrepancyNotFound):
        decide(other, made)
    with pytest.raises(reconciliation.DecisionNeeded):
        reconciliation.close_discrepancy(
            actor=chief,
            discrepancy_id=made.discrepancy_id,
            note="ждём",
            settles_entry=False,
            at=NOW,
        )

    assert Refund.objects.get().state == RefundState.PENDING
    decide(chief, made)
    assert LedgerEntry.objects.filter(kind="refunded").count() == 2


def test_one_given_up_unanswered_and_made_after_all_is_found_by_our_number_and_booked(
    bank, chief, part
):
    """The bank refuses the repetition, nothing has gone back of the payment: it is given up, and made an hour later."""
    refund = ask(chief, part, {1: "60.00"})
    bank.troubles = ["down", "refuse"]
    check(refund)
    assert check(refund) is RefundState.DECLINED
    refund.refresh_from_db()
    assert refund.acquirer_id is None
    refunding.recognise_given_up(merchant_id=part.merchant_id, at=NOW)
    assert not Discrepancy.objects.exists()

    RefundingBank().say(refund, TruthState.SUCCEEDED, "60.00")
    for _ in range(2):
        # A notification names a refund that we do not know, of a payment that we do.
        refunding.compare_returned(attempt_id=refund.attempt_id, at=NOW)
    assert Discrepancy.objects.count() == 2
    decide(chief, wanted(chief))

    refund.refresh_from_db()
    assert (refund.state, refund.acquirer_id) == ("succeeded", f"refund-of-{refund.public_id}")
    assert returned_lines() == [("Газоснабжение", Decimal("60.00"), 0, 0)]
    assert refunding.compare_returned(attempt_id=refund.attempt_id, at=NOW)
    assert not Discrepancy.objects.filter(gone_at=None, closed_at=None).exists()
