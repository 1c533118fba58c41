"""SMS through SMS Aero, version 2 (facts §11.1): JSON both ways, HTTP Basic, numbers given by the gateway."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from kabinet.channels.connectors.asking import ask, deadline, digits
from kabinet.channels.connectors.base import Message, NotSent, Outcome, SentMessage
from kabinet.kernel import http

# What the gateway's clock may differ from ours when a repeat looks for the first try.
CLOCKS_DIFFER = timedelta(minutes=2)
VALIDATION = 400
# Statuses that a repeat does not change: the request is wrong, or we are not let in.
FINAL = {400, 401, 403}
OUTCOMES: Mapping[int, Outcome] = {
    1: Outcome.DELIVERED,
    # It does not say whether the telephone was off or the number is nobody's.
    2: Outcome.FAILED,
    6: Outcome.FAILED,  # rejected
}


class SmsAero:
    key = "smsaero"

    def send(self, message: Message) -> str:
        """The gateway knows no number of ours: a repeat looks for the same text to the same telephone."""
        until = deadline()
        if message.is_repeat and (taken := _find(message, until)):
            return taken
        body = {
            "number": digits(message.recipient),
            "text": message.text,
            "sign": settings.SMS_SENDER,
        }
        told = _call("sms/send", body, until)
        if not isinstance(told, dict) or not told.get("id"):
            raise NotSent("an answer without a number")
        return str(told["id"])

    def outcomes(self, sent: Sequence[SentMessage]) -> Mapping[str, Outcome]:
        """It is asked message by message, as many as the timeout allows."""
        until = deadline()
        found: dict[str, Outcome] = {}
        for one in sent:
            try:
                told = _call("sms/status", {"id": int(one.reference)}, until)
            except NotSent:
                if not found:
                    raise
                break
            status = told.get("status") if isinstance(told, dict) else None
            if isinstance(status, int) and status in OUTCOMES:
                found[one.reference] = OUTCOMES[status]
        return found


def _find(message: Message, until: http.Deadline) -> str:
    """Give the number under which a former try was taken after all, or nothing."""
    told = _call("sms/list", {"number": digits(message.recipient), "text": message.text}, until)
    since = message.created_at - CLOCKS_DIFFER
    for row in _rows(told):
        if row.get("text") == message.text and _created_at(row) >= since and row.get("id"):
            return str(row["id"])
    return ""


def _created_at(row: Mapping[str, Any]) -> datetime:
    """One that can't be read is long ago."""
    try:
        return datetime.fromtimestamp(int(row.get("dateCreate", 0)), tz=UTC)
    except (OSError, OverflowError, TypeError, ValueError):
        return datetime.fromtimestamp(0, tz=UTC)


def _rows(told: Any) -> Iterable[Mapping[str, Any]]:
    """The list comes as an object with the rows under "0", "1", … beside links and a total."""
    values = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
    return [value for value in values if isinstance(value, dict) and "number" in value]


def _call(name: str, body: Mapping[str, object], until: http.Deadline) -> Any:
    name_and_key = f"{settings.SMSAERO_EMAIL}:{settings.SMSAERO_API_KEY}"
    request = http.Request(
        "POST",
        f"{settings.SMSAERO_URL.rstrip('/')}/{name}",
        {
            "Authorization": f"Basic {base64.b64encode(name_and_key.encode()).decode()}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
        json.dumps(body).encode(),
    )
    status, told = ask(request, until)
    if not isinstance(told, dict) or not told.get("success"):
        raise _refusal(status, told)
    return told.get("data")


def _refusal(status: int, told: Any) -> NotSent:
    """Its own words may quote the text, so only what is known by status and field is said."""
    answer = told if isinstance(told, dict) else {}
    fields = answer.get("data")
    if status == VALIDATION and isinstance(fields, dict) and "number" in fields:
        return NotSent("SMS Aero: wrong number", bounced=True)
    if answer.get("result") == "no credits":
        return NotSent("SMS Aero: not enough money")
    if answer.get("result") == "reject":
        return NotSent("SMS Aero: rejected", is_final=True)
    return NotSent(f"SMS Aero: status {status}", is_final=status in FINAL)
