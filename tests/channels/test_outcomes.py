"""What became of messages: asked in time, kept, and told when a contact is lost (NOT-12)."""

from __future__ import annotations

import datetime as dt

import pytest
from procrastinate.contrib.django import app

from kabinet.channels import operations, outcomes
from kabinet.channels.connectors.base import NotSent
from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import Delivery
from kabinet.channels.queries import get_failures
from kabinet.identity.models import User
from kabinet.kernel.models import AuditEntry
from sandbox.sms.books import Books
from sandbox.sms.server import Sandbox
from tests.channels.conftest import LETTER
from tests.channels.gateways import ACCOUNT, NOON, PHONE, TEXT, point
from tests.channels.test_delivery import NoSuchPerson
from tests.identity.mail import texts
from tests.web.entry import EMAIL, make_person

pytestmark = pytest.mark.django_db
SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
NOBODYS, OFF, UNTOLD, LOST_ONCE = "+79990000001", "+79990000002", "+79990000003", "+79990000008"


@pytest.fixture(scope="module")
def running():
    with Sandbox(smsc=[ACCOUNT], smsaero=[ACCOUNT], books=Books(delay=0.0)) as it:
        yield it


@pytest.fixture
def sandbox(running, settings):
    running.forget()
    point(settings, running, "smsc")
    return running


def send(recipient=PHONE, *, at=NOON, text=TEXT, valid_until=None):
    pk = operations.send_sms(recipient=recipient, text=text, at=at, valid_until=valid_until)
    operations.deliver(delivery_id=pk, at=at)
    return pk


def row(pk):
    return Delivery.objects.get(pk=pk)


def test_a_code_is_sent_then_delivered(sandbox):
    pk = send()
    assert (row(pk).status, row(pk).connector, row(pk).text) == (DeliveryStatus.SENT, "smsc", "")
    assert row(pk).check_at == NOON + 20 * SECOND

    assert outcomes.follow_up(at=NOON + 19 * SECOND) == 0
    assert outcomes.follow_up(at=NOON + 20 * SECOND) == 1

    assert (row(pk).status, row(pk).check_at, row(pk).sent_at) == (
        DeliveryStatus.DELIVERED,
        None,
        NOON,
    )


def test_what_did_not_arrive_is_a_failure_that_the_profile_shows(sandbox):
    off, nobodys = send(OFF), send(NOBODYS)

    outcomes.follow_up(at=NOON + 20 * SECOND)

    assert [(row(pk).status, row(pk).bounced) for pk in (off, nobodys)] == [
        (DeliveryStatus.FAILED, False),
        (DeliveryStatus.FAILED, True),
    ]
    assert set(get_failures(recipients=[OFF, NOBODYS, PHONE])) == {OFF, NOBODYS}


def test_the_gaps_between_questions_grow_and_end_after_a_day(sandbox):
    pk = send(UNTOLD)
    asked = []
    while (due := row(pk).check_at) is not None:
        asked.append((due - NOON).total_seconds())
        outcomes.follow_up(at=due)

    assert asked[:5] == [20, 40, 80, 160, 320]
    assert len(asked) < 16
    assert row(pk).status == DeliveryStatus.SENT


def test_the_worker_follows_up_every_minute(sandbox):
    pk = send(at=NOON - 60 * SECOND)

    app.tasks["channels.follow_up"](timestamp=0)

    assert row(pk).status == DeliveryStatus.DELIVERED
    (periodic,) = [
        one
        for one in app.periodic_registry.periodic_tasks.values()
        if one.task.name == "channels.follow_up"
    ]
    assert periodic.cron == "* * * * *"


@pytest.mark.parametrize("count", [1, 3])
def test_many_are_followed_up_by_one_question_and_few_statements(
    sandbox, count, django_assert_num_queries, monkeypatch
):
    for number in range(count):
        send(f"+7912000000{number}", text=f"текст {number}")
    asked = []
    genuine = outcomes._ask
    monkeypatch.setattr(outcomes, "_ask", lambda *told: asked.append(told) or genuine(*told))

    # What is due; savepoint twice; three that close, two that wait, whose failures (none).
    with django_assert_num_queries(4):
        assert outcomes.follow_up(at=NOON + 20 * SECOND) == count

    assert len(asked) == 1


def test_a_gateway_that_is_down_is_asked_later(sandbox, settings, caplog):
    pk = send()
    settings.SMSC_URL = "http://127.0.0.1:9"

    assert outcomes.follow_up(at=NOON + 20 * SECOND) == 0

    assert (row(pk).status, row(pk).check_at) == (DeliveryStatus.SENT, NOON + 40 * SECOND)
    assert "smsc does not say" in caplog.text
    assert PHONE not in caplog.text


