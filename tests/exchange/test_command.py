"""`kabinet import`: the same run in words and as JSON, with its exit status (XCH-08, 14); who may start one."""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from kabinet.accounts.models import Account
from kabinet.config.cli import imports
from kabinet.exchange import operations, tasks
from kabinet.exchange.events import ImportFinished
from kabinet.exchange.models import ImportRun
from kabinet.exchange.report import Options
from kabinet.kernel import events
from kabinet.kernel.actors import NOBODY, SYSTEM, Actor, ActorKind, Role
from tests.exchange.bundles import Bundle
from tests.factories import ProviderFactory

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def _run(*words):
    parser = argparse.ArgumentParser()
    imports.add_parser(parser.add_subparsers())
    return imports.run(parser.parse_args(["import", *map(str, words)]))


def test_json_tells_the_run(gas, tmp_path, capsys):
    status = _run(Bundle().zip(tmp_path / "b.zip"), "--json")

    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert set(told) >= {
        "id",
        "status",
        "provider",
        "mode",
        "files",
        "errors",
        "errors_total",
        "warnings",
        "warnings_total",
        "rejects",
        "seconds",
    }
    assert (told["id"], told["status"], told["provider"]) == (
        str(ImportRun.objects.get().public_id),
        "imported",
        "gas",
    )
    assert told["files"]["accounts"] == {
        "read": 3,
        "inserted": 3,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }


def test_words_tell_the_errors(gas, tmp_path, capsys):
    bundle = Bundle().replace("readings", "1800", "много")

    status = _run(bundle.folder(tmp_path / "b"), "--provider", "gas")

    out, err = capsys.readouterr()
    assert status == 1
    assert out.startswith("Отклонено: gas")
    assert "readings, строка 2, value «много»: Это не число" in err


def test_partial_names_the_file_of_rejects(gas, tmp_path, capsys):
    bundle = Bundle().replace("readings", "1800", "много")

    status = _run(bundle.folder(tmp_path / "b"), "--mode", "partial", "--json")

    told = json.loads(capsys.readouterr().out)
    assert (status, told["status"]) == (1, "partial")
    assert Path(told["rejects"]).is_file()


def test_what_cannot_be_read_ends_with_two(gas, tmp_path, capsys):
    assert _run(tmp_path / "nothing.zip", "--json") == 2
    assert json.loads(capsys.readouterr().out)["status"] == "failed"


def test_unknown_provider_is_refused(transactional_db, tmp_path, capsys):
    assert _run(Bundle().folder(tmp_path / "b"), "--json") == 1
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "unknown_provider"
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("role", [None, Role.OPERATOR, Role.PUBLISHER])
def test_only_those_who_exchange_may_start(gas, role):
    actor = (
        Actor(ActorKind.STAFF, user_id=1, grants=frozenset({(gas.pk, role)})) if role else NOBODY
    )

    with pytest.raises(operations.UnknownProvider):
        operations.start_import(
            actor=actor,
            provider_code="gas",
            upload=io.BytesIO(b"x"),
            name="b.zip",
            options=Options(),
            at=AT,
        )

    assert not ImportRun.objects.exists()


def test_staff_of_another_provider_may_not_start(gas):
    other = ProviderFactory(code="water")
    actor = Actor(ActorKind.STAFF, user_id=1, grants=frozenset({(other.pk, Role.ADMINISTRATOR)}))

    with pytest.raises(operations.UnknownProvider):
        operations.start_import(
            actor=actor,
            provider_code="gas",
            upload=io.BytesIO(b"x"),
            name="b.zip",
            options=Options(),
            at=AT,
        )


def test_event_is_published_inside_the_transaction(take, tmp_path, monkeypatch):
    heard = []

    def fail(event):
        heard.append(event)
        raise OSError("disk full")

    monkeypatch.setattr(events, "_subscribers", events._subscribers.copy())
    events._subscribers[ImportFinished] = [fail]

    report = take(Bundle().folder(tmp_path / "b"))

    assert [(event.changed, len(event.files)) for event in heard] == [(True, len(Bundle().files))]
    assert (report.status, report.exit_status) == ("failed", 2)
    assert "disk full" in ImportRun.objects.get().reason
    assert not Account.objects.exists()


def test_sweep_lets_go_of_a_dead_workers_job(gas, tmp_path):
    with Bundle().zip(tmp_path / "b.zip").open("rb") as upload:
        operations.start_import(
            actor=SYSTEM, provider_code="gas", upload=upload, name="b.zip", options=Options(), at=AT
        )
    run = ImportRun.objects.get()
    ours = "task_name = 'exchange.run_import' AND args ->> 'run_id' = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 hour') RETURNING id"
        )
        cursor.execute(
            f"UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE {ours}",
            [cursor.fetchone()[0], str(run.pk)],
        )
    ImportRun.objects.update(status="running")

    async_to_sync(tasks.sweep_imports.func)(0)

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT status FROM procrastinate_jobs WHERE {ours}", [str(run.pk)])
        assert cursor.fetchall() == [("todo",)]
    assert ImportRun.objects.get().status == "failed"
