"""What was typed into the form, and what came of it, kept from the POST to the page that shows it.

It lies in the session under a key of its own; the page's address names the key, so that a later visit shows
the plain page, and looking at the result twice writes nothing.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from kabinet.metering.operations import MeterResult, RegisterResult, TypedValue
from kabinet.metering.slips import Fix, Slip, SlipKind
from kabinet.metering.verdicts import Verdict

SESSION_KEY = "readings_sent"
PARAMETER = "sent"
Key = tuple[uuid.UUID, str]


@dataclass(frozen=True, slots=True)
class SentValue:
    """``text`` is the value; ``typed`` and ``volume`` are what stood in the two boxes (MET-14).

    Without ``is_judged`` nobody has looked at it yet: it only stands in its box again.
    """

    text: str
    verdict: Verdict
    use: Decimal | None
    asks: bool
    confirmed: tuple[str, ...] = ()
    typed: str = ""
    volume: str = ""
    slip: Slip | None = None
    is_judged: bool = True


@dataclass(frozen=True, slots=True)
class SentForm:
    """``nothing``: not a single value was typed; ``date_text`` is what stood in the field of the day.

    ``problem`` is why a whole account of several took nothing; ``dates`` are the days of several
    by account, each with whether it is wrong.
    """

    values: Mapping[Key, SentValue] = field(default_factory=dict)
    nothing: bool = False
    date_text: str = ""
    date_is_wrong: bool = False
    problem: str = ""
    dates: Mapping[str, tuple[str, bool]] = field(default_factory=dict)

    def of_account(self, account_id: uuid.UUID) -> SentForm:
        """One account's part of a form of several."""
        date_text, date_is_wrong = self.dates.get(str(account_id), ("", False))
        return replace(self, date_text=date_text, date_is_wrong=date_is_wrong)

    def meter_is_stored(self, meter_id: uuid.UUID) -> bool:
        rows = [sent for (meter, _zone), sent in self.values.items() if meter == meter_id]
        return bool(rows) and all(row.is_judged and row.verdict is Verdict.OK for row in rows)

    @property
    def meters(self) -> Sequence[uuid.UUID]:
        return list(dict.fromkeys(meter for meter, _zone in self.values))


def of_results(
    results: Sequence[MeterResult], typed: Sequence[TypedValue], *, date_text: str
) -> SentForm:
    """Answers already given stay with the value, for a second question about it."""
    boxes = {(row.meter_id, row.zone): row for row in typed}
    values = {
        (meter.meter_id, row.zone): _to_value(row, boxes.get((meter.meter_id, row.zone)))
        for meter in results
        for row in meter.registers
    }
    return SentForm(values, date_text=date_text)


def _to_value(row: RegisterResult, box: TypedValue | None) -> SentValue:
    return SentValue(
        text=row.text,
        verdict=row.verdict,
        use=row.use,
        asks=row.asks,
        confirmed=tuple(sorted(box.confirmed)) if box else (),
        typed=box.text if box else "",
        volume=box.volume if box else "",
        slip=row.slip,
    )


def of_wrong_date(typed: Sequence[TypedValue], *, date_text: str) -> SentForm:
    """Nothing was sent; what was typed comes back."""
    values = {
        (row.meter_id, row.zone): SentValue(
            row.text,
            Verdict.DATE_INVALID,
            None,
            asks=False,
            typed=row.text,
            volume=row.volume,
        )
        for row in typed
    }
    return SentForm(values, date_text=date_text, date_is_wrong=True)


def of_unsent(typed: Sequence[TypedValue], *, date_text: str) -> SentForm:
    """What was typed into a form that was shown again for another reason."""
    values = {
        (row.meter_id, row.zone): SentValue(
            row.text,
            Verdict.OK,
            None,
            asks=False,
            confirmed=tuple(sorted(row.confirmed)),
            typed=row.text,
            volume=row.volume,
            is_judged=False,
        )
        for row in typed
    }
    return SentForm(values, date_text=date_text)


def joined(by_account: Mapping[uuid.UUID, SentForm]) -> SentForm:
    """One form out of those of several accounts; each meter is of one account only."""
    forms = by_account.values()
    values = {key: value for form in forms for key, value in form.values.items()}
    return SentForm(
        values,
        nothing=not values,
        date_is_wrong=any(form.date_is_wrong for form in forms),
        problem=" ".join(form.problem for form in forms if form.problem),
        dates={
            str(pk): (form.date_text, form.date_is_wrong)
            for pk, form in by_account.items()
            if form.values
        },
    )


def keep(session: SessionBase, scope: uuid.UUID | None, form: SentForm) -> str:
    """Store the form and return the key to put into the address; ``scope`` is its account, None for all."""
    key = secrets.token_urlsafe(6)
    session[SESSION_KEY] = {
        "key": key,
        "account": str(scope),
        "nothing": form.nothing,
        "date": [form.date_text, form.date_is_wrong],
        "problem": form.problem,
        "dates": dict(form.dates),
        "values": [[str(meter), zone, _written(row)] for (meter, zone), row in form.values.items()],
    }
    return key


def recall(session: SessionBase, scope: uuid.UUID | None, key: str) -> SentForm | None:
    """Give the form back to the page that was redirected to, and to no other."""
    kept: dict[str, Any] = session.get(SESSION_KEY) or {}
    if not key or kept.get("key") != key or kept.get("account") != str(scope):
        return None
    values = {(uuid.UUID(meter), zone): _read(row) for meter, zone, row in kept["values"]}
    date_text, date_is_wrong = kept["date"]
    return SentForm(
        values, kept["nothing"], date_text, date_is_wrong, kept["problem"], kept["dates"]
    )


def _written(row: SentValue) -> dict[str, Any]:
    return {
        "text": row.text,
        "verdict": row.verdict.value,
        "use": None if row.use is None else str(row.use),
        "asks": row.asks,
        "confirmed": row.confirmed,
        "typed": row.typed,
        "volume": row.volume,
        "slip": row.slip.kind.value if row.slip else "",
        "fixes": [
            [str(fix.key[0]), fix.key[1], str(fix.value)]
            for fix in (row.slip.fixes if row.slip else ())
        ],
    }


def _read(row: Mapping[str, Any]) -> SentValue:
    fixes = tuple(
        Fix((uuid.UUID(meter), zone), Decimal(value)) for meter, zone, value in row["fixes"]
    )
    return SentValue(
        text=row["text"],
        verdict=Verdict(row["verdict"]),
        use=None if row["use"] is None else Decimal(row["use"]),
        asks=row["asks"],
        confirmed=tuple(row["confirmed"]),
        typed=row["typed"],
        volume=row["volume"],
        slip=Slip(SlipKind(row["slip"]), fixes) if row["slip"] else None,
    )
