"""HTTP around the bank: the API, the payer's pages and /control/, on this machine only."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs

from sandbox import serving
from sandbox.faults import Faults
from sandbox.serving import Served, read_json
from sandbox.tbank import control, methods, pages, payer, qr
from sandbox.tbank.bank import Bank
from sandbox.tbank.books import Payment, Terminal
from sandbox.tbank.cards import expiry, only_digits
from sandbox.tbank.faults import MethodFault
from sandbox.tbank.notices import GAPS, Sender

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
        self.faults = Faults(MethodFault)
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


class Handler(serving.Handler):
    body_limit = 256 * 1024
    files = serving.static_files(__file__, "page.css", "icon.svg")

    def answer(self, verb: str, path: str, body: bytes) -> None:
        if api := API.match(path):
            self._api(verb, api[1], body)
        elif path.startswith("/control/"):
            self.control(control.answer, verb, path, body)
        elif not self.has_sent_file(verb, path):
            self._page(verb, path, body)

    def _api(self, verb: str, name: str, body: bytes) -> None:
        if verb != "POST" or name not in methods.METHODS:
            self.send(404, "text/html", b"<html>404 Not Found</html>")
            return
        sandbox = self.server.sandbox
        fault = sandbox.faults.take(name)
        if fault and fault.when == "before" and self.misbehave(fault):
            return
        answer = methods.call(sandbox.bank, name, read_json(body))
        content = json.dumps(answer, ensure_ascii=False).encode()
        if fault and fault.when == "after" and self.misbehave(fault, content):
            return
        self.send(200, "application/json", content)

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
                self.html(404, pages.lost())
                return
            act(self, bank, payment, fields)
            bank.save()

    def _other(self, kind: str, name: str) -> None:
        if kind == "receipt" and name.isdigit():
            self.html(200, pages.receipt(int(name)))
        elif kind == "":
            self.html(200, pages.front())
        else:
            self.html(404, pages.lost())

    # --- the payer's pages ---

    def card_page(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        payer.open_page(bank, payment)
        if payment.status == "3DS_CHECKING":
            self.go(f"/3ds/{payment.page}")
        elif payment.status in {"FORM_SHOWED", "AUTH_FAIL"}:
            self.html(200, pages.card_form(payment))
        else:
            self.html(200, pages.result(payment))

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
            self.html(200, pages.code_form(payment))
        else:
            self.go(f"/done/{payment.page}")

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
            self.html(200, pages.result(payment))
        else:
            self.html(200, pages.sbp_page(payment, link=methods.show_qr(bank, payment)))

    def picture(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        self.send(200, "image/svg+xml", qr.picture(methods.show_qr(bank, payment)).encode())

    def own_bank(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        bank.settle_time(payment)
        if payment.status in {"NEW", "FORM_SHOWED"}:
            self.html(200, pages.payers_bank(payment))
        else:
            self.html(200, pages.result(payment))

    def own_bank_did(self, bank: Bank, payment: Payment, fields: dict[str, str]) -> None:
        error = control.SBP_ERRORS.get(fields.get("do", ""), "0")
        try:
            payer.pay_by_sbp(bank, payment, error=error)
        except payer.Refusal as refused:
            self._say_again(payment, pages.payers_bank(payment, wrong=refused.why))
            return
        if payment.status == "FORM_SHOWED":
            self.html(
                200, pages.payers_bank(payment, wrong="Ваш банк отказал. Попробуйте ещё раз.")
            )
        else:
            self.html(200, pages.result(payment))

    def ended(self, bank: Bank, payment: Payment, _: dict[str, str]) -> None:
        bank.settle_time(payment)
        self.html(200, pages.result(payment))

    def leave(self, _: Bank, payment: Payment, __: dict[str, str]) -> None:
        """Back to the shop without paying: the session stays open until its time is over."""
        self.go(pages.back_address(payment) or f"/done/{payment.page}")

    def _onward(self, payment: Payment) -> None:
        if payment.status == "3DS_CHECKING":
            self.go(f"/3ds/{payment.page}")
        else:
            self.go(pages.back_address(payment) or f"/done/{payment.page}")

    def _say_again(self, payment: Payment, form: str) -> None:
        still_open = payment.status in {"NEW", "FORM_SHOWED", "AUTH_FAIL", "3DS_CHECKING"}
        self.html(422, form) if still_open else self.go(f"/done/{payment.page}")


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
