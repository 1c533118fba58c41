"""Emblems and colours of the invented providers, drawn here: they are nobody's marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageDraw

from demo.providers import GAS_A, GAS_B, HOUSING, POWER
from kabinet.kernel.actors import SYSTEM
from kabinet.providers.appearance import set_colour, set_logo
from kabinet.providers.queries import get_looks

Point = tuple[float, float]
Shape = list[Point]

# Drawn four times as large as it is kept, so that edges come out smooth; the sheet is 100 by 100.
SIDE, SMOOTH = 192, 4
SCALE = SIDE * SMOOTH / 100

BLUE, SKY = "#0b4f8a", "#5fb3e6"
BRICK, AMBER = "#b23c17", "#f08a24"
NIGHT, YELLOW = "#1d2327", "#f2b600"
LEAF, GRASS = "#2f6b3a", "#8cc152"


class Sheet:
    """A transparent sheet of 100 by 100 to paint shapes on."""

    def __init__(self) -> None:
        side = SIDE * SMOOTH
        self._image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        self._pen = ImageDraw.Draw(self._image)

    def fill(self, shape: Shape, colour: str) -> None:
        self._pen.polygon([(x * SCALE, y * SCALE) for x, y in shape], fill=colour)

    def circle(self, centre: Point, radius: float, colour: str) -> None:
        (x, y), far = centre, radius * SCALE
        corners = (x * SCALE - far, y * SCALE - far, x * SCALE + far, y * SCALE + far)
        self._pen.ellipse(corners, fill=colour)

    def png(self) -> bytes:
        out = BytesIO()
        self._image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "PNG")
        return out.getvalue()


def drop(centre: Point, width: float, height: float) -> Shape:
    """A drop, or a flame, with its tip above."""
    steps = (2 * pi * step / 120 for step in range(120))
    curve = ((sin(t) * sin(t / 2) ** 1.5, -cos(t)) for t in steps)
    return [(centre[0] + x * width / 1.3, centre[1] + y * height / 2) for x, y in curve]


def wave(top: float, bottom: float) -> Shape:
    upper = [(x, top + 4 * sin(x * pi / 20)) for x in range(4, 97)]
    return [*upper, (96, bottom), (4, bottom)]


def draw_lake_and_flame(sheet: Sheet) -> None:
    sheet.fill(drop((50, 40), 54, 72), BLUE)
    sheet.fill(drop((50, 53), 26, 40), SKY)
    sheet.fill(wave(82, 96), SKY)


def draw_flame_in_a_square(sheet: Sheet) -> None:
    sheet.fill([(6, 6), (94, 6), (94, 94), (6, 94)], BRICK)
    sheet.fill(drop((50, 47), 56, 76), AMBER)
    sheet.fill(drop((50, 61), 28, 42), "#ffffff")


def draw_lightning(sheet: Sheet) -> None:
    sheet.circle((50, 50), 46, NIGHT)
    sheet.fill([(57, 12), (25, 56), (45, 56), (40, 88), (75, 42), (54, 42)], YELLOW)


def draw_house(sheet: Sheet) -> None:
    sheet.fill([(50, 8), (96, 46), (86, 46), (86, 92), (14, 92), (14, 46), (4, 46)], LEAF)
    sheet.fill(drop((50, 62), 40, 52), GRASS)
    sheet.fill([(48, 58), (52, 58), (52, 92), (48, 92)], "#ffffff")


DRAWN: Mapping[str, tuple[Callable[[Sheet], None], str]] = {
    GAS_A.code: (draw_lake_and_flame, BLUE),
    GAS_B.code: (draw_flame_in_a_square, BRICK),
    POWER.code: (draw_lightning, YELLOW),
    HOUSING.code: (draw_house, LEAF),
}


def register(*, at: datetime) -> None:
    """Dress the providers that have neither a logo nor a colour; what somebody tried out at the desk stays."""
    for look in get_looks(actor=SYSTEM):
        if look.logo or look.colour or look.code not in DRAWN:
            continue
        draw, colour = DRAWN[look.code]
        sheet = Sheet()
        draw(sheet)
        set_logo(actor=SYSTEM, provider_code=look.code, content=sheet.png(), at=at)
        set_colour(actor=SYSTEM, provider_code=look.code, colour=colour, at=at)
