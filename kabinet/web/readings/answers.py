"""The first thing a page of readings says: what to do this month, until when (MET-20, 39)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kabinet.metering.calculations import Window
from kabinet.metering.enums import IntakeState
from kabinet.metering.rows import ReadingsSummary
from kabinet.ui import formatting
from kabinet.web.readings.sentences import window_days

URGENT_DAYS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """``tag_kind`` is empty when there is nothing to count."""

    title: str
    detail: str
    tag_kind: str = ""
    tag: str = ""


def answer_of(summary: ReadingsSummary, *, closed_reason: str = "") -> Answer:
    """``closed_reason`` says why the whole account takes no readings, whatever its meters are like."""
    window = summary.window
    if closed_reason:
        return Answer(_("Показания не принимают"), closed_reason)
    if window is None or summary.state is IntakeState.NO_METERS:
        if summary.in_force:
            return Answer(
                _("Показания сейчас не принимают"), _("Причина и что делать — у каждого счётчика.")
            )
        return Answer(
            _("Передавать показания не нужно"),
            _("У этого счёта нет счётчиков, которые принимают показания."),
        )
    return _ANSWERS[summary.state](window, summary)


def days_left(window: Window) -> str:
    if not window.days_left:
        return _("сегодня последний день")
    verb = formatting.plural_word(window.days_left, _("остался,осталось,осталось"))
    return f"{verb} {formatting.plural(window.days_left, _('день,дня,дней'))}"


def _tag(window: Window) -> tuple[str, str]:
    urgent = window.days_left <= URGENT_DAYS
    return ("wait" if urgent else "plain", days_left(window))


def _month(window: Window) -> dict[str, str]:
    return {
        "month": formatting.month_name(window.month),
        "until": formatting.day(window.closes_on),
        "opens": formatting.day(window.next_opens_on),
    }


def _open(window: Window, summary: ReadingsSummary) -> Answer:
    return Answer(
        _("Передайте показания до %(until)s") % _month(window),
        _("Показания за %(month)s.") % _month(window) + _days(window, summary),
        *_tag(window),
    )


def _partly(window: Window, summary: ReadingsSummary) -> Answer:
    rest = sum(meter.window.is_open for meter in summary.waiting)
    meters = formatting.plural(rest, _("счётчику,счётчикам,счётчикам"))
    return Answer(
        _("Осталось передать по %(meters)s") % {"meters": meters},
        _("Показания за %(month)s принимают до %(until)s.") % _month(window),
        *_tag(window),
    )


def _sent(window: Window, summary: ReadingsSummary) -> Answer:
    can_change = len(summary.windows) == 1 and any(
        meter.window.is_open and meter.obstacle is None for meter in summary.taking
    )
    change = _(" До %(until)s их можно заменить.") % _month(window) if can_change else ""
    return Answer(
        _("Показания за %(month)s переданы") % _month(window),
        _("Поставщик ещё не учёл их.") + change + _missed_too(window, summary),
        "done",
        _("передано"),
    )


def _missed_too(window: Window, summary: ReadingsSummary) -> str:
    """Meters with days of their own that have passed without a reading."""
    if not summary.waiting:
        return ""
    return _(" По %(meters)s приём закончился, новый откроется %(opens)s.") % {
        "meters": formatting.plural(len(summary.waiting), _("счётчику,счётчикам,счётчикам")),
        "opens": formatting.day(window.next_opens_on),
    }


def _accepted(window: Window, _summary: ReadingsSummary) -> Answer:
    return Answer(
        _("Показания за %(month)s приняты") % _month(window),
        _("Поставщик учёл их в расчёте."),
        "done",
        _("учтено"),
    )


def _before(window: Window, summary: ReadingsSummary) -> Answer:
    days = formatting.plural(window.days_until_open, _("день,дня,дней"))
    return Answer(
        _("Приём откроется %(opens)s") % _month(window),
        _("Показания за %(month)s.") % _month(window) + _days(window, summary),
        "plain",
        _("через %(days)s") % {"days": days},
    )


def _missed(window: Window, summary: ReadingsSummary) -> Answer:
    return Answer(
        _("Приём откроется %(opens)s") % _month(window),
        _("Показаний за %(month)s нет: поставщик может посчитать по среднему расходу.")
        % _month(window)
        + _days(window, summary),
        "plain",
        _("приём закончился"),
    )


def _days(window: Window, summary: ReadingsSummary) -> str:
    """When readings are taken; of meters with different windows each says its own (MET-20)."""
    if len(summary.windows) > 1:
        return _(" У счётчиков разные сроки приёма, они написаны у каждого.")
    if window.is_whole_month:
        return ""
    return _(" Их принимают %(days)s.") % {"days": window_days(window)}


_ANSWERS: Mapping[IntakeState, Callable[[Window, ReadingsSummary], Answer]] = {
    IntakeState.OPEN: _open,
    IntakeState.PARTLY: _partly,
    IntakeState.SENT: _sent,
    IntakeState.ACCEPTED: _accepted,
    IntakeState.BEFORE: _before,
    IntakeState.MISSED: _missed,
}
