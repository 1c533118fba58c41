from __future__ import annotations

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.channels import operations
from kabinet.channels.connectors.base import NotSent
from kabinet.channels.connectors.registry import is_available
from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import Delivery
from kabinet.channels.queries import get_mailbox
from tests.channels.conftest import LETTER, NOON

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(minutes=5)


class Broken(BaseEmailBackend):
    """A mail server that is down."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError("secret words of the server")


class NoSuchPerson(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise smtplib.SMTPRecipientsRefused({"ivan@example.ru": (550, b"no such user")})


def _backend(settings, kind):
    settings.EMAIL_BACKEND = f"{__name__}.{kind.__name__}"


def _deliver(pk, at=NOON):
    operations.deliver(delivery_id=pk, at=at)
    return Delivery.objects.get(pk=pk)


def test_a_letter_leaves_in_both_forms_and_its_text_is_wiped(letter, settings):
    settings.DEFAULT_FROM_EMAIL = "lk@example.ru"

    row = _deliver(letter)

    (sent,) = mail.outbox
    assert (sent.to, sent.from_email, sent.subject) == (
        ["ivan@example.ru"],
        "lk@example.ru",
        "123456 — код",
    )
    assert sent.body == LETTER.text
    assert [tuple(part) for part in sent.alternatives] == [(LETTER.html, "text/html")]
    assert (row.status, row.sent_at, row.connector) == (DeliveryStatus.SENT, NOON, "smtp")
    assert (row.text, row.html) == ("", "")


def test_a_letter_leaves_once_however_often_the_task_runs(letter):
    _deliver(letter)
    _deliver(letter)

    assert len(mail.outbox) == 1


def test_queueing_puts_a_task_into_the_same_transaction(letter):
    job = ProcrastinateJob.objects.get(task_name="channels.deliver")
    assert (job.args, job.queue_name) == ({"delivery_id": letter}, "channels")

    with transaction.atomic():
        operations.send_sms(recipient="+79123456789", text="код", at=NOON)
        transaction.set_rollback(True)

    assert Delivery.objects.count() == 1
    assert ProcrastinateJob.objects.count() == 1


def test_a_server_that_is_down_is_tried_again(letter, settings):
    _backend(settings, Broken)

    with pytest.raises(NotSent):
        _deliver(letter)

    row = Delivery.objects.get(pk=letter)
    assert (row.status, row.attempts, row.error) == (
        DeliveryStatus.QUEUED,
        1,
        "ConnectionRefusedError",
    )
    assert row.text == LETTER.text


def test_after_six_attempts_it_is_given_up_and_wiped(letter, settings):
    _backend(settings, Broken)
    for _attempt in range(5):
        with pytest.raises(NotSent):
            _deliver(letter)

    row = _deliver(letter)

    assert (row.status, row.attempts, row.text, row.html) == (DeliveryStatus.FAILED, 6, "", "")


def test_an_address_that_does_not_exist_is_given_up_at_once(letter, settings):
    _backend(settings, NoSuchPerson)

    row = _deliver(letter)

    assert (row.status, row.error, row.text) == (DeliveryStatus.FAILED, "[550]", "")


def test_a_code_that_ran_out_is_not_sent(db):
    pk = operations.send_email(
        recipient="ivan@example.ru", letter=LETTER, at=NOON, valid_until=NOON
    )

    row = _deliver(pk, at=LATER)

    assert mail.outbox == []
    assert (row.status, row.attempts, row.text) == (DeliveryStatus.FAILED, 0, "")


def test_the_mailbox_keeps_the_text_for_its_page(db, settings):
    settings.SMS_CONNECTOR, settings.DEMO = "mailbox", True
    pk = operations.send_sms(recipient="+79123456789", text="код 123456", at=NOON)

    row = _deliver(pk)

    assert (row.status, row.text) == (DeliveryStatus.SENT, "код 123456")
    assert [(item.recipient, item.text, item.is_sms) for item in get_mailbox(count=5)] == [
        ("+79123456789", "код 123456", True)
    ]


def test_the_mailbox_shows_nothing_outside_the_demo(letter):
    assert get_mailbox(count=5) == []


def test_the_database_refuses_a_sent_letter_with_its_text(letter):
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=letter).update(
            status=DeliveryStatus.SENT, sent_at=NOON, connector="smtp"
        )


def test_a_missing_connector_is_an_error_of_the_deployment(db, settings):
    settings.SMS_CONNECTOR = ""
    pk = operations.send_sms(recipient="+79123456789", text="код", at=NOON)

    assert is_available(Channel.SMS) is False
    with pytest.raises(ImproperlyConfigured):
        _deliver(pk)


@pytest.mark.parametrize(
    ("email", "sms", "demo", "found"),
    [
        ("smtp", "", False, []),
        ("mailbox", "mailbox", True, []),
        ("mailbox", "", False, ["channels.E002"]),
        ("smtp", "mailbox", False, ["channels.E002"]),
        ("pigeon", "", False, ["channels.E001"]),
        ("smtp", "pigeon", False, ["channels.E001"]),
        ("", "", False, ["channels.E001"]),
    ],
)
def test_the_start_refuses_wrong_connectors(settings, email, sms, demo, found):
    settings.EMAIL_CONNECTOR, settings.SMS_CONNECTOR, settings.DEMO = email, sms, demo

    problems = [problem.id for problem in run_checks() if problem.id.startswith("channels.")]

    assert problems == found


def test_a_deployment_check_says_that_phones_are_closed(settings):
    settings.SMS_CONNECTOR = ""

    told = [problem.id for problem in run_checks(include_deployment_checks=True)]

    assert "channels.I001" in told


def test_what_is_long_ago_is_forgotten_whether_or_not_it_left(letter):
    operations.send_email(recipient="petr@example.ru", letter=LETTER, at=NOON)
    _deliver(letter)

    assert operations.forget_old_deliveries(at=NOON + dt.timedelta(days=90)) == 0
    assert operations.forget_old_deliveries(at=NOON + dt.timedelta(days=91)) == 2
    assert not Delivery.objects.exists()


def test_a_code_whose_job_is_lost_does_not_stay_readable(db):
    until = NOON + dt.timedelta(minutes=5)
    waiting = operations.send_email(recipient="petr@example.ru", letter=LETTER, at=NOON)
    operations.send_email(recipient="petr@example.ru", letter=LETTER, at=NOON, valid_until=until)

    operations.forget_old_deliveries(at=until + dt.timedelta(hours=1))
    assert Delivery.objects.filter(status="queued").count() == 2

    operations.forget_old_deliveries(at=until + dt.timedelta(hours=2))
    lost = Delivery.objects.exclude(pk=waiting).get()
    assert (lost.status, lost.error, lost.text) == ("failed", "no longer valid", "")
    # What is worth sending whenever it leaves still waits.
    assert Delivery.objects.get(pk=waiting).status == "queued"
