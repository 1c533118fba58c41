"""Money on its way back (OPX-31, PAY-48): whole, part, per line; once, whatever the bank and the people do."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.kernel import locks
from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.kernel.models import AuditEntry
from kabinet.kernel.money import Money
from kabinet.payments.calculations.waiting import KEY_LIVES
from kabinet.payments.enums import Cause, EntryKind, PartState, RefundState
from kabinet.payments.gateways.base import Notice, NoticeKind, TruthState
from kabinet.payments.models import Discrepancy, LedgerEntry, Refund, RefundItem
from kabinet.payments.operations import notices, polling, refunding, refunds
from kabinet.payments.operations.refunds import RefundOrder
from tests.clock import NOW
from tests.factories import ProviderFactory, UserFactory
from tests.factories.payments import MerchantFactory
from tests.payments.payers import two_paid_lines
from tests.payments.refunding_bank import CODE, RefundingBank

pytestmark = pytest.mark.django_db


def roubles(text):
    return Money(Decimal(text))


@pytest.fixture
def merchant(bank):
    return MerchantFactory(gateway=CODE)


@pytest.fixture
def chief(merchant):
    return administrator_of(merchant.provider)


def administrator_of(provider, role=Role.ADMINISTRATOR):
    return Actor(ActorKind.STAFF, user_id=UserFactory().pk, grants=frozenset({(provider.pk, role)}))


@pytest.fixture
def part(merchant):
    return two_paid_lines(merchant)


def order_for(part, sums=None, **changed):
    return RefundOrder(
        **{
            "checkout_id": part.checkout.public_id,
            "part": part.number,
            "why": "Заявление плательщика",
            "key": uuid.uuid4(),
            "sums": sums and {place: roubles(text) for place, text in sums.items()},
            **changed,
        }
    )


def ask(actor, part, sums=None, **changed):
    refunds.request_refund(actor=actor, order=order_for(part, sums, **changed), at=NOW)
    return Refund.objects.latest("pk")


def check(refund, at=NOW):
    return refunding.check_refund(refund_id=refund.pk, at=at)


def returned_lines():
    entries = LedgerEntry.objects.filter(kind=EntryKind.REFUNDED).order_by("pk")
    return list(entries.values_list("item__title", "amount", "penalty", "commission"))


def test_the_whole_of_a_part_goes_back_with_its_commission(bank, chief, part):
    refund = ask(chief, part)

    assert check(refund) == RefundState.SUCCEEDED

    part.refresh_from_db()
    assert (part.state, part.refunded) == (PartState.RETURNED, Decimal("151.50"))
    assert returned_lines() == [
        ("Газоснабжение", Decimal("100.00"), Decimal("10.00"), Decimal("1.00")),
        ("Техобслуживание", Decimal("50.00"), Decimal("0.00"), Decimal("0.50")),
    ]
    assert bank.returned == roubles("151.50")
    assert [(sent.amount, sent.whole) for sent in bank.asked] == [
        (roubles("151.50"), roubles("151.50"))
    ]


def test_a_part_of_one_line_goes_back_without_penalty_and_commission(chief, part):
    refund = ask(chief, part, {1: "60.00", 2: "0.00"})
    check(refund)

    part.refresh_from_db()
    assert (part.state, part.refunded) == (PartState.PAID, Decimal("60.00"))
    assert returned_lines() == [("Газоснабжение", Decimal("60.00"), 0, 0)]


def test_the_last_kopeck_of_a_line_takes_penalty_and_commission_along(chief, part):
    check(ask(chief, part, {1: "60.00"}))
    check(ask(chief, part, {1: "40.00"}))

    assert returned_lines() == [
        ("Газоснабжение", Decimal("60.00"), 0, 0),
        ("Газоснабжение", Decimal("40.00"), Decimal("10.00"), Decimal("1.00")),
    ]
    part.refresh_from_db()
    assert (part.state, part.refunded) == (PartState.PAID, Decimal("101.00"))


def test_what_is_left_goes_back_after_parts_of_it_to_the_kopeck(bank, chief, part):
    check(ask(chief, part, {1: "33.33", 2: "0.01"}))
    check(ask(chief, part))

    part.refresh_from_db()
    assert (part.state, part.refunded) == (PartState.RETURNED, Decimal("151.50"))
    assert bank.returned == roubles("151.50")


REFUSED = [
    ({1: "100.01"}, refunds.SumAbovePaid),
    ({1: "-1.00", 2: "5.00"}, refunds.SumAbovePaid),
    ({7: "1.00"}, refunds.SumAbovePaid),
    ({1: "0.00", 2: "0.00"}, refunds.NothingToReturn),
]


@pytest.mark.parametrize(("sums", "refusal"), REFUSED)
def test_sums_that_do_not_fit_are_refused_and_nothing_is_held(chief, part, sums, refusal):
    with pytest.raises(refusal):
        ask(chief, part, sums)

    part.refresh_from_db()
    assert (part.refunded, Refund.objects.count()) == (0, 0)
    assert not ProcrastinateJob.objects.filter(task_name="payments.check_refund").exists()


def test_without_a_reason_nothing_goes_back(chief, part):
    with pytest.raises(refunds.ReasonMissing):
        ask(chief, part, why="  \n ")

    assert not Refund.objects.exists()


def test_what_has_gone_back_does_not_go_back_again(chief, part):
    refund = ask(chief, part)
    check(refund)

    with pytest.raises(refunds.NothingPaid):
        ask(chief, part)

    assert Refund.objects.get() == refund


def test_only_administrators_of_the_payees_provider_give_money_back(chief, part, merchant):
    foreign = administrator_of(ProviderFactory())
    operator = administrator_of(merchant.provider, Role.OPERATOR)
    customer = Actor.customer(part.checkout.user_id)

    for actor in (foreign, operator, customer):
        with pytest.raises(refunds.PaymentNotFound):
            ask(actor, part)
    assert not Refund.objects.exists()

    ask(chief, part)
    assert Refund.objects.count() == 1


def test_the_same_press_twice_is_one_refund(bank, chief, part):
    order = order_for(part)

    first = refunds.request_refund(actor=chief, order=order, at=NOW)
    second = refunds.request_refund(actor=chief, order=order, at=NOW)

    assert (first, Refund.objects.count()) == (second, 1)


def test_another_persons_key_opens_nothing(chief, part, merchant):
    order = order_for(part)
    refunds.request_refund(actor=chief, order=order, at=NOW)

    with pytest.raises(refunds.PaymentNotFound):
        refunds.request_refund(actor=administrator_of(merchant.provider), order=order, at=NOW)

    assert Refund.objects.get().requested_by_id == chief.user_id


def test_a_second_refund_waits_for_the_first(chief, part):
    first = ask(chief, part, {1: "10.00"})

    with pytest.raises(refunds.RefundUnderWay):
        ask(chief, part, {2: "10.00"})

    assert Refund.objects.get() == first
    check(first)
    ask(chief, part, {2: "10.00"})
    assert Refund.objects.count() == 2


def test_the_database_itself_holds_one_refund_at_a_time_and_no_more_than_was_paid(chief, part):
    refund = ask(chief, part, {1: "10.00"})

    with pytest.raises(IntegrityError, match="refund_one_at_a_time"), transaction.atomic():
        Refund.objects.create(
            part=part,
            attempt=refund.attempt,
            key=uuid.uuid4(),
            amount=1,
            why="второй",
            created_at=NOW,
            next_check_at=NOW,
        )
    part.refunded = Decimal("151.51")
    with pytest.raises(IntegrityError, match="part_gives_back_no_more"), transaction.atomic():
        part.save()


def test_the_request_is_in_the_queue_and_in_the_trail(chief, part):
    refund = ask(chief, part)

    job = ProcrastinateJob.objects.get(task_name="payments.check_refund")
    assert job.args == {"refund_id": refund.pk}
    entry = AuditEntry.objects.get(action="payments.refund.request")
    assert (entry.actor_id, entry.details) == (
        chief.user_id,
        {"amount": "151.50", "why": "Заявление плательщика"},
    )


@pytest.mark.parametrize("trouble", ["lost", "down"])
def test_whatever_happens_on_the_way_the_money_goes_back_once(bank, chief, part, trouble):
    refund = ask(chief, part)
    bank.troubles = [trouble]

    assert check(refund) == RefundState.CREATED
    assert check(refund) == RefundState.SUCCEEDED
    assert check(refund) == RefundState.SUCCEEDED

    assert bank.returned == roubles("151.50")
    assert len({sent.key for sent in bank.asked}) == 1
    assert len(returned_lines()) == 2


def test_the_bank_is_not_asked_while_another_process_asks_it(bank, chief, part):
    refund = ask(chief, part)
    name, other = refunding.LOCK.format(refund.pk), connection.copy()
    try:
        locks.wait(name, on=other)
        assert check(refund) == RefundState.CREATED
        assert bank.asked == []
        # Not by closing alone: the server lets a lock of a closed connection go a moment later.
        locks.give_back(name, on=other)
    finally:
        other.close()

    assert check(refund) == RefundState.SUCCEEDED


def test_a_refusal_of_the_repetition_does_not_let_go_of_money_that_went_back(bank, chief, part):
    refund = ask(chief, part)
    bank.troubles = ["lost", "refuse after doing it"]
    check(refund)

    assert check(refund) == RefundState.CREATED

    part.refresh_from_db()
    assert part.refunded == Decimal("151.50")
    found = Discrepancy.objects.get()
    assert (found.kind, found.bank_amount) == ("other_state", Decimal("151.50"))
    # The bank remembers the key again: it is this refund after all.
    assert check(refund) == RefundState.SUCCEEDED


def test_a_refusal_lets_the_held_sum_go_and_says_why(bank, chief, part):
    refund = ask(chief, part)
    bank.troubles = ["refuse"]

    assert check(refund) == RefundState.DECLINED

    refund.refresh_from_db()
    part.refresh_from_db()
    assert (part.state, part.refunded) == (PartState.PAID, 0)
    assert (refund.cause, refund.reason) == (Cause.NO_MONEY, "not_enough_money")
    assert returned_lines() == []
    check(ask(chief, part))
    part.refresh_from_db()
    assert part.state == PartState.RETURNED


def test_a_refusal_after_silence_is_believed_when_the_payment_is_whole(bank, chief, part):
    refund = ask(chief, part)
    bank.troubles = ["down", "refuse"]
    check(refund)

    assert check(refund) == RefundState.DECLINED


def test_a_pending_refund_is_asked_about_by_its_own_number(bank, chief, part):
    bank.answers = TruthState.PENDING
    refund = ask(chief, part)

    assert check(refund) == RefundState.PENDING
    part.refresh_from_db()
    assert (part.state, returned_lines()) == (PartState.PAID, [])
    RefundingBank().end(TruthState.SUCCEEDED)
    assert check(refund) == RefundState.SUCCEEDED
    assert len(bank.asked) == 1


def test_a_pending_refund_may_still_be_declined(bank, chief, part):
    bank.answers = TruthState.PENDING
    refund = ask(chief, part)
    check(refund)
    RefundingBank().end(TruthState.CANCELED, Cause.NO_MONEY)

    assert check(refund) == RefundState.DECLINED
    part.refresh_from_db()
    assert part.refunded == 0


def test_another_sum_than_asked_for_is_booked_by_nobody(bank, chief, part):
    refund = ask(chief, part)
    bank.troubles = ["other sum"]

    assert check(refund) == RefundState.PENDING

    assert returned_lines() == []
    found = Discrepancy.objects.get()
    assert (found.kind, found.bank_amount, found.own_amount) == (
        "other_sum",
        Decimal("1.00"),
        Decimal("151.50"),
    )


def test_after_a_day_of_silence_nothing_is_asked_twice(bank, chief, part):
    """The bank has forgotten the key by then: asking again could give the money back twice."""
    refund = ask(chief, part)
    bank.troubles, bank.forgets_numbers = ["lost"], True
    check(refund)

    assert check(refund, at=NOW + KEY_LIVES) == RefundState.CREATED

    assert len(bank.asked) == 1
    assert Discrepancy.objects.get().kind == "other_state"


def test_after_a_day_of_silence_the_refund_is_found_in_the_banks_list(bank, chief, part):
    refund = ask(chief, part)
    bank.troubles = ["lost"]
    check(refund)

    assert check(refund, at=NOW + KEY_LIVES) == RefundState.SUCCEEDED

    assert (len(bank.asked), bank.returned) == (1, roubles("151.50"))
    assert len(returned_lines()) == 2
    assert not Discrepancy.objects.exists()


def test_after_a_day_of_silence_an_untouched_payment_lets_the_sum_go(bank, chief, part):
    refund = ask(chief, part)
    bank.troubles = ["down"]
    check(refund)

    assert check(refund, at=NOW + KEY_LIVES) == RefundState.DECLINED
    assert (len(bank.asked), bank.returned) == (1, roubles("0.00"))


def test_money_given_back_on_the_banks_site_is_found_and_not_booked(bank, part):
    attempt = part.attempts.get()
    assert refunding.compare_returned(attempt_id=attempt.pk, at=NOW)
    bank.by_hand[attempt.acquirer_id] = roubles("30.00")

    assert not refunding.compare_returned(attempt_id=attempt.pk, at=NOW)
    assert not refunding.compare_returned(attempt_id=attempt.pk, at=NOW)

    found = Discrepancy.objects.get()
    assert (found.bank_amount, found.own_amount) == (Decimal("30.00"), Decimal("0.00"))
    part.refresh_from_db()
    assert (part.refunded, returned_lines()) == (0, [])


def test_our_own_refund_is_no_discrepancy(bank, chief, part):
    attempt = part.attempts.get()
    refund = ask(chief, part, {1: "10.00"})
    bank.troubles = ["lost"]
    check(refund)
    assert refunding.compare_returned(attempt_id=attempt.pk, at=NOW)
    check(refund)
    assert refunding.compare_returned(attempt_id=attempt.pk, at=NOW)

    assert bank.returned == roubles("10.00")
    assert not Discrepancy.objects.exists()


def followed(part, acquirer_id):
    """What a worker is told to do after the bank's notification of a refund."""
    ProcrastinateJob.objects.filter(task_name__startswith="payments.").update(queueing_lock=None)
    before = ProcrastinateJob.objects.latest("pk").pk if ProcrastinateJob.objects.exists() else 0
    payment_id = part.attempts.get().acquirer_id
    notices._follow(part.merchant, Notice(NoticeKind.REFUND, acquirer_id, payment_id))
    jobs = ProcrastinateJob.objects.filter(pk__gt=before)
    return [(job.task_name, job.args) for job in jobs]


