"""QR codes for paper: bytes in, rows of modules out."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import zxingcpp

LEVEL = "M"
# Readers take any of the eight masks; looking for the best one costs seven times all the rest.
MASK = 2
_MODULES = bytes.maketrans(b"\x00\xff", b"10")


class TooLong(ValueError):  # noqa: N818 -- a fact, not an error
    """No QR code holds so many bytes."""


def encode(content: bytes) -> Sequence[str]:
    """Give the rows of a code of level M, ``1`` for dark, without the quiet zone.

    The content goes in as plain bytes: no character-set mark that would make bank apps stumble.

    :raises TooLong: it does not fit the largest code.
    """
    try:
        code = zxingcpp.create_barcode(
            content, zxingcpp.BarcodeFormat.QRCode, ec_level=LEVEL, data_mask=MASK
        )
    except ValueError as error:
        raise TooLong(f"{len(content)} bytes") from error
    # The image is a buffer of grey bytes, a module each; its stub does not say so.
    grey = bytes(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[call-overload]
    modules = grey.translate(_MODULES).decode("ascii")
    size = isqrt(len(modules))
    return [modules[start : start + size] for start in range(0, size * size, size)]
