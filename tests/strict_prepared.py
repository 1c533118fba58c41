"""Prepared statements that tests run are held against the one that Django writes for the same arguments.

A compilation costs more than most of what a test does, so not every single one: of each kind of arguments the first
few, which are different, and then some all along. A kind is all that a builder could look into (whoever asks, days,
words, which of the numbers are the same), but not the numbers of the rows themselves: those differ in every test.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from kabinet.kernel.actors import Actor

FIRST = 3
THEN_EVERY = 10

_held = {}
_counted = Counter()


def checked(prepare):
    """Wrap ``Prepared.prepare``; costs a compilation where it checks, and never a query."""

    def prepare_and_compare(prepared, *arguments):
        statement, parameters = prepare(prepared, *arguments)
        written = (statement.sql, tuple(parameters))
        if _held.get((prepared.build, arguments)) != written and _has_its_turn(prepared, arguments):
            assert written == _written_by_django(prepared, arguments)
            _held[prepared.build, arguments] = written
        return statement, parameters

    return prepare_and_compare


def _has_its_turn(prepared, arguments):
    kind = (prepared.build, _without_numbers(arguments))
    _counted[kind] += 1
    return _counted[kind] <= FIRST or _counted[kind] % THEN_EVERY == 0


def _without_numbers(arguments):
    """The arguments with a number's place among the numbers instead of the number."""
    places = {}

    def place(value):
        return places.setdefault(value, len(places)) if value > 0 else value

    def without(value):
        if isinstance(value, tuple):
            return tuple(map(without, value))
        if isinstance(value, Actor) and value.user_id is not None:
            return replace(value, user_id=place(value.user_id))
        return place(value) if type(value) is int else value

    return without(arguments)


def _written_by_django(prepared, arguments):
    sql, parameters = prepared.build(*arguments).query.sql_with_params()
    return sql, tuple(parameters)
