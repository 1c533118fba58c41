"""Guests at once, with real transactions: guesses stay three, a form sent twice is one reading."""

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.accounts.guests import (
    IN_A_ROW,
    PASS_LIFETIME,
    Filling,
    GuestNotMatched,
    Pass,
    prove_account,
)
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.limits import TooManyAttempts
from kabinet.kernel.models import AttemptLimit
from kabinet.metering.guests import submit_guest_readings
from kabinet.metering.models import Reading
from kabinet.metering.operations import TypedValue
from kabinet.providers.enums import GuestCheck
from kabinet.ui.captcha.altcha import Altcha
from kabinet.ui.captcha.base import CaptchaNotPassed
from tests.factories import AccountFactory, MeterFactory, ProviderFactory, ReadingFactory
from tests.hands import at_once
from tests.work import solve

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
VISITOR = Actor(ActorKind.NOBODY, address="192.0.2.7")
HANDS = 12


@pytest.fixture
def account():
    return AccountFactory(number="80510701", provider=ProviderFactory(region="Край"))


def filling(letters):
    return Filling(GuestCheck.INITIALS, "80510701", region="Край", initials=letters)


def test_twelve_guesses_at_once_are_three_tries_and_one_block(account):
    outcomes = at_once(
        *[lambda: prove_account(actor=VISITOR, filling=filling("ЯЯЯ"), at=NOW)] * HANDS
    )

    assert outcomes.count(GuestNotMatched) == IN_A_ROW.tries
    assert outcomes.count(TooManyAttempts) == HANDS - IN_A_ROW.tries
    row = AttemptLimit.objects.get(purpose="guest.row")
    assert (row.strikes, row.blocked_until) == (1, NOW + IN_A_ROW.blocks[0])
    # What was refused unseen did not fill the wider counts.
    wide = AttemptLimit.objects.exclude(purpose="guest.row").values_list("failures", flat=True)
    assert set(wide) == {IN_A_ROW.tries}


def test_a_right_filling_sent_twice_opens_twice_and_leaves_no_count(account):
    outcomes = at_once(*[lambda: prove_account(actor=VISITOR, filling=filling("АБВ"), at=NOW)] * 2)

    assert outcomes == [Pass(account.pk, NOW + PASS_LIFETIME)] * 2
    assert set(AttemptLimit.objects.values_list("failures", flat=True)) <= {0}


def test_a_form_sent_six_times_at_once_is_one_reading(account):
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter)
    guest = Actor.guest(account.pk, until=NOW + PASS_LIFETIME)
    values = [TypedValue(meter.public_id, "", "2041")]

    outcomes = at_once(*[lambda: submit_guest_readings(actor=guest, values=values, at=NOW)] * 6)

    assert [result.stored for (result,) in outcomes] == [True] * 6
    assert Reading.objects.filter(route="guest").count() == 1


def test_one_solution_used_six_times_at_once_passes_once(db):
    solution = solve(Altcha().challenge(at=NOW))

    outcomes = at_once(*[lambda: Altcha().require_passed(solution, address="", at=NOW)] * 6)

    assert outcomes.count(None) == 1
    assert outcomes.count(CaptchaNotPassed) == 5
