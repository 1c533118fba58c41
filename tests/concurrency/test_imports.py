"""Imports queue up per provider, run side by side across providers, and survive being killed (XCH-07)."""

from __future__ import annotations

import datetime as dt
import json
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, connections

from kabinet.accounts.models import Account
from kabinet.billing.models import Bill, BillLine
from kabinet.exchange.enums import ImportMode
from kabinet.exchange.models import ImportRun
from kabinet.exchange.operations import (
    bury_dead_imports,
    import_bundle,
    run_queued_import,
    start_import,
)
from kabinet.exchange.report import Options
from kabinet.exchange.runs import DATA_LOCK, Control
from kabinet.kernel.actors import SYSTEM, Actor, ActorKind, Role
from tests.concurrency.large_bundle import (
    MANY,
    ROOT,
    environment,
    large_bundle,
    wait_for_the_server,
    wait_until,
)
from tests.exchange.bundles import Bundle
from tests.factories import ProviderFactory

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def gas(transactional_db):
    return ProviderFactory(code="gas", style="A")


def _take(path, provider="gas"):
    try:
        return import_bundle(
            actor=SYSTEM, path=path, provider_code=provider, options=Options(), at=AT
        )
    finally:
        connections.close_all()


def _statuses():
    return sorted(ImportRun.objects.values_list("status", flat=True))


def test_imports_of_one_provider_queue_up(gas, tmp_path):
    """Without the lock in ``Control.wait_for_turn`` both run at once and this fails."""
    path = Bundle().folder(tmp_path / "b")
    with Control() as turn, ThreadPoolExecutor(2) as pool:
        turn.wait_for_turn(gas.pk)
        started = [pool.submit(_take, path) for _ in range(2)]
        wait_until(lambda: ImportRun.objects.count() == 2)
        time.sleep(0.3)
        waiting, imported = _statuses(), Account.objects.count()
        turn.give_turn_up(gas.pk)
        reports = [future.result() for future in started]

    assert (waiting, imported) == (["queued", "queued"], 0)
    assert sorted(report.status for report in reports) == ["imported", "unchanged"]


def test_another_providers_import_does_not_wait(gas, tmp_path):
    ProviderFactory(code="water")
    path = Bundle(provider="water").folder(tmp_path / "b")
    with Control() as turn, ThreadPoolExecutor(1) as pool:
        turn.wait_for_turn(gas.pk)

        report = pool.submit(_take, path, "water").result(timeout=30)

    assert report.status == "imported"


def test_import_waits_for_the_server_process_of_a_dead_one(gas, tmp_path):
    path = Bundle().folder(tmp_path / "b")
    with connections.create_connection("default").cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [DATA_LOCK, gas.pk])
        started = pool.submit(_take, path)
        wait_until(lambda: _statuses() == ["running"])
        time.sleep(0.3)
        imported = Account.objects.count()
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [DATA_LOCK, gas.pk])

        assert (imported, started.result().status) == (0, "imported")
        cursor.connection.close()


def test_progress_shows_while_the_data_do_not(gas, tmp_path):
    path = Bundle().folder(tmp_path / "b")
    blocker = connections.create_connection("default")
    with blocker.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        blocker.set_autocommit(False)
        cursor.execute("LOCK TABLE billing_balance IN ACCESS EXCLUSIVE MODE")
        started = pool.submit(_take, path)
        wait_until(
            lambda: ImportRun.objects.filter(status="running", progress__read__gt=0).exists()
        )
        imported = Account.objects.count()
        blocker.rollback()
        started.result()
        blocker.close()

    run = ImportRun.objects.get()
    assert imported == 0
    assert (
        run.progress["read"]
        == run.progress["checked"]
        == sum(len(lines) - 1 for lines in Bundle().files.values())
    )


def test_lost_connection_leaves_the_data_and_says_so(gas, tmp_path):
    path = Bundle().folder(tmp_path / "b")
    blocker = connections.create_connection("default")
    with blocker.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        blocker.set_autocommit(False)
        cursor.execute("LOCK TABLE billing_balance IN ACCESS EXCLUSIVE MODE")
        started = pool.submit(_take, path)
        wait_until(_blocked)
        with connection.cursor() as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        report = started.result()
        blocker.rollback()
        blocker.close()

    assert (report.status, report.exit_status) == ("failed", 2)
    assert ImportRun.objects.get().reason.startswith("Загрузка прервана")
    assert not Account.objects.exists()
    assert _take(path).status == "imported"


def _blocked():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] == 1


def test_run_whose_process_is_gone_is_buried_by_the_sweep(gas):
    dead = ImportRun.objects.create(
        provider=gas, mode="strict", status="running", source_name="b.zip"
    )

    assert bury_dead_imports(at=AT) == 1

    dead.refresh_from_db()
    assert dead.status == "failed"
    assert dead.reason


def test_run_that_is_alive_is_not_buried(gas):
    ImportRun.objects.create(provider=gas, mode="strict", status="running", source_name="b.zip")
    with Control() as turn:
        turn.wait_for_turn(gas.pk)

        assert bury_dead_imports(at=AT) == 0
    assert _statuses() == ["running"]


def test_queued_import_runs_once(gas, tmp_path):
    integrator = Actor(ActorKind.STAFF, user_id=1, grants=frozenset({(gas.pk, Role.INTEGRATOR)}))
    with Bundle().zip(tmp_path / "b.zip").open("rb") as upload:
        public_id = start_import(
            actor=integrator,
            provider_code="gas",
            upload=upload,
            name="b.zip",
            options=Options(mode=ImportMode.PARTIAL),
            at=AT,
        )
    run = ImportRun.objects.get(public_id=public_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'exchange.run_import'"
            " ORDER BY id DESC LIMIT 1"
        )
        (args,) = cursor.fetchone()

    first, second = run_queued_import(run_id=run.pk), run_queued_import(run_id=run.pk)

    assert (json.loads(args) if isinstance(args, str) else args) == {"run_id": run.pk}
    assert (first.status, second) == ("imported", None)
    assert _statuses() == ["imported"]


IMPORT = """
import sys, django
django.setup()
from datetime import datetime, timezone
from pathlib import Path
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.kernel.actors import SYSTEM
import_bundle(actor=SYSTEM, path=Path(sys.argv[1]), provider_code="gas", options=Options(), at=datetime.now(timezone.utc))
"""


def _taken_up(earlier):
    return ImportRun.objects.count() > earlier and ImportRun.objects.latest("pk").status != "queued"


@pytest.mark.slow
def test_killed_import_leaves_the_old_data_and_the_next_one_succeeds(gas, tmp_path):
    _take(Bundle().folder(tmp_path / "old"))
    large = large_bundle().folder(tmp_path / "large")
    before = (Account.objects.count(), Bill.objects.count(), BillLine.objects.count())
    killed = 0
    for longest in (0.1, 0.4, 0.7, 1.0, 1.3):
        runs = ImportRun.objects.count()
        process = subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(large)], env=environment(), cwd=ROOT
        )
        wait_until(partial(_taken_up, runs), 60)
        time.sleep(random.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for_the_server(gas.pk)
        assert ImportRun.objects.count() == runs + 1
        if ImportRun.objects.latest("pk").status == "running":
            killed += 1
            assert (
                Account.objects.count(),
                Bill.objects.count(),
                BillLine.objects.count(),
            ) == before
        else:
            break

    report = _take(large)

    assert killed >= 2
    assert report.status in {"imported", "unchanged"}
    assert Bill.objects.count() == before[1] + MANY
    assert ImportRun.objects.filter(status="failed").count() == killed
