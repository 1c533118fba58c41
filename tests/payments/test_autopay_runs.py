"""Autopays are planned, told of and made: once per account and month, whatever happens between two steps (PAY-17)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kabinet.accounts.operations import unlink_account
from kabinet.billing.models import Balance
from kabinet.channels.models import Delivery
from kabinet.kernel.actors import Actor, ActorKind, Errand
from kabinet.payments.enums import AutopayNote, Cause, Origin
from kabinet.payments.models import Attempt, AutopayRun, Checkout, MethodHealth, SavedCard
from kabinet.payments.operations import attempts, polling
from kabinet.payments.operations.autopay import changing, finishing, planning, starting
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.providers.enums import OverLimit, PayMethod
from tests.factories import BalanceFactory, SupplierFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory
from tests.payments import memory_bank
from tests.payments.autopayers import (
    DAY,
    TOLD,
    autopay_of,
    card_of,
    household,
    last_letter,
    letters,
    paying_household,
    terms,
    told_run,
)
from tests.payments.memory_bank import Killed
from tests.payments.payers import ledger, line, order, roubles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawer")]
HOUR, A_DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The core asks the clock after a bank's answer."""
    monkeypatch.setattr(timezone, "now", lambda: DAY)


def plan(at=TOLD):
    return planning.plan_runs(at=at)


def start(at=DAY):
    return starting.start_due_runs(at=at)


def finish(at=DAY):
    return finishing.finish_runs(at=at)


def state():
    run = AutopayRun.objects.get()
    return run.state, run.told


def test_two_days_before_the_person_is_told_sum_day_card_and_how_to_refuse():
    actor, account, merchant = household()
    autopay = autopay_of(actor, account, merchant, card=card_of(actor, merchant, last4="4477"))

    assert (plan(TOLD - HOUR), plan(), plan()) == (0, 1, 0)

    run = AutopayRun.objects.get()
    assert (run.period, run.due_at, run.notified_at) == (dt.date(2026, 11, 1), DAY, TOLD)
    letter = last_letter()
    assert letter.recipient == autopay.email
    assert letter.subject == "25\xa0ноября — автоплатёж"
    assert (
        "25\xa0ноября после 10 часов с карты Мир ••\xa04477 спишется 1\xa0243,56\xa0₽"
        in letter.text
    )
    assert "Пропустить" in letter.text
    assert f"/a/{account.public_id}/autopay/" in letter.text
    assert account.number not in letter.text


def test_on_the_day_the_due_is_paid_from_the_card_and_the_result_is_told():
    actor, account, _merchant, autopay, run = paying_household()

    assert (start(), finish()) == (1, 1)

    assert ledger(account) == [("paid", Decimal("1243.56"))]
    checkout = Checkout.objects.get()
    assert (checkout.origin, checkout.method) == ("autopay", "autopay")
    assert (checkout.user_id, checkout.saved_card) == (actor.user_id, autopay.card)
    assert checkout.receipt_email == "anna@example.ru"
    run.refresh_from_db()
    assert (run.state, run.amount, run.tries, run.checkout) == (
        "paid",
        Decimal("1243.56"),
        1,
        checkout,
    )
    assert letters() == ["Автоплатёж прошёл: 1\xa0243,56\xa0₽"]


def test_again_and_again_changes_nothing():
    _actor, account, *_rest = paying_household()

    for _ in range(3):
        start()
        finish()
        plan(DAY)

    assert ledger(account) == [("paid", Decimal("1243.56"))]
    assert (AutopayRun.objects.count(), Attempt.objects.count()) == (1, 1)


def test_not_before_its_time_nor_at_night():
    *_rest, run = paying_household()

    assert start(DAY - dt.timedelta(seconds=1)) == 0
    assert start(DAY + 11 * HOUR) == 0

    run.refresh_from_db()
    assert (run.state, run.due_at) == ("planned", DAY + A_DAY)


def owed_on(account, amount="1243.56"):
    """The account's one line, of which this much is paid by hand."""
    service = account.balances.get().service
    return line(account, amount, service=service, due=roubles("1243.56"))


