"""HTTP around the gateways, the telephones' pages and /control/, on this machine only."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from sandbox import serving
from sandbox.serving import JSON, NotThere, Served, read_json
from sandbox.sms import pages, smsaero, smsc
from sandbox.sms.books import Books
from sandbox.sms.fates import Fate, fate_of

SLOWNESS = 15.0
REFRESH = {"Refresh": "5"}


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


class Handler(serving.Handler):
    files = serving.static_files(__file__, "phone.css", "icon.svg")

    def answer(self, verb: str, path: str, body: bytes) -> None:
        if path in ("/sys/send.php", "/sys/status.php"):
            self._smsc(path.removeprefix("/sys/"), body)
        elif path.startswith("/v2/"):
            self._smsaero(verb, path.removeprefix("/v2/"), body)
        elif path.startswith("/control/"):
            self.control(_control, verb, path, body)
        elif not self.has_sent_file(verb, path):
            self._page(verb, path)

    def _smsc(self, name: str, body: bytes) -> None:
        form, sandbox = smsc.read(urlsplit(self.path).query, body), self.server.sandbox
        phone = form.get("phones", "")
        if self._is_broken(phone):
            return
        told = smsc.answer(sandbox.books, name, form, sandbox.smsc)
        kind = JSON if form.get("fmt") == "3" else "text/plain"
        self._reply(phone, 200, f"{kind}; charset=utf-8", told.encode())

    def _smsaero(self, verb: str, name: str, body: bytes) -> None:
        sandbox, fields = self.server.sandbox, read_json(body)
        phone = str(fields.get("number", "")) if name == "sms/send" else ""
        if self._is_broken(phone):
            return
        if not smsaero.allowed(self.headers.get("Authorization", ""), sandbox.smsaero):
            status, told = smsaero.not_let_in()
        elif verb != "POST":
            status, told = 405, {"success": False, "data": None, "message": "Method not allowed"}
        else:
            status, told = smsaero.answer(sandbox.books, name, fields)
        self._reply(phone, status, JSON, json.dumps(told, ensure_ascii=False).encode())

    def _is_broken(self, phone: str) -> bool:
        if fate_of(phone) is not Fate.BROKEN:
            return False
        self.send(500, "text/html", b"<html><h1>Internal Server Error</h1></html>")
        return True

    def _reply(self, phone: str, status: int, kind: str, content: bytes) -> None:
        """Answer as the number has it: late, or not at all."""
        if self.server.sandbox.silences(phone):
            self.close_connection = True
            return
        if fate_of(phone) is Fate.SLOW:
            time.sleep(self.server.sandbox.slowness)
        self.send(status, kind, content)

    def _page(self, verb: str, path: str) -> None:
        books = self.server.sandbox.books
        folder, _, name = path.strip("/").partition("/")
        if verb != "GET":
            self.html(405, pages.lost())
        elif folder == "":
            self.html(200, pages.telephones(books), REFRESH)
        elif folder == "phone" and name.isdigit():
            self.html(200, pages.telephone(books, name), REFRESH)
        else:
            self.html(404, pages.lost())


def _control(sandbox: Sandbox, verb: str, path: list[str], _: dict[str, Any]) -> Any:
    """For tests: ``GET /control/messages``, ``POST /control/reset``."""
    match (verb, path):
        case ("GET", ["messages"]):
            return pages.listing(sandbox.books, sandbox.books.all())
        case ("POST", ["reset"]):
            sandbox.forget()
            return {}
        case _:
            raise NotThere
