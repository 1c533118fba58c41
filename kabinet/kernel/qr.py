"""QR codes for paper in bulk: bytes in, rows of modules out, some ten times faster than drawing each anew.

Everything that depends only on the size of a code (its patterns, the way of the bits, the mask) is taken once
from segno; what is left per code is the error correction and one permutation. The tests hold full codes equal to
segno's and read the others back. Mask 2 is fixed: readers take any of the eight, and looking for the best costs more than all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product, zip_longest
from operator import itemgetter
from typing import cast

import segno
from segno import consts

MASK = 2
LEVEL = consts.ERROR_LEVEL_M
LARGEST = 40
LONG_COUNT_FROM = 10
TIMING_COLUMN = 6
VERSION_BITS_FROM = 7


class TooLong(ValueError):  # noqa: N818 -- a fact, not an error
    """No QR code holds so many bytes."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """``pick`` lays the data bits, followed by ``01`` for the patterns, out into the square, row by row."""

    size: int
    data_bits: int
    mask: int
    pick: Callable[[str], tuple[str, ...]]


def encode(content: bytes) -> Sequence[str]:
    """Give the rows of a code of level M, ``1`` for dark, without the quiet zone.

    The content goes in as plain bytes: no character-set mark that would make bank apps stumble.

    :raises TooLong: it does not fit the largest code.
    """
    version = _smallest_version(len(content))
    frame = _frame(version)
    codewords = _with_correction(_padded(content, version), version)
    spare = frame.data_bits - 8 * len(codewords)
    bits = (int.from_bytes(codewords, "big") << spare) ^ frame.mask
    cells = "".join(frame.pick(f"{bits:0{frame.data_bits}b}01"))
    return [cells[start : start + frame.size] for start in range(0, len(cells), frame.size)]


def _capacity(version: int) -> int:
    return cast("Mapping[int, Mapping[int, int]]", consts.SYMBOL_CAPACITY)[version][LEVEL] // 8


def _smallest_version(length: int) -> int:
    for version in range(1, LARGEST + 1):
        header = 3 if version >= LONG_COUNT_FROM else 2
        if length + header <= _capacity(version):
            return version
    raise TooLong(f"{length} bytes")


def _padded(content: bytes, version: int) -> bytes:
    """Byte mode: four bits of mode, the count, the bytes, four zero bits, then the standard's filler."""
    count_bits = 16 if version >= LONG_COUNT_FROM else 8
    head = (0b0100 << count_bits) | len(content)
    bits = ((head << 8 * len(content)) | int.from_bytes(content, "big")) << 4
    written = bits.to_bytes((8 + count_bits) // 8 + len(content), "big")
    missing = _capacity(version) - len(written)
    return written + (b"\xec\x11" * (missing // 2 + 1))[:missing]


def _with_correction(data: bytes, version: int) -> bytes:
    """Split into blocks, add each block's correction bytes, and interleave."""
    blocks: list[bytes] = []
    corrections: list[bytes] = []
    start = 0
    kinds = cast("Mapping[int, Mapping[int, Sequence[consts.EC]]]", consts.ECC)[version][LEVEL]
    for kind in kinds:
        for _number in range(kind.num_blocks):
            block = data[start : start + kind.num_data]
            start += kind.num_data
            blocks.append(block)
            corrections.append(_correction(block, kind.num_total - kind.num_data))
    woven = [byte for column in zip_longest(*blocks) for byte in column if byte is not None]
    return bytes(woven) + bytes(
        byte for column in zip(*corrections, strict=True) for byte in column
    )


def _correction(block: bytes, length: int) -> bytes:
    """Remainder of the division by the generator polynomial, the polynomial held in one whole number."""
    table = _multiples(length)
    top = 8 * (length - 1)
    rest = (1 << top) - 1
    remainder = 0
    for byte in block:
        remainder = ((remainder & rest) << 8) ^ table[byte ^ (remainder >> top)]
    return remainder.to_bytes(length, "big")


@cache
def _multiples(length: int) -> Sequence[int]:
    """The generator polynomial of this degree, without its leading one, times every byte."""
    generator = [1]
    for power in range(length):
        shifted = [_times(factor, _power(power)) for factor in generator]
        generator = [a ^ b for a, b in zip([*generator, 0], [0, *shifted], strict=True)]
    return [
        int.from_bytes(bytes(_times(byte, factor) for factor in generator[1:]), "big")
        for byte in range(256)
    ]


def _power(exponent: int) -> int:
    value = 1
    for _step in range(exponent):
        value = _times(value, 2)
    return value


def _times(a: int, b: int) -> int:
    """Multiply in the field of 256 elements of the QR standard."""
    result = 0
    while b:
        if b & 1:
            result ^= a
        a <<= 1
        if a & 0x100:
            a ^= 0x11D
        b >>= 1
    return result


@cache
def _frame(version: int) -> _Frame:
    sample = segno.make(
        b"?", version=version, error="m", mask=MASK, micro=False, boost_error=False
    ).matrix
    size = len(sample)
    patterns = _pattern_places(version, size)
    way = [place for place in _zigzag(size) if place not in patterns]
    order = {place: index for index, place in enumerate(way)}
    pick = [
        order[x, y] if (x, y) in order else len(way) + sample[y][x]
        for y in range(size)
        for x in range(size)
    ]
    mask = int("".join("1" if x % 3 == 0 else "0" for x, _y in way), 2)
    return _Frame(size=size, data_bits=len(way), mask=mask, pick=itemgetter(*pick))


def _pattern_places(version: int, size: int) -> set[tuple[int, int]]:
    """Where no data lie: finders with format bits, timing, alignment, version bits."""
    corner, far = range(9), range(size - 8, size)
    places = {*product(corner, corner), *product(far, corner), *product(corner, far)}
    places |= {(TIMING_COLUMN, i) for i in range(size)} | {(i, TIMING_COLUMN) for i in range(size)}
    if version > 1:
        centres = consts.ALIGNMENT_POS[version - 2]
        ends = centres[0], centres[-1]
        for x, y in product(centres, centres):
            by_finder = {x, y} <= {*ends} and (x, y) != (ends[1], ends[1])
            if not by_finder:
                places |= {*product(range(x - 2, x + 3), range(y - 2, y + 3))}
    if version >= VERSION_BITS_FROM:
        strip = range(size - 11, size - 8)
        places |= {*product(range(6), strip), *product(strip, range(6))}
    return places


def _zigzag(size: int) -> list[tuple[int, int]]:
    """The way of the bits: up and down in pairs of columns from the right, around the timing column."""
    places = []
    upwards = True
    for pair in range(size - 1, 0, -2):
        right = pair - 1 if pair <= TIMING_COLUMN else pair
        for step in range(size):
            y = size - 1 - step if upwards else step
            places += [(right, y), (right - 1, y)]
        upwards = not upwards
    return places
