from __future__ import annotations

import pytest
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


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=600))
def test_whatever_goes_in_is_read_back_without_a_character_set_mark(content):
    (found,) = zxingcpp.read_barcodes(picture(qr.encode(content)))

    assert (found.bytes, found.symbology_identifier) == (content, "]Q1")


def test_a_code_is_square_with_its_three_corners_dark():
    rows = qr.encode("ST00012|Name=ООО «Газ Пример»".encode())

    assert {len(row) for row in rows} == {len(rows)}
    assert (rows[0][:7], rows[0][-7:], rows[-1][:7]) == ("1111111",) * 3


def test_more_than_the_largest_code_holds_is_refused():
    assert len(qr.encode(b"x" * 2329)) == 177

    with pytest.raises(qr.TooLong):
        qr.encode(b"x" * 2330)
