from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

STALLED_AFTER = 60


@app.task(name="billing.make_archive", retry=False)
def make_archive(*, archive_id: int, **_from_newer_senders: object) -> None:
    from kabinet.billing import archives

    archives.make_archive(archive_id=archive_id, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="billing.rescue", queueing_lock="billing.rescue")
async def rescue(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    """Take up again the archives whose worker died over them."""
    stalled = await app.job_manager.get_stalled_jobs(
        task_name="billing.make_archive", seconds_since_heartbeat=STALLED_AFTER
    )
    for job in stalled:
        await app.job_manager.retry_job(job)


@app.periodic(cron="41 * * * *")
@app.task(name="billing.forget", queueing_lock="billing.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.billing import archives

    archives.forget_old_archives(at=timezone.now())
