"""The life of one reading in plain words: taken, handed over, accounted, in which bill (MET-32).

It says what the data prove and nothing more: a bill is named as made from the reading only when its volume is exactly
what the month's readings close.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.enums import VolumeBasis
from kabinet.billing.queries import BilledServiceRow
from kabinet.exchange.handovers import HandoverRow
from kabinet.kernel.period import Period
from kabinet.metering.enums import ReadingStatus, SubmissionRoute
from kabinet.metering.rows import HistoryRow, PassportRow
from kabinet.providers.enums import Feature
from kabinet.ui import formatting
from kabinet.web.readings import sentences
from kabinet.web.readings.history import STATUS_KINDS, meter_title


@dataclass(frozen=True, slots=True)
class Step:
    """``state`` is done, wait or late; ``when`` is empty where nobody told the moment."""

    state: str
    title: str
    when: str = ""
    detail: str = ""
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """``number`` is None for the reading that the page is about."""

    name: str
    value: str
    kind: str
    status: str
    number: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class PassportView:
    row: PassportRow
    title: str
    value: str
    previous: str
    answer: str
    lead: str
    steps: Sequence[Step]
    zones: Sequence[Zone]
    can_withdraw: bool
    can_send_again: bool


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of the reading. ``bill_url`` leads to the month of the bill, where it may be seen."""

    row: PassportRow
    account: LinkedAccountRow
    handover: HandoverRow | None
    billed: BilledServiceRow | None
    bill_url: str
    upgrade_url: str
    replacement_url: str
    at: datetime

    @property
    def reading(self) -> HistoryRow:
        return self.row.reading

    def moment(self, value: datetime | None) -> str:
        """By the clock of the provider, with the year when it is another one."""
        if value is None:
            return ""
        zone = ZoneInfo(self.account.provider.timezone)
        local = value.astimezone(zone)
        if local.year == self.at.astimezone(zone).year:
            return formatting.moment(value, zone)
        return f"{formatting.day_year(local.date())}, {local:%H:%M}"

    @property
    def is_late(self) -> bool:
        """Longer than a day without the provider's answer."""
        given = self.reading.submitted_at
        return given is not None and (self.at - given).days >= 1


def accounted_month(row: PassportRow) -> Period | None:
    """The month into which the provider has put the reading, when it has said so."""
    reading = row.reading
    if reading.status is not ReadingStatus.ACCEPTED or reading.accounted_on is None:
        return None
    return Period.of(reading.accounted_on)


def to_view(story: Story) -> PassportView:
    row, account = story.row, story.account
    may_submit = account.opens(Feature.SUBMIT_READINGS) and not account.is_closed
    number = story.reading.portal_id
    withdrawable = {reading.portal_id for reading in row.meter.withdrawable}
    is_over = story.reading.status in {ReadingStatus.REJECTED, ReadingStatus.WITHDRAWN}
    answer, lead = _ANSWERS[story.reading.status](story)
    return PassportView(
        row=row,
        title=meter_title(row.meter),
        value=sentences.dial_text(story.reading.value, row.meter),
        previous=(
            "" if row.previous_value is None else sentences.dial_text(row.previous_value, row.meter)
        ),
        answer=answer,
        lead=lead,
        steps=list(_steps(story)),
        zones=_zones(row) if len(row.together) > 1 else [],
        can_withdraw=may_submit and number in withdrawable,
        can_send_again=may_submit
        and is_over
        and row.meter.obstacle is None
        and not row.meter.is_given,
    )


def _zones(row: PassportRow) -> Sequence[Zone]:
    return [
        Zone(
            name=sentences.zone_name(other.zone, row.meter),
            value=sentences.dial_text(other.value, row.meter),
            kind=STATUS_KINDS[other.status],
            status=str(other.status.label),
            number=None if other.portal_id == row.reading.portal_id else other.portal_id,
        )
        for other in row.together
    ]


def _steps(story: Story) -> Iterable[Step]:
    yield _taken(story)
    status = story.reading.status
    if status is ReadingStatus.WITHDRAWN:
        yield Step(
            "done",
            _("Отозвано"),
            story.moment(story.row.withdrawn_at),
            _("Поставщику оно не передано."),
        )
        return
    yield from _handed_over(story)
    if status is ReadingStatus.REPLACED:
        yield _replaced(story)
    elif status is ReadingStatus.REJECTED:
        yield Step("late", _("Не принято поставщиком"), "", _reason(story))
    elif status is ReadingStatus.ACCEPTED:
        yield _accounted(story)
        yield _billed(story)
    elif story.handover and story.handover.delivered_at:
        yield Step("wait", _("Ждём ответа поставщика"), "", _waiting(story))


def _taken(story: Story) -> Step:
    return Step(
        "done", _("Принято кабинетом"), story.moment(story.reading.submitted_at), _way(story)
    )


def _way(story: Story) -> str:
    row = story.row
    taken_on = _("снято %(day)s") % {"day": formatting.day_year(story.reading.taken_on)}
    if row.route is SubmissionRoute.GUEST:
        who = _("Передано без входа, по номеру лицевого счёта")
    elif row.is_own:
        who = _("Передали вы")
    else:
        who = _("Передал другой человек с доступом к этому счёту")
    routes = {
        SubmissionRoute.MOBILE: _("через приложение"),
        SubmissionRoute.PAYMENT: _("при оплате"),
        SubmissionRoute.API: _("через другую систему"),
    }
    parts = (who, routes.get(row.route, ""), taken_on)
    return ", ".join(part for part in parts if part) + "."


