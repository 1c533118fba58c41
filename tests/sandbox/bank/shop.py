"""A shop's side of the talk: raw requests, and a door that notifications come to."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

SHOP, SECRET = "100500", "test_secret"
UTILITIES_SHOP, RECEIPTS_SHOP = "100600", "100700"


def ask(bank, method, path, body=None, *, key="", shop=SHOP, secret=SECRET, headers=None):
    """Send a request below /v3 as it is; return the status and the answer."""
    code = base64.b64encode(f"{shop}:{secret}".encode()).decode()
    sent = {"Authorization": f"Basic {code}", "Content-Type": "application/json"}
    if key:
        sent["Idempotence-Key"] = key
    text = body if isinstance(body, str) else json.dumps(body or {})
    line = http.client.HTTPConnection(urlsplit(bank.address).netloc, timeout=20)
    try:
        line.request(method, f"/v3{path}", body=text, headers=sent | (headers or {}))
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        line.close()


def browse(bank, path, form=None):
    """Open a page, or send a form to it; return the status, the headers and the text."""
    line = http.client.HTTPConnection(urlsplit(bank.address).netloc, timeout=20)
    try:
        if form is None:
            line.request("GET", path)
        else:
            sent = {"Content-Type": "application/x-www-form-urlencoded"}
            line.request("POST", path, body=urlencode(form), headers=sent)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        line.close()


class Door(ThreadingHTTPServer):
    """Notes every notification; answers 200, or what the test has put in ``answers``."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Visitor)
        self.came = []
        self.answers = []
        self.lock = threading.Lock()
        self.somebody_came = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/api/payments/?merchant=1"

    @property
    def events(self):
        return [notice["event"] for notice in self.came]

    def take_in(self, notice):
        with self.lock:
            self.came.append(notice)
            self.somebody_came.set()
            return self.answers.pop(0) if self.answers else 200


class _Visitor(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.take_in(json.loads(body)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def open_door() -> Iterator[Door]:
    door = Door()
    thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield door
    finally:
        door.shutdown()
        thread.join()
        door.server_close()
