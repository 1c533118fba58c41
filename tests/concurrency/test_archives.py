"""Archives of bills under double clicks and killed workers, with real transactions and processes."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection, connections

from kabinet.billing import archives, tasks
from kabinet.billing.archives import ArchiveNotReady
from kabinet.billing.models import BillArchive
from kabinet.config.cli import worker
from kabinet.kernel.actors import Actor
from tests.billing import papers
from tests.concurrency.large_bundle import ROOT, environment, wait_until
from tests.factories import BillFactory, UserFactory

AT = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
(DEFAULT,) = [
    command for command in worker.commands(concurrency=1) if "default,channels" in command
]
BILLS = 40


@pytest.fixture
def actor(transactional_db):
    """Somebody, and a queue that other tests left nothing in: no flush empties it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")
    return Actor.customer(UserFactory().pk)


def _account(actor):
    from kabinet.identity.models import User

    user = User.objects.get(pk=actor.user_id)
    return papers.gas_bill(holders=[user], history=False).account


def _jobs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status FROM procrastinate_jobs WHERE task_name = 'billing.make_archive'"
        )
        return [status for (status,) in cursor.fetchall()]


def test_pressing_the_button_many_times_at_once_makes_one_job(actor):
    account = _account(actor)
    together = Barrier(6)

    def press(_number):
        try:
            together.wait(timeout=20)
            archives.request_archive(actor=actor, account_id=account.pk, year=2026, at=AT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(press, range(6)))

    assert _jobs() == ["todo"]
    assert BillArchive.objects.count() == 1


@contextmanager
def _worker(folder):
    """The very process that ``kabinet worker`` keeps for all but imports."""
    process = subprocess.Popen(DEFAULT, env=environment(KABINET_VAR=str(folder)), cwd=ROOT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _rescue_later():
    """What the rescue does a minute later: the dead worker's heartbeat has grown old."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '2 minutes'"
        )
    async_to_sync(tasks.rescue.func)(timestamp=0)


@pytest.mark.slow
def test_a_worker_killed_over_an_archive_leaves_nothing_and_the_next_one_makes_it(actor, tmp_path):
    settings.STORAGES["default"]["OPTIONS"]["location"] = tmp_path / "files"
    account = _account(actor)
    for number in range(BILLS):
        BillFactory(account=account, period=dt.date(2026, 10, 1), kind=f"Дополнение № {number}")
    archives.request_archive(actor=actor, account_id=account.pk, year=2026, at=AT)
    archive = BillArchive.objects.get()

    with _worker(tmp_path):
        wait_until(lambda: BillArchive.objects.get().done >= 2, 60)
    archive.refresh_from_db()

    assert archive.state == "making"
    assert archive.done < BILLS + 1
    with pytest.raises(ArchiveNotReady):
        archives.open_archive(actor=actor, account_id=account.pk, year=2026, at=AT)

    _rescue_later()
    assert _jobs() == ["todo"]
    with _worker(tmp_path):
        wait_until(lambda: BillArchive.objects.get().state == "ready", 60)
    file = archives.open_archive(actor=actor, account_id=account.pk, year=2026, at=AT)

    archive.refresh_from_db()
    assert (archive.done, archive.left_out) == (BILLS + 1, 0)
    assert len(file.content) == archive.size
