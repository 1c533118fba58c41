from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app


@app.periodic(cron="27 3 * * *")
@app.task(name="identity.forget", queueing_lock="identity.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.identity import operations, sessions

    operations.forget_old_codes(at=timezone.now())
    operations.forget_old_qr(at=timezone.now())
    operations.forget_old_sessions(at=timezone.now())
    sessions.forget_expired()


@app.periodic(cron="* * * * *")
@app.task(name="identity.new_devices", queueing_lock="identity.new_devices")
def tell_of_new_devices(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.identity import operations

    operations.tell_of_new_devices(at=timezone.now())
