"""Fills templates: every value is escaped, only Markup goes in as it is."""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path

import zxingcpp

TEMPLATES = Path(__file__).parent / "templates"
SVG_SIZE = re.compile(r'<svg width="(\d+)"')
SVG_PATH = re.compile(r'<path d="([^"]+)"')


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def render(name: str, **values: object) -> Markup:
    filled = {
        key: value if isinstance(value, Markup) else html.escape(str(value))
        for key, value in values.items()
    }
    return Markup(_template(name).format_map(filled))


def join(parts: list[Markup]) -> Markup:
    return Markup("".join(parts))


NOTHING = Markup("")


@functools.cache
def _template(name: str) -> str:
    return (TEMPLATES / f"{name}.html").read_text(encoding="utf-8")


def draw_qr(text: str) -> Markup:
    """Draw the text as a QR that scales with its place on the page."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = code.to_svg(add_quiet_zones=True)
    size, path = SVG_SIZE.search(drawn), SVG_PATH.search(drawn)
    if not size or not path:
        raise ValueError("the library draws otherwise than it did")
    return Markup(
        f'<svg viewBox="0 0 {size[1]} {size[1]}" role="img" aria-label="QR-код для оплаты">'
        f'<path fill="#000" d="{path[1]}"/></svg>'
    )
