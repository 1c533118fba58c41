"""SMSC.ru: /sys/send.php and /sys/status.php, by GET or POST, answers in JSON with fmt=3."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from sandbox.sms.books import Books, Sms, State
from sandbox.sms.fates import Fate, fate_of

GATEWAY = "smsc"
WORDS = {
    1: "parameters error",
    2: "authorise error",
    3: "no money",
    6: "message is denied",
    7: "invalid number",
    8: "can't to deliver",
    9: "duplicate request, wait a minute",
}
REFUSALS = {Fate.REFUSED: 7, Fate.NO_ROUTE: 8, Fate.NO_MONEY: 3, Fate.FORBIDDEN: 6}
STATUSES = {
    State.WAITING: -1,
    State.SENT: 0,
    State.ARRIVED: 1,
    State.EXPIRED: 3,
    State.FAILED: 20,
}
NOT_FOUND = -3
PHONE = re.compile(r"7\d{10}\Z")
VALID = re.compile(r"\d{1,2}(:\d{2})?\Z")


def read(query: str, body: bytes) -> dict[str, str]:
    """Read a form; what says no charset is taken for windows-1251, as the service does."""
    raw = query or body.decode("ascii", errors="replace")
    charset = dict(parse_qsl(raw, encoding="ascii", errors="replace")).get(
        "charset", "windows-1251"
    )
    return dict(parse_qsl(raw, keep_blank_values=True, encoding=charset, errors="replace"))


def answer(books: Books, name: str, form: dict[str, str], secrets: set[tuple[str, str]]) -> str:
    credentials = (form.get("login", ""), form.get("psw", ""))
    if credentials not in secrets and ("", form.get("apikey", "")) not in secrets:
        return _error(form, 2)
    return _send(books, form) if name == "send.php" else _status(books, form)


def _send(books: Books, form: dict[str, str]) -> str:
    phone, text = form.get("phones", ""), form.get("mes", "")
    if not text or not VALID.match(form.get("valid", "24")):
        return _error(form, 1)
    if not PHONE.match(phone):
        return _error(form, 7)
    if code := REFUSALS.get(fate_of(phone)):
        return _error(form, code)
    with books.lock:
        if books.same(phone, text, within=60):
            return _error(form, 9)
        number = int(form["id"]) if form.get("id", "").isdigit() else books.next_number()
        sender = form.get("sender") or "SMSC.RU"
        books.take(Sms(number, phone, text, sender, GATEWAY, time.time()))
    count = -(-len(text) // 67) if len(text) > 70 else 1
    if form.get("fmt") == "3":
        return json.dumps({"id": number, "cnt": count})
    return f"OK - {count} SMS, ID - {number}"


def _status(books: Books, form: dict[str, str]) -> str:
    numbers, phones = form.get("id", ""), form.get("phone", "")
    if "," not in numbers:
        sms = books.find(int(numbers or 0), phones)
        if sms is None:
            return _error(form, 3, "message not found")
        return json.dumps(_row(books, sms))
    pairs = zip(filter(None, numbers.split(",")), filter(None, phones.split(",")), strict=False)
    return json.dumps([_listed(books, int(number), phone) for number, phone in pairs])


def _listed(books: Books, number: int, phone: str) -> dict[str, object]:
    sms = books.find(number, phone)
    found = _row(books, sms) if sms else {"status": NOT_FOUND}
    return {**found, "id": number, "phone": phone}


def _row(books: Books, sms: Sms) -> dict[str, object]:
    changed = datetime.fromtimestamp(sms.at, tz=UTC)
    return {
        "status": STATUSES[books.state(sms)],
        "last_date": changed.strftime("%d.%m.%Y %H:%M:%S"),
        "last_timestamp": int(sms.at),
    }


def _error(form: dict[str, str], code: int, words: str = "") -> str:
    told = words or WORDS[code]
    if form.get("fmt") == "3":
        return json.dumps({"error": told, "error_code": code})
    return f"ERROR = {code} ({told})"