def _handed_over(story: Story) -> Iterable[Step]:
    handover = story.handover
    if handover is None:
        if story.reading.status is ReadingStatus.SENT:
            yield Step("wait", _("Ждёт передачи поставщику"), "", _not_yet(story))
        return
    if handover.delivered_at is None:
        yield Step("wait", _("Готовится к передаче поставщику"))
        return
    yield Step("done", _("Передано поставщику"), story.moment(handover.delivered_at))
    if handover.received_at is not None:
        yield Step("done", _("Поставщик подтвердил получение"), story.moment(handover.received_at))


def _not_yet(story: Story) -> str:
    if story.is_late:
        return _(
            "Прошло больше суток. Поставщик видит это на своём рабочем месте; делать ничего не нужно."
        )
    return _("Поставщик забирает показания сам.")


def _waiting(story: Story) -> str:
    if story.is_late:
        return _(
            "Ответа нет больше суток. Поставщик видит это на своём рабочем месте; делать ничего не нужно."
        )
    return _("Он проверит показание и учтёт его или напишет, почему не принял.")


def _replaced(story: Story) -> Step:
    following = story.row.replaced_by
    if following is None:
        return Step("done", _("Заменено новым показанием"))
    value = sentences.dial_text(following.value, story.row.meter)
    return Step(
        "done",
        _("Заменено новым показанием"),
        story.moment(following.submitted_at),
        "",
        story.replacement_url,
        _("Новое показание: %(value)s") % {"value": value},
    )


def _reason(story: Story) -> str:
    reason = story.reading.reason
    if not reason:
        return _("Причину поставщик не назвал.")
    return _("Причина: %(reason)s.") % {"reason": reason.rstrip(".")}


def _accounted(story: Story) -> Step:
    day = story.reading.accounted_on
    return Step("done", _("Учтено поставщиком"), formatting.day_year(day) if day else "")


def _billed(story: Story) -> Step:
    billed, month = story.billed, accounted_month(story.row)
    if month is None:
        return Step(
            "wait",
            _("Месяц счёта не назван"),
            "",
            _("Поставщик учёл показание, но не сообщил, в каком месяце."),
        )
    if not story.account.opens(Feature.CHARGES):
        return _unseen(story)
    if billed is None:
        title = _("Счёта за %(month)s пока нет") % {"month": formatting.month(month)}
        return Step("wait", title, "", _("Как только поставщик его пришлёт, он появится здесь."))
    return Step(*_told_of(billed), story.bill_url, _("Из чего сложилась сумма"))


def _unseen(story: Story) -> Step:
    """The charges are closed for this person: full access opens them, unless the provider shows them to nobody."""
    title = _("Счёт здесь не виден")
    if not story.account.offers(Feature.CHARGES):
        return Step("wait", title, "", _("Начисления этот поставщик в кабинете не показывает."))
    text = _("Начисления откроются вместе с полным доступом к счёту.")
    return Step("wait", title, "", text, story.upgrade_url, _("Открыть полный доступ"))


def _told_of(billed: BilledServiceRow) -> tuple[str, str, str, str]:
    """State, title, no moment, and what the bill says about the volume."""
    bill = bill_name(billed)
    volume = formatting.volume(billed.volume, billed.unit) if billed.volume is not None else ""
    if billed.matches:
        text = _("Расход %(volume)s в счёте сходится с показаниями до последней цифры.") % {
            "volume": volume
        }
        return "done", _("Вошло в %(bill)s") % {"bill": bill}, "", text
    title = _("Есть %(bill)s") % {"bill": bill}
    if VolumeBasis.METER in billed.bases and volume:
        return "done", title, "", _("Объём посчитан по счётчику: %(volume)s.") % {"volume": volume}
    ways = ", ".join(sorted(str(basis.label) for basis in billed.bases))
    if ways:
        text = _(
            "Объём посчитан не по счётчику (%(ways)s). Если это ошибка, спросите поставщика."
        ) % {"ways": ways}
        return "wait", title, "", text
    return "done", title, "", _("Как посчитан объём, поставщик не сообщил.")


def bill_name(billed: BilledServiceRow) -> str:
    """«счёт за октябрь 2026 № 17»."""
    name = _("счёт за %(month)s") % {"month": formatting.month(billed.period)}
    return f"{name} № {billed.number}" if billed.number else name


def _sent(story: Story) -> tuple[str, str]:
    if story.handover and story.handover.delivered_at:
        return _("Показание у поставщика"), _("Он ещё не ответил.")
    return _("Показание принято кабинетом"), _("К поставщику оно ещё не ушло.")


def _accepted(story: Story) -> tuple[str, str]:
    if story.billed and story.billed.matches:
        return _("Вошло в %(bill)s") % {"bill": bill_name(story.billed)}, ""
    return _("Показание учтено"), _("Поставщик принял его в расчёт.")


def _refused(story: Story) -> tuple[str, str]:
    next_step = _("Проверьте цифры и передайте показание ещё раз. Цифры верны?")
    call = sentences.call_provider(story.account)
    return _("Поставщик не принял показание"), f"{_reason(story)} {next_step} {call}"


def _set_aside(story: Story) -> tuple[str, str]:
    if story.reading.status is ReadingStatus.WITHDRAWN:
        return _("Показание отозвано"), _("Оно ни на что не влияет.")
    return _("Показание заменено новым"), _("В расчёт пойдёт новое.")


_ANSWERS: Mapping[ReadingStatus, Callable[[Story], tuple[str, str]]] = {
    ReadingStatus.SENT: _sent,
    ReadingStatus.RECEIVED: _sent,
    ReadingStatus.ACCEPTED: _accepted,
    ReadingStatus.REJECTED: _refused,
    ReadingStatus.REPLACED: _set_aside,
    ReadingStatus.WITHDRAWN: _set_aside,
}
