"""A template of ours that names what it was not given fails the test; other people's templates may."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = (ROOT / "kabinet", ROOT / "demo")


class UndefinedVariableFails:
    """Stands as the engine's ``string_if_invalid``: Django asks it to fill in the unknown name."""

    def __contains__(self, part: str) -> bool:
        return part == "%s"

    def __mod__(self, name: object) -> str:
        template = _template_being_drawn()
        if template is not None and any(folder in template.parents for folder in OURS):
            pytest.fail(f"{template.relative_to(ROOT)}: «{name}» is undefined")
        return ""

    def __str__(self) -> str:
        return ""


def _template_being_drawn() -> Path | None:
    """Find the innermost template node that is rendering, and the file it was written in."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        origin = getattr(frame.f_locals.get("self"), "origin", None)
        if origin is not None and frame.f_code.co_name.startswith("render"):
            return Path(str(origin.name))
        frame = frame.f_back
    return None
