from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

ROOT = Path(__file__).resolve().parents[2]


def var_folder() -> Path:
    """Where the embedded database and the files live (KABINET_VAR, default ``var/``)."""
    folder = Path(os.environ.get("KABINET_VAR", ROOT / "var")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def local_secret(name: str) -> str:
    """Read a secret of this installation, made on first use and readable by its owner only.

    It appears whole or not at all: web and worker may start for the first time at the same moment.
    """
    path = var_folder() / name
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent, prefix=f".{name}.") as draft:
            draft.write(secrets.token_urlsafe(50))
            draft.flush()
            # The other process was quicker: its secret is the one.
            with suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text().strip()
