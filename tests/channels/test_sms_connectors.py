"""Every SMS connector against the stand-in of its gateway, over real HTTP."""

from __future__ import annotations

import datetime as dt
import time
import uuid

import pytest
from django.core.checks import run_checks

from kabinet.channels.connectors import asking
from kabinet.channels.connectors.base import NotSent, Outcome, SentMessage, TracksDelivery
from kabinet.channels.connectors.registry import connector_for
from kabinet.channels.enums import Channel
from kabinet.kernel import http
from sandbox.sms.books import Books
from sandbox.sms.server import Sandbox
from tests.channels.gateways import ACCOUNT, PHONE, TEXT, message, point


@pytest.fixture(scope="module")
def running():
    books = Books(delay=0.0)
    with Sandbox(
        smsc=[ACCOUNT, ("", "key-of-smsc")], smsaero=[ACCOUNT], books=books, slowness=2
    ) as it:
        yield it


@pytest.fixture
def sandbox(running):
    running.forget()
    return running


@pytest.fixture(params=["smsc", "smsaero"])
def connector(request, sandbox, settings):
    point(settings, sandbox, request.param)
    return connector_for(Channel.SMS)


def arrived(sandbox):
    return [(sms.phone, sms.text, sms.sender) for sms in sandbox.books.all()]


def test_a_text_in_cyrillic_arrives_as_it_was_written(connector, sandbox):
    reference = connector.send(message())

    assert arrived(sandbox) == [("79123456789", TEXT, "KABINET")]
    assert reference == str(sandbox.books.all()[0].number)


def test_the_outcome_is_learnt_by_the_reference(connector, sandbox):
    assert isinstance(connector, TracksDelivery)
    phones = [PHONE, "+79990000002", "+79990000003"]
    sent = [SentMessage(connector.send(message(phone)), phone) for phone in phones]

    found = connector.outcomes(sent)

    assert found == {sent[0].reference: Outcome.DELIVERED, sent[1].reference: Outcome.FAILED}
    assert connector.outcomes(sent[:1]) == {sent[0].reference: Outcome.DELIVERED}
    assert connector.outcomes(sent[2:]) == {}


@pytest.mark.parametrize(
    ("phone", "is_final", "bounced"),
    [
        ("+79990000004", True, True),
        ("+79990000005", True, True),
        ("+79990000006", False, False),
        ("+79990000007", True, False),
        ("+79990000010", False, False),
    ],
)
def test_refusals_say_whether_another_try_helps(connector, sandbox, phone, is_final, bounced):
    with pytest.raises(NotSent) as refused:
        connector.send(message(phone))

    assert (refused.value.is_final, refused.value.bounced) == (is_final, bounced)
    assert "482913" not in str(refused.value)
    assert sandbox.books.all() == []


def test_wrong_credentials_are_final_and_not_told(connector, settings, sandbox):
    settings.SMSC_PASSWORD = settings.SMSAERO_API_KEY = "wrong-secret-17"

    with pytest.raises(NotSent) as refused:
        connector.send(message())

    assert (refused.value.is_final, refused.value.bounced) == (True, False)
    assert "wrong-secret-17" not in str(refused.value)
    assert sandbox.books.all() == []


def test_what_was_taken_without_an_answer_is_not_sent_a_second_time(connector, sandbox):
    key, phone = uuid.uuid4(), "+79990000008"
    with pytest.raises(NotSent) as silence:
        connector.send(message(phone, key=key))
    assert not silence.value.is_final

    reference = connector.send(message(phone, key=key, is_repeat=True))

    assert len(sandbox.books.all()) == 1
    assert reference == str(sandbox.books.all()[0].number)
    connector.send(message(phone, text="Другой текст", is_repeat=True))
    assert len(sandbox.books.all()) == 2


def test_a_repeat_of_what_was_never_taken_is_sent(connector, sandbox):
    connector.send(message(is_repeat=True))

    assert len(sandbox.books.all()) == 1


def test_a_gateway_that_answers_too_late_is_given_up_in_time(connector, monkeypatch):
    assert (http.CONNECT_SECONDS, http.WHOLE_SECONDS) == (3.0, 10.0)
    monkeypatch.setattr(asking, "deadline", lambda: http.Deadline(http.Limits(0.5, 0.5)))
    monkeypatch.setattr(f"{type(connector).__module__}.deadline", asking.deadline)
    started = time.monotonic()

    with pytest.raises(NotSent):
        connector.send(message("+79990000009"))

    assert time.monotonic() - started < 1.5


def test_smsc_may_be_entered_by_a_key(sandbox, settings):
    point(settings, sandbox, "smsc")
    settings.SMSC_LOGIN, settings.SMSC_API_KEY = "", "key-of-smsc"

    connector_for(Channel.SMS).send(message())

    assert len(sandbox.books.all()) == 1


def test_smsc_learns_how_long_a_code_is_worth_delivering(sandbox, settings, monkeypatch):
    point(settings, sandbox, "smsc")
    sent = []
    monkeypatch.setattr(
        "sandbox.sms.smsc._send", lambda _books, form: sent.append(form) or '{"id": 1}'
    )
    for lifetime in (
        None,
        dt.timedelta(minutes=4, seconds=50),
        dt.timedelta(seconds=5),
        dt.timedelta(days=9),
    ):
        connector_for(Channel.SMS).send(message(lifetime=lifetime))

    assert [form.get("valid") for form in sent] == [None, "00:04", "00:01", "24:00"]


def test_smsc_says_of_a_lost_number_that_it_bounces(sandbox, settings):
    point(settings, sandbox, "smsc")
    smsc, phone = connector_for(Channel.SMS), "+79990000001"
    reference = smsc.send(message(phone))

    assert smsc.outcomes([SentMessage(reference, phone)]) == {reference: Outcome.BOUNCED}
    assert smsc.outcomes([SentMessage("1", phone)]) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMSC_LOGIN", "smsc"),
        ("SMSC_PASSWORD", "smsc"),
        ("SMSAERO_EMAIL", "smsaero"),
        ("SMSAERO_API_KEY", "smsaero"),
    ],
)
def test_the_start_refuses_a_gateway_without_credentials(sandbox, settings, name, value):
    point(settings, sandbox, value)
    assert "channels.E003" not in [problem.id for problem in run_checks()]

    setattr(settings, name, "")

    assert "channels.E003" in [problem.id for problem in run_checks()]


@pytest.mark.django_db
def test_a_deployment_is_warned_of_a_gateway_without_tls(sandbox, settings):
    point(settings, sandbox, "smsc")
    warned = {problem.id for problem in run_checks(include_deployment_checks=True)}
    settings.SMSC_URL = "https://smsc.ru/sys"
    fine = {problem.id for problem in run_checks(include_deployment_checks=True)}

    assert "channels.W001" in warned - fine
