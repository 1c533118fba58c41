"""HTTP around both services: their addresses, the person's pages and /control/, on this machine only."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.serving import Served, Server
from sandbox.social import pages
from sandbox.social.faults import Faults
from sandbox.social.memory import Memory, Refusal
from sandbox.social.people import PEOPLE
from sandbox.social.services import VK, YANDEX, Client, Service, vk_user, yandex_user

FILES = {
    name: (kind, (Path(__file__).parent / "static" / name).read_bytes())
    for name, kind in (("page.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml"))
}
BODY_LIMIT = 64 * 1024
OURS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\Z")
# The real services live under names of their own; here a folder tells them apart.
AUTHORIZE = {"/vk/authorize": VK, "/yandex/authorize": YANDEX}
TOKEN = {"/vk/oauth2/auth": VK, "/yandex/token": YANDEX}
VK_PERSON, YANDEX_PERSON = "/vk/oauth2/user_info", "/yandex/info"
Fields = dict[str, str]


class Sandbox(Served):
    """Both services and their server; ``with Sandbox(clients) as it: it.url``."""

    def __init__(self, clients: Iterable[Client], *, port: int = 0) -> None:
        self.faults, self.memory = Faults(), Memory(clients)
        super().__init__(port, Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve("GET", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            self.close_connection = True
            self._send(413, "text/plain", b"")
            return
        body = self.rfile.read(length).decode(errors="replace")
        if self.headers.get_content_type() == "application/json":
            self._control(body)
        else:
            self._serve("POST", _fields(body))

    def log_message(self, *_: object) -> None:
        """Quiet: addresses hold codes."""

    def _serve(self, verb: str, form: Fields) -> None:
        path = urlsplit(self.path).path
        if not OURS.match(self.headers.get("Host", "")):
            # another site's page must not reach in by a name of its own
            self._send(421, "text/plain", b"")
        elif verb == "GET" and path in AUTHORIZE:
            self._authorize(AUTHORIZE[path])
        elif verb == "POST" and path in TOKEN:
            self._token(TOKEN[path], form)
        elif (verb, path) in {("POST", VK_PERSON), ("GET", YANDEX_PERSON)}:
            self._person(VK if verb == "POST" else YANDEX, form)
        elif (verb, path) == ("POST", "/choose"):
            self._chosen(form)
        elif (verb, path) == ("GET", "/"):
            self._html(200, pages.front())
        elif verb == "GET" and path.removeprefix("/static/") in FILES:
            self._send(200, *FILES[path.removeprefix("/static/")])
        else:
            self._html(404, pages.lost())

    # --- between client systems and the services ---

    def _authorize(self, service: Service) -> None:
        memory = self.server.sandbox.memory
        try:
            name = memory.begin(service, _fields(urlsplit(self.path).query))
        except Refusal as refusal:
            self._html(400, pages.refused(refusal))
            return
        ticket = memory.ticket(name)
        if ticket is not None:
            self._html(200, pages.sign_in(name, ticket))

    def _token(self, service: Service, form: Fields) -> None:
        try:
            answer = self.server.sandbox.memory.exchange(service, form)
        except Refusal as refusal:
            told = {"error": refusal.error, "error_description": refusal.description}
            # VK answers 200 to what it refuses
            self._answer("token", 200 if service is VK else 400, told)
        else:
            self._answer("token", 200, answer)

    def _person(self, service: Service, form: Fields) -> None:
        kind, _, marker = self.headers.get("Authorization", "").partition(" ")
        if service is VK:
            marker = form.get("access_token", "")
        grant = self.server.sandbox.memory.reader(service, marker)
        if grant is None or (service is YANDEX and kind != "OAuth"):
            self._answer("person", 401, {"error": "invalid_token"})
        elif service is VK:
            self._answer("person", 200, vk_user(grant.person, grant.ticket.scopes))
        else:
            scopes, client = grant.ticket.scopes, grant.ticket.client
            self._answer("person", 200, yandex_user(grant.person, scopes, client))

    def _answer(self, place: str, status: int, content: dict[str, Any]) -> None:
        """Answer, or do the wrong thing where one is ahead."""
        fault = self.server.sandbox.faults.take(place)
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        if fault and kind == "close":
            self.close_connection = True
        elif fault and kind == "status":
            self._send(fault.status, "text/html", b"<html><h1>Error</h1></html>")
        elif kind == "garbage":
            self._send(200, "application/json", b"\x00\xff{not json")
        else:
            self._json(status, content | ((fault.fields or {}) if fault else {}))

    # --- the person's pages ---

    def _chosen(self, form: Fields) -> None:
        """Somebody has been chosen on the sign-in page, or nobody."""
        memory, name, number = (
            self.server.sandbox.memory,
            form.get("ticket", ""),
            form.get("person", ""),
        )
        if "refuse" in form:
            address = memory.refuse(name)
        else:
            person = PEOPLE.get(int(number)) if number.isascii() and number.isdigit() else None
            address = memory.sign_in(name, person) if person else None
        if address:
            self._send(303, "text/plain", b"", {"Location": address})
        else:
            self._html(404, pages.lost())

    # --- answers ---

    def _control(self, body: str) -> None:
        """For tests: ``POST /control/faults`` with one fault, ``POST /control/reset``."""
        path, sandbox = urlsplit(self.path).path, self.server.sandbox
        try:
            fields = json.loads(body or "{}")
            if path == "/control/faults":
                sandbox.faults.add(fields)
            elif path == "/control/reset":
                sandbox.faults.clear()
                sandbox.memory.forget()
            else:
                self._json(404, {"error": "no such thing"})
                return
        except (ValueError, TypeError) as wrong:
            self._json(400, {"error": str(wrong)})
        else:
            self._json(200, {})

    def _html(self, status: int, text: str) -> None:
        self._send(status, "text/html; charset=utf-8", text.encode())

    def _json(self, status: int, content: Any) -> None:
        self._send(status, "application/json", json.dumps(content, ensure_ascii=False).encode())

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


def _fields(text: str) -> Fields:
    """Read a query or a form; a name that comes twice comes as nothing, which no check lets pass."""
    pairs = parse_qsl(text, keep_blank_values=True)
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}
