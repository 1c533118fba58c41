"""Letters that come back after the server had taken them: reports are read, kept and told (NOT-12)."""

from __future__ import annotations

import uuid

import pytest
from django.core import mail

from kabinet.channels import checks, operations, returned
from kabinet.channels.connectors.base import Outcome
from kabinet.channels.connectors.returns import MailboxClosed
from kabinet.channels.connectors.smtp import message_id
from kabinet.channels.enums import DeliveryStatus
from kabinet.channels.models import Delivery
from kabinet.identity.models import User
from tests.channels.conftest import LETTER
from tests.channels.gateways import NOON
from tests.channels.returns_mailbox import PASSWORD, USER, running_mailbox
from tests.identity.mail import texts
from tests.web.entry import EMAIL, PHONE, make_person

OURS = uuid.UUID("0b1c6a6e-0000-4000-8000-000000000001")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with running_mailbox(tmp_path_factory.mktemp("returns")) as mailbox:
        yield mailbox


@pytest.fixture
def mailbox(running, settings):
    running.letters.clear()
    running.seen.clear()
    running.breaks_at = ""
    settings.RETURNS_HOST, settings.RETURNS_PORT = "localhost", running.server_address[1]
    settings.RETURNS_USER, settings.RETURNS_PASSWORD = USER, PASSWORD
    settings.RETURNS_CA_FILE = str(running.ca_file)
    settings.EMAIL_CONNECTOR = "smtp"
    return running


def report(key, *, action="failed", status="5.1.1", whole=True, kind="multipart/report"):
    """As mail servers write them: words, the state of each recipient, the letter or its head."""
    original = f"Message-ID: {message_id(key)}\r\nSubject: 123456\r\n"
    part = "message/rfc822" if whole else "text/rfc822-headers"
    return "\r\n".join(
        [
            "From: MAILER-DAEMON@mx.example.ru",
            "Message-ID: <11111111111111111111111111111111@mx.example.ru>",
            f'Content-Type: {kind}; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain; charset=utf-8",
            "",
            "I am sorry to have to inform you",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example.ru",
            "",
            f"Final-Recipient: rfc822; {EMAIL}",
            f"Action: {action}",
            f"Status: {status}",
            "Diagnostic-Code: smtp; 550 user unknown",
            "",
            "--b",
            f"Content-Type: {part}",
            "",
            original,
            "--b--",
            "",
        ]
    ).encode()


def sent(recipient=EMAIL):
    pk = operations.send_email(recipient=recipient, letter=LETTER, at=NOON)
    operations.deliver(delivery_id=pk, at=NOON)
    return Delivery.objects.get(pk=pk)


class TestReading:
    @pytest.mark.parametrize("whole", [True, False])
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            ("5.1.1", Outcome.BOUNCED),
            ("5.1.10", Outcome.BOUNCED),
            ("5.2.1", Outcome.BOUNCED),
            ("5.2.2", Outcome.FAILED),
            ("5.7.1", Outcome.FAILED),
            ("4.4.7", Outcome.FAILED),
            ("garbage", Outcome.FAILED),
        ],
    )
    def test_a_failure_says_whether_the_address_is_lost(self, status, outcome, whole):
        assert returned.read_report(report(OURS, status=status, whole=whole)) == {OURS: outcome}

    @pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
    def test_what_has_not_failed_says_nothing(self, action):
        assert returned.read_report(report(OURS, action=action)) == {}

    def test_a_letter_that_is_no_report_says_nothing(self):
        assert returned.read_report(report(OURS, kind="multipart/mixed")) == {}
        assert returned.read_report(b"") == {}
        assert returned.read_report(b"\xff\x00 what") == {}

    def test_a_report_of_somebody_elses_letter_says_nothing(self):
        foreign = report(OURS).replace(OURS.hex.encode(), b"20261121.77")
        assert returned.read_report(foreign) == {}

    @pytest.mark.parametrize("length", range(0, 700, 23))
    def test_a_report_that_breaks_off_is_no_error(self, length):
        assert returned.read_report(report(OURS)[:length]) in ({}, {OURS: Outcome.BOUNCED})


