"""Paper from data: Typst templates, one compiler per thread and folder, fonts of our own.

The data go in as one text inside a small source that imports the template. As ``sys.inputs`` they would be part of
Typst's library, and with every new paper Typst would forget what it had already laid out: labels, headings,
addresses, everything that papers share. That costs nearly half of the time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

from kabinet.kernel import glyphs

JsonValue = str | int | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class RenderingFailed(Exception):  # noqa: N818 -- a fact, not an error
    """The paper could not be set."""


_own = threading.local()


def render(
    template: Path, data: Mapping[str, JsonValue], *, made_at: datetime
) -> tuple[str, bytes]:
    """Return the data as sent beside the PDF, so that tests assert on figures and not on bytes.

    The template is a function ``paper(d)`` of the data; what differs from paper to paper, the title above all, it
    sets as late as it can. The same data and moment give the same bytes. Letters that our fonts lack become
    question marks: PDF/UA would refuse the whole paper for one of them.

    :raises RenderingFailed: the template and the data do not go together.
    """
    sent = json.dumps(data, ensure_ascii=False, sort_keys=True)
    if "\\" in sent or not glyphs.drawable().issuperset(sent):
        sent = json.dumps(_drawable(dict(data)), ensure_ascii=False, sort_keys=True)
    try:
        pdf = _compiler_for(template.parent).compile(
            _source(template.name, sent),
            format="pdf",
            pdf_standards="ua-1",
            timestamp=int(made_at.timestamp()),
        )
    except typst.TypstError as error:
        raise RenderingFailed(f"{template.name}: {error.message}") from error
    assert isinstance(pdf, bytes)  # noqa: S101 -- only pictures come as lists of pages
    return sent, pdf


def _drawable(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return glyphs.made_drawable(value)
    if isinstance(value, list):
        return [_drawable(item) for item in value]
    if isinstance(value, dict):
        return {name: _drawable(item) for name, item in value.items()}
    return value


def _source(name: str, sent: str) -> bytes:
    """In a Typst text only the backslash and the quote mean anything; JSON has no bare control characters."""
    text = sent.replace("\\", r"\\").replace('"', r"\"")
    return f'#import "{name}": paper\n#paper(json(bytes("{text}")))'.encode()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(glyphs.FONTS)]
    )


def _compiler_for(folder: Path) -> typst.Compiler:
    """Give this thread's compiler: one may not be used by two threads at once."""
    compilers: dict[Path, typst.Compiler] = _own.__dict__.setdefault("compilers", {})
    if folder not in compilers:
        compilers[folder] = typst.Compiler(root=str(folder), font_paths=_fonts())
    return compilers[folder]