def test_a_notification_of_an_unknown_refund_has_the_payment_looked_at(bank, chief, part):
    attempt = part.attempts.get()
    compare = [("payments.compare_returned", {"attempt_id": attempt.pk})]

    assert followed(part, "of-the-banks-site") == compare
    bank.answers = TruthState.PENDING
    refund = ask(chief, part)
    check(refund)
    refund.refresh_from_db()
    assert followed(part, refund.acquirer_id) == [
        ("payments.check_refund", {"refund_id": refund.pk})
    ]
    RefundingBank().end(TruthState.SUCCEEDED)
    check(refund)
    assert followed(part, refund.acquirer_id) == []


def test_the_poller_takes_up_what_is_due_once(chief, part):
    refund = ask(chief, part)
    later = NOW + dt.timedelta(minutes=1)

    assert polling.enqueue_due_refunds(at=NOW) == 0
    assert polling.enqueue_due_refunds(at=later) == 1
    assert polling.enqueue_due_refunds(at=later) == 0

    jobs = ProcrastinateJob.objects.filter(task_name="payments.check_refund")
    assert [job.args for job in jobs] == [{"refund_id": refund.pk}]


def test_the_receipt_of_a_refund_goes_to_the_bank_with_it(bank, chief, part):
    check(ask(chief, part, {1: "95.00"}))

    (sent,) = bank.asked
    assert [(line.title, line.amount) for line in sent.receipt.lines] == [
        (f"Газоснабжение, ЛС {part.items.first().account.number}", roubles("90.00")),
        (f"Пени: Газоснабжение, ЛС {part.items.first().account.number}", roubles("5.00")),
    ]
    assert RefundItem.objects.count() == 1
