"""The mark that a folder's database was made by the demo; read before Django is set up."""

from __future__ import annotations

import json
from pathlib import Path

MARK = "demo.json"


def is_demo(folder: Path) -> bool:
    """The folder's database was made by the demo, wholly or in part."""
    return (folder / MARK).exists()


def is_loaded(folder: Path) -> bool:
    return is_demo(folder) and bool(json.loads((folder / MARK).read_text())["loaded"])


def is_paid(folder: Path) -> bool:
    """The payments that the demo begins with have been made."""
    return is_demo(folder) and bool(json.loads((folder / MARK).read_text()).get("paid"))


def set_mark(folder: Path, *, loaded: bool, paid: bool = False) -> None:
    (folder / MARK).write_text(json.dumps({"loaded": loaded, "paid": paid}))
