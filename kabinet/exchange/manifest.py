"""`manifest.json`, checked field by field (XCH-03)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kabinet.exchange.carriers import Unreadable
from kabinet.kernel.spelling import MOMENT, Misspelled

_ALLOWED: Mapping[str, tuple[object, ...]] = {
    "format": ("kabinet-bundle",),
    "version": (1, "1"),
    "mode": ("full", "delta"),
    "sign": ("debt_positive", "debt_negative"),
}
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp1251": "cp1251",
    "windows-1251": "cp1251",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A field of the manifest that can't be accepted."""

    column: str
    value: str
    code: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What the manifest says about a file, to be checked against what is read."""

    rows: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    provider: str
    as_of: datetime
    mode: str
    sign: int
    encoding: str
    files: Mapping[str, Promise]
    fields: Mapping[str, Any]


class ManifestRefused(Exception):  # noqa: N818 -- a fact about what was sent
    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("manifest")
        self.faults = faults


def parse_manifest(given: bytes | Sequence[tuple[str, str]]) -> Manifest:
    """:raises Unreadable: it is no JSON object.
    :raises ManifestRefused: a field is missing or has a value that Kabinet does not know.
    """
    fields = _fields(given)
    faults = [fault for name in _ALLOWED for fault in _allowed(fields, name)]
    encoding = _ENCODINGS.get(str(fields.get("encoding") or "utf-8").lower())
    if encoding is None:
        faults.append(Fault("encoding", str(fields["encoding"]), "unknown_value"))
    if not isinstance(fields.get("provider"), str) or not fields["provider"]:
        faults.append(Fault("provider", "", "missing"))
    moments = {name: _moment(fields, name, faults) for name in ("created_at", "as_of")}
    promises = _promises(fields.get("files"), faults)
    as_of = moments["as_of"]
    if faults or as_of is None or encoding is None:
        raise ManifestRefused(faults)
    return Manifest(
        provider=fields["provider"],
        as_of=as_of,
        mode=fields["mode"],
        sign=1 if fields["sign"] == "debt_positive" else -1,
        encoding=encoding,
        files=promises,
        fields=fields,
    )


def _fields(given: bytes | Sequence[tuple[str, str]]) -> dict[str, Any]:
    if not isinstance(given, bytes):
        fields: dict[str, Any] = dict(given)
        if fields.get("files"):
            fields["files"] = _json(fields["files"].encode())
        return fields
    found = _json(given)
    if not isinstance(found, dict):
        raise Unreadable(_("manifest.json — не объект JSON."))
    return found


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("manifest.json не читается: %s") % error) from error


def _allowed(fields: Mapping[str, Any], name: str) -> list[Fault]:
    value = fields.get(name)
    if value is None or value == "":
        return [Fault(name, "", "missing")]
    known = any(value == allowed and type(value) is type(allowed) for allowed in _ALLOWED[name])
    return [] if known else [Fault(name, str(value), "unknown_value")]


def _moment(fields: Mapping[str, Any], name: str, faults: list[Fault]) -> datetime | None:
    value = fields.get(name)
    if value is None or value == "":
        faults.append(Fault(name, "", "missing"))
        return None
    try:
        return datetime.fromisoformat(MOMENT.read(str(value)))
    except Misspelled as error:
        faults.append(Fault(name, str(value), error.code))
        return None


def _promises(given: object, faults: list[Fault]) -> Mapping[str, Promise]:
    if given is None or given == "":
        return {}
    if not isinstance(given, dict):
        faults.append(Fault("files", str(given), "unknown_value"))
        return {}
    promises = {}
    for name, said in given.items():
        rows = said.get("rows") if isinstance(said, dict) else None
        sha256 = said.get("sha256") if isinstance(said, dict) else None
        right = (
            isinstance(said, dict)
            and isinstance(rows, int | None)
            and isinstance(sha256, str | None)
        )
        if not right:
            faults.append(Fault("files", str(name), "unknown_value"))
            continue
        promises[name.removesuffix(".csv")] = Promise(rows, (sha256 or "").lower())
    return promises
