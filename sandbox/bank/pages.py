"""Addresses of a payer's pages. Every form works without JavaScript; every act ends in a redirect."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from sandbox.bank import answers, paying, sbp, screens
from sandbox.bank.api import ID, Request
from sandbox.bank.bank import Bank
from sandbox.bank.errors import ApiError
from sandbox.bank.paying import CardEntry, FormError, Target
from sandbox.bank.records import Payment
from sandbox.bank.replies import Answer

STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {
    "bank.css": "text/css; charset=utf-8",
    "countdown.js": "text/javascript; charset=utf-8",
    "bank.svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
RESULT_SECONDS, LOOK_SECONDS = 5, 3
PLAIN = ";/?:@&=+$,#%[]!'()*~-._"


def answer(bank: Bank, request: Request) -> Answer:
    """Answer a request for a page; an unknown address has a page too."""
    for pattern, act in ADDRESSES:
        if found := pattern.fullmatch(request.path):
            try:
                return act(bank, request, *found.groups())
            except ApiError as error:
                return _page(screens.nothing_here(), status=error.status)
    return _page(screens.nothing_here(), status=404)


def _home(bank: Bank, _request: Request) -> Answer:
    with bank.changes():
        return _page(screens.home(bank))


def _static(_bank: Bank, _request: Request, name: str) -> Answer:
    if name not in STATIC_TYPES:
        raise ApiError(404, "There is no such file")
    return Answer(200, (STATIC / name).read_bytes(), STATIC_TYPES[name])


def _show(bank: Bank, _request: Request, kind: str, object_id: str) -> Answer:
    """Show where the payment stands."""
    with bank.changes():
        target = _find(bank, kind, object_id)
        if target.status != "pending":
            return _show_result(target)
        if target.challenged:
            return _page(screens.challenge(bank, target))
        if isinstance(target, Payment) and target.settles_at is not None:
            return _page(screens.waiting(bank, target), refresh=str(LOOK_SECONDS))
        means = target.method_type if isinstance(target, Payment) else target.type
        if means == "bank_card":
            return _page(screens.card(bank, target, typed={}))
        if means == "sbp":
            return _show_banks(bank, target)
        return _page(screens.choice(bank, target))


def _show_card(bank: Bank, request: Request, kind: str, object_id: str) -> Answer:
    if request.method == "POST":
        return _take_card(bank, request, kind, object_id)
    with bank.changes():
        target = _find(bank, kind, object_id)
        if _is_elsewhere(target):
            return _redirect(screens.address_of(target))
        number = request.query.get("card", "")
        typed = {"number": number, "expiry": "12/30", "csc": "123"} if number else {}
        return _page(screens.card(bank, target, typed=typed))


def _take_card(bank: Bank, request: Request, kind: str, object_id: str) -> Answer:
    form = _read_form(request)
    entry = CardEntry(
        number=form.get("number", ""),
        expiry=form.get("expiry", ""),
        csc=form.get("csc", ""),
        keep=form.get("keep") == "on",
    )
    with bank.changes():
        target = _find(bank, kind, object_id)
        try:
            paying.give_card(bank, target, entry)
        except FormError as error:
            if error.field:
                typed = {name: value for name, value in form.items() if name != "csc"}
                return _page(screens.card(bank, target, typed=typed, error=error), status=422)
        return _redirect(screens.address_of(target))


def _take_code(bank: Bank, request: Request, kind: str, object_id: str) -> Answer:
    form = _read_form(request)
    with bank.changes():
        target = _find(bank, kind, object_id)
        try:
            if form.get("action") == "cancel":
                paying.give_up_code(bank, target)
            elif not paying.give_code(bank, target, form.get("code", "")) and target.challenged:
                error = FormError("code", "Код не подошёл. Проверьте и введите ещё раз.")
                return _page(screens.challenge(bank, target, error=error), status=422)
        except FormError:
            pass  # the payment is over already: its page says so
        return _redirect(screens.address_of(target))


def _show_sbp(bank: Bank, _request: Request, kind: str, object_id: str) -> Answer:
    with bank.changes():
        target = _find(bank, kind, object_id)
        if _is_elsewhere(target):
            return _redirect(screens.address_of(target))
        return _show_banks(bank, target)


def _scan(bank: Bank, _request: Request, qr_id: str) -> Answer:
    """Open what the QR says, as a phone does."""
    with bank.changes():
        target = _find_scanned(bank, qr_id)
        if _is_elsewhere(target):
            return _redirect(screens.address_of(target))
        return _show_banks(bank, target)


def _open_app(bank: Bank, request: Request, qr_id: str, bank_id: str) -> Answer:
    if bank_id not in sbp.BANK_BY_ID:
        raise ApiError(404, "There is no such bank")
    with bank.changes():
        target = _find_scanned(bank, qr_id)
        if request.method == "POST":
            try:
                action = _read_form(request).get("action", "")
                paying.answer_in_app(bank, target, bank_id=bank_id, action=action)
            except FormError:
                pass  # the payment is over already: its page says so
            return _redirect(screens.address_of(target))
        if _is_elsewhere(target):
            return _redirect(screens.address_of(target))
        return _page(screens.bank_app(bank, target, bank_id=bank_id))


def _show_banks(bank: Bank, target: Target) -> Answer:
    text = answers.qr_text(bank, target)
    return _page(screens.sbp_banks(bank, target, text=text), refresh=str(LOOK_SECONDS))


def _show_result(target: Target) -> Answer:
    url = (target.confirmation or {}).get("return_url")
    refresh = f"{RESULT_SECONDS}; url={quote(url, safe=PLAIN)}" if url else ""
    return _page(screens.result(target), refresh=refresh)


def _is_elsewhere(target: Target) -> bool:
    """The payer has gone on from choosing how to pay."""
    return target.status != "pending" or target.challenged or bool(getattr(target, "settles_at", 0))


def _find(bank: Bank, kind: str, object_id: str) -> Target:
    rows: dict[str, Any] = bank.payments if kind == "checkout" else bank.methods
    target: Target | None = rows.get(object_id)
    if target is None or (isinstance(target, Payment) and (target.gone or target.method_id)):
        raise ApiError(404, "There is no such payment")
    return target


def _find_scanned(bank: Bank, qr_id: str) -> Target:
    object_id = bank.qr_codes.get(qr_id, "")
    return _find(bank, "checkout" if object_id in bank.payments else "binding", object_id)


def _read_form(request: Request) -> dict[str, str]:
    pairs = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in pairs.items()}


def _page(body: bytes, *, status: int = 200, refresh: str = "") -> Answer:
    headers = {**HEADERS, "Refresh": refresh} if refresh else HEADERS
    return Answer(status, body, "text/html; charset=utf-8", headers)


def _redirect(path: str) -> Answer:
    return Answer(303, b"", "text/plain", {**HEADERS, "Location": path})


TARGET = rf"/(checkout|binding)/{ID}"
Act = Callable[..., Answer]
ADDRESSES: tuple[tuple[re.Pattern[str], Act], ...] = (
    (re.compile(r"/"), _home),
    (re.compile(r"/static/([a-z.]+)"), _static),
    (re.compile(TARGET), _show),
    (re.compile(rf"{TARGET}/card"), _show_card),
    (re.compile(rf"{TARGET}/code"), _take_code),
    (re.compile(rf"{TARGET}/sbp"), _show_sbp),
    (re.compile(r"/sbp/([A-Z0-9]{32})"), _scan),
    (re.compile(r"/sbp/([A-Z0-9]{32})/(\d{12})"), _open_app),
)
