"""The vocabulary in which apps describe their files of the exchange bundle (spec 12), and their registry.

An app says which columns a file has, into which live table its rows go, what identifies a row and to what its codes
refer. ``exchange`` turns that into set-based SQL. In SQL snippets ``s`` is the staged row, ``t`` the row with its
references resolved (a temporary table ``take_<stage>``), ``l`` the live row; named parameters, as
``%(name)s``, are provider, as_of, imported, sign, pin_key and seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kabinet.kernel.spelling import Kind

# A public id that nobody can guess: from the run's secret seed, for asking the kernel of every row takes longer than
# writing the row.
PUBLIC_ID = "encode(substr(sha256(convert_to(%(seed)s || t._n, 'UTF8')), 1, 16), 'hex')::uuid"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file.

    ``to`` is the live column: "" takes the same name, None stores nothing by itself. ``due`` marks a sum that follows
    the bundle's sign. ``default`` is the SQL for an empty value. ``value`` replaces the expression (``{}`` is the
    staged column); ``write`` (``{t}``) what is stored of it; ``same`` what is compared with the live value.
    """

    name: str
    kind: Kind
    required: bool = False
    to: str | None = ""
    due: bool = False
    default: str = ""
    value: str = ""
    write: str = "{t}"
    same: str = "{t}"

    @property
    def live(self) -> str | None:
        return self.name if self.to == "" else self.to

    def expression(self, staged: str) -> str:
        shown = (self.value or self.kind.live).replace("{}", staged)
        if self.due:
            shown = f"(%(sign)s * {shown})"
        return f"coalesce({shown}, {self.default})" if self.default else shown


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column (with others) that names a row of another table; ``on`` joins it as ``{x}``.

    ``parent`` is the file that row comes in and ``parent_key`` the columns here that spell its key: a row whose parent
    was rejected is rejected with it. ``after`` names the lookup that must have succeeded for this one to be blamed.
    ``stored`` is False where the live table has no such column. ``shows`` gives ``t`` more columns of the named row.
    """

    column: str
    to: str
    table: str
    on: str
    parent: str
    parent_key: tuple[str, ...]
    after: str = ""
    stored: bool = True
    shows: Mapping[str, str] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        return f"x_{self.column}"


@dataclass(frozen=True, slots=True)
class Check:
    """Rows of ``t`` for which ``wrong`` holds are reported; ``shown`` is the value as sent, over ``s``."""

    column: str | None
    code: str
    wrong: str
    shown: str = "NULL"
    message: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a file's own; with ``counts`` its rows are a change of data; ``mode`` limits it to a bundle mode."""

    sql: str
    counts: bool = False
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Warn:
    """A query that gives (file, line, column, value, message) of rows to look at, most often sums that do not fit (XCH-09).

    The rows are taken in all the same; an empty message is the code's own.
    """

    sql: str
    code: str = "sum_mismatch"


@dataclass(frozen=True)
class File:
    """One file of the bundle.

    ``key`` are live columns; ``nullable_key`` those of them that may be NULL. ``born`` holds live columns that only
    an insert fills, ``touch`` what an update sets besides (over ``l`` and ``t``), ``peek`` live values that checks
    need. ``marks`` are scalar queries asked before anything is written, by parameter name, and ``start`` is a
    statement run then. ``before`` runs on staged rows, ``locks`` once they are resolved and before any of them is
    written, also when the file was not sent, ``after`` once the rows are written. ``row_key`` are the columns that identify a row as sent, ``distinct`` an expression over
    ``t`` where the live key does not say it all, ``unless`` forbids updates of some live rows, ``differs_also`` asks for more of them. A file that shares its
    ``name`` with another (``virtual``) is filled by the other's steps.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()
    identity: str = "id"
    nullable_key: frozenset[str] = frozenset()
    match_also: str = ""
    born: Mapping[str, str] = field(default_factory=dict)
    touch: Mapping[str, str] = field(default_factory=dict)
    peek: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    warnings: tuple[Warn, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    start: str = ""
    before: tuple[Step, ...] = ()
    locks: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    virtual: str = ""
    inserts: bool = True
    updates: tuple[str, ...] | None = None
    row_key: tuple[str, ...] = ()
    distinct: str = ""
    unless: str = ""
    differs_also: str = ""

    @property
    def stage(self) -> str:
        return f"stage_{self.virtual or self.name}"

    @property
    def take(self) -> str:
        return f"take_{self.virtual or self.name}"

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}


@dataclass(frozen=True, slots=True)
class Follow:
    """What another app does once a file's rows are written."""

    steps: tuple[Step, ...]
    warnings: tuple[Warn, ...] = ()


_files: dict[str, File] = {}
_follows: dict[str, list[Follow]] = {}


def register(*files: File) -> None:
    """Add an app's files; the order of registration is the order in which files are taken in."""
    for file in files:
        _files[file.virtual or file.name] = file


def follow(name: str, *steps: Step, warnings: Sequence[Warn] = ()) -> None:
    """Let an app act on a file of an app below it, in the same transaction.

    Only where the file was sent: after its rows are written and its own steps are done, the steps run in order, then
    the warnings are asked. They may read ``take_<name>`` (good rows, ``found`` and ``differs`` as before the writing)
    and any live table; a table of their own that they make is ``ON COMMIT DROP``.
    """
    _follows.setdefault(name, []).append(Follow(steps, tuple(warnings)))


def follows(file: File) -> Sequence[Follow]:
    return _follows.get(file.virtual or file.name, ())


def files() -> Sequence[File]:
    """Every file in order: what is referred to comes before what refers."""
    return tuple(_files.values())


def sent_files() -> Mapping[str, File]:
    """The files that a bundle may hold, by name."""
    return {file.name: file for file in _files.values() if not file.virtual}