def test_what_was_paid_here_meanwhile_is_not_paid_again():
    actor, account, *_rest = paying_household()
    by_hand = order(owed_on(account, "1000.00"), method=PayMethod.CARD)
    checkout_id = open_checkout(actor=actor, order=by_hand, at=TOLD)
    attempt_id = attempts.pay(actor=actor, checkout_id=checkout_id, at=TOLD)
    memory_bank.BOOKS.pay(Attempt.objects.get().acquirer_id, at=TOLD)
    attempts.check(attempt_id=attempt_id, at=TOLD)

    start()

    assert ledger(account) == [("paid", Decimal("1000.00")), ("paid", Decimal("243.56"))]


def test_while_the_account_is_paid_by_hand_it_waits():
    actor, account, *_rest, run = paying_household()
    by_hand = order(owed_on(account), method=PayMethod.CARD)
    checkout_id = open_checkout(actor=actor, order=by_hand, at=DAY)
    attempts.pay(actor=actor, checkout_id=checkout_id, at=DAY)

    assert start() == 0

    run.refresh_from_db()
    assert (run.state, run.due_at, run.tries) == ("planned", DAY + starting.POSTPONED, 0)


def pay_as(payer, account, *, at):
    """Somebody begins to pay the account and leaves the bank's page open."""
    wanted = order(owed_on(account), method=PayMethod.CARD, origin=Origin.GUEST, again=True)
    wanted = replace(wanted, session="" if payer.user_id else "guest")
    checkout_id = open_checkout(actor=payer, order=wanted, at=at)
    attempts.pay(actor=payer, checkout_id=checkout_id, at=at, session=wanted.session)


def test_somebody_else_holds_it_back_for_an_hour_however_often_they_begin():
    _actor, account, *_rest, run = paying_household(guest_payments="initials")
    guest = Actor(ActorKind.GUEST, account_id=account.pk, errand=Errand.PAYING)

    for minutes in range(0, 60, 15):
        moment = DAY + dt.timedelta(minutes=minutes)
        pay_as(guest, account, at=moment)
        assert start(moment) == 0

    run.refresh_from_db()
    assert (run.state, run.held_since, run.due_at) == ("planned", DAY, DAY + HOUR)
    pay_as(guest, account, at=DAY + HOUR)
    assert start(DAY + HOUR) == 1
    run.refresh_from_db()
    assert (run.state, run.held_since, run.tries) == ("started", None, 1)


def test_the_person_s_own_payment_is_waited_for_to_its_end():
    actor, account, *_rest = paying_household()
    pay_as(actor, account, at=DAY)

    assert [start(DAY + hours * HOUR) for hours in (0, 1, 2)] == [0, 0, 0]


def test_while_the_bank_is_down_it_waits():
    *_rest, merchant, _autopay, run = paying_household()
    health = {"merchant": merchant, "method": PayMethod.AUTOPAY}
    MethodHealth.objects.create(**health, failures=3, down_until=DAY + HOUR)

    assert start() == 0
    assert start(DAY + 2 * HOUR) == 1
    run.refresh_from_db()
    assert run.tries == 1


@pytest.mark.parametrize("due", ["0.00", "9.99", "-50.00"])
def test_nothing_due_or_too_little_is_skipped_quietly(due):
    paying_household(due=due)

    assert start() == 0
    assert state() == ("skipped", AutopayNote.NOTHING_DUE)
    assert letters() == []


def test_exactly_the_least_sum_is_paid():
    _actor, account, *_rest = paying_household(due="10.00")

    assert start() == 1
    assert ledger(account) == [("paid", Decimal("10.00"))]


def test_more_than_the_limit_is_skipped_and_told():
    paying_household(due="3000.01")

    assert start() == 0
    assert state() == ("skipped", AutopayNote.OVER_LIMIT)
    assert letters() == ["Автоплатёж пропущен: сумма больше предела"]


def test_more_than_the_limit_is_told_two_days_before_and_not_twice():
    actor, account, merchant = household(due="3000.01")
    autopay_of(actor, account, merchant)

    plan()
    start()

    assert letters() == ["Автоплатёж пропустит месяц: сумма больше предела"]
    assert state() == ("skipped", AutopayNote.OVER_LIMIT)