def test_a_message_whose_connector_is_gone_stops_being_asked_about(sandbox):
    pk = send()
    Delivery.objects.update(connector="pigeon", check_at=NOON)

    outcomes.follow_up(at=NOON + 26 * 60 * 60 * SECOND)

    assert (row(pk).status, row(pk).check_at) == (DeliveryStatus.SENT, None)


def test_a_try_without_an_answer_is_repeated_without_a_second_sms(sandbox):
    pk = operations.send_sms(recipient=LOST_ONCE, text=TEXT, at=NOON)
    with pytest.raises(NotSent):
        operations.deliver(delivery_id=pk, at=NOON)

    operations.deliver(delivery_id=pk, at=NOON + 4 * SECOND)

    assert (row(pk).status, row(pk).attempts) == (DeliveryStatus.SENT, 2)
    assert len(sandbox.books.all()) == 1


def test_a_code_that_ran_out_between_the_tries_is_not_sent(sandbox):
    pk = operations.send_sms(
        recipient="+79990000006", text=TEXT, at=NOON, valid_until=NOON + 60 * SECOND
    )
    with pytest.raises(NotSent):
        operations.deliver(delivery_id=pk, at=NOON)

    operations.deliver(delivery_id=pk, at=NOON + 61 * SECOND)

    assert (row(pk).status, row(pk).error, row(pk).text) == (
        DeliveryStatus.FAILED,
        "no longer valid",
        "",
    )


def test_a_final_refusal_is_logged_without_number_or_code(sandbox, caplog):
    send("+79990000004")

    assert "smsc has taken no message: SMSC 7: wrong number" in caplog.text
    assert "482913" not in caplog.text
    assert "9990000004" not in caplog.text


class TestLostContacts:
    @pytest.fixture
    def person(self, sandbox):
        return make_person(phone=NOBODYS)

    def lose(self, *, times, phone=NOBODYS, apart=SECOND):
        for number in range(times):
            at = NOON + number * apart
            send(phone, at=at, text=f"код {Delivery.objects.count()}")
            outcomes.follow_up(at=at + 20 * SECOND)

    def test_the_third_bounce_in_a_row_takes_the_confirmation(self, person):
        self.lose(times=2)
        assert User.objects.get().phone_verified is True

        self.lose(times=1)

        assert User.objects.get().phone_verified is False
        entry = AuditEntry.objects.get(action="identity.contact.doubt")
        assert entry.details == {"kind": "phone"}
        assert "не доходят наши сообщения" in texts(EMAIL)[-1]

    def test_a_message_that_arrived_between_begins_anew(self, person):
        self.lose(times=2)
        Delivery.objects.create(
            channel=Channel.SMS,
            recipient=NOBODYS,
            status=DeliveryStatus.DELIVERED,
            created_at=NOON + 5 * SECOND,
            sent_at=NOON + 5 * SECOND,
        )
        send(NOBODYS, at=NOON + 9 * SECOND, text="ещё")
        outcomes.follow_up(at=NOON + 60 * SECOND)

        assert User.objects.get().phone_verified is True

    def test_the_last_confirmed_contact_stays(self, sandbox):
        make_person(email=None, phone=NOBODYS)

        self.lose(times=4)

        assert User.objects.get().phone_verified is True
        assert not AuditEntry.objects.filter(action="identity.contact.doubt").exists()

    def test_a_telephone_that_is_off_for_minutes_is_not_lost(self, sandbox):
        """Somebody else could ask for codes to it meanwhile."""
        make_person(phone=OFF)

        self.lose(times=5, phone=OFF, apart=dt.timedelta(hours=1))

        assert User.objects.get().phone_verified is True

    def test_a_telephone_that_is_off_for_days_is(self, sandbox):
        make_person(phone=OFF)

        self.lose(times=3, phone=OFF, apart=1.5 * DAY)

        assert User.objects.get().phone_verified is False

    def test_failures_of_ours_say_nothing_of_the_number(self, sandbox):
        make_person(phone="+79990000007")

        for number in range(4):
            send("+79990000007", at=NOON + number * 2 * DAY)

        assert User.objects.get().phone_verified is True

    def test_letters_that_bounce_take_the_confirmation_of_the_address(self, sandbox, settings):
        make_person(phone=PHONE)
        settings.EMAIL_BACKEND = f"{NoSuchPerson.__module__}.{NoSuchPerson.__name__}"
        for number in range(3):
            assert User.objects.filter(emailaddress__verified=True).exists()
            at = NOON + number * SECOND
            pk = operations.send_email(recipient=EMAIL, letter=LETTER, at=at)
            operations.deliver(delivery_id=pk, at=at)
            assert (row(pk).status, row(pk).bounced) == (DeliveryStatus.FAILED, True)

        assert not User.objects.filter(emailaddress__verified=True).exists()
        assert User.objects.filter(phone_verified=True, email=EMAIL).exists()
        assert "не доходят наши сообщения" in texts(PHONE)[-1]
