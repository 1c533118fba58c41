"""HTTP around ESIA: addresses of both flavours, the person's pages and /control/, on this machine only."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox import serving
from sandbox.esia import control, pages, rest
from sandbox.esia.clients import PKCS7, RAW, Client, Flavour
from sandbox.esia.errors import Refusal
from sandbox.esia.esia import ISSUER, Esia
from sandbox.esia.faults import EsiaFault
from sandbox.esia.people import PEOPLE
from sandbox.esia.tokens import Mint
from sandbox.faults import Faults
from sandbox.serving import Fields, Served, read_fields

SESSION = "esia_session"
AUTHORIZE: dict[str, Flavour] = {"/aas/oauth2/ac": PKCS7, "/aas/oauth2/v2/ac": RAW}
TOKEN: dict[str, Flavour] = {"/aas/oauth2/te": PKCS7, "/aas/oauth2/v3/te": RAW}


class Sandbox(Served):
    """ESIA and its server; ``with Sandbox(clients, key) as it: it.url``."""

    def __init__(
        self, clients: Iterable[Client], key: RSAPrivateKey, *, port: int = 0, issuer: str = ISSUER
    ) -> None:
        self.faults = Faults(EsiaFault)
        super().__init__(port, Handler)
        self.esia = Esia(clients, Mint(key), issuer=issuer, base_url=self.url)


class Handler(serving.Handler):
    files = serving.static_files(__file__, "page.css", "icon.svg")
    _mixes = False

    def answer(self, verb: str, path: str, body: bytes) -> None:
        if path.startswith("/control/"):
            self.control(control.answer, verb, path, body)
        elif path.startswith("/rs/"):
            self._rest(path)
        else:
            self._act(verb, path, body)

    def _act(self, verb: str, path: str, body: bytes) -> None:
        if verb == "GET" and path in AUTHORIZE:
            self._authorize(AUTHORIZE[path], self.query())
        elif verb == "POST" and path in TOKEN:
            self._token(TOKEN[path], read_fields(body.decode(errors="replace")))
        elif act := PAGES.get((verb, path)):
            act(self, self.query() if verb == "GET" else read_fields(body.decode(errors="replace")))
        elif not self.has_sent_file(verb, path):
            self.html(404, pages.lost())

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
                self.go(address)
            else:
                self.html(400, pages.refused(refusal))
            return
        ticket = esia.ticket(name)
        if ticket is not None:
            self.html(200, pages.sign_in(name, ticket, esia.session_of(self._session())))

    def _token(self, flavour: Flavour, fields: Fields) -> None:
        if self._misbehaved("token"):
            return
        mixed = {"state": str(uuid.uuid4())} if self._mixes else {}
        try:
            self.json(200, {**self.server.sandbox.esia.exchange(flavour, fields), **mixed})
        except Refusal as refusal:
            told = {"error": refusal.error, "error_description": refusal.description}
            self.json(400, {**told, "state": fields.get("state", "")})

    def _rest(self, path: str) -> None:
        parts = path.strip("/").split("/")[1:]
        if self._misbehaved("contacts" if "ctts" in parts else "person"):
            return
        kind, _, marker = self.headers.get("Authorization", "").partition(" ")
        esia = self.server.sandbox.esia
        opened = esia.reader(marker) if kind == "Bearer" else None
        self.json(*rest.answer(parts, self.query().get("embed", ""), opened, esia.base_url))

    def _misbehaved(self, place: str) -> bool:
        """Do the wrong thing where one is ahead; True when nothing more is to be answered."""
        fault = self.server.sandbox.faults.take(place)
        self._mixes = fault is not None and fault.kind == "mixed"
        return self.misbehave(fault)

    # --- the person's pages ---

    def front(self, _: Fields) -> None:
        self.html(200, pages.front())

    def chosen(self, fields: Fields) -> None:
        """Somebody has been chosen on the sign-in page, or nobody."""
        esia, name = self.server.sandbox.esia, fields.get("ticket", "")
        if "refuse" in fields:
            address = esia.refuse(name)
            self.go(address) if address else self.html(404, pages.lost())
            return
        number = fields.get("person", "")
        person = PEOPLE.get(int(number)) if number.isascii() and number.isdigit() else None
        signed_in = esia.sign_in(name, person) if person else None
        if signed_in is None:
            self.html(404, pages.lost())
            return
        address, session = signed_in
        self.go(address, {"Set-Cookie": f"{SESSION}={session}; Path=/; HttpOnly; SameSite=Lax"})

    def sign_out(self, fields: Fields) -> None:
        address = self.server.sandbox.esia.sign_out(self._session(), fields)
        gone = {"Set-Cookie": f"{SESSION}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"}
        if address:
            self.go(address, gone)
        else:
            self.html(200, pages.signed_out(), gone)

    def _session(self) -> str:
        try:
            kept = SimpleCookie(self.headers.get("Cookie", "")).get(SESSION)
        except CookieError:
            return ""
        return kept.value if kept else ""


Act = Callable[[Handler, Fields], None]
PAGES: dict[tuple[str, str], Act] = {
    ("GET", "/"): Handler.front,
    ("POST", "/login"): Handler.chosen,
    ("GET", "/idp/ext/Logout"): Handler.sign_out,
}
