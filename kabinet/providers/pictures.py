"""A logo that came from outside becomes our own drawing of it: nothing of the file is kept but its pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from kabinet.kernel.errors import Refused

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 1024 * 1024
MAX_PIXELS = 6_000_000
# A progressive JPEG comes in ten scans or so. Each may take 23 bytes, and all the pixels' worth of work.
JPEG_SCAN, MAX_SCANS = b"\xff\xda", 40
MIN_WIDTH, MIN_HEIGHT = 40, 24
# Three times what the widest place shows, for dense screens.
KEPT_BOX = (720, 192)
WIDEST, TALLEST = 8, 2
# On a white plate this grey has a contrast of 1.5; a logo that is all paler than it is not seen there.
SEEN_GREY = 210
SEEN_SHARE = 0.01


class UnfitPicture(Refused):
    message = _("Это не картинка PNG, JPEG или WebP. Сохраните логотип как PNG и отправьте снова.")


class IsDrawing(UnfitPicture):
    message = _(
        "SVG не принимаем: внутри такого файла может быть программа. Сохраните логотип как PNG, "
        "по высоте не меньше 192 точек."
    )


class TooHeavy(UnfitPicture):
    message = _("Файл больше 1 МБ. Уменьшите картинку: для логотипа хватит 720 × 192 точек.")


class TooManyPixels(UnfitPicture):
    message = _("В картинке больше 6 миллионов точек. Уменьшите её: для логотипа хватит 720 × 192.")


class TooSmall(UnfitPicture):
    message = _("Картинка слишком мала. Нужно не меньше 40 точек в ширину и 24 в высоту.")


class TooLong(UnfitPicture):
    message = _(
        "Картинка слишком вытянута. Ширина — не больше восьми высот, высота — не больше двух ширин."
    )


class IsMoving(UnfitPicture):
    message = _("Картинка движется. Отправьте неподвижную.")


class IsUnseen(UnfitPicture):
    message = _(
        "На белой подложке логотип почти не виден. Отправьте вариант для светлого фона: тёмный или цветной."
    )


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of our own; width and height in pixels."""

    content: bytes
    width: int
    height: int


def redraw(content: bytes) -> Picture:
    """Read a picture, shrink it to ``KEPT_BOX`` and write it anew as PNG: no metadata, no trailing bytes, no profile.

    :raises UnfitPicture: it cannot be read as a still picture of a fitting size, or would not be seen.
    """
    if len(content) > MAX_BYTES:
        raise TooHeavy
    try:
        drawn = _read(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    # What the decoders raise on broken files; none of it says more than that the file is broken.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError) as error:
        raise (IsDrawing if b"<svg" in content[:4096].lower() else UnfitPicture) from error
    if not _is_seen(drawn):
        raise IsUnseen
    return _written(drawn)


def _read(content: bytes) -> Image.Image:
    if content.count(JPEG_SCAN) > MAX_SCANS and content.startswith(b"\xff\xd8"):
        raise UnfitPicture
    with Image.open(BytesIO(content), formats=FORMATS) as opened:
        # Only the header has been read so far.
        for refusal, is_so in _CHECKS:
            if is_so(opened):
                raise refusal
        upright = ImageOps.exif_transpose(opened)
        plain = upright if upright.mode in {"P", "PA", "LA", "L", "1", "RGBA"} else None
        whole = (plain or upright.convert("RGB")).convert("RGBA")
    # Shrunk with the colours weighed by opacity: no dark edges, and nothing is left under full transparency.
    weighed = whole.convert("RGBa")
    weighed.thumbnail(KEPT_BOX, Image.Resampling.LANCZOS)
    return weighed.convert("RGBA")


def _is_moving(picture: Image.Image) -> bool:
    return bool(getattr(picture, "is_animated", False))


_CHECKS: tuple[tuple[type[UnfitPicture], Callable[[Image.Image], bool]], ...] = (
    (TooManyPixels, lambda picture: picture.width * picture.height > MAX_PIXELS),
    (TooSmall, lambda picture: picture.width < MIN_WIDTH or picture.height < MIN_HEIGHT),
    (
        TooLong,
        lambda picture: (
            picture.width > picture.height * WIDEST or picture.height > picture.width * TALLEST
        ),
    ),
    (IsMoving, _is_moving),
)


def _is_seen(drawn: Image.Image) -> bool:
    plate = Image.new("RGBA", drawn.size, "white")
    greys = Image.alpha_composite(plate, drawn).convert("L").histogram()
    return sum(greys[: SEEN_GREY + 1]) >= sum(greys) * SEEN_SHARE


def _written(drawn: Image.Image) -> Picture:
    # From the bare pixels: a picture of the library would carry its origin's profile and texts along.
    bare = Image.frombytes("RGBA", drawn.size, drawn.tobytes())
    out = BytesIO()
    bare.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), *drawn.size)
