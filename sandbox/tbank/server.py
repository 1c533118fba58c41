"""HTTP around the bank: the API, the payer's pages and /control/, on this machine only."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from sandbox.serving import Served, Server
from sandbox.tbank import control, methods, pages, payer, qr
from sandbox.tbank.bank import Bank
from sandbox.tbank.books import Payment, Terminal
from sandbox.tbank.cards import expiry, only_digits
from sandbox.tbank.faults import Fault, Faults
from sandbox.tbank.notices import GAPS, Sender

FILES = {
    name: (kind, (Path(__file__).parent / "static" / name).read_bytes())
    for name, kind in (("page.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml"))
}
BODY_LIMIT = 256 * 1024
OURS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\Z")
API = re.compile(r"/(?:v2|cashbox)/(\w+)\Z")


class Sandbox(Served):
    """The bank, its sender of notifications and its server; ``with Sandbox(…) as it: it.url``."""

    def __init__(
        self,
        terminals: Iterable[Terminal],
        *,
        port: int = 0,
        file: Path | None = None,
        gaps: tuple[float, ...] = GAPS,
    ) -> None:
        self.bank = Bank(terminals, file=file)
        self.faults = Faults()
        self.sender = Sender(gaps)
        self.bank.notify = self.sender.add
        super().__init__(port, Handler)
        self.bank.base_url = self.url

    def __enter__(self) -> Self:
        threading.Thread(target=self._tick, name="clock", daemon=True).start()
        return super().__enter__()

    def __exit__(self, *what: object) -> None:
        super().__exit__(*what)
        self.sender.stop()

    def _tick(self) -> None:
        while not self.stopped.wait(0.5):
            self.bank.settle_all()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def log_message(self, *_: object) -> None:
        """Quiet: what happened is in /control/."""

    def _serve(self, verb: str) -> None:
        body = self._body()
        path = urlsplit(self.path).path
        if body is None:
            self._send(413, "text/plain", b"")
        elif not OURS.match(self.headers.get("Host", "")):
            self._send(
                421, "text/plain", b""
            )  # another site's page must not reach in by a name of its own
        elif api := API.match(path):
            self._api(verb, api[1], body)
        elif path.startswith("/control/"):
            self._control(verb, path, body)
        else:
            self._page(verb, path, body)

    def _body(self) -> bytes | None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _api(self, verb: str, name: str, body: bytes) -> None:
        if verb != "POST" or name not in methods.METHODS:
            self._send(404, "text/html", b"<html>404 Not Found</html>")
            return
        sandbox = self.server.sandbox
        fault = sandbox.faults.take(name)
        if fault and fault.when == "before" and self._misbehave(fault):
            return
        answer = methods.call(sandbox.bank, name, _read_json(body))
        content = json.dumps(answer, ensure_ascii=False).encode()
        if fault and fault.when == "after" and self._misbehave(fault, content):
            return
        self._send(200, "application/json", content)

    def _misbehave(self, fault: Fault, content: bytes = b"") -> bool:
        """Do the wrong thing; True when nothing more is to be answered."""
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
            self._trickle(content, fault.seconds)
        return True

    def _trickle(self, content: bytes, gap: float) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(max(len(content), 1000)))
        self.end_headers()
        with contextlib.suppress(OSError):
            for byte in content.ljust(1000):
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(gap)

    def _control(self, verb: str, path: str, body: bytes) -> None:
        if verb != "GET" and self.headers.get_content_type() != "application/json":
            self._send(415, "text/plain", b"application/json")
            return
        try:
            answer = control.answer(
                self.server.sandbox, verb, path.strip("/").split("/")[1:], _read_json(body)
            )
        except control.NotThere:
            self._send(404, "application/json", b'{"error": "no such thing"}')
        except (ValueError, KeyError) as wrong:
            told = json.dumps({"error": f"{type(wrong).__name__}: {wrong}"}, ensure_ascii=False)
            self._send(400, "application/json", told.encode())
        else:
            self._send(200, "application/json", json.dumps(answer, ensure_ascii=False).encode())

    def _page(self, verb: str, path: str, body: bytes) -> None:
        bank = self.server.sandbox.bank
        kind, _, name = path.strip("/").partition("/")
        fields = {key: values[0] for key, values in parse_qs(body.decode(errors="replace")).items()}
        with bank.lock:
            act = PAGES.get((verb, kind))
            if act is None:
                self._other(kind, name)
                return
            payment = (
                bank.books.by_qr(name)
                if kind == "qr"
                else bank.books.by_page(name.removesuffix(".svg"))
            )
            if payment is None:
                self._html(404, pages.lost())
                return
            act(self, bank, payment, fields)
            bank.save()

    def _other(self, kind: str, name: str) -> None:
        if kind == "static" and name in FILES:
            self._send(200, *FILES[name])
        elif kind == "receipt" and name.isdigit():
            self._html(200, pages.receipt(int(name)))
        elif kind == "":
            self._html(200, pages.front())
        else:
            self._html(404, pages.lost())

    def _html(self, status: int, text: str) -> None:
        self._send(status, "text/html; charset=utf-8", text.encode())

    def _go(self, address: str) -> None:
        self._send(303, "text/plain", b"", {"Location": address})

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

    # --- the payer's pages ---

    def card_page(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        payer.open_page(bank, payment)
        if payment.status == "3DS_CHECKING":
            self._go(f"/3ds/{payment.page}")
        elif payment.status in {"FORM_SHOWED", "AUTH_FAIL"}:
            self._html(200, pages.card_form(payment))
        else:
            self._html(200, pages.result(payment))

    def card_given(self, bank: Bank, payment: Payment, fields: dict[str, str]) -> None:
        number = only_digits(fields.get("number", ""))
        expires = expiry(fields.get("expires", ""))
        if expires is None or not fields.get("cvc", "").isdigit():
            wrong = "Проверьте срок карты (ММ/ГГ) и CVC."
            self._say_again(payment, pages.card_form(payment, wrong=wrong, number=number))
            return
        try:
            payer.pay_by_card(bank, payment, number=number, expires=expires)
        except payer.Refusal as refused:
            self._say_again(payment, pages.card_form(payment, wrong=refused.why, number=number))
            return
        self._onward(payment)

    def code_page(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        bank.settle_time(payment)
        if payment.status == "3DS_CHECKING":
            self._html(200, pages.code_form(payment))
        else:
            self._go(f"/done/{payment.page}")

    def code_given(self, bank: Bank, payment: Payment, fields: dict[str, str]) -> None:
        try:
            if fields.get("do") == "refuse":
                payer.give_up_code(bank, payment)
            else:
                payer.enter_code(bank, payment, fields.get("code", ""))
        except payer.Refusal as refused:
            self._say_again(payment, pages.code_form(payment, wrong=refused.why))
            return
        self._onward(payment)

    def sbp_shown(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        bank.settle_time(payment)
        if payment.request_key or payment.status not in {"NEW", "FORM_SHOWED"}:
            self._html(200, pages.result(payment))
        else:
            self._html(200, pages.sbp_page(payment, link=methods.show_qr(bank, payment)))

    def picture(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        self._send(200, "image/svg+xml", qr.picture(methods.show_qr(bank, payment)).encode())

    def own_bank(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        bank.settle_time(payment)
        if payment.status in {"NEW", "FORM_SHOWED"}:
            self._html(200, pages.payers_bank(payment))
        else:
            self._html(200, pages.result(payment))

    def own_bank_did(self, bank: Bank, payment: Payment, fields: dict[str, str]) -> None:
        error = control.SBP_ERRORS.get(fields.get("do", ""), "0")
        try:
            payer.pay_by_sbp(bank, payment, error=error)
        except payer.Refusal as refused:
            self._say_again(payment, pages.payers_bank(payment, wrong=refused.why))
            return
        if payment.status == "FORM_SHOWED":
            self._html(
                200, pages.payers_bank(payment, wrong="Ваш банк отказал. Попробуйте ещё раз.")
            )
        else:
            self._html(200, pages.result(payment))

    def ended(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        bank.settle_time(payment)
        self._html(200, pages.result(payment))

    def leave(self, _: Bank, payment: Payment, __: dict[str, str]) -> None:
        """Back to the shop without paying: the session stays open until its time is over."""
        self._go(pages.back_address(payment) or f"/done/{payment.page}")

    def _onward(self, payment: Payment) -> None:
        if payment.status == "3DS_CHECKING":
            self._go(f"/3ds/{payment.page}")
        else:
            self._go(pages.back_address(payment) or f"/done/{payment.page}")

    def _say_again(self, payment: Payment, form: str) -> None:
        still_open = payment.status in {"NEW", "FORM_SHOWED", "AUTH_FAIL", "3DS_CHECKING"}
        self._html(422, form) if still_open else self._go(f"/done/{payment.page}")


Act = Callable[[Handler, Bank, Payment, dict[str, str]], None]
PAGES: dict[tuple[str, str], Act] = {
    ("GET", "pay"): Handler.card_page,
    ("POST", "pay"): Handler.card_given,
    ("GET", "3ds"): Handler.code_page,
    ("POST", "3ds"): Handler.code_given,
    ("GET", "sbp"): Handler.sbp_shown,
    ("GET", "picture"): Handler.picture,
    ("GET", "qr"): Handler.own_bank,
    ("POST", "qr"): Handler.own_bank_did,
    ("GET", "done"): Handler.ended,
    ("POST", "leave"): Handler.leave,
}


def _read_json(body: bytes) -> dict[str, Any]:
    """Return the object in a request's body; anything else counts as no fields at all."""
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
