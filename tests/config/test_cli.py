from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from kabinet.config.cli.main import main
from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.providers.api_keys import actor_of_key
from kabinet.providers.models import ApiKey, Provider

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
PARENT = """
import sys
from kabinet.config.cli.children import run_together
sleeper = [sys.executable, "-c", {sleeper!r}]
sys.exit(run_together([sleeper, {second}], on_started=lambda: print("started", flush=True)))
"""


@pytest.mark.django_db
def test_provider_add_gives_the_rules_of_its_style(capsys):
    status = main(["provider", "add", "ozgaz", "--name", "АО «Озёрскгаз»", "--style", "A"])

    provider = Provider.objects.select_related("policy").get(code="ozgaz")
    assert status == 0
    assert (provider.name, provider.style, provider.policy.two_tier) == (
        "АО «Озёрскгаз»",
        "A",
        True,
    )
    assert AuditEntry.objects.filter(action="providers.provider.add").count() == 1


@pytest.mark.django_db
def test_a_taken_or_impossible_code_is_refused_and_changes_nothing(capsys):
    main(["provider", "add", "ozgaz", "--name", "Первый"])

    assert main(["provider", "add", "ozgaz", "--name", "Второй"]) == 1
    assert main(["provider", "add", "оз газ", "--name", "Третий"]) == 1
    assert [provider.name for provider in Provider.objects.all()] == ["Первый"]
    assert "уже есть" in capsys.readouterr().err


@pytest.mark.django_db
def test_an_api_key_is_shown_once_kept_hashed_and_opens_one_provider(capsys):
    main(["provider", "add", "ozgaz", "--name", "Первый"])
    capsys.readouterr()

    assert main(["provider", "key", "ozgaz", "--name", "1С"]) == 0
    key = capsys.readouterr().out.strip()

    assert key not in ApiKey.objects.get().digest
    found = actor_of_key(key, address="")
    assert found is not None
    actor, code = found
    assert code == "ozgaz"
    assert actor.providers(Role.INTEGRATOR) == {Provider.objects.get().pk}
    assert actor_of_key(key + "x", address="") is None

    ApiKey.objects.update(revoked_at="2026-11-21T00:00:00Z")
    assert actor_of_key(key, address="") is None


@pytest.mark.django_db
def test_a_key_for_nobody_is_refused(capsys):
    assert main(["provider", "key", "nobody", "--name", "1С"]) == 1
    assert not ApiKey.objects.exists()


def _parent(second: str) -> subprocess.Popen[str]:
    code = PARENT.format(sleeper=SLEEPER, second=second)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def _running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_all_children_cleanly(number):
    parent = _parent(f"[sys.executable, '-c', {SLEEPER!r}]")
    while parent.stdout.readline().strip() != "started":
        pass
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent.pid)], capture_output=True, text=True, check=True
    ).stdout.split()

    parent.send_signal(number)

    assert parent.wait(20) == 0
    assert len(children) == 2
    assert not any(_running(int(child)) for child in children)
    parent.stdout.close()


@pytest.mark.slow
def test_one_child_that_dies_ends_the_rest_and_its_status_is_ours():
    started = time.monotonic()
    parent = _parent("[sys.executable, '-c', 'import sys; sys.exit(3)']")

    assert parent.wait(30) == 3
    assert time.monotonic() - started < 30
    parent.stdout.close()
