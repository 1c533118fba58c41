"""Files of a bundle into temporary tables, one COPY each, with the line number of every row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from kabinet.exchange.carriers import Carrier
from kabinet.exchange.cells import as_text
from kabinet.exchange.lexing import Lexer, cell_texts
from kabinet.exchange.lines import SEPARATOR, BrokenFile, CsvLines, Record, Run
from kabinet.exchange.manifest import Manifest
from kabinet.exchange.problems import Problem, Sink
from kabinet.kernel import bundle
from kabinet.kernel.bundle import File

# A table of the database holds no more than 1,600.
COLUMNS_LIMIT = 1_000


@dataclass(slots=True)
class Staged:
    """What was read of one file."""

    header: frozenset[str] = frozenset()
    read: int = 0
    lexed: int = 0


@dataclass(slots=True)
class Staging:
    """The files read so far; ``broken`` when something makes the whole bundle unfit even for partial mode."""

    files: dict[str, Staged] = field(default_factory=dict)
    broken: bool = False

    @property
    def rows(self) -> int:
        return sum(staged.read for staged in self.files.values())


def create_stage(cursor: CursorWrapper, file: File) -> None:
    """Make the temporary table of a file with all its columns."""
    columns = ", ".join(f'"{column.name}" {column.kind.sql}' for column in file.columns)
    cursor.execute(f"CREATE TEMP TABLE {file.stage} (_n integer, {columns}) ON COMMIT DROP")


class Stager:
    """Reads the files of one bundle, one after another."""

    def __init__(
        self,
        cursor: CursorWrapper,
        carrier: Carrier,
        manifest: Manifest,
        sink: Sink,
        *,
        strict: bool,
        progress: Callable[[int], None],
    ) -> None:
        self._cursor = cursor
        self._carrier = carrier
        self._manifest = manifest
        self._strict = strict
        self._progress = progress
        self._sink = sink
        self.result = Staging()
        self._parents = {lookup.parent for file in bundle.files() for lookup in file.lookups}

    def read_all(self) -> Staging:
        """Fill the staging tables; what is wrong goes to the table of problems."""
        known = bundle.sent_files()
        sent = self._carrier.names()
        for name in sorted(set(sent) - set(known)):
            self._warn(
                Problem(
                    name,
                    None,
                    None,
                    None,
                    "unknown_value",
                    _("Такого файла в пакете быть не должно."),
                )
            )
        for name in sorted(set(self._manifest.files) - set(sent)):
            self._break(
                Problem(
                    name,
                    None,
                    None,
                    None,
                    "checksum",
                    _("Манифест называет файл, которого в пакете нет."),
                )
            )
        for name, file in known.items():
            if name in sent:
                self._read(file)
        self._sink.flush(self._cursor)
        return self.result

    def _warn(self, problem: Problem) -> None:
        """An error in strict mode, a warning in partial mode."""
        self._sink.add(problem, warning=not self._strict)

    def _break(self, problem: Problem) -> None:
        self._sink.add(problem)
        self.result.broken = True

    def _read(self, file: File) -> None:
        staged = self.result.files[file.name] = Staged()
        sha256 = self._consume_from(file, staged)
        promise = self._manifest.files.get(file.name)
        if promise is None or self.result.broken:
            return
        if sha256 and promise.sha256 and promise.sha256 != sha256:
            self._break(Problem(file.name, None, None, promise.sha256, "checksum"))
        if promise.rows is not None and promise.rows != staged.read:
            told = _("Строк в файле %(read)d, а в манифесте %(told)d.")
            message = told % {"read": staged.read, "told": promise.rows}
            self._break(Problem(file.name, None, "rows", str(promise.rows), "checksum", message))

    def _consume_from(self, file: File, staged: Staged) -> str:
        """Read a sheet or a CSV; the checksum of the latter is returned."""
        rows = self._carrier.rows(file.name)
        if rows is not None:
            self._consume(file, _cells(rows, file), staged)
            return ""
        with self._carrier.open(file.name) as source:
            lines = CsvLines(
                source, self._manifest.encoding, digest=file.name in self._manifest.files
            )
            self._consume(file, iter(lines), staged)
            return lines.sha256

    def _consume(self, file: File, entries: Iterator[Run | Record], staged: Staged) -> None:
        try:
            header, entries = _header(entries)
            lexer = Lexer(file, header, self._sink, is_parent=file.name in self._parents)
            staged.header = frozenset(header)
            if not self._fits(lexer):
                return
            self._copy(lexer, entries, staged)
        except BrokenFile as error:
            self._break(Problem(file.name, error.line, None, None, "bad_csv", str(error)))
        self._sink.flush(self._cursor)

    def _fits(self, lexer: Lexer) -> bool:
        """Judge the header; False when the rows can't be read by it."""
        name, header = lexer.file.name, lexer.header
        twice = {column for column in header if header.count(column) > 1}
        for column in sorted(twice):
            self._break(Problem(name, 1, column, column, "bad_csv", _("Столбец назван дважды.")))
        for column in lexer.missing:
            self._break(Problem(name, 1, column, None, "missing_column"))
        for column in lexer.strangers:
            self._warn(Problem(name, 1, column, column, "unknown_column"))
        return not twice and not lexer.missing

    def _copy(self, lexer: Lexer, entries: Iterator[Run | Record], staged: Staged) -> None:
        table, extra = lexer.file.stage, [pair for pair in lexer.staged if pair[0].startswith("_x")]
        for name, kind in extra:
            self._cursor.execute(f'ALTER TABLE {table} ADD COLUMN "{name}" {kind}')
        columns = ", ".join(f'"{name}"' for name, _kind in lexer.staged)
        statement = f"COPY {table} (_n, {columns}) FROM STDIN (FORMAT text, DELIMITER ';', NULL '')"
        before = self.result.rows
        broken: BrokenFile | None = None
        with self._cursor.copy(statement) as copy, ThreadPoolExecutor(1) as pool:
            # The server takes one piece in while the next is read: each has a processor.
            sent: Future[None] | None = None
            try:
                for entry in entries:
                    rows = lexer.take(entry)
                    if sent is not None:
                        sent.result()
                    sent = pool.submit(copy.write, rows)
                    self._progress(before + lexer.rows)
            except BrokenFile as error:
                # Raised inside, it would break off the COPY and with it the transaction that keeps the problems.
                broken = error
            if sent is not None:
                sent.result()
        staged.read, staged.lexed = lexer.rows, lexer.good
        if broken is not None:
            raise broken
        for name, _kind in extra:
            self._cursor.execute(f'ALTER TABLE {table} DROP COLUMN "{name}"')


