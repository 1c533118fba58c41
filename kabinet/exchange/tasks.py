from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from kabinet.exchange import operations

STALLED_AFTER = 60
BUNDLES_KEPT = timedelta(days=30)


@app.task(name="exchange.run_import", queue="imports", retry=False)
def run_import(*, run_id: int, **_from_newer_senders: object) -> None:
    operations.run_queued_import(run_id=run_id)


@app.periodic(cron="* * * * *")
@app.task(name="exchange.sweep_imports", queueing_lock="exchange.sweep_imports")
async def sweep_imports(timestamp: int) -> None:  # noqa: ARG001 -- procrastinate gives it
    """Mark runs failed whose process died, and let go of the jobs that died with it."""
    from asgiref.sync import sync_to_async

    await sync_to_async(operations.bury_dead_imports)(at=timezone.now())
    stalled = await app.job_manager.get_stalled_jobs(
        task_name="exchange.run_import", seconds_since_heartbeat=STALLED_AFTER
    )
    for job in stalled:
        await app.job_manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="exchange.forget_old_bundles", queueing_lock="exchange.forget_old_bundles")
def forget_old_bundles(timestamp: int) -> None:  # noqa: ARG001 -- procrastinate gives it
    operations.forget_old_bundles(before=timezone.now() - BUNDLES_KEPT)
