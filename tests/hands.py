"""Many hands: steps that start together, each in a thread with a connection of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from kabinet.kernel.errors import NotVisible, Refused


def together(*steps):
    """Run the steps and give what each returned; what one raises comes out."""
    start = Barrier(len(steps))

    def run(step):
        try:
            start.wait(timeout=30)
            return step()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))


def at_once(*steps):
    """Run the steps and give what each returned, or the kind of its refusal."""
    return together(*[lambda step=step: _outcome(step) for step in steps])


def _outcome(step):
    try:
        return step()
    except (Refused, NotVisible) as refusal:
        return type(refusal)
