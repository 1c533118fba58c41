"""Reads a written bundle back, in whatever manner its provider writes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WrittenBundle:
    folder: Path

    @property
    def manifest(self) -> dict:
        return json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))

    @property
    def names(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.csv")}

    def columns(self, name: str) -> list[str]:
        with self._open(name) as file:
            return next(csv.reader(file, delimiter=";"))

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        if name not in self.names:
            return
        with self._open(name) as file:
            yield from csv.DictReader(file, delimiter=";")

    def of(self, name: str, account: str) -> list[dict[str, str]]:
        column = "number" if name == "accounts" else "account"
        return [row for row in self.rows(name) if row[column] == account]

    def due(self, text: str) -> int:
        """Kopecks of an amount due, debt positive."""
        sign = 1 if self.manifest["sign"] == "debt_positive" else -1
        return sign * kopecks(text)

    def _open(self, name: str):
        path = self.folder / f"{name}.csv"
        return path.open(encoding=self.manifest["encoding"], newline="")


def kopecks(text: str) -> int:
    """Kopecks of a written amount; nothing written is nothing."""
    if not text:
        return 0
    whole, rest = text.replace(",", ".").split(".")
    value = int(whole.lstrip("-")) * 100 + int(rest)
    return -value if text.startswith("-") else value


def month(text: str) -> str:
    """A period as ``2026-10``, however it was written."""
    first, second = text.replace(".", "-").split("-")
    return text if len(first) == 4 else f"{second}-{first}"
