"""The three carriers of a bundle (XCH-01): a folder, a zip of it, one XLSX. Nothing is trusted, nothing unpacked to disk."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from django.utils.translation import gettext as _

MANIFEST = "manifest"
MANIFEST_LIMIT = 1 << 20
MANIFEST_ROWS = 1_000
ENTRIES_LIMIT = 1_000
# A CSV of repeated rows shrinks some 30 to 100 times; bombs do so a thousand times.
RATIO_LIMIT = 300
RATIO_FREE = 16 << 20
ZIP_LIMIT = 64 << 30
# The reader of workbooks holds a sheet in memory: a bundle larger than this comes as CSV.
XLSX_LIMIT = 128 << 20
_IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db")


class Unreadable(Exception):  # noqa: N818 -- a fact about what was sent
    """The bundle can't be read at all; the message is a Russian sentence."""


class Carrier(Protocol):
    """Where the files of a bundle lie; names are without ``.csv``."""

    def names(self) -> Sequence[str]: ...

    def manifest(self) -> bytes | Sequence[tuple[str, str]]: ...

    def open(self, name: str) -> IO[bytes]: ...

    def rows(self, name: str) -> Iterator[Sequence[object]] | None: ...

    def close(self) -> None: ...


@contextmanager
def reading() -> Iterator[None]:
    """Say in one way that the medium failed: a cut archive, a bad checksum inside it, a vanished file."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(_("Архив повреждён: %s") % error) from error
    except OSError as error:
        raise Unreadable(_("Файл не читается: %s") % (error.strerror or error)) from error


def open_carrier(path: Path) -> Carrier:
    """:raises Unreadable: there is nothing there, or it is none of the three."""
    with reading():
        if path.is_dir():
            return Folder(path)
        if not path.is_file():
            raise Unreadable(_("Нет такого файла или папки: %s") % path.name)
        if not zipfile.is_zipfile(path):
            raise Unreadable(_("Это не архив zip и не книга XLSX: %s") % path.name)
        archive = zipfile.ZipFile(path)
        try:
            is_book = "[Content_Types].xml" in archive.namelist()
            require_safe(archive, limit=XLSX_LIMIT if is_book else ZIP_LIMIT)
            if not is_book:
                return Archive(archive)
        except BaseException:
            archive.close()
            raise
        archive.close()
        return Workbook(path)


class Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[str, str] = {}
        for entry in sorted(path.iterdir()):
            if entry.name in _IGNORED:
                continue
            if entry.is_symlink():
                raise Unreadable(_("В папке есть ссылка на другое место: %s") % entry.name)
            self._names[_plain_name(entry.name)] = entry.name

    def names(self) -> Sequence[str]:
        return [name for name in self._names if name != MANIFEST]

    def manifest(self) -> bytes:
        with self.open(MANIFEST) as file:
            return _bounded(file)

    def open(self, name: str) -> IO[bytes]:
        if name not in self._names:
            raise Unreadable(_("В пакете нет файла %s") % "manifest.json")
        with reading():
            return (self._path / self._names[name]).open("rb")

    def rows(self, name: str) -> None:  # noqa: ARG002 -- a carrier of bytes has none
        return None

    def close(self) -> None:
        pass


class Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        files = [
            info
            for info in archive.infolist()
            if not info.is_dir() and not any(mark in info.filename for mark in _IGNORED)
        ]
        top = _common_folder([info.filename for info in files])
        self._infos = {_plain_name(info.filename.removeprefix(top)): info for info in files}
        if len(self._infos) != len(files):
            raise Unreadable(_("В архиве два файла с одним именем."))

    def names(self) -> Sequence[str]:
        return [name for name in self._infos if name != MANIFEST]

    def manifest(self) -> bytes:
        with self.open(MANIFEST) as file, reading():
            return _bounded(file)

    def open(self, name: str) -> IO[bytes]:
        if name not in self._infos:
            raise Unreadable(_("В пакете нет файла %s") % "manifest.json")
        with reading():
            return self._archive.open(self._infos[name])

    def rows(self, name: str) -> None:  # noqa: ARG002 -- a carrier of bytes has none
        return None

    def close(self) -> None:
        self._archive.close()


class Workbook:
    """An XLSX with a sheet per file, after the zip inside has been found safe; see ``workbooks`` for how it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sheets = [name for names in _lists_of_book(path) for name in names]

    def names(self) -> Sequence[str]:
        return [name for name in self._sheets if name != MANIFEST]

    def manifest(self) -> Sequence[tuple[str, str]]:
        if MANIFEST not in self._sheets:
            raise Unreadable(_("В книге нет листа %s") % MANIFEST)
        rows = list(islice(self.rows(MANIFEST), MANIFEST_ROWS))
        if not rows or rows[0][:2] != ["key", "value"]:
            raise Unreadable(_("На листе manifest нужны столбцы key и value."))
        return [(row[0], row[1]) for row in rows[1:] if row[0]]

    def open(self, name: str) -> IO[bytes]:
        raise AssertionError(name)  # a workbook gives rows

    def rows(self, name: str) -> Iterator[Sequence[str]]:
        yield from _lists_of_book(self._path, name)

    def close(self) -> None:
        pass


