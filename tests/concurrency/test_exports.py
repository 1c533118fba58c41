"""Exports at once and exports killed: every row is given in exactly one run (XCH-11)."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.parse import quote

import pytest
from django.db import connection

from kabinet.accounts.models import AccountLinkEvent
from kabinet.exchange import exports
from kabinet.exchange.enums import ExportStatus
from kabinet.exchange.exports import (
    RunBusy,
    Target,
    acknowledge_run,
    export_new,
    get_open_runs,
    repeat_run,
)
from kabinet.exchange.models import ExportRun
from kabinet.kernel.actors import SYSTEM
from tests.factories import NOON, AccountFactory, ProviderFactory

pytestmark = [pytest.mark.django_db(transaction=True)]

ADD = """
INSERT INTO accounts_accountlinkevent (provider_id, account_id, event, at, email)
SELECT %s, %s, 'linked', now(), n || '@example.ru' FROM generate_series(%s, %s) n
"""
# A billing system's night job: it takes what is new until it is killed or told to stop.
TAKER = """
import sys, time
from pathlib import Path
import django
django.setup()
from django.utils import timezone
from kabinet.exchange.exports import Target, acknowledge_run, export_new
from kabinet.kernel.actors import SYSTEM
folder = Path(sys.argv[1])
print("ready", flush=True)
while not (folder / "stop").exists():
    run = export_new(
        actor=SYSTEM, provider_code="gas", what=sys.argv[3],
        target=Target(folder / f"{sys.argv[2]}.csv"), at=timezone.now(),
    )
    if run is None:
        time.sleep(0.01)
        continue
    (folder / f"{sys.argv[2]}.csv").rename(folder / f"run-{run.number}-by-{sys.argv[2]}.csv")
    acknowledge_run(actor=SYSTEM, provider_code="gas", number=run.number, at=timezone.now())
"""


@pytest.fixture
def account():
    return AccountFactory(provider=ProviderFactory(code="gas"))


def add(account, first, last):
    with connection.cursor() as cursor:
        cursor.execute(ADD, [account.provider_id, account.pk, first, last])


def database_url():
    settings = connection.settings_dict
    host = settings["HOST"] or settings["OPTIONS"].get("host", "")
    name, user = quote(settings["NAME"]), quote(settings["USER"])
    password = f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else ""
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{user}{password}@/{name}?host={quote(host, safe='')}{port}"


def start_taker(folder, name, what="links"):
    process = subprocess.Popen(
        [sys.executable, "-c", TAKER, str(folder), name, what],
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "kabinet.config.settings",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def take_the_rest(folder, what="links"):
    """What a billing system does after a crash: takes what is new, then repeats what it has not acknowledged."""
    who = {"actor": SYSTEM, "provider_code": "gas"}
    path = folder / "rest.csv"
    deadline = time.monotonic() + 30
    while export_new(**who, what=what, target=Target(path), at=NOON) or _some_are_held():
        # The server side of a killed process may need a moment to notice.
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for run in get_open_runs(**who):
        repeat_run(**who, number=run.number, target=Target(path), at=NOON)
        path.rename(folder / f"run-{run.number}-repeated.csv")
        acknowledge_run(**who, number=run.number, at=NOON)


def _some_are_held():
    return ExportRun.objects.filter(status=ExportStatus.CLAIMED).exists()


def rows_by_run(folder, column="email"):
    """Every delivery of a run, as the receivers got it; two deliveries of one run hold the same rows."""
    runs = {}
    for path in sorted(Path(folder).glob("run-*.csv")):
        number = int(path.name.split("-")[1])
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row[column] for row in csv.DictReader(file, delimiter=";")]
        assert runs.setdefault(number, rows) == rows
    return runs


def given(folder, column="email"):
    counts = defaultdict(int)
    for rows in rows_by_run(folder, column).values():
        for row in rows:
            counts[row] += 1
    return counts


@pytest.mark.slow
def test_takers_at_once_and_killed_at_random_moments_lose_and_double_no_row(account, tmp_path):
    chance = random.Random(20261121)
    total = 0
    for _round in range(4):
        takers = [start_taker(tmp_path, f"{_round}-{number}") for number in range(2)]
        for _portion in range(8):
            add(account, total + 1, total + 400)
            total += 400
            time.sleep(chance.uniform(0, 0.03))
        # One dies in the middle of its work, the other a little later, while it may be mending the first's.
        for taker in takers:
            time.sleep(chance.uniform(0, 0.02))
            taker.send_signal(signal.SIGKILL)
            taker.wait()
            taker.stdout.close()

    take_the_rest(tmp_path)

    assert given(tmp_path) == {f"{number}@example.ru": 1 for number in range(1, total + 1)}
    assert not AccountLinkEvent.objects.filter(export_number=None).exists()
    assert {run.rows for run in ExportRun.objects.all()} != {0}


def test_exports_at_the_same_moment_share_the_rows_out(account, tmp_path):
    add(account, 1, 3000)
    together = Barrier(4)

    def take(number):
        path = tmp_path / f"{number}.csv"
        together.wait()
        try:
            run = export_new(
                actor=SYSTEM, provider_code="gas", what="links", target=Target(path), at=NOON
            )
        finally:
            connection.close()
        if run is not None:
            path.rename(tmp_path / f"run-{run.number}-by-{number}.csv")
        return run

    with ThreadPoolExecutor(4) as pool:
        runs = [run for run in pool.map(take, range(4)) if run is not None]

    assert sum(run.rows for run in runs) == 3000
    assert given(tmp_path) == {f"{number}@example.ru": 1 for number in range(1, 3001)}


def test_a_run_that_is_being_given_is_neither_taken_up_nor_repeated(account, tmp_path):
    add(account, 1, 3)
    first = export_new(
        actor=SYSTEM,
        provider_code="gas",
        what="links",
        target=Target(tmp_path / "1.csv"),
        at=NOON,
    )
    ExportRun.objects.update(status=ExportStatus.CLAIMED, delivered_at=None)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [exports.DELIVERY_LOCK + first.number])

        taken = export_new(
            actor=SYSTEM,
            provider_code="gas",
            what="links",
            target=Target(tmp_path / "2.csv"),
            at=NOON,
        )
        with pytest.raises(RunBusy):
            repeat_run(
                actor=SYSTEM,
                provider_code="gas",
                number=first.number,
                target=Target(tmp_path / "2.csv"),
                at=NOON,
            )
    finally:
        other.close()

    assert taken is None
    assert not (tmp_path / "2.csv").exists()
