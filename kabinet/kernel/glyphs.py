"""Which letters our fonts can draw: PDF/UA refuses a paper with a letter that is not there."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
SUBSTITUTE = "?"
WINDOWS, BASIC_PLANE = 3, 1


@cache
def drawable() -> frozenset[str]:
    """Letters that every face we ship has; signs that steer and draw nothing are none, though fonts list some."""
    faces = [frozenset(_letters(path.read_bytes())) for path in sorted(FONTS.glob("*.ttf"))]
    common = frozenset.intersection(*faces)
    return frozenset(letter for letter in common if unicodedata.category(letter)[0] != "C")


def made_drawable(text: str) -> str:
    """Compose accents where a letter has its own sign; put a question mark for what cannot be drawn."""
    known = drawable()
    if known.issuperset(text):
        return text
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        letter if letter in known else " " if letter.isspace() else SUBSTITUTE
        for letter in composed
        if letter.isspace() or unicodedata.category(letter) not in {"Cc", "Cf"}
    )


def _letters(font: bytes) -> Iterator[str]:
    """Read the font's table of letters (``cmap``, format 4)."""
    table = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, table + 2)
    for record in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", font, table + 4 + 8 * record)
        if (platform, encoding) == (WINDOWS, BASIC_PLANE):
            yield from _segments(font, table + offset)


def _table(font: bytes, name: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for record in range(count):
        tag, _checksum, offset, _length = struct.unpack_from(">4sLLL", font, 12 + 16 * record)
        if tag == name:
            return int(offset)
    raise ValueError(f"the font has no table {name!r}")


def _segments(font: bytes, start: int) -> Iterator[str]:
    (doubled,) = struct.unpack_from(">H", font, start + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", font, start + 14)
    starts = struct.unpack_from(f">{count}H", font, start + 16 + doubled)
    for first, last in zip(starts, ends, strict=True):
        # The last segment is the mark of the end, not a letter.
        yield from map(chr, range(first, min(last, 0xFFFE) + 1))
