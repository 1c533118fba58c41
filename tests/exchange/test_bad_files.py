"""What is no bundle is not read: bombs, ways out, links, endless lines, broken media (XCH-06, 08)."""

from __future__ import annotations

import json
import resource
import stat
import struct
import zipfile
import zlib

import openpyxl
import pytest

from kabinet.accounts.models import Account
from kabinet.exchange.models import ImportRun
from tests.exchange.bundles import Bundle


def _zip(path, entries, *, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("manifest.json", json.dumps(Bundle().manifest))
        for name, content in entries:
            archive.writestr(name, content)
    return path


def _not_a_zip(path):
    (path / "b.zip").write_bytes(b"account;number\n" * 100)
    return path / "b.zip"


def _cut(path):
    whole = Bundle().zip(path / "whole.zip").read_bytes()
    (path / "b.zip").write_bytes(whole[: len(whole) // 2])
    return path / "b.zip"


def _corrupt(path):
    content = bytearray(Bundle().zip(path / "b.zip").read_bytes())
    with zipfile.ZipFile(path / "b.zip") as archive:
        info = archive.getinfo("bills.csv")
    at = info.header_offset + 30 + len("bills.csv") + info.compress_size // 2
    content[at : at + 8] = b"\xff" * 8
    (path / "b.zip").write_bytes(content)
    return path / "b.zip"


def _bomb(path):
    return _zip(path / "b.zip", [("accounts.csv", b"0" * (200 << 20))])


def _xlsx_bomb(path):
    entries = [
        ("[Content_Types].xml", "<Types/>"),
        ("xl/worksheets/sheet1.xml", b" " * (200 << 20)),
    ]
    return _zip(path / "b.xlsx", entries)


def _lying_size(path):
    """The directory says 100 bytes, the stream holds many more."""
    content = bytearray(_zip(path / "b.zip", [("accounts.csv", b"1;" * (1 << 20))]).read_bytes())
    at = content.rindex(b"PK\x01\x02") + 24
    struct.pack_into("<L", content, at, 100)
    (path / "b.zip").write_bytes(content)
    return path / "b.zip"


def _dots(path):
    return _zip(path / "b.zip", [("../accounts.csv", "number\n1\n")])


def _absolute(path):
    return _zip(path / "b.zip", [("/accounts.csv", "number\n1\n")])


def _backslash(path):
    return _zip(path / "b.zip", [("..\\accounts.csv", "number\n1\n")])


def _link_in_zip(path):
    info = zipfile.ZipInfo("accounts.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return _zip(path / "b.zip", [(info, "/etc/passwd")])


def _link_in_folder(path):
    folder = Bundle().folder(path / "b")
    (folder / "accounts.csv").unlink()
    (folder / "accounts.csv").symlink_to("/etc/passwd")
    return folder


def _encrypted(path):
    content = bytearray(Bundle().zip(path / "b.zip").read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at != -1:
            content[at + offset] |= 1
            at = content.find(mark, at + 1)
    (path / "b.zip").write_bytes(content)
    return path / "b.zip"


def _strange_compression(path):
    return _zip(path / "b.zip", [("accounts.csv", "number\n")], compression=zipfile.ZIP_LZMA)


def _no_manifest(path):
    folder = Bundle().folder(path / "b")
    (folder / "manifest.json").unlink()
    return folder


def _broken_manifest(path):
    folder = Bundle().folder(path / "b")
    (folder / "manifest.json").write_text('{"format": ')
    return folder


def _deep_manifest(path):
    folder = Bundle().folder(path / "b")
    (folder / "manifest.json").write_text("[" * 100_000)
    return folder


def _huge_manifest(path):
    folder = Bundle().folder(path / "b")
    (folder / "manifest.json").write_text('"' + " " * (2 << 20) + '"')
    return folder


def _not_a_book(path):
    return _zip(
        path / "b.xlsx", [("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<oops")]
    )


def _far_corners(path):
    """Two cells, and between them more empty ones than any memory holds."""
    book = openpyxl.load_workbook(Bundle().xlsx(path / "b.xlsx"))
    book["accounts"]["XFD1048576"] = "1"
    book.save(path / "b.xlsx")
    return path / "b.xlsx"


def _far_corners_of_the_manifest(path):
    book = openpyxl.load_workbook(Bundle().xlsx(path / "b.xlsx"))
    book["manifest"]["XFD1048576"] = "1"
    book.save(path / "b.xlsx")
    return path / "b.xlsx"


def _lying_book(path):
    """A small sheet by the archive's word; its stream holds four gigabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * (64 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = block * 64 + packer.flush()
    book = Bundle().xlsx(path / "whole.xlsx")
    with zipfile.ZipFile(book) as whole, zipfile.ZipFile(path / "b.xlsx", "w") as lying:
        for info in whole.infolist():
            if info.filename != "xl/sharedStrings.xml":
                lying.writestr(info, whole.read(info))
        lying.writestr("xl/sharedStrings.xml", stream)
    content = (path / "b.xlsx").read_bytes()
    for mark, method, size in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        at = content.rindex(mark)
        content = bytearray(content)
        struct.pack_into("<H", content, at + method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<L", content, at + size, 100)
    (path / "b.xlsx").write_bytes(content)
    return path / "b.xlsx"


def _nothing(path):
    return path / "nothing.zip"


UNREADABLE = [
    _not_a_zip, _cut, _corrupt, _bomb, _xlsx_bomb, _lying_size, _dots, _absolute, _backslash, _link_in_zip,
    _link_in_folder, _encrypted, _strange_compression, _no_manifest, _broken_manifest, _deep_manifest,
    _huge_manifest, _not_a_book, _far_corners, _far_corners_of_the_manifest, _lying_book, _nothing,
]  # fmt: skip


@pytest.mark.parametrize("make", UNREADABLE, ids=lambda make: make.__name__.strip("_"))
def test_what_is_no_bundle_is_not_read(take, tmp_path, make):
    report = take(make(tmp_path))

    assert (report.status, report.exit_status) == ("failed", 2)
    assert report.reason
    assert ImportRun.objects.get().status == "failed"
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b"number;name\n1;a\n2;\x00\n", 3, "bad_csv"),
        (b"number;name\n1;a\n2;\xff\xfe\n", 3, "bad_encoding"),
        (b'number;name\n1;a\n2;"never closed\n3;b\n', 3, "bad_csv"),
        (b'number;name\n1;a\n2;"x"y"\n3;b\n', 3, "bad_csv"),
        (b"", 1, "bad_csv"),
        (b"number;number\n1;1\n", 1, "bad_csv"),
        (b"number,name\n1,a\n", 1, "missing_column"),
    ],
)
def test_broken_lines_are_named(take, tmp_path, content, line, code):
    folder = Bundle().folder(tmp_path / "b")
    (folder / "accounts.csv").write_bytes(content)

    report = take(folder)

    assert ("accounts", line, code) in {(p.file, p.line, p.code) for p in report.errors}
    assert report.status == "refused"
    assert not Account.objects.exists()


@pytest.mark.parametrize("mode", ["strict", "partial"])
def test_unknown_file_is_an_error_or_a_warning(take, tmp_path, mode):
    folder = Bundle().folder(tmp_path / "b")
    (folder / "notes.txt").write_text("?")

    report = take(folder, mode=mode)

    found = report.errors if mode == "strict" else report.warnings
    assert [(p.file, p.code) for p in found] == [("notes.txt", "unknown_value")]
    assert report.status == ("refused" if mode == "strict" else "imported")


@pytest.mark.slow
@pytest.mark.parametrize("start", [b"number\n", b'number\n"'], ids=["plain", "quoted"])
def test_two_gigabytes_in_one_line_are_refused_without_being_held(take, tmp_path, start):
    folder = Bundle().folder(tmp_path / "b")
    with (folder / "accounts.csv").open("wb") as file:
        file.write(start)
        file.truncate(2 << 30)  # a hole in the file: zeros without end
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    report = take(folder)

    assert ("accounts", 2, "bad_csv") in {(p.file, p.line, p.code) for p in report.errors}
    assert report.status == "refused"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@pytest.mark.parametrize(
    "provider", ["\0", "\ud800", "x" * 900_000], ids=["nul", "half", "endless"]
)
def test_a_manifest_with_what_no_database_takes_is_refused_in_a_few_words(take, tmp_path, provider):
    report = take(Bundle(provider=provider).folder(tmp_path / "b"))

    run = ImportRun.objects.get()
    assert (report.status, run.status) == ("refused", "refused")
    assert [error["column"] for error in run.report["errors"]] == ["provider"]
    assert len(run.report["errors"][0]["value"]) <= 500
    assert not Account.objects.exists()


def test_a_manifest_with_endless_mistakes_shows_the_first_thousand(take, tmp_path):
    files = {f"file{number}": 1 for number in range(3000)}

    report = take(Bundle(files=files).folder(tmp_path / "b"))

    assert (report.status, report.errors_total, len(report.errors)) == ("refused", 3000, 1000)
    assert len(ImportRun.objects.get().report["errors"]) == 1000


def test_a_header_of_a_hundred_thousand_columns_is_refused_at_once(take, tmp_path):
    folder = Bundle().folder(tmp_path / "b")
    header = ";".join(["number", *(f"c{number}" for number in range(100_000))])
    (folder / "accounts.csv").write_text(f"{header}\n1\n")

    report = take(folder)

    assert report.status == "refused"
    assert [(p.file, p.line, p.code) for p in report.errors] == [("accounts", 1, "bad_csv")]
    assert not Account.objects.exists()
