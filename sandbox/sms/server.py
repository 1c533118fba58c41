"""HTTP around the gateways, the telephones' pages and /control/, on this machine only."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.serving import Served, Server
from sandbox.sms import pages, smsaero, smsc
from sandbox.sms.books import Books
from sandbox.sms.fates import Fate, fate_of

FILES = {
    name: (kind, (Path(__file__).parent / "static" / name).read_bytes())
    for name, kind in (("phone.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml"))
}
BODY_LIMIT = 64 * 1024
OURS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\Z")
SLOWNESS = 15.0
REFRESH = {"Refresh": "5"}
JSON = "application/json"
HTML = "text/html; charset=utf-8"


class Sandbox(Served):
    """Both gateways and their server; ``with Sandbox(…) as it: it.url``. Accounts are pairs of name and secret."""

    def __init__(
        self,
        *,
        smsc: Iterable[tuple[str, str]] = (),
        smsaero: Iterable[tuple[str, str]] = (),
        port: int = 0,
        books: Books | None = None,
        slowness: float = SLOWNESS,
    ) -> None:
        self.books = books or Books()
        self.smsc, self.smsaero = set(smsc), set(smsaero)
        self.slowness = slowness
        super().__init__(port, Handler)
        self._silenced: set[str] = set()

    def silences(self, phone: str) -> bool:
        """The first message to such a number is taken and not answered."""
        if fate_of(phone) is not Fate.TAKEN_SILENTLY or phone in self._silenced:
            return False
        self._silenced.add(phone)
        return True

    def forget(self) -> None:
        self.books.forget()
        self._silenced.clear()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: object) -> None:
        """Quiet: codes are no business of logs, here either."""

    def _serve(self, verb: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            self.close_connection = True
            self._send(413, "text/plain", b"")
            return
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        if not OURS.match(self.headers.get("Host", "")):
            # Another site's page must not reach in by a name of its own.
            self._send(421, "text/plain", b"")
        elif parts.path in ("/sys/send.php", "/sys/status.php"):
            self._smsc(parts.path.removeprefix("/sys/"), parts.query, body)
        elif parts.path.startswith("/v2/"):
            self._smsaero(verb, parts.path.removeprefix("/v2/"), body)
        elif parts.path.startswith("/control/"):
            self._control(verb, parts.path.removeprefix("/control/"))
        else:
            self._page(verb, parts.path)

    def _smsc(self, name: str, query: str, body: bytes) -> None:
        form, sandbox = smsc.read(query, body), self.server.sandbox
        phone = form.get("phones", "")
        if self._is_broken(phone):
            return
        told = smsc.answer(sandbox.books, name, form, sandbox.smsc)
        kind = JSON if form.get("fmt") == "3" else "text/plain"
        self._answer(phone, 200, f"{kind}; charset=utf-8", told.encode())

    def _smsaero(self, verb: str, name: str, body: bytes) -> None:
        sandbox, fields = self.server.sandbox, _read_json(body)
        phone = str(fields.get("number", "")) if name == "sms/send" else ""
        if self._is_broken(phone):
            return
        if not smsaero.allowed(self.headers.get("Authorization", ""), sandbox.smsaero):
            status, told = smsaero.not_let_in()
        elif verb != "POST":
            status, told = 405, {"success": False, "data": None, "message": "Method not allowed"}
        else:
            status, told = smsaero.answer(sandbox.books, name, fields)
        self._answer(phone, status, JSON, json.dumps(told, ensure_ascii=False).encode())

    def _is_broken(self, phone: str) -> bool:
        if fate_of(phone) is not Fate.BROKEN:
            return False
        self._send(500, "text/html", b"<html><h1>Internal Server Error</h1></html>")
        return True

    def _answer(self, phone: str, status: int, kind: str, content: bytes) -> None:
        """Answer as the number has it: late, or not at all."""
        if self.server.sandbox.silences(phone):
            self.close_connection = True
            return
        if fate_of(phone) is Fate.SLOW:
            time.sleep(self.server.sandbox.slowness)
        self._send(status, kind, content)

    def _control(self, verb: str, name: str) -> None:
        sandbox = self.server.sandbox
        if (verb, name) == ("GET", "messages"):
            told = pages.listing(sandbox.books, sandbox.books.all())
            self._send(200, JSON, json.dumps(told, ensure_ascii=False).encode())
        elif (verb, name) == ("POST", "reset") and self.headers.get_content_type() == JSON:
            sandbox.forget()
            self._send(200, JSON, b"{}")
        else:
            self._send(404, JSON, b"{}")

    def _page(self, verb: str, path: str) -> None:
        books = self.server.sandbox.books
        folder, _, name = path.strip("/").partition("/")
        if verb != "GET":
            self._send(405, HTML, pages.lost().encode())
        elif folder == "":
            self._send(200, HTML, pages.telephones(books).encode(), REFRESH)
        elif folder == "phone" and name.isdigit():
            self._send(200, HTML, pages.telephone(books, name).encode(), REFRESH)
        elif folder == "static" and name in FILES:
            self._send(200, *FILES[name])
        else:
            self._send(404, HTML, pages.lost().encode())

    def _send(
        self, status: int, kind: str, content: bytes, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
        }
        for name, value in (headers | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
