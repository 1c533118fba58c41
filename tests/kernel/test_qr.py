from __future__ import annotations

import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kabinet.kernel import qr

QUIET = 4


def picture(rows):
    size = len(rows) + 2 * QUIET
    image = Image.new("L", (size, size), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            if module == "1":
                image.putpixel((x + QUIET, y + QUIET), 0)
    return image.resize((size * 4, size * 4), Image.Resampling.NEAREST)


@pytest.mark.parametrize("version", range(1, 41))
def test_a_full_code_is_the_one_that_segno_draws(version):
    length = qr._capacity(version) - (3 if version >= qr.LONG_COUNT_FROM else 2)
    content = bytes(range(128, 256)) * 20
    expected = segno.make(
        content[:length],
        version=version,
        error="m",
        mask=2,
        micro=False,
        boost_error=False,
        mode="byte",
    )

    rows = qr.encode(content[:length])

    assert rows == ["".join(map(str, row)) for row in expected.matrix]


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=600))
def test_whatever_goes_in_is_read_back_without_a_character_set_mark(content):
    (found,) = zxingcpp.read_barcodes(picture(qr.encode(content)))

    assert (found.bytes, found.symbology_identifier) == (content, "]Q1")


def test_more_than_the_largest_code_holds_is_refused():
    assert len(qr.encode(b"x" * 2331)) == 177

    with pytest.raises(qr.TooLong):
        qr.encode(b"x" * 2332)
