from __future__ import annotations

import datetime as dt
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel import limits, tasks
from kabinet.kernel.limits import (
    Claim,
    Rule,
    TooManyAttempts,
    blocked_until,
    spoken_wait,
    was_blocked,
)
from kabinet.kernel.models import AttemptLimit

NOON = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
FIVE = Rule("answer", tries=5, quiet=DAY, blocks=(DAY,))
GROWING = Rule("guest", tries=3, quiet=DAY, blocks=(15 * MINUTE, 60 * MINUTE, DAY))
MINE = Claim(FIVE, "7:gas:123")


def fail(claim, times, at=NOON):
    return [limits.take(claim, at=at) for _ in range(times)]


@pytest.mark.django_db
class TestTaking:
    def test_tries_count_down(self):
        assert fail(MINE, 5) == [4, 3, 2, 1, 0]

    def test_the_sixth_is_refused_with_the_remaining_time(self):
        fail(MINE, 5)

        with pytest.raises(TooManyAttempts) as refusal:
            limits.take(MINE, at=NOON + MINUTE)

        assert refusal.value.until == NOON + DAY
        assert str(refusal.value) == (
            "Слишком много попыток. Попробуйте снова через 23\xa0ч\xa059\xa0мин."
        )

    def test_trying_during_a_block_does_not_prolong_it(self):
        fail(MINE, 5)
        for minute in range(1, 4):
            with pytest.raises(TooManyAttempts) as refusal:
                limits.take(MINE, at=NOON + minute * MINUTE)
            assert refusal.value.until == NOON + DAY

        assert limits.take(MINE, at=NOON + DAY) == 4

    def test_somebody_elses_count_is_another(self):
        fail(MINE, 5)

        assert limits.take(Claim(FIVE, "8:gas:123"), at=NOON) == 4

    def test_old_failures_are_forgotten(self):
        fail(MINE, 4)

        assert limits.take(MINE, at=NOON + DAY) == 4

    def test_one_blocked_claim_refuses_the_attempt_and_both_are_counted(self):
        wide = Claim(GROWING, "192.0.2.1")
        fail(wide, 3)

        with pytest.raises(TooManyAttempts):
            limits.take(MINE, wide, at=NOON)

        assert limits.take(MINE, at=NOON) == 3

    def test_the_least_number_of_tries_left_is_told(self):
        assert limits.take(MINE, Claim(GROWING, "192.0.2.1"), at=NOON) == 2

    def test_a_lowered_limit_blocks_who_is_already_over_it(self):
        fail(MINE, 4)
        strict = Claim(Rule("answer", tries=3, quiet=DAY, blocks=(DAY,)), MINE.key)

        with pytest.raises(TooManyAttempts):
            limits.take(strict, at=NOON)

    def test_the_table_names_nobody(self):
        limits.take(Claim(FIVE, "user 7, account 33016355"), at=NOON)

        assert "33016355" not in AttemptLimit.objects.get().key


@pytest.mark.django_db
class TestBlocks:
    def test_each_next_block_is_longer_and_the_last_one_repeats(self):
        claim, at, waits = Claim(GROWING, "a"), NOON, []
        for _ in range(5):
            fail(claim, 3, at)
            until = blocked_until(claim, at=at)
            waits.append(until - at)
            at = until

        assert waits == [15 * MINUTE, 60 * MINUTE, DAY, DAY, DAY]

    def test_blocks_are_forgotten_after_a_quiet_time(self):
        claim = Claim(GROWING, "a")
        fail(claim, 3)
        later = NOON + 15 * MINUTE + DAY
        fail(claim, 3, later)

        assert blocked_until(claim, at=later) == later + 15 * MINUTE

    def test_asking_counts_nothing(self):
        assert blocked_until(MINE, at=NOON) is None
        fail(MINE, 5)
        assert blocked_until(MINE, at=NOON) == NOON + DAY
        assert blocked_until(MINE, at=NOON + DAY) is None

    def test_the_longest_block_among_several_claims_is_told(self):
        wide = Claim(GROWING, "192.0.2.1")
        fail(wide, 3)
        assert blocked_until(MINE, wide, at=NOON) == NOON + 15 * MINUTE

        fail(MINE, 5)
        assert blocked_until(MINE, wide, at=NOON) == NOON + DAY

    def test_a_block_is_remembered_until_it_is_forgiven(self):
        claim, other = Claim(GROWING, "a"), Claim(FIVE, "b")
        fail(claim, 2)
        assert not was_blocked(claim, other, at=NOON)

        fail(claim, 1)
        served = NOON + 15 * MINUTE
        assert was_blocked(other, claim, at=served + DAY - MINUTE)
        assert not was_blocked(claim, other, at=served + DAY)
        assert not was_blocked(other, at=NOON)

        limits.forget(claim)
        assert not was_blocked(claim, at=NOON)

    def test_a_rule_without_a_block_is_refused(self):
        with pytest.raises(ValueError, match="at least two tries"):
            Rule("answer", tries=5, quiet=DAY, blocks=())


