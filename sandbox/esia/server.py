"""HTTP around ESIA: addresses of both flavours, the person's pages and /control/, on this machine only."""

from __future__ import annotations

import contextlib
import json
import re
import time
import uuid
from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.esia import control, pages, rest
from sandbox.esia.clients import PKCS7, RAW, Client, Flavour
from sandbox.esia.errors import Refusal
from sandbox.esia.esia import ISSUER, Esia
from sandbox.esia.faults import Fault, Faults
from sandbox.esia.people import PEOPLE
from sandbox.esia.tokens import Mint
from sandbox.serving import Served, Server

FILES = {
    name: (kind, (Path(__file__).parent / "static" / name).read_bytes())
    for name, kind in (("page.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml"))
}
BODY_LIMIT = 64 * 1024
OURS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\Z")
SESSION = "esia_session"
AUTHORIZE: dict[str, Flavour] = {"/aas/oauth2/ac": PKCS7, "/aas/oauth2/v2/ac": RAW}
TOKEN: dict[str, Flavour] = {"/aas/oauth2/te": PKCS7, "/aas/oauth2/v3/te": RAW}
Fields = dict[str, str]


class Sandbox(Served):
    """ESIA and its server; ``with Sandbox(clients, key) as it: it.url``."""

    def __init__(
        self, clients: Iterable[Client], key: RSAPrivateKey, *, port: int = 0, issuer: str = ISSUER
    ) -> None:
        self.faults = Faults()
        super().__init__(port, Handler)
        self.esia = Esia(clients, Mint(key), issuer=issuer, base_url=self.url)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    server: Server
    _mixes = False

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def log_message(self, *_: object) -> None:
        """Quiet: addresses hold codes and signatures."""

    def _serve(self, verb: str) -> None:
        body = self._body()
        path = urlsplit(self.path).path
        if body is None:
            self._send(413, "text/plain", b"")
        elif not OURS.match(self.headers.get("Host", "")):
            # another site's page must not reach in by a name of its own
            self._send(421, "text/plain", b"")
        elif path.startswith("/control/"):
            self._control(verb, path, body)
        elif path.startswith("/rs/"):
            self._rest(path)
        else:
            self._act(verb, path, body)

    def _body(self) -> bytes | None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _act(self, verb: str, path: str, body: bytes) -> None:
        if verb == "GET" and path in AUTHORIZE:
            self._authorize(AUTHORIZE[path], self._query())
        elif verb == "POST" and path in TOKEN:
            self._token(TOKEN[path], _fields(body.decode(errors="replace")))
        elif act := PAGES.get((verb, path)):
            act(self, self._query() if verb == "GET" else _fields(body.decode(errors="replace")))
        elif verb == "GET" and path.removeprefix("/static/") in FILES:
            self._send(200, *FILES[path.removeprefix("/static/")])
        else:
            self._html(404, pages.lost())

    # --- between client systems and ESIA ---

    def _authorize(self, flavour: Flavour, fields: Fields) -> None:
        if self._misbehaved("authorize"):
            return
        esia = self.server.sandbox.esia
        try:
            name = esia.begin(flavour, fields)
        except Refusal as refusal:
            address = esia.refused_to(fields, refusal)
            if address:
                self._go(address)
            else:
                self._html(400, pages.refused(refusal))
            return
        ticket = esia.ticket(name)
        if ticket is not None:
            self._html(200, pages.sign_in(name, ticket, esia.session_of(self._session())))

    def _token(self, flavour: Flavour, fields: Fields) -> None:
        if self._misbehaved("token"):
            return
        mixed = {"state": str(uuid.uuid4())} if self._mixes else {}
        try:
            self._json(200, {**self.server.sandbox.esia.exchange(flavour, fields), **mixed})
        except Refusal as refusal:
            told = {"error": refusal.error, "error_description": refusal.description}
            self._json(400, {**told, "state": fields.get("state", "")})

    def _rest(self, path: str) -> None:
        parts = path.strip("/").split("/")[1:]
        if self._misbehaved("contacts" if "ctts" in parts else "person"):
            return
        kind, _, marker = self.headers.get("Authorization", "").partition(" ")
        esia = self.server.sandbox.esia
        opened = esia.reader(marker) if kind == "Bearer" else None
        self._json(*rest.answer(parts, self._query().get("embed", ""), opened, esia.base_url))

    def _misbehaved(self, place: str) -> bool:
        """Do the wrong thing where one is ahead; True when nothing more is to be answered."""
        fault = self.server.sandbox.faults.take(place)
        self._mixes = fault is not None and fault.kind == "mixed"
        if fault is None or self._mixes:
            return False
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return False
        if fault.kind == "close":
            self.close_connection = True
        elif fault.kind == "status":
            self._send(fault.status, "text/html", b"<html><h1>Error</h1></html>")
        elif fault.kind == "garbage":
            self._send(200, "application/json", b"\x00\xff{not json")
        else:
            self._trickle(fault)
        return True

    def _trickle(self, fault: Fault) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(1000):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(fault.seconds)

    # --- the person's pages ---

    def front(self, _: Fields) -> None:
        self._html(200, pages.front())

    def chosen(self, fields: Fields) -> None:
        """Somebody has been chosen on the sign-in page, or nobody."""
        esia, name = self.server.sandbox.esia, fields.get("ticket", "")
        if "refuse" in fields:
            address = esia.refuse(name)
            self._go(address) if address else self._html(404, pages.lost())
            return
        number = fields.get("person", "")
        person = PEOPLE.get(int(number)) if number.isascii() and number.isdigit() else None
        signed_in = esia.sign_in(name, person) if person else None
        if signed_in is None:
            self._html(404, pages.lost())
            return
        address, session = signed_in
        self._go(address, {"Set-Cookie": f"{SESSION}={session}; Path=/; HttpOnly; SameSite=Lax"})

    def sign_out(self, fields: Fields) -> None:
        address = self.server.sandbox.esia.sign_out(self._session(), fields)
        gone = {"Set-Cookie": f"{SESSION}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"}
        if address:
            self._go(address, gone)
        else:
            self._html(200, pages.signed_out(), gone)

    def _session(self) -> str:
        try:
            kept = SimpleCookie(self.headers.get("Cookie", "")).get(SESSION)
        except CookieError:
            return ""
        return kept.value if kept else ""

    # --- answers ---

    def _control(self, verb: str, path: str, body: bytes) -> None:
        if verb != "GET" and self.headers.get_content_type() != "application/json":
            self._send(415, "text/plain", b"application/json")
            return
        try:
            parts = path.strip("/").split("/")[1:]
            answer = control.answer(self.server.sandbox, verb, parts, _read_json(body))
        except control.NotThere:
            self._json(404, {"error": "no such thing"})
        except ValueError as wrong:
            self._json(400, {"error": str(wrong)})
        else:
            self._json(200, answer)

    def _query(self) -> Fields:
        return _fields(urlsplit(self.path).query)

    def _html(self, status: int, text: str, more: dict[str, str] | None = None) -> None:
        self._send(status, "text/html; charset=utf-8", text.encode(), more)

    def _json(self, status: int, content: Any) -> None:
        self._send(status, "application/json", json.dumps(content, ensure_ascii=False).encode())

    def _go(self, address: str, more: dict[str, str] | None = None) -> None:
        self._send(303, "text/plain", b"", {"Location": address, **(more or {})})

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


Act = Callable[[Handler, Fields], None]
PAGES: dict[tuple[str, str], Act] = {
    ("GET", "/"): Handler.front,
    ("POST", "/login"): Handler.chosen,
    ("GET", "/idp/ext/Logout"): Handler.sign_out,
}


def _fields(text: str) -> Fields:
    """Read a query or a form; a name that comes twice comes as nothing, which no check lets pass."""
    pairs = parse_qsl(text, keep_blank_values=True)
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


def _read_json(body: bytes) -> dict[str, Any]:
    """Return the object in a request's body; anything else counts as no fields at all."""
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