def test_up_to_the_limit_where_person_and_provider_want_it():
    _actor, account, *_rest = paying_household(
        due="5000.00",
        autopay={"pays_up_to_limit": True},
        autopay_over_limit=OverLimit.PAY_LIMIT,
    )

    start()

    assert ledger(account) == [("paid", Decimal("3000.00"))]


def test_not_up_to_the_limit_when_the_provider_no_longer_allows_it():
    paying_household(due="5000.00", autopay={"pays_up_to_limit": True})

    assert start() == 0
    assert state() == ("skipped", AutopayNote.OVER_LIMIT)


def test_the_limit_holds_the_commission():
    *_rest, run = paying_household(due="2970.30", commission_card=Decimal("1.00"))

    start()

    run.refresh_from_db()
    assert run.amount == Decimal("3000.00")


def test_a_due_whose_commission_goes_above_the_limit_is_skipped():
    paying_household(due="2970.31", commission_card=Decimal("1.00"))

    assert start() == 0
    assert state() == ("skipped", AutopayNote.OVER_LIMIT)


def test_what_became_due_after_the_planning_is_told_a_day_before_it_is_taken():
    actor, account, merchant = household(due="0.00")
    autopay_of(actor, account, merchant)
    plan()
    assert letters() == []
    Balance.objects.filter(account=account).update(amount=Decimal("700.00"))

    assert start() == 0
    assert letters() == ["26\xa0ноября — автоплатёж"]
    assert start(DAY + A_DAY - HOUR) == 0
    assert start(DAY + A_DAY) == 1
    assert ledger(account) == [("paid", Decimal("700.00"))]


def test_a_worker_that_slept_over_the_day_pays_a_days_notice_later():
    actor, account, merchant = household()
    autopay_of(actor, account, merchant)
    late = DAY + A_DAY + HOUR

    assert (plan(late), start(late)) == (1, 0)
    assert letters() == ["27\xa0ноября — автоплатёж"]
    assert start(late + A_DAY) == 1


def test_a_month_slept_through_is_told_and_not_paid():
    actor, account, merchant = household()
    autopay_of(actor, account, merchant)
    late = dt.datetime(2026, 11, 30, 9, 0, tzinfo=dt.UTC)

    plan(late)

    assert (start(late), start(late + 2 * A_DAY)) == (0, 0)
    assert state() == ("skipped", AutopayNote.TOO_LATE)
    assert letters() == ["Автоплатёж в этом месяце не состоялся"]


def test_the_next_month_follows():
    actor, account, merchant = household()
    autopay_of(actor, account, merchant)
    plan()
    start()
    finish()

    december = dt.datetime(2026, 12, 23, 7, 0, tzinfo=dt.UTC)

    assert (plan(december - HOUR), plan(december)) == (0, 1)
    newest = AutopayRun.objects.order_by("period").last()
    assert newest.due_at == dt.datetime(2026, 12, 25, 7, 0, tzinfo=dt.UTC)


def test_only_the_lines_of_the_cards_payee_are_paid():
    actor, account, merchant = household(due="100.00")
    supplier = SupplierFactory(provider=account.provider)
    other = MerchantFactory(provider=account.provider, gateway=merchant.gateway, is_default=False)
    MerchantSupplierFactory(merchant=other, supplier=supplier)
    BalanceFactory(account=account, supplier=supplier, amount=Decimal("250.00"))
    told_run(autopay_of(actor, account, merchant))

    start()

    assert ledger(account) == [("paid", Decimal("100.00"))]
    assert Attempt.objects.get().merchant == merchant


def test_a_closed_section_is_not_paid():
    _actor, account, *_rest = paying_household()
    policy = account.provider.policy
    policy.enabled_features = [name for name in policy.enabled_features if name != "pay"]
    policy.save()

    assert start() == 0
    assert state() == ("skipped", AutopayNote.CLOSED)


def test_switched_off_or_unlinked_nothing_is_paid():
    actor, account, *_rest = paying_household()

    unlink_account(actor=actor, public_id=account.public_id, at=TOLD)

    assert (start(), plan(DAY)) == (0, 0)
    assert ledger(account) == []
    assert letters() == ["Автоплатёж отключён"]


