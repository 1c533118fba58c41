"""From the press to the ledger: one charge, one payment, right balance, whatever repeats or breaks (design §6)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.kernel import events
from kabinet.kernel.actors import Actor
from kabinet.payments.enums import AttemptState, Cause, DiscrepancyKind, Origin, PartState
from kabinet.payments.events import PaymentSettled
from kabinet.payments.gateways.base import NoticeRefused, TruthState
from kabinet.payments.models import (
    Attempt,
    CartItem,
    CheckoutPart,
    Discrepancy,
    LedgerEntry,
    SavedCard,
)
from kabinet.payments.operations import enqueuing
from kabinet.payments.operations.attempts import (
    AlreadyPaid,
    begin,
    check,
    look,
    pay,
    send,
)
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.discrepancies import note_discrepancy
from kabinet.payments.operations.notices import Envelope, MerchantNotFound, adopt, take_notice
from kabinet.payments.operations.polling import enqueue_due
from kabinet.payments.operations.settlement import give_up
from kabinet.payments.queries.checkouts import CheckoutNotFound, Stage, get_checkout
from tests.clock import NOW
from tests.factories.payments import (
    CartItemFactory,
    LedgerEntryFactory,
    MerchantFactory,
    MerchantSupplierFactory,
)
from tests.payments.memory_bank import ADDRESS, CODE, Killed
from tests.payments.payers import attempts, ledger, line, linked_account, order, roubles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
PAID = [("paid", Decimal("500.00"))]


@pytest.fixture
def payer(books):
    return linked_account()


def opened(payer, *lines, **more):
    actor, account, _merchant = payer
    return open_checkout(actor=actor, order=order(*(lines or [line(account)]), **more), at=NOW)


def paying(payer, **more):
    """A person stands on the bank's page; gives the attempt."""
    attempt_id = pay(actor=payer[0], checkout_id=opened(payer, **more), at=NOW)
    return Attempt.objects.get(pk=attempt_id)


def notice(merchant, text, address=ADDRESS):
    return take_notice(
        gateway_code=CODE,
        merchant_id=merchant.public_id,
        envelope=Envelope(text.encode(), {}, address),
    )


def jobs():
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", flat=True))


def test_a_payment_goes_from_the_press_to_the_ledger(payer, books):
    actor, account, _merchant = payer
    attempt = paying(payer)
    assert attempt.state == AttemptState.PENDING
    assert attempt.confirmation_url == "https://bank.example/pay"
    books.pay(attempt.acquirer_id, at=NOW)
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.SUCCEEDED
    assert ledger(account) == PAID
    part = CheckoutPart.objects.get()
    assert (part.state, part.paid_at) == (PartState.PAID, NOW)
    row = get_checkout(actor=actor, checkout_id=part.checkout.public_id)
    assert (row.is_paid, row.is_moving, row.parts[0].attempt.card_last4) == (True, False, "4477")


def test_learning_it_a_hundred_times_counts_once(payer, books):
    attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    for _ in range(100):
        check(attempt_id=attempt.pk, at=NOW)
    assert ledger(payer[1]) == PAID
    assert books.calls.count("fetch") == 1


def test_what_the_bank_has_not_finished_moves_nothing(payer):
    attempt = paying(payer)
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.PENDING
    assert ledger(payer[1]) == []


@pytest.mark.parametrize(
    ("cause", "state"),
    [(Cause.NO_MONEY, AttemptState.DECLINED), (Cause.SESSION_OVER, AttemptState.EXPIRED)],
)
def test_a_refusal_says_why_and_lets_try_again(payer, books, cause, state):
    actor, account, _merchant = payer
    attempt = paying(payer)
    books.decline(attempt.acquirer_id, cause)
    assert check(attempt_id=attempt.pk, at=NOW) is state
    assert ledger(account) == []
    checkout_id = attempt.part.checkout.public_id
    assert get_checkout(actor=actor, checkout_id=checkout_id).parts[0].stage is Stage.FAILED
    second = Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))
    assert second.key != attempt.key
    books.pay(second.acquirer_id)
    check(attempt_id=second.pk, at=NOW)
    assert ledger(account) == PAID


def test_pressing_again_takes_up_the_same_attempt(payer):
    actor, _account, _merchant = payer
    checkout_id = opened(payer)
    first = pay(actor=actor, checkout_id=checkout_id, at=NOW)
    assert pay(actor=actor, checkout_id=checkout_id, at=NOW) == first
    assert Attempt.objects.count() == 1


def test_what_is_paid_is_not_paid_again(payer, books):
    attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=NOW)
    with pytest.raises(AlreadyPaid):
        begin(actor=payer[0], checkout_id=attempt.part.checkout.public_id, at=NOW)
    assert (Attempt.objects.count(), len(books.payments)) == (1, 1)


