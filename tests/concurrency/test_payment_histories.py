"""Random histories of payments: whatever the order of presses, notices, kills and files, no kopeck is lost or doubled.

``KABINET_SEED`` repeats a run; a failure names the history's own seed. ``KABINET_HISTORIES`` makes it longer.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.concurrency.payment_world import Clock, new_world
from tests.payments import memory_bank

pytestmark = pytest.mark.django_db(transaction=True)
SEED = int(os.environ.get("KABINET_SEED", "20261121"))
HISTORIES = int(os.environ.get("KABINET_HISTORIES", "500"))
GROUPS = 10
ENOUGH = 50
STEPS = 20
CHECKED_EVERY = 4


@pytest.fixture
def _prepared_sql_is_what_django_would_write():
    """Proved elsewhere; here it would take most of the time."""


@pytest.fixture
def _unordered_querysets_come_shuffled():
    """The dice are the histories' own, so that a seed repeats them."""


def lived(seed, monkeypatch, settings, folder):
    """Live one history to its end; gives what happened in it."""
    settings.PAYMENT_GATEWAYS = {memory_bank.CODE: memory_bank.PATH}
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    folder.mkdir()
    world = new_world(seed, memory_bank.empty_books(), clock, folder)
    for number in range(STEPS):
        world.step()
        if number % CHECKED_EVERY == 0:
            world.check_always()
    world.come_to_rest()
    world.check_at_rest()
    ProcrastinateJob.objects.all()._raw_delete("default")
    return world.told + Counter(ledger=len(world.exported))


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_kopeck_is_lost_or_counted_twice(group, monkeypatch, settings, tmp_path):
    told = Counter()
    for number in range(HISTORIES // GROUPS):
        seed = SEED * 1000 + group * 1000 + number
        try:
            told += lived(seed, monkeypatch, settings, tmp_path / str(number))
        except BaseException as error:
            error.add_note(f"history seed {seed}: KABINET_SEED={SEED}, group {group}, {number}")
            raise
    # A history in which nothing happens would prove nothing.
    if HISTORIES // GROUPS >= ENOUGH:
        happened = ("ledger", "killed", "refund", "notify", "decided", "decided booked")
        assert min(told[name] for name in happened) > 0


def test_the_histories_notice_a_charge_that_is_booked_twice(monkeypatch, settings, tmp_path):
    """The checks themselves: a bank that forgets keys charges twice, and the histories say so."""
    forgetful = memory_bank.MemoryBank.create

    def create(self, merchant, order):
        memory_bank.BOOKS.by_key.clear()
        return forgetful(self, merchant, order)

    monkeypatch.setattr(memory_bank.MemoryBank, "create", create)
    with pytest.raises(AssertionError):
        _live_many(monkeypatch, settings, tmp_path)


def _live_many(monkeypatch, settings, folder):
    for number in range(200):
        lived(SEED + number, monkeypatch, settings, folder / str(number))
