"""Querysets whose SQL is worked out once per process instead of at every request.

Building and compiling a scoped queryset costs Django more time than PostgreSQL needs to answer it. The pages that
everybody opens declare theirs as ``Prepared``: the same builder, on the same scopes, gives the same objects, or the
same tuples where it ends in ``values_list``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import QuerySet
from django.db.models.query import get_related_populators

from kabinet.kernel.actors import Actor, ActorKind

Row = TypeVar("Row")

# Stand-ins for the values while the SQL is compiled: no constant of a query looks like them.
_FIRST_NUMBER = 1_987_654_321
_FIRST_DAY = date(3987, 1, 1)


@dataclass(frozen=True, slots=True)
class _Statement:
    """Compiled SQL, which of its parameters comes from which value, and how a row becomes an object."""

    sql: str
    parameters: Sequence[Any]
    places: Sequence[tuple[int, int]]
    alias: str
    to_object: Callable[[Sequence[Any]], Any]


@dataclass(slots=True)
class Prepared(Generic[Row]):
    """Call it with the builder's arguments: actors, numbers, days, tuples of numbers; others must be constants.

    The builder may not look into the values that it puts into the query: which filters there are must not depend
    on them. When the SQL is compiled, that is checked for two sets of stand-ins and for the values given then; the
    tests hold calls of every kind against Django (``tests/strict_prepared.py``). Only for plain customers; others go the ordinary way.
    """

    build: Callable[..., QuerySet[Any, Row]]
    _statements: dict[Hashable, _Statement] = field(default_factory=dict)

    def __call__(self, *arguments: Any) -> list[Row]:
        if not all(map(_is_preparable, arguments)):
            return list(self.build(*arguments))
        statement, parameters = self.prepare(*arguments)
        with connections[statement.alias].cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            return [statement.to_object(row) for row in cursor.fetchall()]

    def prepare(self, *arguments: Any) -> tuple[_Statement, list[Any]]:
        """Give the statement for arguments of this shape, and its parameters for these."""
        shape = tuple(map(_shape, arguments))
        if shape not in self._statements:
            self._statements[shape] = _compile(self.build, arguments)
        statement = self._statements[shape]
        return statement, _filled(statement, list(_values(arguments)))


def _filled(statement: _Statement, values: Sequence[Any]) -> list[Any]:
    parameters = list(statement.parameters)
    for place, number in statement.places:
        parameters[place] = (
            type(parameters[place])(values[number])
            if _is_wrapped(parameters[place])
            else values[number]
        )
    return parameters


def _is_wrapped(parameter: object) -> bool:
    """The driver's own number types say which SQL type they are."""
    return isinstance(parameter, int) and type(parameter) is not int


def _is_preparable(value: Any) -> bool:
    """Staff have queries of other shapes; an empty tuple makes Django ask nothing at all."""
    if isinstance(value, Actor):
        return value.kind is ActorKind.CUSTOMER and value.user_id is not None and not value.grants
    return not (isinstance(value, tuple) and not value)


def _shape(value: Any) -> Hashable:
    """Everything about an argument that may show in the SQL."""
    if isinstance(value, tuple):
        return (tuple, len(value))
    if isinstance(value, Actor | date) or type(value) is int:
        return (type(value),)
    return (value,)


def _values(arguments: Sequence[Any]) -> Iterator[Any]:
    for value in arguments:
        if isinstance(value, tuple):
            yield from value
        elif isinstance(value, Actor):
            yield value.user_id
        elif isinstance(value, date) or type(value) is int:
            yield value


def _compile(build: Callable[..., QuerySet[Any]], arguments: Sequence[Any]) -> _Statement:
    """Compile with stand-ins, twice, with other ones, and with the values themselves: all must give the same SQL."""
    first, second = (_compile_with(build, arguments, start) for start in (0, 500))
    given, _parameters = build(*arguments).query.sql_with_params()
    if (first.sql, first.places) != (second.sql, second.places) or first.sql != given:
        raise TypeError(f"{build} looks into the values of its query; it cannot be prepared")
    return first


def _compile_with(
    build: Callable[..., QuerySet[Any]], arguments: Sequence[Any], start: int
) -> _Statement:
    stand_ins = list(_stand_ins(arguments, start))
    queryset = build(*stand_ins)
    compiler = queryset.query.get_compiler(using=queryset.db)
    sql, parameters = compiler.as_sql()
    numbers = {value: number for number, value in enumerate(_values(stand_ins))}
    places = [
        (place, numbers[value])
        for place, value in enumerate(parameters)
        if isinstance(value, int | date) and value in numbers
    ]
    if {number for _place, number in places} != set(numbers.values()):
        raise TypeError(f"{build} leaves a value out of its query; it cannot be prepared")
    maker = _tuple_maker if compiler.query.selected else _maker
    return _Statement(sql, tuple(parameters), places, queryset.db, maker(compiler, queryset.db))


def _stand_ins(arguments: Sequence[Any], start: int) -> Iterator[Any]:
    number = start
    for value in arguments:
        if isinstance(value, tuple):
            yield tuple(_FIRST_NUMBER + number + step for step in range(len(value)))
            number += len(value)
        elif isinstance(value, Actor):
            yield Actor.customer(_FIRST_NUMBER + number)
            number += 1
        elif isinstance(value, date):
            yield _FIRST_DAY + timedelta(days=number)
            number += 1
        elif type(value) is int:
            yield _FIRST_NUMBER + number
            number += 1
        else:
            yield value


def _maker(compiler: Any, alias: str) -> Callable[[Sequence[Any]], Any]:
    """What ``QuerySet`` itself does with a row: the object, its joined objects, its annotations."""
    select, found = compiler.select, compiler.klass_info
    if compiler.get_converters([expression for expression, _sql, _alias in select]):
        raise TypeError("a column that needs converting cannot be prepared")
    model, fields = found["model"], found["select_fields"]
    first, last = fields[0], fields[-1] + 1
    names = [column[0].target.attname for column in select[first:last]]
    # The stubs describe the next Django, which takes one argument more.
    joined = get_related_populators(found, select, alias)  # type: ignore[call-arg]
    annotations = list(compiler.annotation_col_map.items())

    def make(row: Sequence[Any]) -> Any:
        made = model.from_db(alias, names, row[first:last])
        for populator in joined:
            populator.populate(row, made)
        for name, column in annotations:
            setattr(made, name, row[column])
        return made

    return make


def _tuple_maker(compiler: Any, alias: str) -> Callable[[Sequence[Any]], Any]:
    """Rows of ``values_list`` in the order of its columns, each value made what its expression promises."""
    converters = compiler.get_converters(
        [expression for expression, _sql, _alias in compiler.select]
    )

    def make(row: Sequence[Any]) -> tuple[Any, ...]:
        made = list(row)
        for place, (steps, expression) in converters.items():
            for step in steps:
                made[place] = step(made[place], expression, connections[alias])
        return tuple(made)

    return make
