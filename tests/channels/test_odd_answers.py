"""A gateway that answers oddly holds up one question, never the whole line behind it (NOT-12)."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from kabinet.channels.connectors.base import NotSent, SentMessage
from kabinet.channels.connectors.smsaero import SmsAero
from kabinet.channels.connectors.smsc import Smsc
from tests.channels.gateways import PHONE, message

SENT = [SentMessage("17", PHONE), SentMessage("18", PHONE)]


class Odd(ThreadingHTTPServer):
    """Gives one body to every question."""

    daemon_threads = True
    body = b""


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_told):
        pass


@pytest.fixture
def gateway(settings):
    with Odd(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        settings.SMSC_URL = settings.SMSAERO_URL = address
        settings.SMSC_LOGIN = settings.SMSC_PASSWORD = "kabinet"
        settings.SMSC_API_KEY = ""
        settings.SMSAERO_EMAIL = settings.SMSAERO_API_KEY = "kabinet"
        yield server
        server.shutdown()


ODD = [
    *(None, 1, "text", [], [1, 2], ["17"], [None], [{"id": "17", "status": [1]}]),
    *({}, {"id": None}, {"0": 5, "1": {"number": 1}}, {"error_code": [7]}, {"status": [1]}),
]


@pytest.mark.parametrize("data", ODD, ids=json.dumps)
@pytest.mark.parametrize("connector", [Smsc(), SmsAero()], ids=["smsc", "smsaero"])
def test_odd_answers_are_no_outcomes(gateway, connector, data):
    told = {"success": True, "data": data} if connector.key == "smsaero" else data
    gateway.body = json.dumps(told).encode()

    try:
        found = connector.outcomes(SENT)
    except NotSent:
        found = {}

    assert found == {}


@pytest.mark.parametrize("data", ODD, ids=json.dumps)
@pytest.mark.parametrize("is_repeat", [False, True])
@pytest.mark.parametrize("connector", [Smsc(), SmsAero()], ids=["smsc", "smsaero"])
def test_odd_answers_send_nothing_and_may_be_asked_again(gateway, connector, is_repeat, data):
    told = {"success": True, "data": data} if connector.key == "smsaero" else data
    gateway.body = json.dumps(told).encode()

    with pytest.raises(NotSent) as refused:
        connector.send(message(is_repeat=is_repeat))

    assert not refused.value.is_final


@pytest.mark.parametrize("date", [None, "yesterday", -(10**30), 10**30, [1]])
def test_a_list_with_odd_dates_finds_no_former_try(gateway, date):
    row = {"id": 17, "number": 1, "text": message().text, "dateCreate": date}
    gateway.body = json.dumps({"success": True, "data": {"0": row}}).encode()

    # The same body answers the sending that follows.
    with pytest.raises(NotSent):
        SmsAero().send(message(is_repeat=True))