def _header(entries: Iterator[Run | Record]) -> tuple[list[str], Iterator[Run | Record]]:
    """Give the names of the columns and the entries that follow."""
    first = next(entries, None)
    if first is None:
        raise BrokenFile(1, _("Файл пуст: нужна строка заголовка."))
    if isinstance(first, Run):
        names = first.lines[0].split(SEPARATOR)
        rest: Run | Record | None = Run(first.first + 1, first.lines[1:])
    elif first.code:
        raise BrokenFile(1, _("Заголовок не читается."))
    else:
        names, rest = list(first.fields), None
    if len(names) > COLUMNS_LIMIT:
        raise BrokenFile(1, _("Столбцов слишком много: это не файл пакета."))
    return [name.strip() for name in names], _chain(rest, entries)


def _chain(first: Run | Record | None, rest: Iterator[Run | Record]) -> Iterator[Run | Record]:
    if first is not None:
        yield first
    yield from rest


def _cells(rows: Iterable[Sequence[object]], file: File) -> Iterator[Record]:
    header: Sequence[str] = ()
    for number, row in enumerate(rows, 1):
        texts = [as_text(cell) for cell in row]
        if not header:
            while texts and not texts[-1]:
                texts.pop()
            header = [text.strip() for text in texts]
            yield Record(number, header)
        else:
            yield Record(number, cell_texts(file, header, texts))


def records(carrier: Carrier, file: File, encoding: str) -> Iterator[Record]:
    """Read a file once more, record by record, as it was sent: for the rejects."""
    rows = carrier.rows(file.name)
    if rows is not None:
        yield from _cells(rows, file)
        return
    with carrier.open(file.name) as source:
        for entry in CsvLines(source, encoding):
            if isinstance(entry, Record):
                yield entry
                continue
            for place, line in enumerate(entry.lines):
                yield Record(entry.first + place, line.split(SEPARATOR))
