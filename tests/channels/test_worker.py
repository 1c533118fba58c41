from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from kabinet.channels import operations
from kabinet.channels.connectors.base import NotSent
from kabinet.channels.enums import DeliveryStatus
from kabinet.channels.models import Delivery
from tests.channels.conftest import LETTER

pytestmark = pytest.mark.django_db


def test_the_queued_task_sends_the_letter():
    now = dt.datetime.now(tz=dt.UTC)
    operations.send_email(recipient="ivan@example.ru", letter=LETTER, at=now)
    job = ProcrastinateJob.objects.get()

    app.tasks[job.task_name](**job.args, unknown="from a newer sender")

    assert [sent.to for sent in mail.outbox] == [["ivan@example.ru"]]
    assert Delivery.objects.get().status == DeliveryStatus.SENT


def test_the_waits_between_attempts_grow():
    task = app.tasks["channels.deliver"]
    waits = []
    for attempts in range(6):
        job = Job(
            id=1,
            queue="channels",
            lock=None,
            queueing_lock=None,
            task_name=task.name,
            attempts=attempts,
        )
        decision = task.get_retry_exception(exception=NotSent("down"), job=job)
        waits.append(
            decision
            and round(
                (decision.retry_decision.retry_at - dt.datetime.now(tz=dt.UTC)).total_seconds()
            )
        )

    assert waits == [4, 16, 64, 256, 1024, None]
