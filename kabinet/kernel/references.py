"""References checked by the statement: as safe as foreign keys by the row, at a fraction of their price for millions.

For migrations: what is written here was run in the installations; a change needs a function of another name.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import migrations

References = Mapping[str, Mapping[str, str]]


def checked_in_sets(owner: str, references: References) -> list[migrations.RunSQL]:
    """Let triggers per statement vouch for references: ``{child table: {column: parent table}}``.

    A foreign_key_violation is raised when fresh rows lead nowhere, and when a row that is referred to is deleted.
    ``owner`` is the app of the children and tells apart the triggers that several apps put on one parent.
    """
    parents = sorted({parent for columns in references.values() for parent in columns.values()})
    statements = [_child(table, columns) for table, columns in references.items()]
    statements += [_parent(owner, parent, references) for parent in parents]
    return [migrations.RunSQL(sql, undo) for sql, undo in statements]


def _child(table: str, columns: Mapping[str, str]) -> tuple[str, str]:
    """All references in one pass: the fresh rows may be millions."""
    joins = " ".join(
        f"LEFT JOIN {parent} p{place} ON p{place}.id = f.{column}"
        for place, (column, parent) in enumerate(columns.items())
    )
    lost = [
        f"p{place}.id IS NULL AND f.{column} IS NOT NULL" for place, column in enumerate(columns)
    ]
    named = " ".join(
        f"WHEN {test} THEN '{column}'" for test, column in zip(lost, columns, strict=True)
    )
    function = f"{table}_refers"
    create = f"""
    CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        lost text;
    BEGIN
        SELECT CASE {named} END INTO lost FROM fresh f {joins} WHERE {" OR ".join(f"({test})" for test in lost)} LIMIT 1;
        IF FOUND THEN
            RAISE foreign_key_violation USING MESSAGE = '{table}.' || lost || ' leads nowhere', TABLE = '{table}';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER {function}_on_insert AFTER INSERT ON {table}
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {function}();
    CREATE TRIGGER {function}_on_update AFTER UPDATE ON {table}
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {function}();
    """
    return create, f"DROP FUNCTION {function}() CASCADE"


def _parent(owner: str, parent: str, references: References) -> tuple[str, str]:
    """What is referred to stays: deleting locks the children out, and asks for them."""
    children = [
        (table, column)
        for table, columns in references.items()
        for column, target in columns.items()
        if target == parent
    ]
    checks = "\n".join(
        f"""
        IF EXISTS (SELECT FROM gone g JOIN {table} c ON c.{column} = g.id) THEN
            RAISE foreign_key_violation USING MESSAGE = '{parent} is referred to by {table}', TABLE = '{table}';
        END IF;"""
        for table, column in children
    )
    locks = ", ".join(table for table, _column in children)
    function = f"{parent}_is_needed_by_{owner}"
    create = f"""
    CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM gone) THEN
            RETURN NULL;
        END IF;
        LOCK TABLE {locks} IN SHARE MODE;
        {checks}
        RETURN NULL;
    END $$;
    CREATE TRIGGER {function}_on_delete AFTER DELETE ON {parent}
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {function}();
    """
    return create, f"DROP FUNCTION {function}() CASCADE"
