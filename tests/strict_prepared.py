"""Every prepared statement that a test runs is held against the one that Django writes for the same arguments."""

from __future__ import annotations


def checked(prepare):
    """Wrap ``Prepared.prepare``; costs a compilation at every call and no query."""

    def prepare_and_compare(prepared, *arguments):
        statement, parameters = prepare(prepared, *arguments)
        assert (statement.sql, tuple(parameters)) == _written_by_django(prepared, arguments)
        return statement, parameters

    return prepare_and_compare


def _written_by_django(prepared, arguments):
    sql, parameters = prepared.build(*arguments).query.sql_with_params()
    return sql, tuple(parameters)
