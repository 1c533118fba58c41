"""The few words of DER that a detached PKCS#7 signature is written in."""

from __future__ import annotations

from dataclasses import dataclass

SEQUENCE, SET, INTEGER, OCTETS, OID = 0x30, 0x31, 0x02, 0x04, 0x06
TAGGED = 0xA0
LONG = 0x80


class Malformed(ValueError):  # noqa: N818 -- a fact, not an error
    pass


@dataclass(frozen=True, slots=True)
class Element:
    """``content`` is what stands inside; ``whole`` has the tag and the length before it."""

    tag: int
    content: bytes
    whole: bytes

    @property
    def parts(self) -> list[Element]:
        return read_all(self.content)


def read_all(data: bytes) -> list[Element]:
    """:raises Malformed: it is no DER."""
    found = []
    while data:
        one = _read(data)
        found.append(one)
        data = data[len(one.whole) :]
    return found


def read_one(data: bytes) -> Element:
    """Read the only element.

    :raises Malformed: it is no DER, or something follows.
    """
    found = read_all(data)
    if len(found) != 1:
        raise Malformed("one element is expected")
    return found[0]


def _read(data: bytes) -> Element:
    if len(data) < 2:
        raise Malformed("cut short")
    tag, length, head = data[0], data[1], 2
    if length & LONG:
        count = length & ~LONG
        if not 1 <= count <= 4 or len(data) < 2 + count:
            raise Malformed("a length that cannot be")
        length, head = int.from_bytes(data[2 : 2 + count]), 2 + count
    if len(data) < head + length:
        raise Malformed("cut short")
    return Element(tag, data[head : head + length], data[: head + length])
