"""Staged rows into the live tables, file by file, inside one transaction (design §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.utils import CursorWrapper

from kabinet.exchange import statements
from kabinet.exchange.staging import Staged
from kabinet.kernel import bundle
from kabinet.kernel.bundle import Check, File, Step, Warn


@dataclass(slots=True)
class Counts:
    """XCH-14: what became of the rows of a file."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def as_json(self) -> dict[str, int]:
        return {
            "read": self.read,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
        }


@dataclass(slots=True)
class Outcome:
    files: dict[str, Counts] = field(default_factory=dict)
    changed_besides: int = 0

    @property
    def changed(self) -> bool:
        return self.changed_besides > 0 or any(
            counts.inserted or counts.updated for counts in self.files.values()
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """How the rows of a file stand to the live ones."""

    rows: int = 0
    found: int = 0
    differing: int = 0


class Merger:
    """Takes in the files that were staged; ``progress`` hears of rows checked and written."""

    def __init__(
        self,
        cursor: CursorWrapper,
        params: Mapping[str, Any],
        staged: Mapping[str, Staged],
        *,
        mode: str,
        progress: Callable[[int, int], None],
    ) -> None:
        self._cursor = cursor
        self._params = dict(params)
        self._staged = staged
        self._mode = mode
        self._progress = progress
        self._taken = Taken()
        self._imported: Mapping[str, Any] = params["imported_files"]
        self.outcome = Outcome(
            {name: Counts(read=staged.read) for name, staged in self._staged.items()}
        )

    def merge_all(self) -> Outcome:
        """Check and write every file in order of reference; good rows are written though others are bad."""
        for file in bundle.files():
            self._params.update({name: self._scalar(sql) for name, sql in file.marks.items()})
            if file.start:
                self._run(file.start)
        for file in bundle.files():
            for step in file.before:
                if file.name in self._staged:
                    self._run(step.sql)
        for file in bundle.files():
            self._merge(file)
        self._count_rejected()
        return self.outcome

    def _merge(self, file: File) -> None:
        staged = self._staged.get(file.name)
        header = staged.header if staged else frozenset[str]()
        self._params["imported"] = self._imported.get(file.name)
        self._run(statements.take(file, header, bad_parents=self._bad_parents()))
        if staged is not None:
            self._check(file)
        for step in file.locks:
            self._run(step.sql)
        if staged is not None:
            self._write(file, header)
        if staged is not None or file.warnings:
            self._warn(file)
        if staged is not None:
            self._follow(file)
        self._run(f"TRUNCATE {file.stage}")

    def _bad_parents(self) -> set[str]:
        self._run("SELECT DISTINCT file FROM bad_row")
        return {row[0] for row in self._cursor.fetchall()}

    def _check(self, file: File) -> None:
        """Find references that lead nowhere, repeated keys and the file's own faults; drop such rows."""
        asked = [
            "count(*)",
            "count(*) FILTER (WHERE t.found)",
            "count(*) FILTER (WHERE t.differs)",
            "count(*) FILTER (WHERE t.lost)",
        ]
        asked += [
            f"count(*) FILTER (WHERE NOT t.lost AND ({check.wrong}))" for check in file.checks
        ]
        self._run(f"SELECT {', '.join(asked)} FROM {file.take} t")
        taken, found, differing, lost, *wrong = self._cursor.fetchone()
        self._taken = Taken(taken, found, differing)
        if lost:
            for lookup in file.lookups:
                self._run(statements.lost(file, lookup))
        # Rows that are found twice; new ones meet at the unique index when they are written.
        twice = found and self._scalar(statements.twice(file))
        if twice:
            self._run(statements.duplicates(file))
        for check, count in zip(file.checks, wrong, strict=True):
            if count:
                self._report(file, check)
        if lost or twice or any(wrong):
            self._drop_bad(file)
        if not file.virtual:
            self._progress(self.outcome.files[file.name].read, 0)

    def _report(self, file: File, check: Check) -> None:
        self._params["check_column"], self._params["check_code"] = check.column, check.code
        self._run(
            "INSERT INTO problem (file, line, col, value, code, message, warning)"
            f" SELECT '{file.name}', t._n, %(check_column)s::text, left({check.shown}::text, 200),"
            f" %(check_code)s, '', false FROM {file.take} t JOIN {file.stage} s ON s._n = t._n"
            f" WHERE NOT t.lost AND ({check.wrong})"
        )

    def _drop_bad(self, file: File) -> None:
        if file.row_key and not file.virtual:
            self._run(statements.remember_bad(file))
        self._run(
            f"DELETE FROM {file.take} WHERE _n IN"
            f" (SELECT line FROM problem WHERE file = '{file.name}' AND NOT warning)"
        )
        self._run(
            "SELECT count(*), count(*) FILTER (WHERE found), count(*) FILTER (WHERE differs)"
            f" FROM {file.take}"
        )
        self._taken = Taken(*self._cursor.fetchone())

    def _write(self, file: File, header: frozenset[str]) -> None:
        counts = self.outcome.files[file.name]
        updated = inserted = 0
        if self._taken.differing and (updating := statements.update(file, header)):
            # Rows that differ are mostly few: the plan of the join must know it.
            self._run(f"ANALYZE {file.take}")
            updated = self._run(updating)
        if self._taken.found < self._taken.rows and file.inserts:
            inserted = self._insert(file)
        counts.updated += updated
        counts.inserted += inserted
        counts.unchanged += self._taken.rows - updated - inserted
        self._run_steps(file.after)
        self._progress(0, updated + inserted)

    def _insert(self, file: File) -> int:
        """Add the new rows; only when two of them have one key is it asked which."""
        try:
            with transaction.atomic():
                return self._run(statements.insert(file))
        except IntegrityError:
            if not self._run(statements.duplicates(file)):
                raise
        self._drop_bad(file)
        return self._run(statements.insert(file))

    def _warn(self, file: File) -> None:
        if file.warnings:
            self._run(f"ANALYZE {file.take}")  # they join whole tables: a wrong guess costs more
        self._ask(file.warnings)

    def _follow(self, file: File) -> None:
        """What apps above do with the file."""
        for follow in bundle.follows(file):
            self._run_steps(follow.steps)
            self._ask(follow.warnings)

    def _run_steps(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.mode in {"", self._mode}:
                changed = self._run(step.sql)
                self.outcome.changed_besides += changed if step.counts else 0

    def _ask(self, warnings: Iterable[Warn]) -> None:
        for warning in warnings:
            self._params["warn_code"] = warning.code
            self._run(
                "INSERT INTO problem (file, line, col, value, code, message, warning)"
                " SELECT w.file, w.line, w.col, w.value, %(warn_code)s, w.message, true"
                f" FROM ({warning.sql}) w (file, line, col, value, message)"
            )

    def _count_rejected(self) -> None:
        self._run(
            "SELECT file, count(DISTINCT line) FROM problem WHERE NOT warning AND line > 1 GROUP BY file"
        )
        for name, rejected in self._cursor.fetchall():
            if name in self.outcome.files:
                self.outcome.files[name].rejected = rejected

    def _run(self, sql: str) -> int:
        self._cursor.execute(sql, self._params)
        return max(int(self._cursor.rowcount), 0)

    def _scalar(self, sql: str) -> Any:
        self._run(sql)
        return self._cursor.fetchone()[0]