@pytest.mark.django_db
class TestGivingBack:
    def test_a_right_answer_costs_nothing(self):
        fail(MINE, 3)
        limits.give_back(MINE)

        assert limits.take(MINE, at=NOON) == 2

    def test_a_right_answer_at_the_last_try_lifts_the_block_it_made(self):
        fail(MINE, 5)
        limits.give_back(MINE)

        assert limits.take(MINE, at=NOON) == 0

    def test_refused_attempts_do_not_outweigh_it(self):
        fail(MINE, 5)
        for _ in range(3):
            with pytest.raises(TooManyAttempts):
                limits.take(MINE, at=NOON)
        limits.give_back(MINE)

        assert limits.take(MINE, at=NOON) == 0

    def test_it_keeps_the_other_failures(self):
        fail(MINE, 4)
        limits.take(MINE, at=NOON)
        limits.give_back(MINE)
        limits.take(MINE, at=NOON)

        with pytest.raises(TooManyAttempts):
            limits.take(MINE, at=NOON)

    def test_forgetting_clears_the_count(self):
        fail(MINE, 4)
        limits.forget(MINE)

        assert limits.take(MINE, at=NOON) == 4

    def test_sweeping_keeps_what_still_blocks(self):
        fail(MINE, 5)
        fail(Claim(FIVE, "old"), 1, NOON - 2 * DAY)

        assert limits.sweep(before=NOON + MINUTE) == 1
        assert blocked_until(MINE, at=NOON) == NOON + DAY


@pytest.mark.django_db(transaction=True)
class TestCommitting:
    def test_two_crowds_of_requests_get_five_tries_between_them(self):
        def guess(_):
            try:
                limits.take(MINE, at=NOON)
            except TooManyAttempts:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(12) as pool:
            allowed = list(pool.map(guess, range(24)))

        assert sum(allowed) == 5

    def test_claims_given_in_opposite_orders_do_not_deadlock(self):
        wide = Rule("address", tries=1000, quiet=DAY, blocks=(DAY,))
        pair = [Claim(wide, "a"), Claim(wide, "b")]

        def guess(number):
            try:
                limits.take(*(pair if number % 2 else reversed(pair)), at=NOON)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(guess, range(60)))

        assert {row.failures for row in AttemptLimit.objects.all()} == {60}

    @pytest.mark.parametrize("name", ["a", "b", "c"])
    def test_right_answers_at_once_do_not_deadlock(self, name):
        """Whatever the order of the digests: the proved claim may come before, between or after the wider ones."""
        wide = [Claim(Rule("address", tries=1000, quiet=DAY, blocks=(DAY,)), key) for key in "xyz"]

        def answer(_number):
            try:
                limits.take(Claim(FIVE, name), *wide, at=NOON)
                with transaction.atomic():
                    limits.forget(Claim(FIVE, name), *wide)
            except TooManyAttempts:
                pass
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(answer, range(40)))

        assert not AttemptLimit.objects.filter(purpose=FIVE.purpose).exists()

    def test_another_process_meets_the_same_count(self):
        fail(MINE, 4)
        host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
        user = connection.settings_dict["USER"]
        program = (
            "import django, datetime as dt; django.setup()\n"
            "from kabinet.kernel import limits\n"
            "day = dt.timedelta(days=1)\n"
            "rule = limits.Rule('answer', tries=5, quiet=day, blocks=(day,))\n"
            "at = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)\n"
            "print(limits.take(limits.Claim(rule, '7:gas:123'), at=at))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={
                "DATABASE_URL": f"postgresql://{user}@/{name}?host={host}",
                "DJANGO_SETTINGS_MODULE": "kabinet.config.settings",
                "KABINET_SECRET_KEY": "k",
                "KABINET_PIN_KEY": "k",
                "PATH": "",
            },
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout == "0\n"
        with pytest.raises(TooManyAttempts):
            limits.take(MINE, at=NOON)

    def test_the_count_may_not_hang_on_the_callers_transaction(self):
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            limits.take(MINE, at=NOON)

        assert AttemptLimit.objects.count() == 0


@given(st.lists(st.integers(min_value=1, max_value=10**6), min_size=2, max_size=5, unique=True))
def test_a_longer_wait_is_never_spoken_shorter(seconds):
    waits = [dt.timedelta(seconds=value) for value in sorted(seconds)]

    for shorter, longer in pairwise(map(_minutes, map(spoken_wait, waits))):
        assert shorter <= longer


def _minutes(spoken):
    words = spoken.split("\N{NO-BREAK SPACE}")
    return sum(
        int(number) * {"ч": 60, "мин": 1}[unit]
        for number, unit in zip(words[::2], words[1::2], strict=True)
    )


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_an_address_stands_for_a_household(address, network):
    assert limits.network(address) == network


@pytest.mark.django_db
def test_the_nightly_sweep_forgets_a_count_of_last_week():
    now = timezone.now()
    fail(Claim(FIVE, "old"), 1, now - 8 * DAY)
    fail(Claim(FIVE, "new"), 1, now)

    tasks.sweep_limits(timestamp=0)

    assert AttemptLimit.objects.get().key == Claim(FIVE, "new").digest