def test_a_refused_try_is_told_and_made_again_a_day_later(drawer):
    _actor, account, _merchant, autopay, run = paying_household()
    drawer.refused[autopay.card.token] = Cause.NO_MONEY

    start()
    finish()

    run.refresh_from_db()
    assert (run.state, run.due_at, run.tries) == ("planned", DAY + A_DAY, 1)
    assert "на карте не хватило денег" in last_letter().text
    assert "26\xa0ноября" in last_letter().text
    drawer.refused.clear()
    assert start(DAY + A_DAY) == 1
    finish(DAY + A_DAY)
    autopay.refresh_from_db()
    assert ledger(account) == [("paid", Decimal("1243.56"))]
    assert (autopay.failures, Attempt.objects.count()) == (0, 2)


def test_three_failures_in_a_row_pause_it_and_resuming_starts_with_the_next_month(drawer):
    actor, account, _merchant, autopay, run = paying_household()
    drawer.refused[autopay.card.token] = Cause.NO_MONEY

    for day in range(3):
        assert start(DAY + day * A_DAY) == 1
        finish(DAY + day * A_DAY)

    autopay.refresh_from_db()
    run.refresh_from_db()
    assert (autopay.state, run.state, run.tries) == ("paused", "failed", 3)
    assert letters()[-1] == "Автоплатёж приостановлен"
    assert (start(DAY + 3 * A_DAY), plan(DAY + 30 * A_DAY)) == (0, 0)
    changing.resume_autopay(actor=actor, account_id=account.public_id, at=DAY + 3 * A_DAY)
    autopay.refresh_from_db()
    assert (autopay.state, autopay.failures) == ("on", 0)
    assert plan(DAY + 4 * A_DAY) == 0
    assert plan(DAY + 28 * A_DAY) == 1


def test_a_permission_withdrawn_at_the_bank_switches_it_off_and_drops_the_card(drawer):
    *_rest, autopay, run = paying_household()
    drawer.refused[autopay.card.token] = Cause.REVOKED

    start()
    finish()

    autopay.refresh_from_db()
    run.refresh_from_db()
    card = SavedCard.objects.get()
    assert (autopay.state, run.state, run.cause) == ("off", "failed", "revoked")
    assert (card.token, card.removed_at) == ("", DAY)
    assert letters() == ["Автоплатёж отключён"]


def test_switched_off_during_a_charge_the_charge_ends_and_nothing_follows(drawer):
    actor, account, _merchant, autopay, run = paying_household()
    drawer.refused[autopay.card.token] = Cause.NO_MONEY
    starting.claim_due_runs(at=DAY)

    assert changing.switch_off(actor=actor, account_id=account.public_id, at=DAY) is True

    attempts.send(attempt_id=Attempt.objects.get().pk, at=DAY)
    finish()
    run.refresh_from_db()
    assert (run.state, run.told) == ("failed", AutopayNote.SWITCHED_OFF)
    assert start(DAY + A_DAY) == 0


def test_an_answer_that_was_lost_is_found_and_charged_once(drawer):
    _actor, account, *_rest = paying_household()
    memory_bank.BOOKS.troubles.append("lost")

    start()
    assert (finish(), ledger(account)) == (0, [])
    attempts.check(attempt_id=Attempt.objects.get().pk, at=DAY + dt.timedelta(minutes=3))
    finish()

    assert ledger(account) == [("paid", Decimal("1243.56"))]
    assert len(memory_bank.BOOKS.payments) == 1


@pytest.mark.parametrize("trouble", ["killed before", "killed after"])
def test_a_worker_killed_at_the_bank_is_finished_by_the_poller(trouble):
    _actor, account, *_rest = paying_household()
    memory_bank.BOOKS.troubles.append(trouble)

    with pytest.raises(Killed):
        start()
    assert (start(), polling.enqueue_due(at=DAY + dt.timedelta(minutes=3))) == (0, 1)
    attempts.check(attempt_id=Attempt.objects.get().pk, at=DAY + dt.timedelta(minutes=3))

    assert finish() == 1
    assert ledger(account) == [("paid", Decimal("1243.56"))]
    assert len(memory_bank.BOOKS.payments) == 1


