"""Write docs/guides/bundle.md from what the apps have registered: run it after a change of a bundle's file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kabinet.kernel.bundle import File

TARGET = Path(__file__).resolve().parents[1] / "docs" / "guides" / "bundle.md"
OPENING = """\
# The bundle: every file and column

Written by `tools/bundle_reference.py` from the code that reads the files; do not edit by hand. How to send a bundle and what
comes back is told in [the guide](billing-engineer.md).

A file is `NAME.csv` in a folder or zip, or the sheet `NAME` of a workbook; all are optional, columns come in any order.
**Key** columns identify a row: the same key again is an update, twice in one file an error. An empty key column without
“required” is part of the key.

| kind | written |
| --- | --- |
| code | 1 to 64 letters, digits and `-_.` |
| money | up to 12 digits before the point and 2 after; point or comma, spaces between thousands |
| date | `2026-11-21` or `21.11.2026` |
| month | `2026-11` or `11.2026` |
| moment | ISO 8601 with its offset, `2026-11-21T10:42:00+03:00` |
| yes or no | `1`/`0`, `true`/`false`, `да`/`нет` |

Money marked *due* follows the manifest's `sign`; all other money is never negated.
"""
OUT_WORDS = {"number": "number", "money": "money", "date": "date", "moment": "moment, UTC"}


def reference() -> str:
    """Give the text of the reference; the apps must have been loaded."""
    from kabinet.exchange.exports import OUT_FILES
    from kabinet.kernel import bundle

    lines = [OPENING]
    for file in bundle.sent_files().values():
        lines += [f"## {file.name}", "", "| column | kind | |", "| --- | --- | --- |"]
        lines += _in_rows(file)
        lines.append("")
    lines.append("# Files that come back\n")
    for out_file in OUT_FILES.values():
        lines += [f"## {out_file.name}", "", "| column | kind |", "| --- | --- |"]
        lines += [
            f"| `{row.name}` | {OUT_WORDS.get(row.kind, 'text')} |" for row in out_file.columns
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _in_rows(file: File) -> Iterator[str]:
    parents = {lookup.column: lookup.parent for lookup in file.lookups}
    for column in file.columns:
        notes = [
            "**key**" if column.name in file.row_key else "",
            "required" if column.required else "",
            "due" if column.due else "",
            f"names a row of `{parents[column.name]}`" if column.name in parents else "",
        ]
        told = ", ".join(note for note in notes if note)
        yield f"| `{column.name}` | {column.kind.words} | {told} |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kabinet.config.settings")
    os.environ.setdefault("DATABASE_URL", "postgresql:///not-connected")
    import django

    django.setup()
    TARGET.write_text(reference(), encoding="utf-8")
