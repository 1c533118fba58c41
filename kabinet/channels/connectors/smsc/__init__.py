"""SMS through SMSC.ru (facts §11.1): a form in, JSON out, our own number for every message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from kabinet.channels.connectors.asking import ask, deadline, digits
from kabinet.channels.connectors.base import Message, NotSent, Outcome, SentMessage
from kabinet.kernel import http

OK = 200
LARGEST_ID = 2**31 - 1
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=24)

# error_code of send.php: whether trying again is vain, and whether the number is to blame.
REFUSALS: Mapping[int, tuple[str, bool, bool]] = {
    1: ("wrong parameters", True, False),
    2: ("wrong login or password", True, False),
    3: ("not enough money", False, False),
    4: ("address blocked for a while", False, False),
    5: ("wrong date", True, False),
    6: ("text or sender forbidden", True, False),
    7: ("wrong number", True, True),
    8: ("cannot be delivered to this number", True, True),
    9: ("the same request too often", False, False),
}
NOT_FOUND_ERROR, NOT_FOUND_STATUS = 3, -3
OUTCOMES: Mapping[int, Outcome] = {
    1: Outcome.DELIVERED,
    2: Outcome.DELIVERED,  # and read
    4: Outcome.DELIVERED,  # and its link was opened
    3: Outcome.FAILED,  # its time is over: the telephone was off
    23: Outcome.FAILED,  # forbidden by rules of the gateway
    24: Outcome.FAILED,  # no money
    20: Outcome.BOUNCED,
    22: Outcome.BOUNCED,
    25: Outcome.BOUNCED,
}


class Smsc:
    key = "smsc"

    def send(self, message: Message) -> str:
        """SMSC takes our number for the message but would send it twice under it: a repeat is looked up first."""
        until = deadline()
        number, phone = _number(message), digits(message.recipient)
        if message.is_repeat and _is_known(number, phone, until):
            return number
        told = _call("send.php", _send_form(message, number, phone), until)
        _refuse(told)
        if not isinstance(told, dict) or not told.get("id"):
            raise NotSent("an answer without a number")
        return number

    def outcomes(self, sent: Sequence[SentMessage]) -> Mapping[str, Outcome]:
        # The comma at the end asks for a list also where one message is meant.
        form = {
            "phone": "".join(f"{digits(one.recipient)}," for one in sent),
            "id": "".join(f"{one.reference}," for one in sent),
        }
        told = _call("status.php", form, deadline())
        _refuse(told)
        if not isinstance(told, list):
            raise NotSent("an answer without a list")
        known = {one.reference for one in sent}
        found = {
            _told_id(row, one.reference): row.get("status")
            for row, one in zip(told, sent, strict=False)
            if isinstance(row, dict)
        }
        return {
            reference: OUTCOMES[status]
            for reference, status in found.items()
            if reference in known and isinstance(status, int) and status in OUTCOMES
        }


def _number(message: Message) -> str:
    """Nobody else who shares the account may have used it, so it is as random as the key."""
    return str(message.key.int % LARGEST_ID + 1)


def _send_form(message: Message, number: str, phone: str) -> dict[str, str]:
    form = {"phones": phone, "mes": message.text, "id": number}
    if settings.SMS_SENDER:
        form["sender"] = settings.SMS_SENDER
    if message.lifetime is not None:
        # What is a code's may not arrive when it opens nothing any more.
        minutes = int(min(max(message.lifetime, SHORTEST), LONGEST).total_seconds() // 60)
        form["valid"] = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return form


def _is_known(number: str, phone: str, until: http.Deadline) -> bool:
    told = _call("status.php", {"phone": phone, "id": number}, until)
    if isinstance(told, dict) and told.get("error_code") == NOT_FOUND_ERROR:
        return False
    _refuse(told)
    status = told.get("status") if isinstance(told, dict) else None
    return isinstance(status, int) and status != NOT_FOUND_STATUS


def _call(name: str, form: Mapping[str, str], until: http.Deadline) -> Any:
    # Without charset the text is read as windows-1251 and arrives broken.
    whole = {**_credentials(), "fmt": "3", "charset": "utf-8", **form}
    request = http.Request(
        "POST",
        f"{settings.SMSC_URL.rstrip('/')}/{name}",
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        urlencode(whole).encode(),
    )
    status, told = ask(request, until)
    if status != OK:
        raise NotSent(f"status {status}")
    return told


def _credentials() -> dict[str, str]:
    if settings.SMSC_API_KEY:
        return {"apikey": settings.SMSC_API_KEY}
    return {"login": settings.SMSC_LOGIN, "psw": settings.SMSC_PASSWORD}


def _refuse(told: Any) -> None:
    if not isinstance(told, dict) or "error_code" not in told:
        return
    code = told["error_code"] if isinstance(told["error_code"], int) else 0
    reason, is_final, bounced = REFUSALS.get(code, ("an unknown error", False, False))
    raise NotSent(f"SMSC {code}: {reason}", is_final=is_final, bounced=bounced)


def _told_id(row: Mapping[str, Any], asked: str) -> str:
    """A list answers in the order of the question; where it names the numbers itself, those count."""
    return str(row.get("id", asked))
