from __future__ import annotations

from procrastinate.contrib.django import app

from kabinet.config.cli import worker


def _queues(command):
    return set(command[command.index("--queues") + 1].split(","))


def test_every_queue_has_exactly_one_worker_and_imports_keep_to_their_own():
    served = [_queues(command) for command in worker.commands(concurrency=2)]
    used = {task.queue for task in app.tasks.values() if not task.name.startswith("builtin:")}

    assert sorted(queue for queues in served for queue in queues) == sorted(used)
    assert [queues for queues in served if "imports" in queues] == [{"imports"}]
