"""The life of an import run: written on a connection of its own, so that it shows while the data do not (XCH-07)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _

from kabinet.exchange.enums import IMPORT_TRANSITIONS, ImportStatus
from kabinet.kernel import locks

# Two locks per provider: the control connection queues runs by the first; the data transaction holds the second, so
# that a server process that outlives its killed client is waited for.
QUEUE_LOCK, DATA_LOCK = 1_262_634_305, 1_262_634_306
PROGRESS_EVERY = 1.0
REASON_LIMIT = 500

_BEGIN = (
    "UPDATE exchange_importrun SET status = %s, started_at = %s WHERE id = %s AND status = ANY(%s)"
)
_DEAD = (
    "UPDATE exchange_importrun SET status = %s, finished_at = %s, reason = %s"
    " WHERE provider_id = %s AND status = ANY(%s)"
)
_FINISH = (
    "UPDATE exchange_importrun SET status = %s, report = %s, reason = %s, finished_at = %s"
    " WHERE id = %s AND status = ANY(%s)"
)


class Control:
    """The second connection of a run: the provider's queue, the state and the progress."""

    def __init__(self) -> None:
        self._connection = connections.create_connection(DEFAULT_DB_ALIAS)
        self._told = 0.0
        self.progress = {"read": 0, "checked": 0, "written": 0}

    def __enter__(self) -> Self:
        self._connection.ensure_connection()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def wait_for_turn(self, provider_id: int) -> None:
        """Block until no other run of the provider is going on; held until the connection closes."""
        locks.wait((QUEUE_LOCK, provider_id), on=self._connection)

    def try_turn(self, provider_id: int) -> bool:
        return locks.take((QUEUE_LOCK, provider_id), on=self._connection)

    def give_turn_up(self, provider_id: int) -> None:
        locks.give_back((QUEUE_LOCK, provider_id), on=self._connection)

    def bury_dead(self, provider_id: int, *, at: datetime) -> int:
        """Mark failed the runs that were going on when their process died; the caller has the provider's turn."""
        reason = _(
            "Загрузка прервалась: процесс завершился. Данные остались прежними, повторите её."
        )
        failed = ImportStatus.FAILED
        return self._run(_DEAD, [failed, at, reason, provider_id, _before(failed)])

    def begin(self, run_id: int, *, at: datetime) -> bool:
        """Take a queued run up; False when it is no longer waiting."""
        running = ImportStatus.RUNNING
        return self._run(_BEGIN, [running, at, run_id, _before(running)]) == 1

    def tell(self, run_id: int, *, force: bool = False) -> None:
        """Write the progress down, at most once a second."""
        now = time.monotonic()
        if force or now - self._told >= PROGRESS_EVERY:
            self._told = now
            sql = "UPDATE exchange_importrun SET progress = %s WHERE id = %s"
            self._run(sql, [json.dumps(self.progress), run_id])

    def finish(
        self,
        run_id: int,
        status: ImportStatus,
        report: Mapping[str, Any],
        reason: str,
        at: datetime,
    ) -> None:
        """End a run; one that has ended already keeps its outcome."""
        self._run(*finishing(run_id, status, report, reason, at))

    def _run(self, sql: str, params: list[Any]) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, params)
            return max(int(cursor.rowcount), 0)


def finishing(
    run_id: int, status: ImportStatus, report: Mapping[str, Any], reason: str, at: datetime
) -> tuple[str, list[Any]]:
    """Give the statement that ends a run that is going on, for whichever connection is to say so."""
    return _FINISH, [
        status.value,
        json.dumps(report),
        reason[:REASON_LIMIT].replace("\x00", ""),
        at,
        run_id,
        _before(status),
    ]


def _before(target: ImportStatus) -> list[str]:
    """The states from which a run may come to this one."""
    return [str(state) for state, targets in IMPORT_TRANSITIONS.items() if target in targets]
