from __future__ import annotations

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

MAX_ATTEMPTS = 6
STALLED_AFTER = 60


# 4 s, 16 s, 1 min, 4 min, 17 min: a server that restarts is waited for, a code that runs out is not.
@app.task(
    name="channels.deliver",
    queue="channels",
    retry=RetryStrategy(max_attempts=MAX_ATTEMPTS - 1, exponential_wait=4),
)
def deliver(*, delivery_id: int, **_from_newer_senders: object) -> None:
    from kabinet.channels import operations

    operations.deliver(delivery_id=delivery_id, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="channels.rescue", queueing_lock="channels.rescue")
async def rescue(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    """Take up again the letters whose worker died over them."""
    stalled = await app.job_manager.get_stalled_jobs(
        task_name="channels.deliver", seconds_since_heartbeat=STALLED_AFTER
    )
    for job in stalled:
        await app.job_manager.retry_job(job)


@app.periodic(cron="* * * * *")
@app.task(name="channels.follow_up", queue="channels", queueing_lock="channels.follow_up")
def follow_up(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.channels import outcomes

    outcomes.follow_up(at=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="channels.take_returns", queue="channels", queueing_lock="channels.take_returns")
def take_returns(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.channels import returned

    returned.take_in(at=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="channels.forget", queueing_lock="channels.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.channels import operations

    operations.forget_old_deliveries(at=timezone.now())
