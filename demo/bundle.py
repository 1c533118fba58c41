"""Writing a bundle (spec 12): column lists, a streaming writer, and the manifest."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

COLUMNS: Mapping[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "branches": "code name region parent",
        "offices": "code branch name address lat lon phone email hours hours_json",
        "services": "code name unit kind decimals",
        "suppliers": "code name inn kpp bank_account bank bic corr_account",
        "tariffs": "service group zone valid_from valid_to price unit document document_url",
        "accounts": "number branch surname name patronymic region city street house building flat fias gis_id"
        " area_total area_living residents registered owners rooms stove electric_heating opened_on closed_on"
        " maintenance_on email phone pin apartment_block house_area_total house_area_living house_area_nonliving"
        " house_area_common house_area_common_counted",
        "account_services": "account service supplier tariff_group from to",
        "account_facts": "account name value position",
        "appliances": "account serial name kind verification_on state",
        "benefits": "account name from to",
        "contracts": "account number kind company state starts_on ends_on",
        "acts": "account number performed_at kind",
        "act_lines": "account act line title amount",
        "meters": "account serial service model place digits decimals zones installed_on verified_on"
        " next_verification_on charging_from charging_to removal_reason max_use state",
        "readings": "account meter zone taken_on accounted_on value source status reason portal_id",
        "bills": "account period kind number issued_on as_of opening paid charged adjusted benefit total"
        " penalty_opening penalty_paid penalty_charged penalty_total preliminary penalty_preliminary"
        " opening_is_net final",
        "bill_lines": "account period kind line service supplier operation tariff norm volume unit basis"
        " calc_period opening charged adjusted benefit quality paid closing is_penalty",
        "payments": "account id received_on processed_on amount penalty service supplier source place portal_id",
        "balances": "account service supplier amount penalty as_of",
    }.items()
}

Row = Sequence[str | int]
ZIP_TIME = (2026, 1, 1, 0, 0, 0)
BUFFER = 1 << 18


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one billing system writes its files; the bundle allows all of these (XCH-02, 03).

    ``sign`` is 1 where a debt is written as a positive number, -1 where as a negative one.
    """

    encoding: str = "utf-8"
    sign: int = 1
    day_first: bool = False
    point: str = "."
    cubic_metre: str = "м³"

    def money(self, kopecks: int) -> str:
        """Write an amount that is never negated: charged, paid and the rest."""
        if kopecks < 0:
            return f"-{-kopecks // 100}{self.point}{-kopecks % 100:02d}"
        return f"{kopecks // 100}{self.point}{kopecks % 100:02d}"

    def due(self, kopecks: int) -> str:
        """Write an amount due with the provider's own sign."""
        return self.money(kopecks * self.sign)

    def decimal(self, value: int, places: int) -> str:
        """Write an integer of ``10 ** -places`` without trailing zeros."""
        minus = "-" if value < 0 else ""
        whole, rest = divmod(abs(value), 10**places)
        if not rest:
            return f"{minus}{whole}"
        tail = f"{rest:0{places}d}".rstrip("0")
        return f"{minus}{whole}{self.point}{tail}"

    def day(self, year: int, month: int, day: int) -> str:
        if self.day_first:
            return f"{day:02d}.{month:02d}.{year:04d}"
        return f"{year:04d}-{month:02d}-{day:02d}"

    def period(self, year: int, month: int) -> str:
        return f"{month:02d}.{year:04d}" if self.day_first else f"{year:04d}-{month:02d}"

    def unit(self, unit: str) -> str:
        return self.cubic_metre if unit == "м³" else unit


class BundleWriter:
    """Appends rows to the bundle's files as they come; nothing is kept in memory but the file buffers."""

    def __init__(self, folder: Path, dialect: Dialect) -> None:
        self.folder = folder
        self.dialect = dialect
        self.rows: dict[str, int] = dict.fromkeys(COLUMNS, 0)
        self._files: dict[str, IO[str]] = {}
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, columns in COLUMNS.items():
            file = (self.folder / f"{name}.csv").open(
                "w", encoding=self.dialect.encoding, newline="", buffering=BUFFER
            )
            self._files[name] = file
            self._writers[name] = csv.writer(file, delimiter=";", lineterminator="\n")
            self._writers[name].writerow(columns)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()

    def add(self, name: str, rows: Iterable[Row]) -> None:
        """Append rows, each in the order of the file's columns."""
        known = list(rows)
        self._writers[name].writerows(known)
        self.rows[name] += len(known)


def write_manifest(writer: BundleWriter, *, provider: str, as_of: str) -> None:
    """Close the bundle with what it says about itself, and drop the files that got no rows."""
    files = {}
    for name, count in writer.rows.items():
        path = writer.folder / f"{name}.csv"
        if not count:
            path.unlink()
            continue
        with path.open("rb") as file:
            files[name] = {"rows": count, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    manifest = {
        "format": "kabinet-bundle",
        "version": 1,
        "provider": provider,
        "created_at": as_of,
        "as_of": as_of,
        "mode": "full",
        "sign": "debt_positive" if writer.dialect.sign > 0 else "debt_negative",
        "encoding": writer.dialect.encoding,
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (writer.folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def pack(folder: Path) -> Path:
    """Turn a bundle's folder into a zip beside it, the same bytes every time."""
    target = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(path.name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as packed:
                shutil.copyfileobj(source, packed, BUFFER)
    shutil.rmtree(folder)
    return target
