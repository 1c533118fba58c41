"""Run child processes together: when one ends or we are told to stop, all end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

GRACE_SECONDS = 15


class _Stop(BaseException):
    """A signal asked us to end; not an Exception, so that nothing on the way swallows it."""


def run_together(
    commands: Sequence[Sequence[str]], *, on_started: Callable[[], None] = lambda: None
) -> int:
    """Start the commands, call ``on_started``, and wait. Ctrl-C or SIGTERM ends all of them cleanly.

    :returns: 0 after a requested stop, else the status of the child that ended by itself.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Stop

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            # A session of their own: Ctrl-C in the terminal reaches us alone, and we end them in order.
            children.append(subprocess.Popen(command, start_new_session=True))  # noqa: PERF401, S603 -- our own programs
        on_started()
        return _first_to_end(children)
    except _Stop:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end(children)


def _first_to_end(children: Sequence[subprocess.Popen[bytes]]) -> int:
    while True:
        for child in children:
            if (status := child.poll()) is not None:
                return status
        time.sleep(0.2)


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"Процесс {child.pid} не остановился сам, завершаем.", file=sys.stderr)
            child.kill()
            child.wait()