def test_another_person_begins_and_sees_nothing(payer):
    checkout_id = opened(payer)
    stranger = linked_account()[0]
    for actor in (stranger, Actor.customer(10**9)):
        with pytest.raises(CheckoutNotFound):
            begin(actor=actor, checkout_id=checkout_id, at=NOW)
        with pytest.raises(CheckoutNotFound):
            get_checkout(actor=actor, checkout_id=checkout_id)
    assert begin(actor=payer[0], checkout_id=checkout_id, at=NOW)


@pytest.mark.parametrize("trouble", ["killed before", "killed after"])
def test_a_process_killed_at_the_bank_charges_once(payer, books, trouble):
    actor, account, _merchant = payer
    checkout_id = opened(payer)
    attempt_id = begin(actor=actor, checkout_id=checkout_id, at=NOW)
    books.troubles = [trouble]
    with pytest.raises(Killed):
        send(attempt_id=attempt_id, at=NOW)
    assert enqueue_due(at=NOW) == 0
    assert enqueue_due(at=NOW + dt.timedelta(seconds=30)) == 1
    check(attempt_id=attempt_id, at=NOW + dt.timedelta(seconds=30))
    assert len(books.payments) == 1
    books.pay(*books.payments)
    check(attempt_id=attempt_id, at=NOW + dt.timedelta(minutes=1))
    assert ledger(account) == PAID


def test_a_page_waits_for_one_bank_at_a_time(payer, books):
    waiting = [paying(payer).pk, paying(linked_account()).pk]
    fetched = []
    for _ in range(3):
        look(attempt_ids=waiting, at=NOW)
        fetched.append(books.calls.count("fetch"))
    assert fetched == [1, 2, 2]


def test_a_press_after_the_payers_time_asks_the_bank_for_nothing_new(payer, books):
    actor, _account, _merchant = payer
    checkout_id = opened(payer)
    begin(actor=actor, checkout_id=checkout_id, at=NOW)
    late = Attempt.objects.get().expires_at
    pay(actor=actor, checkout_id=checkout_id, at=late)
    assert (attempts(), books.calls) == ([("declined", "bank_down")], [])


def test_what_a_bank_may_be_hearing_of_at_this_moment_is_not_given_up(payer):
    attempt_id = begin(actor=payer[0], checkout_id=opened(payer), at=NOW)
    Attempt.objects.update(called_at=NOW)
    late = Attempt.objects.get().expires_at
    assert give_up(attempt_id=attempt_id, at=late, was_heard=False) is AttemptState.CREATED
    assert give_up(attempt_id=attempt_id, at=late, was_heard=True) is AttemptState.DECLINED
    assert send(attempt_id=attempt_id, at=NOW) is AttemptState.DECLINED


def test_a_lost_answer_is_asked_for_with_the_same_key(payer, books):
    books.troubles = ["lost", "lost"]
    attempt = paying(payer)
    assert attempt.state == AttemptState.CREATED
    check(attempt_id=attempt.pk, at=NOW)
    check(attempt_id=attempt.pk, at=NOW)
    attempt.refresh_from_db()
    assert (attempt.state, len(books.payments)) == (AttemptState.PENDING, 1)


def test_a_refusal_of_the_repetition_is_no_refusal_of_the_payment(payer, books):
    books.troubles = ["lost", "refuse repetition"]
    attempt = paying(payer)
    books.pay(*books.payments)
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.SUCCEEDED
    assert ledger(payer[1]) == PAID


def test_a_refusal_of_the_first_call_ends_the_attempt(payer, books):
    books.troubles = ["refuse"]
    attempt = paying(payer)
    assert attempts() == [("declined", "other")]
    assert attempt.reason == "invalid_request"


def test_after_the_payers_time_the_bank_is_only_asked_whether_it_has_heard(payer, books):
    books.troubles = ["lost"]
    attempt = paying(payer)
    books.pay(*books.payments)
    late = attempt.expires_at + dt.timedelta(minutes=1)
    assert check(attempt_id=attempt.pk, at=late) is AttemptState.SUCCEEDED
    assert books.calls == ["create", "find"]
    assert ledger(payer[1]) == PAID


def test_an_order_that_the_bank_never_heard_of_is_given_up(payer, books):
    books.troubles = ["down"]
    attempt = paying(payer)
    soon = attempt.expires_at + dt.timedelta(minutes=1)
    assert check(attempt_id=attempt.pk, at=soon) is AttemptState.CREATED
    later = attempt.expires_at + dt.timedelta(hours=1)
    assert check(attempt_id=attempt.pk, at=later) is AttemptState.DECLINED
    assert attempts() == [("declined", "bank_down")]