def _lists_of_book(path: Path, *sheet: str) -> Iterator[list[str]]:
    """:raises Unreadable: it is no workbook, or reading it went beyond bounds."""
    command = [sys.executable, "-m", "kabinet.exchange.workbooks", str(path), *sheet]
    with subprocess.Popen(  # noqa: S603 -- our own module; the sheet's name is one argument
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as reader:
        assert reader.stdout is not None  # noqa: S101 -- asked for above
        try:
            for line in reader.stdout:
                said = json.loads(line) if line.endswith(b"\n") else ""
                if isinstance(said, str):
                    raise Unreadable(_("Книга XLSX не читается: %s") % said)
                yield said
            if reader.wait():
                raise Unreadable(_("Книга XLSX не читается: она слишком велика или повреждена."))
        finally:
            reader.kill()


def require_safe(archive: zipfile.ZipFile, *, limit: int) -> None:
    """:raises Unreadable: a bomb, a way out of the archive, a link, or encryption."""
    infos = archive.infolist()
    if len(infos) > ENTRIES_LIMIT:
        raise Unreadable(_("В архиве слишком много файлов."))
    for info in infos:
        _require_safe_entry(info)
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if unpacked > limit or unpacked > RATIO_FREE + packed * RATIO_LIMIT:
        raise Unreadable(_("Архив разворачивается в слишком большой объём."))


def _require_safe_entry(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename)
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\\" in info.orig_filename
        or ":" in info.filename
    ):
        raise Unreadable(_("Недопустимый путь внутри архива: %s") % info.filename[:200])
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Unreadable(_("В архиве есть ссылка на другое место: %s") % info.filename[:200])
    if info.flag_bits & 0x1:
        raise Unreadable(_("Архив зашифрован: пришлите его без пароля."))
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Unreadable(_("Архив сжат неизвестным способом."))


def _plain_name(filename: str) -> str:
    """``accounts.csv`` → ``accounts``; anything else keeps its whole name and is a stranger."""
    if filename == "manifest.json":
        return MANIFEST
    stem = filename.removesuffix(".csv")
    return filename if stem in {filename, MANIFEST} else stem


def _common_folder(filenames: Sequence[str]) -> str:
    """A zip of a folder holds the folder itself: give its name with the slash, or nothing."""
    tops = {name.partition("/")[0] for name in filenames}
    if len(tops) == 1 and filenames and all("/" in name for name in filenames):
        return tops.pop() + "/"
    return ""


def _bounded(file: IO[bytes]) -> bytes:
    content = file.read(MANIFEST_LIMIT + 1)
    if len(content) > MANIFEST_LIMIT:
        raise Unreadable(_("manifest.json слишком велик."))
    return content
