"""A shop as seen from outside: speaks HTTP to the stand-in, takes its notifications, signs by a rule of its own."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

KEY, PASSWORD = "1510572937960DEMO", "Dfsfh56dgKl"


def sign(fields, password=PASSWORD):
    """The rule of the service's documents, written here a second time on purpose."""
    pairs = {"Password": password}
    for name, value in fields.items():
        if name == "Token" or isinstance(value, (dict, list)) or value is None:
            continue
        pairs[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return hashlib.sha256("".join(pairs[name] for name in sorted(pairs)).encode()).hexdigest()


class Shop:
    def __init__(self, url, *, key=KEY, password=PASSWORD):
        self.url, self.key, self.password = url, key, password

    def call(self, method, **fields):
        fields = {"TerminalKey": self.key, **fields}
        return self.send(method, {**fields, "Token": sign(fields, self.password)})

    def send(self, method, fields):
        return self.json("POST", f"/v2/{method}", fields)

    def init(self, order_id, amount=150_000, **fields):
        return self.call("Init", OrderId=order_id, Amount=amount, **fields)

    def control(self, path, fields=None, verb=None):
        verb = verb or ("GET" if fields is None else "POST")
        return self.json(verb, f"/control/{path}", fields)

    def pay(self, payment_id, **how):
        return self.control(f"payments/{payment_id}/pay", how)

    def json(self, verb, path, fields=None):
        status, _, body = self.request(
            verb,
            path,
            json.dumps(fields) if fields is not None else None,
            {"Content-Type": "application/json"},
        )
        assert status == 200, (status, body)
        return json.loads(body)

    def get(self, path):
        return self.request("GET", path)

    def fill(self, path, **fields):
        return self.request(
            "POST", path, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"}
        )

    def request(self, verb, path, body=None, headers=None):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(verb, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return (
                response.status,
                dict(response.getheaders()),
                response.read().decode(errors="replace"),
            )
        finally:
            connection.close()


class Listener:
    """Takes notifications and answers as told: ``first`` one by one, then ``answer`` for ever."""

    def __init__(self):
        self.heard, self.first, self.answer = [], [], (200, b"OK")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append(json.loads(body))
                status, content = outer.first.pop(0) if outer.first else outer.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/notices"
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count):
        """Return the first `count` notifications; fail when they do not come."""
        until = time.monotonic() + 5
        while len(self.heard) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.heard) >= count, self.heard
        return self.heard[:count]

    def statuses(self, count):
        return sorted(one["Status"] for one in self.wait(count))
