"""What was typed into the form, and what came of it, kept from the POST to the page that shows it.

It lies in the session under a key of its own; the page's address names the key, so that a later visit shows
the plain page, and looking at the result twice writes nothing.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from kabinet.metering.operations import MeterResult, TypedValue
from kabinet.metering.verdicts import Verdict

SESSION_KEY = "readings_sent"
PARAMETER = "sent"
Key = tuple[uuid.UUID, str]


@dataclass(frozen=True, slots=True)
class SentValue:
    text: str
    verdict: Verdict
    use: Decimal | None
    asks: bool
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentForm:
    """``nothing``: not a single value was typed; ``date_text`` is what stood in the field of the day."""

    values: Mapping[Key, SentValue] = field(default_factory=dict)
    nothing: bool = False
    date_text: str = ""
    date_is_wrong: bool = False

    def meter_is_stored(self, meter_id: uuid.UUID) -> bool:
        verdicts = [
            sent.verdict for (meter, _zone), sent in self.values.items() if meter == meter_id
        ]
        return bool(verdicts) and all(verdict is Verdict.OK for verdict in verdicts)

    @property
    def meters(self) -> Sequence[uuid.UUID]:
        return list(dict.fromkeys(meter for meter, _zone in self.values))


def of_results(
    results: Sequence[MeterResult], typed: Sequence[TypedValue], *, date_text: str
) -> SentForm:
    """Answers already given stay with the value, for a second question about it."""
    confirmed = {(row.meter_id, row.zone): tuple(sorted(row.confirmed)) for row in typed}
    values = {
        (meter.meter_id, row.zone): SentValue(
            row.text, row.verdict, row.use, row.asks, confirmed.get((meter.meter_id, row.zone), ())
        )
        for meter in results
        for row in meter.registers
    }
    return SentForm(values, date_text=date_text)


def of_wrong_date(typed: Sequence[TypedValue], *, date_text: str) -> SentForm:
    """Nothing was sent; what was typed comes back."""
    values = {
        (row.meter_id, row.zone): SentValue(row.text, Verdict.DATE_INVALID, None, asks=False)
        for row in typed
    }
    return SentForm(values, date_text=date_text, date_is_wrong=True)


def keep(session: SessionBase, account_id: uuid.UUID, form: SentForm) -> str:
    """Store the form and return the key to put into the address."""
    key = secrets.token_urlsafe(6)
    session[SESSION_KEY] = {
        "key": key,
        "account": str(account_id),
        "nothing": form.nothing,
        "date": [form.date_text, form.date_is_wrong],
        "values": [
            [str(meter), zone, row.text, row.verdict.value, _text(row.use), row.asks, row.confirmed]
            for (meter, zone), row in form.values.items()
        ],
    }
    return key


def recall(session: SessionBase, account_id: uuid.UUID, key: str) -> SentForm | None:
    """Give the form back to the page that was redirected to, and to no other."""
    kept: dict[str, Any] = session.get(SESSION_KEY) or {}
    if not key or kept.get("key") != key or kept.get("account") != str(account_id):
        return None
    values = {
        (uuid.UUID(meter), zone): SentValue(
            text, Verdict(verdict), None if use is None else Decimal(use), asks, tuple(confirmed)
        )
        for meter, zone, text, verdict, use, asks, confirmed in kept["values"]
    }
    date_text, date_is_wrong = kept["date"]
    return SentForm(values, kept["nothing"], date_text, date_is_wrong)


def _text(use: Decimal | None) -> str | None:
    return None if use is None else str(use)
