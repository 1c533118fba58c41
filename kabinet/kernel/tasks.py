from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

KEPT = timedelta(days=7)


@app.periodic(cron="47 3 * * *")
@app.task(name="kernel.sweep_limits", queueing_lock="kernel.sweep_limits")
def sweep_limits(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.kernel import limits

    limits.sweep(before=timezone.now() - KEPT)
