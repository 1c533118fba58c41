"""The rows that were not taken, in the bundle's own layout, ready to be mended and sent again (XCH-06)."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, cast

from django.core.files.base import File as StoredFile
from django.core.files.storage import default_storage
from django.db.backends.utils import CursorWrapper

from kabinet.exchange.carriers import Carrier
from kabinet.exchange.lexing import OURS
from kabinet.exchange.lines import SEPARATOR, Record
from kabinet.exchange.manifest import Manifest
from kabinet.exchange.problems import bad_lines
from kabinet.exchange.staging import records
from kabinet.kernel import bundle

_SPOOL = 8 << 20


def store_rejects(
    cursor: CursorWrapper, carrier: Carrier, manifest: Manifest, *, names: Sequence[str], key: str
) -> str:
    """Write ``rejects.zip`` with the bad rows of the named files and return the key it is kept under."""
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        with zipfile.ZipFile(cast("IO[bytes]", spool), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", _manifest(manifest))
            for name in names:
                with archive.open(f"{name}.csv", "w") as raw:
                    _write(cursor, carrier, manifest, name, raw)
        spool.seek(0)
        return default_storage.save(key, StoredFile(spool))


def _manifest(manifest: Manifest) -> str:
    """A full bundle's rejects are no full bundle: taken as one they would close every account they do not name."""
    fields = {name: value for name, value in manifest.fields.items() if name != "files"}
    fields |= {"mode": "delta", "encoding": "utf-8", "version": 1}
    return json.dumps(fields, ensure_ascii=False, indent=2)


def _write(
    cursor: CursorWrapper, carrier: Carrier, manifest: Manifest, name: str, raw: IO[bytes]
) -> None:
    text = io.TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, delimiter=SEPARATOR, lineterminator="\n")
    sent = records(carrier, bundle.sent_files()[name], manifest.encoding)
    header = [column.strip() for column in next(sent).fields]
    ours = [place for place, column in enumerate(header) if column in OURS]
    writer.writerow([*_without(header, ours), "_line", "_code", "_message"])
    for record, code, message in _matching(sent, bad_lines(cursor, name)):
        fields = _fitted(record.fields, len(header))
        writer.writerow([*_without(fields, ours), str(record.line), code, message])
    text.detach()


def _matching(
    sent: Iterator[Record], bad: Iterator[tuple[int, str, str]]
) -> Iterator[tuple[Record, str, str]]:
    """Walk both in the order of lines."""
    for line, code, message in bad:
        for record in sent:
            if record.line == line:
                yield record, code, message
                break


def _fitted(fields: Sequence[str], width: int) -> list[str]:
    """A row with too many fields keeps the surplus in its last one."""
    kept = list(fields[: width - 1]) if len(fields) > width else list(fields)
    if len(fields) > width:
        kept.append(SEPARATOR.join(fields[width - 1 :]))
    return kept + [""] * (width - len(kept))


def _without(fields: Sequence[str], places: Sequence[int]) -> list[str]:
    return [field for place, field in enumerate(fields) if place not in places]
