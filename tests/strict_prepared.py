"""Every prepared statement that a test runs is held against the one that Django writes for the same arguments.

Once for the same arguments: a walk over many pages of one person asks the same questions on each of them.
"""

from __future__ import annotations

_held = {}


def checked(prepare):
    """Wrap ``Prepared.prepare``; costs a compilation and no query."""

    def prepare_and_compare(prepared, *arguments):
        statement, parameters = prepare(prepared, *arguments)
        written = (statement.sql, tuple(parameters))
        if _held.get((prepared.build, arguments)) != written:
            assert written == _written_by_django(prepared, arguments)
            _held[prepared.build, arguments] = written
        return statement, parameters

    return prepare_and_compare


def _written_by_django(prepared, arguments):
    sql, parameters = prepared.build(*arguments).query.sql_with_params()
    return sql, tuple(parameters)