def test_nobody_is_charged_hours_after_the_press(payer, books):
    """The worker was off: what was never sent is not sent any more."""
    attempt_id = begin(actor=payer[0], checkout_id=opened(payer), at=NOW)
    assert check(attempt_id=attempt_id, at=NOW + dt.timedelta(hours=5)) is AttemptState.DECLINED
    assert (books.calls, ledger(payer[1])) == ([], [])


def test_a_difference_is_of_the_day_at_the_providers_place(payer):
    merchant = payer[2]
    merchant.provider.timezone = "Asia/Kamchatka"
    evening = NOW + dt.timedelta(hours=6)
    note_discrepancy(merchant=merchant, kind=DiscrepancyKind.OTHER_SUM, key="a", at=evening)
    assert Discrepancy.objects.get().day == dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    "contradiction",
    [
        {"amount": roubles("5.00")},
        {"currency": "USD"},
        {"ref": "4b2f6a0e-0000-4000-8000-000000000000"},
    ],
)
def test_a_contradicting_answer_moves_no_money_and_is_written_down(payer, books, contradiction):
    attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    books.payments[attempt.acquirer_id] = replace(
        books.payments[attempt.acquirer_id], **contradiction
    )
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.DISPUTED
    assert ledger(payer[1]) == []
    found = Discrepancy.objects.get()
    assert (found.kind, found.acquirer_id) == (DiscrepancyKind.OTHER_SUM, attempt.acquirer_id)
    assert found.day == dt.date(2026, 11, 21)
    # Its part stays held: nobody pays it a second time before staff have looked.
    assert begin(actor=payer[0], checkout_id=attempt.part.checkout.public_id, at=NOW) == attempt.pk


def true_after_its_end(payer, books):
    """We were told «declined», and the money was taken all the same; gives the attempt and the bank's truth."""
    attempt = paying(payer)
    books.decline(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=NOW)
    books.payments[attempt.acquirer_id] = replace(
        books.payments[attempt.acquirer_id], state=TruthState.SUCCEEDED, cause=None, reason=""
    )
    return attempt


def test_a_payment_that_comes_true_after_its_end_is_booked_once(payer, books):
    attempt = true_after_its_end(payer, books)
    notice(payer[2], f"payment:{attempt.acquirer_id}")
    assert jobs() == ["payments.adopt"]
    for _ in range(3):
        adopt(merchant_id=payer[2].pk, acquirer_id=attempt.acquirer_id, at=NOW)
    assert ledger(payer[1]) == PAID
    assert attempts() == [("succeeded", "")]


def test_one_that_comes_true_while_another_pays_the_part_is_written_down(payer, books):
    attempt = true_after_its_end(payer, books)
    second = Attempt.objects.get(
        pk=pay(actor=payer[0], checkout_id=attempt.part.checkout.public_id, at=NOW)
    )
    adopt(merchant_id=payer[2].pk, acquirer_id=attempt.acquirer_id, at=NOW)
    assert ledger(payer[1]) == []
    assert Discrepancy.objects.get().kind == DiscrepancyKind.OTHER_STATE
    books.pay(second.acquirer_id)
    check(attempt_id=second.pk, at=NOW)
    assert ledger(payer[1]) == PAID


def test_a_notification_makes_a_worker_ask_and_repetitions_wait_in_one_job(payer, books):
    _actor, _account, merchant = payer
    attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    for _ in range(100):
        assert notice(merchant, f"payment:{attempt.acquirer_id}") == ""
    assert jobs() == ["payments.check"]
    assert ledger(payer[1]) == []


def test_a_notification_about_what_has_ended_asks_nothing(payer, books):
    attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=NOW)
    ProcrastinateJob.objects.all()._raw_delete("default")
    notice(payer[2], f"payment:{attempt.acquirer_id}")
    assert jobs() == []


def test_a_forged_notification_is_refused(payer, books):
    attempt = paying(payer)
    with pytest.raises(NoticeRefused):
        notice(payer[2], f"payment:{attempt.acquirer_id}", address="203.0.113.9")
    with pytest.raises(MerchantNotFound):
        take_notice(
            gateway_code="tbank",
            merchant_id=payer[2].public_id,
            envelope=Envelope(b"payment:1", {}, ADDRESS),
        )
    assert jobs() == []


def test_a_genuine_notification_of_an_unpaid_payment_moves_nothing(payer):
    """Whatever its event says: only the bank's own record counts."""
    attempt = paying(payer)
    notice(payer[2], f"payment:{attempt.acquirer_id}")
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.PENDING
    assert ledger(payer[1]) == []


def test_a_notification_finds_the_attempt_whose_answer_was_lost(payer, books):
    books.troubles = ["lost"]
    paying(payer)
    (acquirer_id,) = books.payments
    books.pay(acquirer_id)
    notice(payer[2], f"payment:{acquirer_id}")
    assert jobs() == ["payments.adopt"]
    adopt(merchant_id=payer[2].pk, acquirer_id=acquirer_id, at=NOW)
    assert ledger(payer[1]) == PAID


