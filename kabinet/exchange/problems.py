"""Errors and warnings of a run: kept in a temporary table, however many they are; shown are the first thousand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import IO, Any, Self, cast

from django.db.backends.utils import CursorWrapper
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SHOWN = 1_000
VALUE_LIMIT = 200
TEXT_LIMIT = 500
_SPOOL = 4 << 20

MESSAGES: Mapping[str, str | Promise] = {
    "missing": _("Обязательное значение не указано."),
    "not_a_number": _("Это не число: нужны цифры, дробная часть — через точку или запятую."),
    "not_a_date": _("Такой даты нет: нужно 2026-11-21 или 21.11.2026."),
    "not_a_period": _("Такого месяца нет: нужно 2026-11 или 11.2026."),
    "out_of_range": _("Значение вне допустимых пределов, или в числе слишком много цифр."),
    "too_long": _("Текст слишком длинный."),
    "unknown_value": _("Такого значения Кабинет не знает."),
    "unknown_reference": _("Указанного нет ни в пакете, ни в Кабинете, или его строка с ошибкой."),
    "duplicate": _("Строка с таким ключом в файле уже есть."),
    "bad_encoding": _("Строка не в той кодировке, что указана в манифесте."),
    "bad_csv": _(
        "Строка не разбирается: число полей не то, что в заголовке, или кавычки не парные."
    ),
    "unknown_column": _("Такого столбца в этом файле нет."),
    "missing_column": _("Обязательного столбца нет."),
    "checksum": _("Файл не тот, что описан в манифесте."),
    "stale": _("Данные старше тех, что уже загружены."),
    "sum_mismatch": _("Суммы не сходятся."),
    "unknown_provider": _("Такого поставщика нет, он отключён, или пакет от другого поставщика."),
    "unknown_file": _("Такого файла в пакете быть не должно."),
    "unreadable": _("Пакет не читается."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of ``errors`` or ``warnings`` (XCH-06, 14)."""

    file: str | None
    line: int | None
    column: str | None
    value: str | None
    code: str
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "message": self.message or str(MESSAGES[self.code])}

    def storable(self) -> Problem:
        """A manifest may hold what no database takes and nobody reads: NUL, halves of characters, endless texts."""
        value = None if self.value is None else _storable(self.value)
        return replace(self, value=value, message=_storable(self.message))


def _storable(text: str) -> str:
    return text[:TEXT_LIMIT].replace("\0", "\ufffd").encode(errors="replace").decode()


TABLES = """
CREATE TEMP TABLE problem (
    id bigint GENERATED ALWAYS AS IDENTITY,
    file text, line integer, col text, value text, code text, message text, warning boolean, rank integer
) ON COMMIT DROP;
CREATE TEMP TABLE bad_row (file text, key text) ON COMMIT DROP;
"""


def _spool() -> IO[bytes]:
    return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=_SPOOL))


class Sink:
    """Collects what is found while a file is being copied, when the connection is busy."""

    def __init__(self) -> None:
        self._lines, self._bad = _spool(), _spool()
        self.errors = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._lines.close()
        self._bad.close()

    def add(self, problem: Problem, *, warning: bool = False) -> None:
        value = None if problem.value is None else problem.value[:VALUE_LIMIT]
        cells = (problem.file, problem.line, problem.column, value, problem.code, problem.message)
        row = ";".join("\\N" if cell is None else escape(str(cell)) for cell in cells)
        self._lines.write(f"{row};{int(warning)}\n".encode(errors="replace"))
        self.errors += not warning

    def add_bad_row(self, file: str, key: str) -> None:
        self._bad.write(f"{escape(file)};{escape(key)}\n".encode(errors="replace"))

    def flush(self, cursor: CursorWrapper) -> None:
        """Copy what was collected into the temporary tables."""
        for spool, target in (
            (self._lines, "problem (file, line, col, value, code, message, warning)"),
            (self._bad, "bad_row (file, key)"),
        ):
            if not spool.tell():
                continue
            spool.seek(0)
            with cursor.copy(f"COPY {target} FROM STDIN (FORMAT text, DELIMITER ';')") as copy:
                while chunk := spool.read(1 << 20):
                    copy.write(chunk)
            spool.seek(0)
            spool.truncate()


_ESCAPES = str.maketrans(
    {"\\": "\\\\", ";": "\\;", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x00": "\ufffd"}
)


def escape(value: str) -> str:
    """Write a value for COPY in text format with ``;`` between values: nothing in it has a meaning of its own."""
    return value.translate(_ESCAPES)


def rank_files(cursor: CursorWrapper, order: Mapping[str, int]) -> None:
    """Give every problem the place of its file, so that they are shown in the order of reading."""
    for file, rank in order.items():
        cursor.execute("UPDATE problem SET rank = %s WHERE file = %s", [rank, file])


def shown(cursor: CursorWrapper, *, warnings: bool) -> tuple[list[Problem], int]:
    """Give the first thousand and how many there are in all."""
    cursor.execute("SELECT count(*) FROM problem WHERE warning = %s", [warnings])
    total: int = cursor.fetchone()[0]
    cursor.execute(
        "SELECT file, line, col, value, code, coalesce(message, '') FROM problem WHERE warning = %s"
        f" ORDER BY rank NULLS FIRST, line NULLS FIRST, id LIMIT {SHOWN}",
        [warnings],
    )
    return [Problem(*row) for row in cursor.fetchall()], total


def bad_lines(cursor: CursorWrapper, file: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, codes, messages) of the rejected rows of a file, in order, without holding them all."""
    cursor.execute(
        "DECLARE bad_lines NO SCROLL CURSOR FOR SELECT line, string_agg(DISTINCT code, ' '),"
        " array_agg(DISTINCT coalesce(nullif(message, ''), code)) FROM problem"
        " WHERE file = %s AND NOT warning AND line > 1 GROUP BY line ORDER BY line",
        [file],
    )
    try:
        while True:
            cursor.execute("FETCH 5000 FROM bad_lines")
            rows = cursor.fetchall()
            if not rows:
                return
            for line, codes, messages in rows:
                said = " ".join(str(MESSAGES.get(text, text)) for text in messages)
                yield line, codes, said
    finally:
        cursor.execute("CLOSE bad_lines")
