"""Files that the exchange hands out, each through its scope and with its trace (design: files)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from django.core.files.storage import default_storage
from django.db import transaction

from kabinet.exchange import scopes
from kabinet.exchange.exports import ExportRow, Target
from kabinet.exchange.queries import ImportRunNotFound
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor


@transaction.atomic
def open_rejects(*, actor: Actor, run_id: uuid.UUID, at: datetime) -> IO[bytes]:
    """Open the bundle of a run's bad rows; whoever takes it sees people's data, so the trail says who did.

    :raises ImportRunNotFound: no such run, it is not the actor's to see, or it rejected nothing.
    """
    runs = scopes.visible_import_runs(actor).filter(public_id=run_id).exclude(rejects_key="")
    run = runs.first()
    if run is None:
        raise ImportRunNotFound
    audit.record(actor, "exchange.rejects.download", run, at=at)
    return default_storage.open(run.rejects_key)


def open_written(
    kind: str, write: Callable[[Target], ExportRow | None]
) -> tuple[ExportRow, str, IO[bytes]] | None:
    """Let ``write`` make its file; give the run, the file's name and the open file, None when there was nothing.

    The folder is gone by then: nothing is left behind on the disk.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"out.{kind}"
        run = write(Target(path, kind))
        if run is None:
            return None
        return run, f"{run.what}-out-{run.number}.{kind}", path.open("rb")
