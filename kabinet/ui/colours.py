"""Whether text on a colour can be read: contrast by WCAG 2.2 (success criterion 1.4.3)."""

from __future__ import annotations

from collections.abc import Iterator

LIGHT_TEXT = "#ffffff"
DARK_TEXT = "#1d2327"
LEAST_CONTRAST = 4.5

Channels = tuple[int, int, int]
_STEPS = 256
# Up to here the curve of sRGB is a straight line (IEC 61966-2-1).
_STRAIGHT = 0.04045
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


def contrast(one: str, other: str) -> float:
    """Give the ratio of two colours written «#rrggbb», from 1 to 21."""
    lower, upper = sorted((_luminance(_channels(one)), _luminance(_channels(other))))
    return (upper + 0.05) / (lower + 0.05)


def text_on(colour: str) -> str:
    """Give the one of our two colours of text that is read better on this one."""
    return max((LIGHT_TEXT, DARK_TEXT), key=lambda text: contrast(colour, text))


def text_contrast(colour: str) -> float:
    return contrast(colour, text_on(colour))


def nearest_readable(colour: str) -> str:
    """Give the nearest colour, darker or paler, on which one of our texts has the least contrast or more."""
    near = [_first_readable(colour, towards) for towards in (_BLACK, _WHITE)]
    return min(near, key=lambda found: _distance(_channels(found), _channels(colour)))


def _first_readable(colour: str, towards: Channels) -> str:
    return next(mix for mix in _mixes(colour, towards) if text_contrast(mix) >= LEAST_CONTRAST)


def _mixes(colour: str, towards: Channels) -> Iterator[str]:
    """From the colour to the other end; black and white themselves always fit."""
    own = _channels(colour)
    for step in range(_STEPS + 1):
        pairs = zip(own, towards, strict=True)
        mixed = [round(mine + (end - mine) * step / _STEPS) for mine, end in pairs]
        yield "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _distance(one: Channels, other: Channels) -> int:
    return sum((mine - their) ** 2 for mine, their in zip(one, other, strict=True))


def _luminance(channels: Channels) -> float:
    red, green, blue = (_linear(channel / 255) for channel in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= _STRAIGHT else ((share + 0.055) / 1.055) ** 2.4