def test_a_payment_of_nobody_is_adopted_by_nobody(payer, books):
    attempt = paying(payer)
    other = linked_account()[2]
    books.pay(attempt.acquirer_id)
    adopt(merchant_id=other.pk, acquirer_id=attempt.acquirer_id, at=NOW)
    adopt(merchant_id=payer[2].pk, acquirer_id="bank-unknown", at=NOW)
    assert ledger(payer[1]) == []


def test_payees_are_paid_one_after_the_other_and_a_failed_one_alone_again(payer, books):
    actor, account, merchant = payer
    fund = MerchantSupplierFactory(
        merchant=MerchantFactory(
            provider=merchant.provider, gateway=CODE, is_default=False, issues_receipts=False
        )
    )
    checkout_id = opened(payer, line(account), line(account, "70.00", supplier=fund.supplier))
    first = Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))
    books.pay(first.acquirer_id)
    check(attempt_id=first.pk, at=NOW)
    second = Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))
    books.decline(second.acquirer_id)
    check(attempt_id=second.pk, at=NOW)
    row = get_checkout(actor=actor, checkout_id=checkout_id)
    assert [part.stage for part in row.parts] == [Stage.PAID, Stage.FAILED]
    third = Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW, number=2))
    assert (third.merchant, third.amount) == (fund.merchant, Decimal("70.00"))
    books.pay(third.acquirer_id)
    check(attempt_id=third.pk, at=NOW)
    assert ledger(account) == [*PAID, ("paid", Decimal("70.00"))]
    assert (books.taken(merchant.pk), books.taken(fund.merchant_id)) == (
        roubles("500.00"),
        roubles("70.00"),
    )


def test_a_paid_cart_line_leaves_the_cart_and_a_later_one_stays(payer, books):
    actor, account, _merchant = payer
    paid_line = CartItemFactory(user_id=actor.user_id, account=account, added_at=NOW)
    later = CartItemFactory(
        user_id=actor.user_id,
        account=account,
        receipt="другая",
        added_at=NOW + dt.timedelta(minutes=5),
    )
    attempt = paying(payer, origin=Origin.CART)
    books.pay(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=NOW)
    assert list(CartItem.objects.all()) == [later]
    assert paid_line.pk != later.pk


def test_a_card_is_kept_only_when_asked_for(payer, books):
    for save_card, kept in ((False, 0), (True, 1)):
        attempt = paying(payer, save_card=save_card)
        books.pay(attempt.acquirer_id)
        check(attempt_id=attempt.pk, at=NOW)
        assert SavedCard.objects.count() == kept
    card = SavedCard.objects.get()
    assert (card.user_id, card.last4, card.system) == (payer[0].user_id, "4477", "Mir")


def test_a_subscriber_that_fails_takes_the_settlement_back(payer, books):
    """The money is not lost: the next look settles it whole."""
    attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    broken = [True]

    def follow(_event):
        if broken:
            raise RuntimeError

    handlers = events._subscribers[PaymentSettled]
    events.subscribe(PaymentSettled, follow)
    try:
        with pytest.raises(RuntimeError):
            check(attempt_id=attempt.pk, at=NOW)
        assert (ledger(payer[1]), CheckoutPart.objects.get().state) == ([], PartState.OPEN)
        broken.clear()
        check(attempt_id=attempt.pk, at=NOW)
    finally:
        handlers.pop()
    assert ledger(payer[1]) == PAID


def test_the_poller_looks_more_and_more_rarely_and_stops_at_the_end(payer, books):
    attempt = paying(payer)
    seen, at = [], NOW
    for _ in range(4):
        attempt.refresh_from_db()
        at = attempt.next_check_at
        seen.append((at - NOW).total_seconds())
        assert enqueue_due(at=at) == 1
        ProcrastinateJob.objects.all()._raw_delete("default")
    assert seen == [5, 15, 30, 60]
    books.pay(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=at)
    assert enqueue_due(at=at + dt.timedelta(days=2)) == 0


def test_the_ledger_holds_one_payment_of_a_line(payer, books):
    """Whatever the code does: the database takes no second one."""
    attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=NOW)
    entry = LedgerEntry.objects.get()
    with pytest.raises(IntegrityError, match="entry_paid_once"), transaction.atomic():
        LedgerEntryFactory(item=entry.item, attempt=attempt)


def test_every_job_that_the_queue_is_given_has_a_worker():
    enqueuing.check_soon(1)
    enqueuing.adopt_soon(merchant_id=1, acquirer_id="x")
    enqueuing.check_refund_soon(1)
    enqueuing.check_binding_soon(uuid.UUID(int=1))
    assert len(jobs()) == 4
    assert set(jobs()) <= set(app.tasks)
