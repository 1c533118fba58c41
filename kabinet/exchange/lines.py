"""Bytes of a CSV file into numbered records, in bounded memory (XCH-02).

Records come in two forms: a ``Run`` of neighbouring lines without quotes, which most files consist of and which stay
undivided, and single ``Record``s where a line needs care.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from kabinet.exchange.carriers import reading

CHUNK = 1 << 20
# No record of a bundle comes near this; a longer one is not CSV, and is never held whole.
LINE_LIMIT = 1 << 20
SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Run:
    """Lines without quotes; ``first`` is the number of the first one."""

    first: int
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, or what is wrong with it."""

    line: int
    fields: Sequence[str]
    code: str = ""


class BrokenFile(Exception):  # noqa: N818 -- a fact about what was sent
    """From this line on the file can't be divided into records."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class CsvLines:
    """Iterating gives the records; afterwards ``sha256`` is that of all bytes read."""

    def __init__(self, file: IO[bytes], encoding: str, *, digest: bool = False) -> None:
        self._file = file
        self._encoding = encoding
        self._hash = hashlib.sha256() if digest else None
        self._open: list[str] = []  # lines of a quoted record that has not ended yet
        self._open_length = 0
        self._opened_at = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest() if self._hash else ""

    def __iter__(self) -> Iterator[Run | Record]:
        number = 1
        for block in self._blocks():
            text = self._decode(block)
            if isinstance(text, str):
                yield from self._split(text, number)
            else:
                for offset, line in enumerate(text):
                    yield from self._one(line, number + offset)
            number += block.count(b"\n")
            if self._open_length > LINE_LIMIT:
                break
        if self._open:
            raise BrokenFile(self._opened_at, _("Кавычки открыты и не закрыты."))

    def _blocks(self) -> Iterator[bytes]:
        """Yield whole lines, about a chunk at a time, each block ending with a newline."""
        rest, number, first = b"", 1, True
        while True:
            with reading():
                chunk = self._file.read(CHUNK)
            if self._hash:
                self._hash.update(chunk)
            if first:
                chunk, first = chunk.removeprefix(b"\xef\xbb\xbf"), False
            if not chunk:
                break
            whole, newline, tail = chunk.rpartition(b"\n")
            if newline:
                yield rest + whole + newline
                number += whole.count(b"\n") + 1
                rest = tail
            else:
                rest += chunk
            if len(rest) > LINE_LIMIT:
                raise BrokenFile(number, _("Строка слишком длинна: это не CSV."))
        if rest:
            yield rest + b"\n"

    def _decode(self, block: bytes) -> str | list[str | bytes]:
        """Give the block as text; where some line is not in the encoding, line by line."""
        try:
            text = block.decode(self._encoding)
        except UnicodeDecodeError:
            return [self._decode_line(line) for line in block.removesuffix(b"\n").split(b"\n")]
        return text if "\r" not in text else text.replace("\r\n", "\n")

    def _decode_line(self, line: bytes) -> str | bytes:
        try:
            return line.decode(self._encoding).removesuffix("\r")
        except UnicodeDecodeError:
            return line

    def _split(self, text: str, number: int) -> Iterator[Run | Record]:
        lines = text.removesuffix("\n").split("\n")
        if not self._open and '"' not in text and "\x00" not in text:
            yield Run(number, lines)
            return
        start = 0
        for offset, line in enumerate(lines):
            if self._open or '"' in line or "\x00" in line:
                if start < offset:
                    yield Run(number + start, lines[start:offset])
                start = offset + 1
                yield from self._one(line, number + offset)
        if start < len(lines):
            yield Run(number + start, lines[start:])

    def _one(self, line: str | bytes, number: int) -> Iterator[Record]:
        """Take one line that may open, continue or close a quoted record."""
        if isinstance(line, bytes):
            at, self._open, self._open_length = (self._opened_at if self._open else number), [], 0
            yield Record(at, [line.decode(self._encoding, "replace")], "bad_encoding")
            return
        odd = line.count('"') % 2 == 1
        if not self._open:
            if not odd:
                yield _divide(line, number)
                return
            if not (line.startswith('"') or ';"' in line):
                yield Record(number, [line], "bad_csv")
                return
            self._opened_at, odd = number, False
        self._open.append(line)
        self._open_length += len(line) + 1
        if odd:
            record, self._open, self._open_length = "\n".join(self._open), [], 0
            yield _divide(record, self._opened_at)


def _divide(record: str, line: int) -> Record:
    if "\x00" in record:
        return Record(line, [record], "bad_csv")
    # A lone carriage return means nothing here, but ends a row for the csv module.
    source = [record.replace("\r", " ")] if "\r" in record else [record]
    try:
        rows = list(csv.reader(source, delimiter=SEPARATOR, strict=True))
    except csv.Error:
        return Record(line, [record], "bad_csv")
    return Record(line, rows[0] if rows else [""])
