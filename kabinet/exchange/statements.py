"""The SQL of one file, written from its description: resolve, compare, check, insert, update."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kabinet.kernel.bundle import Column, File, Lookup

_KEY_MARK = "chr(31)"


def take(file: File, header: Collection[str], *, bad_parents: Collection[str]) -> str:
    """Resolve references and compare with the live rows, in one pass over the staged ones.

    A row of the result knows whether it is ``found`` among the live ones, whether it ``differs``, and whether
    a reference is ``lost``.
    """
    inner = [
        "s._n",
        *(_valued(column) for column in file.columns),
        *(f'{lookup.alias}.id AS "{lookup.to}"' for lookup in file.lookups),
        *(
            f'{lookup.alias}."{theirs}" AS "{name}"'
            for lookup in file.lookups
            for name, theirs in lookup.shows.items()
        ),
        f"{_lost(file)} AS lost",
    ]
    joins = "\n".join(_join(lookup, bad_parents) for lookup in file.lookups)
    peeks = "".join(f", {value} AS {name}" for name, value in file.peek.items())
    return (
        f"CREATE TEMP TABLE {file.take} ON COMMIT DROP AS\n"
        f"SELECT t.*, l.{file.identity} AS live_id, l.{file.identity} IS NOT NULL AS found,\n"
        f"    l.{file.identity} IS NOT NULL AND ({differs(file, header)}) AS differs{peeks}\n"
        f"FROM (SELECT {', '.join(inner)}\nFROM {file.stage} s\n{joins}) t\n"
        f"LEFT JOIN {file.table} l ON {_match(file)}"
    )


def differs(file: File, header: Collection[str]) -> str:
    """Say when a live row is to be changed: only columns that were sent are compared."""
    pairs = [
        f"{column.same.format(t=_quoted('t', column.live))} IS DISTINCT FROM {_quoted('l', column.live)}"
        for column in _changed_columns(file, header)
    ]
    pairs += [
        f"t.{lookup.to} IS DISTINCT FROM l.{lookup.to}" for lookup in _changed_lookups(file, header)
    ]
    if file.differs_also:
        pairs.append(file.differs_also)
    told = " OR ".join(pairs) or "false"
    return f"({told}) AND NOT ({file.unless})" if file.unless else told


def update(file: File, header: Collection[str]) -> str:
    """Change the live rows that differ; "" where no column sent could do so."""
    sets = [
        f'"{column.live}" = {column.write.format(t=_quoted("t", column.live))}'
        for column in _changed_columns(file, header)
    ]
    sets += [f"{lookup.to} = t.{lookup.to}" for lookup in _changed_lookups(file, header)]
    sets += [f"{name} = {value}" for name, value in file.touch.items()]
    if not sets:
        return ""
    same = f"l.{file.identity} = t.live_id"
    if file.identity != "id":
        same = " AND ".join(f'l."{name}" = t."{name}"' for name in file.key)
    return (
        f"UPDATE {file.table} l SET {', '.join(sets)} FROM {file.take} t WHERE t.differs AND {same}"
    )


def insert(file: File) -> str:
    """Add the rows that have no live one."""
    stored = [column for column in file.columns if column.live]
    names = [f'"{column.live}"' for column in stored]
    values = [column.write.format(t=_quoted("t", column.live)) for column in stored]
    lookups = [lookup.to for lookup in file.lookups if lookup.stored]
    names += [*lookups, *file.born]
    values += [*(f"t.{name}" for name in lookups), *file.born.values()]
    return (
        f"INSERT INTO {file.table} ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM {file.take} t WHERE NOT t.found"
    )


def lost(file: File, lookup: Lookup) -> str:
    """Report rows whose reference leads nowhere."""
    after = f" AND t.{lookup.after} IS NOT NULL" if lookup.after else ""
    staged = _quoted("s", lookup.column)
    return (
        "INSERT INTO problem (file, line, col, value, code, warning)"
        f" SELECT '{file.name}', t._n, '{lookup.column}', left({staged}::text, 200), 'unknown_reference', false"
        f" FROM {file.take} t JOIN {file.stage} s ON s._n = t._n"
        f" WHERE t.lost AND t.{lookup.to} IS NULL AND {staged} IS NOT NULL{after}"
    )


def distinct(file: File) -> str:
    """What identifies a row of the bundle, over ``t``."""
    return file.distinct or ", ".join(f't."{name}"' for name in file.key)


def twice(file: File) -> str:
    """Ask whether two rows have one live row."""
    return (
        f"SELECT EXISTS (SELECT FROM {file.take} t WHERE t.found AND NOT t.lost"
        f" GROUP BY {distinct(file)} HAVING count(*) > 1)"
    )


def duplicates(file: File) -> str:
    """Report the second and later rows of a key."""
    column = f"'{file.row_key[0]}'" if len(file.row_key) == 1 else "NULL"
    shown = " || ';' || ".join(f"coalesce({_quoted('s', name)}::text, '')" for name in file.row_key)
    return (
        "INSERT INTO problem (file, line, col, value, code, warning)"
        f" SELECT '{file.name}', t._n, {column}, left({shown}, 200), 'duplicate', false FROM ("
        f"SELECT t._n, row_number() OVER (PARTITION BY {distinct(file)} ORDER BY t._n) AS place"
        f" FROM {file.take} t WHERE NOT t.lost) t JOIN {file.stage} s ON s._n = t._n WHERE t.place > 1"
    )


def remember_bad(file: File) -> str:
    """Keep the keys of rows rejected here, for the rows that refer to them. A duplicate has a good twin."""
    return (
        f"INSERT INTO bad_row (file, key) SELECT '{file.name}', {_joined(file.row_key)}"
        f" FROM {file.stage} s WHERE s._n IN (SELECT line FROM problem"
        f" WHERE file = '{file.name}' AND NOT warning AND code <> 'duplicate')"
    )


def _valued(column: Column) -> str:
    staged = _quoted("s", column.name)
    if column.live is None:
        return f'{staged} AS "raw_{column.name}"'
    return f'{column.expression(staged)} AS "{column.live}"'


def _lost(file: File) -> str:
    misses = [
        f"({_quoted('s', lookup.column)} IS NOT NULL AND {lookup.alias}.id IS NULL)"
        for lookup in file.lookups
    ]
    return " OR ".join(misses) or "false"


def _join(lookup: Lookup, bad_parents: Collection[str]) -> str:
    on = lookup.on.replace("{x}", lookup.alias)
    if lookup.parent in bad_parents:
        on += (
            f" AND NOT EXISTS (SELECT FROM bad_row b WHERE b.file = '{lookup.parent}'"
            f" AND b.key = {_joined(lookup.parent_key)})"
        )
    return f"LEFT JOIN {lookup.table} {lookup.alias} ON {on}"


def _joined(names: Sequence[str]) -> str:
    return f" || {_KEY_MARK} || ".join(
        f"coalesce({_quoted('s', name)}::text, '')" for name in names
    )


def _match(file: File) -> str:
    pairs = [
        f'coalesce(l."{name}", 0) = coalesce(t."{name}", 0)'
        if name in file.nullable_key
        else f'l."{name}" = t."{name}"'
        for name in file.key
    ]
    return " AND ".join([*pairs, *([file.match_also] if file.match_also else [])])


def _changed_columns(file: File, header: Collection[str]) -> list[Column]:
    return [
        column
        for column in file.columns
        if column.live
        and column.name in header
        and column.live not in file.key
        and (file.updates is None or column.live in file.updates)
    ]


def _changed_lookups(file: File, header: Collection[str]) -> list[Lookup]:
    return [
        lookup
        for lookup in file.lookups
        if lookup.stored
        and lookup.column in header
        and lookup.to not in file.key
        and file.updates is None
    ]


def _quoted(table: str, name: str | None) -> str:
    return f'{table}."{name}"'
