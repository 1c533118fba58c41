"""Paper from data: Typst templates, one compiler per thread and template, fonts of our own."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

FONTS = Path(__file__).parent / "fonts"

JsonValue = str | int | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class RenderingFailed(Exception):  # noqa: N818 -- a fact, not an error
    """The paper could not be set."""


_own = threading.local()


def render(
    template: Path, data: Mapping[str, JsonValue], *, made_at: datetime
) -> tuple[str, bytes]:
    """Return the data as sent beside the PDF, so that tests assert on figures and not on bytes.

    The same data and moment give the same bytes. The template reads the data with
    ``json(bytes(sys.inputs.data))``: text stays text there and is never read as markup.

    :raises RenderingFailed: the template and the data do not go together.
    """
    sent = json.dumps(data, ensure_ascii=False, sort_keys=True)
    try:
        pdf = _compiler_for(template).compile(
            format="pdf",
            sys_inputs={"data": sent},
            pdf_standards="ua-1",
            timestamp=int(made_at.timestamp()),
        )
    except typst.TypstError as error:
        raise RenderingFailed(f"{template.name}: {error.message}") from error
    assert isinstance(pdf, bytes)  # noqa: S101 -- only pictures come as lists of pages
    return sent, pdf


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


def _compiler_for(template: Path) -> typst.Compiler:
    """Give this thread's compiler: one may not be used by two threads at once."""
    compilers: dict[Path, typst.Compiler] = _own.__dict__.setdefault("compilers", {})
    if template not in compilers:
        compilers[template] = typst.Compiler(
            str(template), root=str(template.parent), font_paths=_fonts()
        )
    return compilers[template]
