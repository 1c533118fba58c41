from __future__ import annotations

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

MAX_ATTEMPTS = 6


# 4 s, 16 s, 1 min, 4 min, 17 min: a server that restarts is waited for, a code that runs out is not.
@app.task(
    name="channels.deliver",
    queue="channels",
    retry=RetryStrategy(max_attempts=MAX_ATTEMPTS - 1, exponential_wait=4),
)
def deliver(*, delivery_id: int, **_from_newer_senders: object) -> None:
    from kabinet.channels import operations

    operations.deliver(delivery_id=delivery_id, at=timezone.now())
