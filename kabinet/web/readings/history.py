"""The page of one meter: what it is, its average, its readings with their states in words (MET-02, 06, 31, 32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.period import Period
from kabinet.metering.enums import ReadingStatus
from kabinet.metering.rows import HistoryPage, HistoryRow, MeterRow
from kabinet.ui import formatting
from kabinet.web.readings import sentences

FIRST_MONTHS = 12
_KINDS: Mapping[ReadingStatus, str] = {
    ReadingStatus.ACCEPTED: "done",
    ReadingStatus.REJECTED: "late",
    ReadingStatus.SENT: "wait",
    ReadingStatus.RECEIVED: "wait",
    ReadingStatus.REPLACED: "plain",
}


@dataclass(frozen=True, slots=True)
class Figure:
    zone: str
    value: str
    use: Decimal | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Registers read on one day, by the same source and with the same outcome, share a line."""

    taken_on: date
    accounted_on: date | None
    source: str
    status: str
    reason: str
    kind: str
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class HistoryView:
    """``answer`` opens the page; ``has_more``: older readings are a click away."""

    meter: MeterRow
    title: str
    answer: str
    lead: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[HistoryLine]
    since: date
    has_more: bool


def to_view(
    page: HistoryPage, *, account: LinkedAccountRow, at: datetime, whole: bool
) -> HistoryView:
    meter = page.meter
    first_day = Period.of(account.local_date(at)).plus(1 - FIRST_MONTHS).first_day
    shown = [row for row in page.readings if whole or row.taken_on >= first_day]
    months = account.provider.policy.average_months
    return HistoryView(
        meter=meter,
        title=", ".join(part for part in (meter.service_name, meter.place) if part),
        answer=_answer(meter, page.readings),
        lead=_lead(meter, months),
        facts=_facts(meter),
        lines=_lines(shown, meter),
        since=page.since if whole else max(first_day, page.since),
        has_more=len(shown) < len(page.readings),
    )


def _lines(rows: Sequence[HistoryRow], meter: MeterRow) -> Sequence[HistoryLine]:
    return [_line(list(together), meter) for _key, together in groupby(rows, key=_outcome)]


def _outcome(row: HistoryRow) -> tuple[object, ...]:
    # A value and the one that replaced it on the same day are two outcomes, not two zones.
    return (row.taken_on, row.source, row.status, row.reason, row.accounted_on, row.submitted_at)


def _line(rows: Sequence[HistoryRow], meter: MeterRow) -> HistoryLine:
    first = rows[0]
    in_order = sorted(rows, key=lambda row: row.zone)
    return HistoryLine(
        taken_on=first.taken_on,
        accounted_on=first.accounted_on,
        source=str(first.source.label),
        status=str(first.status.label),
        reason=first.reason,
        kind=_KINDS[first.status],
        figures=[
            Figure(
                sentences.zone_name(row.zone, meter),
                sentences.dial_text(row.value, meter),
                row.use,
            )
            for row in in_order
        ],
    )


def _answer(meter: MeterRow, readings: Sequence[HistoryRow]) -> str:
    if meter.average is not None:
        return _("В среднем %(use)s в месяц") % {
            "use": formatting.volume(meter.average, meter.unit)
        }
    return _("Показания счётчика") if readings else _("Показаний за этот срок нет")


def _lead(meter: MeterRow, months: int) -> str:
    if meter.average is None:
        return _("Средний расход появится, когда поставщик учтёт показания за два разных месяца.")
    span = formatting.plural(months, _("месяц,месяца,месяцев"))
    return _("По учтённым показаниям не больше чем за %(months)s.") % {"months": span}


def _facts(meter: MeterRow) -> Sequence[tuple[str, str]]:
    """The union of what providers tell (MET-02); what is not known leaves no line."""
    dated = (
        (_("Установлен"), meter.installed_on),
        (_("Поверен"), meter.verified_on),
        (_("Поверить до"), meter.next_verification_on),
        (_("В расчёте с"), meter.charging_from),
        (_("В расчёте до"), meter.charging_to),
    )
    facts = (
        (_("Номер"), meter.serial),
        (_("Модель"), meter.model),
        (_("Место установки"), meter.place),
        (_("Состояние"), str(meter.state.label)),
        *((name, formatting.day_year(day)) for name, day in dated if day),
        (_("Почему снят с расчёта"), meter.removal_reason),
    )
    return [(name, text) for name, text in facts if text]