def test_a_worker_killed_after_the_claim_is_finished_by_the_poller():
    _actor, account, *_rest = paying_household()
    starting.claim_due_runs(at=DAY)

    assert start() == 0
    assert polling.enqueue_due(at=DAY + dt.timedelta(minutes=3)) == 1
    attempts.check(attempt_id=Attempt.objects.get().pk, at=DAY + dt.timedelta(minutes=3))

    assert ledger(account) == [("paid", Decimal("1243.56"))]


def test_a_worker_killed_before_the_commit_has_done_nothing():
    _actor, account, *_rest = paying_household()

    with transaction.atomic():
        starting.claim_due_runs(at=DAY)
        transaction.set_rollback(True)

    assert (Checkout.objects.count(), state()) == (0, ("planned", ""))
    assert start() == 1
    assert ledger(account) == [("paid", Decimal("1243.56"))]


def test_the_same_try_cannot_be_written_twice():
    """What the claim forbids the database forbids once more: a key is made of the run and the try."""
    *_rest, run = paying_household()
    starting.claim_due_runs(at=DAY)
    AutopayRun.objects.update(state="planned", tries=0, checkout=None)
    Attempt.objects.update(state="declined", finished_at=DAY, next_check_at=None)

    with pytest.raises(IntegrityError), transaction.atomic():
        starting.claim_due_runs(at=DAY)

    assert run.tries == 0


def test_an_answer_that_contradicts_stops_it_and_takes_nothing_more(drawer):
    _actor, account, *_rest = paying_household()
    starting.claim_due_runs(at=DAY)
    attempt = Attempt.objects.get()
    memory_bank.BOOKS.troubles.append("lost")
    attempts.send(attempt_id=attempt.pk, at=DAY)
    (acquirer_id,) = memory_bank.BOOKS.payments
    payments = memory_bank.BOOKS.payments
    payments[acquirer_id] = memory_bank.replace(payments[acquirer_id], amount=terms().limit)
    attempts.check(attempt_id=attempt.pk, at=DAY)

    finish()

    assert state() == ("failed", AutopayNote.DISPUTED)
    assert (ledger(account), start(DAY + A_DAY)) == ([], 0)
    assert letters() == ["Автоплатёж проверяется"]


def test_a_letter_is_written_when_it_leaves_and_tells_what_was_so_then(drawer):
    *_rest, autopay, _run = paying_household()
    card = autopay.card
    start()
    finish()

    queued = Delivery.objects.get()
    assert (queued.writer, queued.subject, queued.text) == ("payments.autopay", "", "")
    type(autopay).objects.filter(pk=autopay.pk).update(state="off", card=None, limit="1.00")

    assert "1\xa0243,56\xa0₽" in last_letter().text
    assert f"Мир ••\xa0{card.last4}" in last_letter().text


@pytest.mark.parametrize("resolved", ["returned", "closed"])
def test_what_people_have_decided_about_before_it_was_read_is_not_tried_again(drawer, resolved):
    _actor, account, *_rest = paying_household()
    starting.claim_due_runs(at=DAY)
    Attempt.objects.update(state=resolved, finished_at=DAY, next_check_at=None)

    finish()

    assert state() == ("failed", AutopayNote.DISPUTED)
    assert (ledger(account), start(DAY + A_DAY)) == ([], 0)
    assert letters() == ["Автоплатёж проверяется"]


def test_one_providers_lost_secret_does_not_stop_the_others(caplog):
    _actor, first, merchant, *_rest = paying_household()
    merchant.secret = "sealed under another key"
    merchant.save()
    _actor, second, *_rest = paying_household()

    start()

    assert (ledger(first), ledger(second)) == ([], [("paid", Decimal("1243.56"))])
    assert "autopay.secret_unreadable" in caplog.text


@pytest.mark.parametrize("count", [1, 3])
def test_claiming_costs_the_same_for_one_and_for_three(count, django_assert_num_queries):
    for _ in range(count):
        paying_household()

    with django_assert_num_queries(16):
        claimed = starting.claim_due_runs(at=DAY)

    assert (claimed.runs, len(claimed.attempts)) == (count, count)
