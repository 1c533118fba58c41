"""The page of one meter: what it is, its average, its readings with their states in words (MET-02, 06, 31, 32)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.period import Period
from kabinet.metering.enums import MeterState, ReadingStatus
from kabinet.metering.rows import HistoryPage, HistoryRow, MeterRow
from kabinet.providers.enums import Style
from kabinet.ui import charts, formatting
from kabinet.web.readings import sentences

CHART_MONTHS = 12
STATUS_KINDS: Mapping[ReadingStatus, str] = {
    ReadingStatus.ACCEPTED: "done",
    ReadingStatus.REJECTED: "late",
    ReadingStatus.SENT: "wait",
    ReadingStatus.RECEIVED: "wait",
    ReadingStatus.REPLACED: "plain",
    ReadingStatus.WITHDRAWN: "plain",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """``number`` opens the reading's passport; only what was given through the cabinet has one."""

    zone: str
    value: str
    use: Decimal | None
    number: uuid.UUID | None


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

    @property
    def number(self) -> uuid.UUID | None:
        return self.figures[0].number


@dataclass(frozen=True, slots=True)
class MonthLines:
    """``month`` is None where the provider does not put the readings into months."""

    month: Period | None
    lines: Sequence[HistoryLine]


@dataclass(frozen=True, slots=True)
class UseChart:
    """``skips``: some bars are of several months, because nobody read the meter in between."""

    bars: Sequence[charts.Bar]
    title: str
    level: charts.Level | None
    skips: bool


@dataclass(frozen=True, slots=True)
class HistoryView:
    """``answer`` opens the page; ``older_before`` and ``is_newest`` are the ways to the other pages."""

    meter: MeterRow
    title: str
    answer: str
    lead: str
    zone_averages: Sequence[tuple[str, Decimal | None]]
    facts: Sequence[tuple[str, str]]
    months: Sequence[MonthLines]
    chart: UseChart | None
    since: date
    depth: str
    older_before: date | None
    is_newest: bool

    @property
    def has_passports(self) -> bool:
        return any(line.number for group in self.months for line in group.lines)

    @property
    def is_by_month(self) -> bool:
        return any(group.month for group in self.months)


def to_view(page: HistoryPage, *, account: LinkedAccountRow, before: date | None) -> HistoryView:
    meter, policy = page.meter, account.provider.policy
    return HistoryView(
        meter=meter,
        title=meter_title(meter),
        answer=_answer(meter, page.readings),
        lead=_lead(meter, policy.average_months),
        zone_averages=zone_averages(meter),
        facts=facts_of(meter),
        months=_months(page.readings, meter, by_month=account.provider.style == Style.C),
        chart=_chart(page) if before is None else None,
        since=page.since,
        depth=formatting.plural(policy.reading_history_months, _("месяц,месяца,месяцев")),
        older_before=page.older_before,
        is_newest=before is None,
    )


def meter_title(meter: MeterRow) -> str:
    return ", ".join(part for part in (meter.service_name, meter.place) if part)


def zone_averages(meter: MeterRow) -> Sequence[tuple[str, Decimal | None]]:
    """The average of each day zone, beside that of the whole meter (MET-06, 35)."""
    if not meter.is_multi_zone:
        return ()
    return [(sentences.zone_name(row.zone, meter), row.average) for row in meter.registers]


def _months(rows: Sequence[HistoryRow], meter: MeterRow, *, by_month: bool) -> Sequence[MonthLines]:
    """All readings of a month together with those that were accepted, where the provider wants it so (MET-31)."""
    if not by_month:
        return [MonthLines(None, _lines(rows, meter))] if rows else []
    return [
        MonthLines(month, _lines(list(together), meter))
        for month, together in groupby(rows, key=lambda row: row.month)
    ]


def _lines(rows: Sequence[HistoryRow], meter: MeterRow) -> Sequence[HistoryLine]:
    return [_line(list(together), meter) for _key, together in groupby(rows, key=_outcome)]


def _outcome(row: HistoryRow) -> tuple[object, ...]:
    # A value and the one that replaced it on the same day are two outcomes, not two zones.
    return (row.taken_on, row.source, row.status, row.reason, row.accounted_on, row.submitted_at)


def _line(rows: Sequence[HistoryRow], meter: MeterRow) -> HistoryLine:
    first = rows[0]
    return HistoryLine(
        taken_on=first.taken_on,
        accounted_on=first.accounted_on,
        source=str(first.source.label),
        status=str(first.status.label),
        reason=first.reason,
        kind=STATUS_KINDS[first.status],
        figures=[
            Figure(
                sentences.zone_name(row.zone, meter),
                sentences.dial_text(row.value, meter),
                row.use,
                row.portal_id,
            )
            for row in sorted(rows, key=lambda row: row.zone)
        ],
    )


def _chart(page: HistoryPage) -> UseChart | None:
    """The year up to the last month with a use; one bar alone would compare with nothing."""
    if len(page.uses) < 2:  # noqa: PLR2004 -- two bars make a chart
        return None
    meter, by_month = page.meter, {use.month: use for use in page.uses}
    shown = list(page.uses[-1].month.back(CHART_MONTHS))[::-1]
    first = min(month for month in by_month if month >= shown[0])
    shown = [month for month in shown if month >= first]
    drawn = [
        charts.Bar(formatting.month(month), by_month[month].use if month in by_month else None)
        for month in shown
    ]
    average = meter.average
    return UseChart(
        bars=drawn,
        title=_("Расход по месяцам, %(first)s — %(last)s")
        % {"first": drawn[0].label, "last": drawn[-1].label},
        level=charts.Level(_("Средний за месяц"), average) if average is not None else None,
        skips=any(by_month[month].months > 1 for month in shown if month in by_month),
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
    if meter.state is MeterState.REMOVED:
        return _("По последним показаниям до снятия, не больше чем за %(months)s.") % {
            "months": span
        }
    return _("По учтённым показаниям не больше чем за %(months)s.") % {"months": span}


def facts_of(meter: MeterRow) -> Sequence[tuple[str, str]]:
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
