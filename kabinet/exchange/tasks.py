from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from kabinet.exchange import operations

STALLED_AFTER = 60


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