@pytest.mark.django_db
class TestTakingIn:
    def test_the_letter_goes_under_our_name_and_comes_back_to_the_return_path(
        self, mailbox, settings
    ):
        settings.MAIL_RETURN_PATH = "returns@kabinet.example"
        row = sent()

        [letter] = mail.outbox
        assert letter.from_email == "returns@kabinet.example"
        head = letter.message()
        assert (head["From"], head["Message-ID"]) == (
            settings.DEFAULT_FROM_EMAIL,
            message_id(row.public_id),
        )

    def test_what_came_back_is_a_failure(self, mailbox):
        lost, full, fine = sent("a@example.ru"), sent("b@example.ru"), sent("c@example.ru")
        mailbox.letters += [report(lost.public_id), report(full.public_id, status="5.2.2")]

        assert returned.take_in(at=NOON) == 2

        rows = [Delivery.objects.get(pk=row.pk) for row in (lost, full, fine)]
        assert [(row.status, row.bounced) for row in rows] == [
            (DeliveryStatus.FAILED, True),
            (DeliveryStatus.FAILED, False),
            (DeliveryStatus.SENT, False),
        ]
        assert mailbox.seen == {1, 2}
        assert returned.take_in(at=NOON) == 0

    def test_three_in_a_row_put_the_address_in_doubt(self, mailbox, settings):
        settings.SMS_CONNECTOR = "mailbox"
        person = make_person()
        for number in range(3):
            assert person.emailaddress_set.get().verified
            mailbox.letters.append(report(sent().public_id))
            assert returned.take_in(at=NOON) == 1, number

        assert not person.emailaddress_set.get().verified
        assert User.objects.get().phone_verified
        [told] = texts(PHONE)
        assert told.startswith(f"Кабинет: До {EMAIL} не доходят наши сообщения")

    def test_a_crash_before_the_mark_repeats_without_effect(self, mailbox):
        row = sent()
        mailbox.letters.append(report(row.public_id))
        mailbox.breaks_at = "STORE"
        with pytest.raises(MailboxClosed):
            returned.take_in(at=NOON)
        assert Delivery.objects.get(pk=row.pk).status == DeliveryStatus.FAILED

        mailbox.breaks_at = ""
        assert (returned.take_in(at=NOON), mailbox.seen) == (0, {1})

    def test_a_hundred_letters_are_read_at_once_and_the_rest_later(self, mailbox):
        mailbox.letters += [b"Subject: hello\r\n\r\n"] * 101

        returned.take_in(at=NOON)
        assert len(mailbox.seen) == 100
        returned.take_in(at=NOON)
        assert len(mailbox.seen) == 101

    @pytest.mark.parametrize("breaks_at", ["CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FETCH"])
    def test_a_mailbox_that_breaks_off_is_said_and_nothing_is_marked(self, mailbox, breaks_at):
        mailbox.letters.append(report(sent().public_id))
        mailbox.breaks_at = breaks_at
        with pytest.raises(MailboxClosed):
            returned.take_in(at=NOON)
        assert mailbox.seen == set()

        mailbox.breaks_at = ""
        assert (returned.take_in(at=NOON), mailbox.seen) == (1, {1})

    @pytest.mark.parametrize(
        ("name", "value"),
        [("RETURNS_PASSWORD", "wrong"), ("RETURNS_FOLDER", "other"), ("RETURNS_CA_FILE", "")],
    )
    def test_a_mailbox_that_does_not_let_us_in_or_is_a_strangers(
        self, mailbox, settings, name, value
    ):
        assert returned.take_in(at=NOON) == 0
        setattr(settings, name, value)
        with pytest.raises(MailboxClosed):
            returned.take_in(at=NOON)

    def test_without_a_mailbox_nothing_is_read(self, settings):
        assert (settings.RETURNS_HOST, returned.take_in(at=NOON)) == ("", 0)

    def test_a_report_says_nothing_of_a_code_sent_by_sms(self, mailbox, settings):
        settings.SMS_CONNECTOR = "mailbox"
        pk = operations.send_sms(recipient="+79160000001", text="123456", at=NOON)
        operations.deliver(delivery_id=pk, at=NOON)
        mailbox.letters.append(report(Delivery.objects.get(pk=pk).public_id))

        assert returned.take_in(at=NOON) == 0


def test_a_mailbox_without_credentials_is_refused_at_the_start(settings):
    assert checks.check_the_mailbox_of_returns_lets_us_in() == []
    settings.RETURNS_HOST = "imap.example.ru"
    [error] = checks.check_the_mailbox_of_returns_lets_us_in()
    assert error.id == "channels.E004"
