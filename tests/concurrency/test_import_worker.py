"""A background worker killed in the middle of an import leaves the old data, and the next run succeeds (XCH-07)."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from kabinet.accounts.models import Account
from kabinet.billing.models import Bill, BillLine
from kabinet.config.cli import worker
from kabinet.exchange import tasks
from kabinet.exchange.models import ImportRun
from kabinet.exchange.operations import import_bundle, start_import
from kabinet.exchange.report import Options
from kabinet.kernel.actors import SYSTEM
from tests.concurrency.large_bundle import (
    MANY,
    ROOT,
    environment,
    large_bundle,
    wait_for_the_server,
    wait_until,
)
from tests.exchange.bundles import Bundle
from tests.exchange.conftest import AT
from tests.factories import ProviderFactory

(IMPORTS,) = [command for command in worker.commands(concurrency=2) if "imports" in command]
LONGEST_WAITS = (0.1, 0.4, 0.8)


@pytest.fixture
def gas(transactional_db):
    """A provider, and a queue that other tests left nothing in: no flush empties it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")
    return ProviderFactory(code="gas", style="A")


@contextmanager
def _worker(files):
    """The very process that ``kabinet worker`` keeps for imports."""
    process = subprocess.Popen(IMPORTS, env=environment(KABINET_VAR=str(files)), cwd=ROOT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _queue(path):
    with path.open("rb") as upload:
        public_id = start_import(
            actor=SYSTEM, provider_code="gas", upload=upload, name="b.zip", options=Options(), at=AT
        )
    return ImportRun.objects.get(public_id=public_id)


def _status(run):
    return ImportRun.objects.values_list("status", flat=True).get(pk=run.pk)


def _data():
    return [
        sorted(model.objects.values_list(*fields))
        for model, fields in (
            (Account, ("number", "surname", "as_of")),
            (Bill, ("account__number", "number", "total", "revision")),
            (BillLine, ("bill__number", "line", "charged")),
        )
    ]


def _sweep_later():
    """What the sweep does a minute later: the dead worker's heartbeat has grown old."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '2 minutes'"
        )
    async_to_sync(tasks.sweep_imports.func)(timestamp=0)


def _is_waiting(run):
    """Whether a job for the run waits for a worker once more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status FROM procrastinate_jobs WHERE args = jsonb_build_object('run_id', %s::int)",
            [run.pk],
        )
        return cursor.fetchall() == [("todo",)]


@pytest.mark.slow
def test_killed_worker_leaves_the_old_data_and_the_next_one_imports(gas, tmp_path):
    """The worker dies at random moments of the import, each later than the one before could be."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 -- to repeat a failure
    moments = random.Random(seed)
    old = Bundle().folder(tmp_path / "old")
    import_bundle(actor=SYSTEM, path=old, provider_code="gas", options=Options(), at=AT)
    before, large = _data(), large_bundle().zip(tmp_path / "large.zip")
    killed = []
    for longest in LONGEST_WAITS:
        run = _queue(large)
        with _worker(tmp_path) as process:
            wait_until(lambda run=run: _status(run) != "queued", 60)
            time.sleep(moments.uniform(0, longest))
            process.send_signal(signal.SIGKILL)
            process.wait()
        wait_for_the_server(gas.pk)
        if _status(run) == "imported":
            break
        killed.append(run)
        assert _data() == before
        _sweep_later()
        assert (_status(run), _is_waiting(run)) == ("failed", True)

    last = _queue(large)
    with _worker(tmp_path):
        wait_until(lambda: _status(last) not in {"queued", "running"}, 60)
        wait_until(lambda: not any(map(_is_waiting, killed)))

    assert len(killed) >= 2
    assert _status(last) in {"imported", "unchanged"}
    assert [_status(run) for run in killed] == ["failed"] * len(killed)
    assert all(ImportRun.objects.get(pk=run.pk).reason for run in killed)
    assert Bill.objects.count() == len(before[1]) + MANY
    assert BillLine.objects.count() == len(before[2]) + MANY
    assert Bill.objects.filter(number="B-3-bis").count() == 1
