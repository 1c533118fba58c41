"""What a person does with an autopay in force: change, skip, resume, switch off (PAY-17, 18)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.kernel.money import Money
from kabinet.payments.enums import AutopayNote, AutopayRunState, AutopayState
from kabinet.payments.models import Autopay, AutopayRun
from kabinet.payments.operations.autopay import changing, connecting, planning, starting
from kabinet.payments.queries.cards import CardNotFound
from tests.payments.autopayers import (
    DAY,
    TOLD,
    autopay_of,
    card_of,
    household,
    letters,
    paying_household,
    terms,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawer")]
A_DAY = dt.timedelta(days=1)


def change(actor, account, autopay, *, at=TOLD, card=None, **changes):
    changing.change_autopay(
        actor=actor,
        account_id=account.public_id,
        terms=terms(**changes),
        card_id=(card or autopay.card).public_id,
        at=at,
    )
    autopay.refresh_from_db()


def skip(actor, account, at=TOLD):
    return changing.skip_month(actor=actor, account_id=account.public_id, at=at)


def restore(actor, account, at=TOLD):
    changing.restore_month(actor=actor, account_id=account.public_id, at=at)


def test_limit_address_and_card_change_and_the_month_is_told_anew():
    actor, account, merchant, autopay, _run = paying_household()
    other = card_of(actor, merchant)

    change(
        actor, account, autopay, limit=Money(Decimal("500.00")), email="new@example.ru", card=other
    )

    assert (autopay.limit, autopay.email, autopay.card) == (
        Decimal("500.00"),
        "new@example.ru",
        other,
    )
    assert not AutopayRun.objects.exists()
    assert planning.plan_runs(at=TOLD) == 1
    assert letters() == ["Автоплатёж пропустит месяц: сумма больше предела"]


def test_a_change_on_the_day_itself_puts_the_payment_off_by_the_notice():
    actor, account, _merchant, autopay, _run = paying_household()

    change(actor, account, autopay, limit=Money(Decimal("2000.00")), at=DAY)
    planning.plan_runs(at=DAY)

    assert AutopayRun.objects.get().due_at == DAY + A_DAY


def test_an_earlier_day_that_has_passed_waits_for_the_next_month():
    actor, account, _merchant, autopay, _run = paying_household()

    change(actor, account, autopay, day=5)

    assert planning.plan_runs(at=TOLD) == 0
    assert planning.plan_runs(at=dt.datetime(2026, 12, 3, 8, 0, tzinfo=dt.UTC)) == 1
    assert AutopayRun.objects.get().period == dt.date(2026, 12, 1)


def test_a_later_day_after_the_payment_does_not_pay_the_month_twice():
    actor, account, _merchant, autopay, _run = paying_household()
    starting.start_due_runs(at=DAY)

    change(actor, account, autopay, day=28, at=DAY)

    assert planning.plan_runs(at=DAY + 2 * A_DAY) == 0


def test_what_cannot_be_is_refused_and_nothing_changes():
    actor, account, merchant, autopay, _run = paying_household()
    stranger, _account, elsewhere = household()

    with pytest.raises(connecting.TermsRefused):
        change(actor, account, autopay, day=29)
    with pytest.raises(CardNotFound):
        change(actor, account, autopay, card=card_of(stranger, elsewhere))
    with pytest.raises(changing.AutopayNotFound):
        change(stranger, account, autopay)

    autopay.refresh_from_db()
    assert (autopay.day, autopay.card.merchant) == (25, merchant)
    assert AutopayRun.objects.count() == 1


def test_switched_off_at_once_and_another_may_be_connected():
    actor, account, merchant, autopay, _run = paying_household()

    assert changing.switch_off(actor=actor, account_id=account.public_id, at=TOLD) is False

    autopay.refresh_from_db()
    assert (autopay.state, autopay.ended_at) == (AutopayState.OFF, TOLD)
    assert (starting.start_due_runs(at=DAY), AutopayRun.objects.count()) == (0, 0)
    autopay_of(actor, account, merchant)
    with pytest.raises(changing.AutopayNotFound):
        changing.switch_off(actor=household()[0], account_id=account.public_id, at=TOLD)
    assert Autopay.objects.filter(state=AutopayState.ON).count() == 1


def test_switching_off_works_where_paying_is_closed_meanwhile():
    actor, account, *_rest = paying_household()
    policy = account.provider.policy
    policy.enabled_features = [name for name in policy.enabled_features if name != "pay"]
    policy.save()

    changing.switch_off(actor=actor, account_id=account.public_id, at=TOLD)

    assert Autopay.objects.get().state == AutopayState.OFF


def test_a_month_that_was_told_is_skipped_and_nothing_is_paid():
    actor, account, *_rest, run = paying_household()

    assert skip(actor, account) == dt.date(2026, 11, 1)

    run.refresh_from_db()
    assert (run.state, run.told) == (AutopayRunState.SKIPPED, AutopayNote.BY_PERSON)
    assert (starting.start_due_runs(at=DAY), planning.plan_runs(at=DAY)) == (0, 0)


def test_a_month_is_skipped_ahead_and_then_the_next():
    actor, account, merchant = household()
    autopay_of(actor, account, merchant)
    early = dt.datetime(2026, 11, 3, 8, 0, tzinfo=dt.UTC)

    assert skip(actor, account, early) == dt.date(2026, 11, 1)
    assert skip(actor, account, early) == dt.date(2026, 12, 1)
    assert planning.plan_runs(at=TOLD) == 0


def test_a_skipped_month_is_taken_back():
    actor, account, *_rest = paying_household()
    skip(actor, account)

    restore(actor, account)

    assert (planning.plan_runs(at=TOLD), AutopayRun.objects.get().state) == (1, "planned")
    with pytest.raises(changing.NothingSkipped):
        restore(actor, account)


def test_a_charge_under_way_cannot_be_skipped():
    actor, account, *_rest, run = paying_household()
    starting.claim_due_runs(at=DAY)

    with pytest.raises(changing.ChargeUnderWay):
        skip(actor, account, DAY)

    run.refresh_from_db()
    assert run.state == AutopayRunState.STARTED


def test_only_what_is_paused_is_resumed():
    actor, account, *_rest = paying_household()

    with pytest.raises(changing.NotPaused):
        changing.resume_autopay(actor=actor, account_id=account.public_id, at=TOLD)

    assert Autopay.objects.get().state == AutopayState.ON


def test_one_that_waits_for_its_rouble_is_neither_changed_nor_skipped():
    actor, account, merchant = household()
    autopay = autopay_of(actor, account, merchant, state="binding", connected_at=None)

    with pytest.raises(changing.NotConnected):
        change(actor, account, autopay)
    with pytest.raises(changing.NotConnected):
        skip(actor, account)

    before = autopay.limit, autopay.day, autopay.state
    autopay.refresh_from_db()
    assert (autopay.limit, autopay.day, autopay.state) == before
    assert not AutopayRun.objects.exists()
