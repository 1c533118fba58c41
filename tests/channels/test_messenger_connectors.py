"""Both bots against the stand-in of their messengers, over real HTTP (IDN-28)."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from kabinet.channels import operations
from kabinet.channels.connectors import asking, bots
from kabinet.channels.connectors.base import NotSent
from kabinet.channels.connectors.registering import NotRegistered
from kabinet.channels.connectors.registry import connector_for
from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import Delivery
from kabinet.identity.models import LinkedMessenger
from kabinet.kernel import http
from sandbox.messengers.server import Sandbox
from tests.channels.gateways import TEXT, message
from tests.identity.messengers.bots import BOTS, KSENIA, SECRETS, STRANGER, point
from tests.web.entry import make_person

NOON = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def running():
    with Sandbox(BOTS) as it:
        yield it


@pytest.fixture
def sandbox(running, settings):
    running.forget()
    running.books.hooks.clear()
    point(settings, running.url)
    for name in SECRETS:
        running.books.start(name, KSENIA.number)
    return running


@pytest.fixture(params=["telegram", "max"])
def name(request, sandbox):
    return request.param


@pytest.fixture
def connector(name):
    return connector_for(Channel(name))


def to(name, person=KSENIA):
    return message(f"{name}:{person.number}")


def arrived(sandbox):
    return [(row.messenger, row.person, row.text) for row in sandbox.books.all()]


def test_a_text_in_cyrillic_arrives_as_it_was_written(connector, name, sandbox):
    assert connector.send(to(name)) == ""

    assert arrived(sandbox) == [(name, 5001, TEXT)]


def test_who_stopped_the_bot_or_never_started_it_takes_no_messages(connector, name, sandbox):
    sandbox.books.stop(name, KSENIA.number)
    for person in (KSENIA, STRANGER):
        with pytest.raises(NotSent) as refused:
            connector.send(to(name, person))
        assert (refused.value.is_final, refused.value.bounced) == (True, True)
        assert "482913" not in str(refused.value)

    assert arrived(sandbox) == []


def test_an_account_that_does_not_exist_takes_no_messages(connector, name):
    with pytest.raises(NotSent) as refused:
        connector.send(message(f"{name}:99"))

    assert refused.value.bounced


def test_a_wrong_token_is_final_and_says_nothing_of_the_person(connector, name, settings, sandbox):
    settings.TELEGRAM_TOKEN = settings.MAX_TOKEN = "wrong-secret-17"

    with pytest.raises(NotSent) as refused:
        connector.send(to(name))

    assert (refused.value.is_final, refused.value.bounced) == (True, False)
    assert "wrong-secret-17" not in str(refused.value)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_messenger_in_trouble_is_asked_again(connector, name, sandbox, status):
    sandbox.faults.add({"kind": "status", "place": name, "status": status})

    with pytest.raises(NotSent) as refused:
        connector.send(to(name))

    assert not refused.value.is_final
    connector.send(to(name))
    assert len(arrived(sandbox)) == 1


@pytest.mark.parametrize("kind", ["close", "garbage"])
def test_an_answer_that_says_nothing_is_asked_again(connector, name, sandbox, kind):
    sandbox.faults.add({"kind": kind, "place": name})

    with pytest.raises(NotSent) as refused:
        connector.send(to(name))

    assert not refused.value.is_final


def test_a_messenger_that_answers_too_late_is_given_up_in_time(
    connector, name, sandbox, monkeypatch
):
    monkeypatch.setattr(bots, "deadline", lambda: http.Deadline(http.Limits(0.5, 0.5)))
    sandbox.faults.add({"kind": "slow", "place": name, "seconds": 2})
    assert asking.deadline().limits == http.Limits(3.0, 10.0)
    started = time.monotonic()

    with pytest.raises(NotSent):
        connector.send(to(name))

    assert time.monotonic() - started < 1.5


def test_a_recipient_of_another_kind_goes_nowhere(connector, sandbox):
    for recipient in ("+79123456789", "telegram:", "max:-1", "telegram:1 2", "max:٣"):
        with pytest.raises(NotSent) as refused:
            connector.send(message(recipient))
        assert refused.value.is_final


def test_our_address_is_registered_with_its_secret(connector, name, sandbox):
    connector.register("https://lk.example.ru/hook/")

    hook = sandbox.books.hooks[name]
    assert (hook.url, hook.secret) == ("https://lk.example.ru/hook/", SECRETS[name])
    assert len(hook.kinds) == 2


def test_an_address_that_is_not_accepted_is_told(connector, name, sandbox):
    with pytest.raises(NotRegistered) as refused:
        connector.register("http://lk.example.ru/hook/")

    assert "HTTPS" in str(refused.value)
    assert name not in sandbox.books.hooks


@pytest.mark.django_db
def test_a_message_that_left_keeps_no_text(name, sandbox):
    queued = operations.send_to_messenger(recipient=f"{name}:5001", text=TEXT, at=NOON)

    operations.deliver(delivery_id=queued, at=NOON)
    operations.deliver(delivery_id=queued, at=NOON)

    row = Delivery.objects.get(pk=queued)
    assert (row.status, row.text, row.connector) == (DeliveryStatus.SENT, "", name)
    assert arrived(sandbox) == [(name, 5001, TEXT)]


@pytest.mark.django_db
def test_one_refusal_by_the_person_makes_the_messenger_silent(name, sandbox):
    linked = LinkedMessenger.objects.create(
        user=make_person(), messenger=name, account="5001", linked_at=NOON
    )
    sandbox.books.stop(name, KSENIA.number)
    queued = operations.send_to_messenger(recipient=f"{name}:5001", text=TEXT, at=NOON)

    operations.deliver(delivery_id=queued, at=NOON)

    row = Delivery.objects.get(pk=queued)
    assert (row.status, row.bounced, row.text) == (DeliveryStatus.FAILED, True, "")
    linked.refresh_from_db()
    assert linked.silent_since == NOON


@pytest.mark.django_db
def test_a_messengers_own_trouble_says_nothing_of_the_person(name, sandbox, settings):
    linked = LinkedMessenger.objects.create(
        user=make_person(), messenger=name, account="5001", linked_at=NOON
    )
    settings.TELEGRAM_TOKEN = settings.MAX_TOKEN = "wrong"
    queued = operations.send_to_messenger(recipient=f"{name}:5001", text=TEXT, at=NOON)

    operations.deliver(delivery_id=queued, at=NOON)

    assert Delivery.objects.get(pk=queued).status == DeliveryStatus.FAILED
    linked.refresh_from_db()
    assert linked.silent_since is None


@pytest.mark.parametrize(
    ("status", "code", "message_key", "bounced"),
    [
        (403, "chat.denied", "error.dialog.suspended", True),
        (404, "dialog.not.found", "error.dialog.notfound", True),
        (404, "chat.not.found", "Chat not found", True),
        (404, "not.found", "Path /v1/messages is not recognized", False),
        (403, "access.denied", "The bot is not published", False),
        (403, 5, None, False),
    ],
)
def test_max_says_by_a_word_whether_it_is_the_person_who_takes_nothing(
    settings, status, code, message_key, bounced
):
    """A wrong address, or a bot that was taken off, must not pass for everybody's having stopped it."""
    body = json.dumps({"code": code, "message": message_key}).encode()
    with answering(status, body) as url:
        point(settings, url)
        with pytest.raises(NotSent) as refused:
            connector_for(Channel.MAX).send(to("max"))

    assert (refused.value.bounced, refused.value.is_final) == (bounced, True)


@contextmanager
def answering(status, body):
    """A server that says the same to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
