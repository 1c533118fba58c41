"""SMS Aero, version 2: JSON under /v2/, HTTP Basic."""

from __future__ import annotations

import base64
import binascii
import re
import time
from typing import Any

from sandbox.sms.books import Books, Sms, State
from sandbox.sms.fates import Fate, fate_of

GATEWAY = "smsaero"
STATUSES = {
    State.WAITING: (0, "queue"),
    State.SENT: (3, "transmitted"),
    State.ARRIVED: (1, "delivery"),
    State.EXPIRED: (2, "not delivery"),
    State.FAILED: (2, "not delivery"),
}
PHONE = re.compile(r"7\d{10}\Z")
Reply = tuple[int, dict[str, Any]]


def allowed(header: str, secrets: set[tuple[str, str]]) -> bool:
    try:
        told = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    name, _, key = told.partition(":")
    return header.startswith("Basic ") and (name, key) in secrets


def answer(books: Books, name: str, body: Any) -> Reply:
    fields = body if isinstance(body, dict) else {}
    if name == "auth":
        return _fine(None)
    if name == "sms/send":
        return _send(books, fields)
    if name == "sms/status":
        sms = books.find(int(fields.get("id") or 0))
        return _fine(_row(books, sms)) if sms else (404, _bad("Not found"))
    if name == "sms/list":
        return _fine(_list(books, fields))
    return 404, _bad("Not found")


def not_let_in() -> Reply:
    return 401, _bad("Your request was made with invalid credentials.")


def _send(books: Books, fields: dict[str, Any]) -> Reply:
    phone, text = str(fields.get("number", "")), str(fields.get("text", ""))
    fate = fate_of(phone)
    if not PHONE.match(phone) or fate in (Fate.REFUSED, Fate.NO_ROUTE):
        return 400, _bad("Validation error.", {"number": ["Number is invalid"]})
    missing = {name: ["Cannot be blank"] for name in ("text", "sign") if not fields.get(name)}
    if missing:
        return 400, _bad("Validation error.", missing)
    if fate is Fate.NO_MONEY:
        return 402, _bad("Not enough money")
    if fate is Fate.FORBIDDEN:
        return 200, {"success": False, "result": "reject", "reason": "text is forbidden"}
    sms = Sms(books.next_number(), phone, text, str(fields["sign"]), GATEWAY, time.time())
    books.take(sms)
    return _fine(_row(books, sms))


def _list(books: Books, fields: dict[str, Any]) -> dict[str, Any]:
    phone, text = str(fields.get("number", "")), str(fields.get("text", ""))
    found = [
        _row(books, sms)
        for sms in reversed(books.all())
        if sms.gateway == GATEWAY and phone in ("", sms.phone) and text in sms.text
    ]
    rows: dict[str, Any] = {str(place): row for place, row in enumerate(found)}
    return {**rows, "links": {"self": "/v2/sms/list?page=1"}, "totalCount": str(len(found))}


def _row(books: Books, sms: Sms) -> dict[str, Any]:
    status, words = STATUSES[books.state(sms)]
    return {
        "id": sms.number,
        "from": sms.sender,
        "number": sms.phone,
        "text": sms.text,
        "status": status,
        "extendStatus": words,
        "channel": "FREE SIGN",
        "cost": "5.49",
        "dateCreate": int(sms.at),
        "dateSend": int(sms.at),
    }


def _fine(fields: Any) -> Reply:
    return 200, {"success": True, "data": fields, "message": None}


def _bad(message: str, fields: Any = None) -> dict[str, Any]:
    return {"success": False, "data": fields, "message": message}
