"""What comes in as a logo, and what is made of it."""

from __future__ import annotations

import random
import struct
import warnings
import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from kabinet.providers import pictures
from kabinet.providers.pictures import redraw
from tests.providers.drawing import BLUE, drawn

SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)


def opened(picture):
    return Image.open(BytesIO(picture.content))


def png_header(width, height, tail=b""):
    """A PNG that says it is so large, and has next to nothing inside."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 1000)
    chunks = [
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (head, data, b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + tail


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_kind_becomes_a_png_of_the_same_picture(kind):
    picture = redraw(drawn(kind=kind))
    image = opened(picture)

    assert (image.format, image.size, (picture.width, picture.height)) == (
        "PNG",
        (300, 100),
        (300, 100),
    )
    assert all(
        abs(one - other) < 4 for one, other in zip(image.getpixel((150, 50)), BLUE, strict=True)
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "CMYK", "I;16"])
def test_every_way_of_writing_colours_is_read(mode):
    ink = {"LA": (0, 255), "CMYK": (0, 0, 0, 255)}.get(mode, 0)
    out = BytesIO()
    Image.new(mode, (100, 50), ink).save(out, "JPEG" if mode == "CMYK" else "PNG")

    assert opened(redraw(out.getvalue())).size == (100, 50)


def test_a_palette_keeps_its_transparent_colour():
    image = Image.new("P", (100, 50))
    image.putpalette([0, 0, 0, 20, 60, 160])
    image.paste(1, (50, 0, 100, 50))
    out = BytesIO()
    image.save(out, "PNG", transparency=0)

    result = opened(redraw(out.getvalue()))

    assert (result.getpixel((0, 0)), result.getpixel((99, 0))) == ((0, 0, 0, 0), BLUE)


@pytest.mark.parametrize(
    ("size", "kept"),
    [((3000, 800), (720, 192)), ((2000, 2000), (192, 192)), ((40, 24), (40, 24))],
)
def test_a_large_one_is_shrunk_and_a_small_one_is_left(size, kept):
    assert opened(redraw(drawn(size))).size == kept


def test_the_same_picture_gives_the_same_bytes():
    assert redraw(drawn()) == redraw(drawn(kind="WEBP", lossless=True))


def test_nothing_but_pixels_is_kept():
    """Where and by whom a photograph was taken, texts, a profile, what was hidden under transparency or put behind the end."""
    image = Image.new("RGBA", (200, 100), BLUE)
    image.paste((83, 69, 67, 0), (0, 0, 100, 100))
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "SECRET")
    exif = Image.Exif()
    exif[0x010F] = "SECRET"
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("SECRET.html", "<script>alert(1)</script>")
    out = BytesIO()
    image.save(out, "PNG", pnginfo=texts, exif=exif, icc_profile=b"SECRET" * 30)
    sent = out.getvalue() + archive.getvalue()
    assert b"SECRET" in sent

    picture = redraw(sent)

    kinds = (b"tEXt", b"eXIf", b"iCCP", b"SECRET", b"<script", b"PK\x03\x04")
    assert [kind for kind in kinds if kind in picture.content] == []
    assert picture.content.endswith(b"IEND\xaeB`\x82")
    result = opened(picture)
    assert (dict(result.info), result.getpixel((0, 0)), result.getpixel((150, 50))) == (
        {},
        (0, 0, 0, 0),
        BLUE,
    )


def test_a_photograph_stands_upright_without_its_note():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter

    assert opened(redraw(drawn((180, 90), kind="JPEG", exif=exif))).size == (90, 180)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (SVG, pictures.IsDrawing),
        (b"\xef\xbb\xbf\n <SVG onload=alert(1)>", pictures.IsDrawing),
        (b"", pictures.UnfitPicture),
        (b"GIF89a" + b"\0" * 100, pictures.UnfitPicture),
        (b"%PDF-1.7 <html>", pictures.UnfitPicture),
        (b"MZ" + b"\0" * 500, pictures.UnfitPicture),
        (drawn() + b"\0" * pictures.MAX_BYTES, pictures.TooHeavy),
        (drawn((39, 30)), pictures.TooSmall),
        (drawn((100, 23)), pictures.TooSmall),
        (drawn((801, 100)), pictures.TooLong),
        (drawn((100, 201)), pictures.TooLong),
        (drawn((3000, 2001)), pictures.TooManyPixels),
        (drawn(colour=(255, 255, 255, 255)), pictures.IsUnseen),
        (drawn(colour=(240, 240, 200, 255)), pictures.IsUnseen),
        (drawn(colour=(0, 0, 0, 0)), pictures.IsUnseen),
    ],
)
def test_what_is_no_fitting_picture_is_refused(content, refusal):
    with pytest.raises(pictures.UnfitPicture) as refused:
        redraw(content)

    assert (refused.type, str(refused.value)) == (refusal, str(refusal.message))


def test_other_formats_that_the_library_reads_are_refused():
    for kind in ("GIF", "BMP", "TIFF", "ICO", "TGA", "PPM", "EPS"):
        out = BytesIO()
        Image.new("RGB", (100, 50), BLUE[:3]).save(out, kind)
        with pytest.raises(pictures.UnfitPicture) as refused:
            redraw(out.getvalue())
        assert refused.type is pictures.UnfitPicture


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind):
    frames = [Image.new("RGBA", (100, 50), (shade, 0, 90, 255)) for shade in (0, 100, 200)]
    out = BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)

    with pytest.raises(pictures.IsMoving):
        redraw(out.getvalue())


@pytest.mark.parametrize("size", [(5_000, 5_000), (12_000, 12_000), (60_000, 60_000), (2**31, 1)])
def test_pixels_that_are_only_announced_are_never_unpacked(size, monkeypatch):
    # Whatever unpacks pixels would say so.
    monkeypatch.setattr(Image.Image, "convert", None)

    with pytest.raises(pictures.UnfitPicture):
        redraw(png_header(*size))


def test_a_webp_of_forty_bytes_does_not_become_a_gigabyte():
    bits = (16383 - 1) | (16383 - 1) << 14
    body = b"WEBPVP8L" + struct.pack("<IBI", 10, 0x2F, bits) + b"\x07\x10\xfd\x8f\xfe"
    with pytest.raises(pictures.TooManyPixels):
        redraw(b"RIFF" + struct.pack("<I", len(body)) + body)


def test_a_jpeg_that_is_painted_over_and_over_is_not_painted(monkeypatch):
    """Of 23 bytes each, a megabyte of scans would keep a processor busy for a quarter of an hour."""
    plain = drawn((600, 400), kind="JPEG", progressive=True)
    scan = plain[plain.rindex(pictures.JPEG_SCAN) : -2]
    repeated = plain[:-2] + scan * 31 + plain[-2:]
    assert (len(scan) < 30, plain.count(pictures.JPEG_SCAN)) == (True, 10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert opened(redraw(repeated[: -2 - len(scan)] + plain[-2:])).size == (288, 192)
    monkeypatch.setattr(Image, "open", None)

    with pytest.raises(pictures.UnfitPicture):
        redraw(repeated)


def test_texts_that_swell_do_not_fill_the_memory():
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("Comment", "A" * 90_000_000, zip=True)
    sent = drawn(pnginfo=texts)
    assert len(sent) < pictures.MAX_BYTES

    with pytest.raises(pictures.UnfitPicture):
        redraw(sent)


@given(st.integers(0, 2**32))
def test_a_broken_file_is_refused_or_read_and_never_fails(seed):
    dice = random.Random(seed)
    kind = dice.choice(["PNG", "JPEG", "WEBP"])
    broken = bytearray(drawn((60, 40), kind=kind))
    for _ in range(dice.randint(1, 12)):
        broken[dice.randrange(len(broken))] = dice.randrange(256)
    cut = bytes(broken[: dice.randint(0, len(broken))]) if dice.random() < 0.3 else bytes(broken)

    try:
        picture = redraw(cut)
    except pictures.UnfitPicture:
        return
    assert opened(picture).format == "PNG"
