from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app


@app.periodic(cron="37 3 * * *")
@app.task(name="accounts.forget", queueing_lock="accounts.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.accounts.operations import leaving

    leaving.forget_contacts_of_deleted(at=timezone.now())
