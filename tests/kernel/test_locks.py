"""Locks of the database that are no row's, as another process meets them."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from kabinet.kernel import locks

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = ["one.thing", 7 << 32, (7, 1)]


@pytest.fixture
def other():
    """Another process's connection."""
    copy = connection.copy()
    yield copy
    # A server lets a closed connection's locks go a moment later, when the next test may want them.
    with copy.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
    copy.close()


@pytest.mark.parametrize("key", KEYS)
def test_one_at_a_time_has_a_lock_until_it_is_given_back(key, other):
    locks.wait(key)
    try:
        assert not locks.take(key, on=other)
    finally:
        locks.give_back(key)
    assert locks.take(key, on=other)


@pytest.mark.parametrize("key", KEYS)
def test_a_transaction_has_a_lock_until_its_end(key, other):
    with transaction.atomic():
        locks.wait_until_commit(key)
        assert not locks.take(key, on=other)
    assert locks.take(key, on=other)


def test_different_keys_do_not_meet(other):
    locks.wait((7, 1))
    try:
        assert [locks.take(key, on=other) for key in ["(7, 1)", 7, 1, (1, 7), (7, 2)]] == [True] * 5
    finally:
        locks.give_back((7, 1))


def test_who_comes_second_is_not_alone_and_leaves_the_lock_with_the_first(other):
    with locks.alone("one.thing") as first:
        with locks.alone("one.other") as beside:
            assert (first, beside) == (True, True)
        assert not locks.take("one.thing", on=other)
    assert locks.take("one.thing", on=other)
    with locks.alone("one.thing") as second:
        assert second is False
    assert not locks.take("one.thing")


def test_a_name_is_the_lock_of_its_hash(other):
    """Processes of two versions meet during an update: what a name stands for does not change."""
    locks.wait("one.thing")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('one.thing', 0))")
            assert cursor.fetchone() == (False,)
    finally:
        locks.give_back("one.thing")
