"""The page of all meters of an account, by service, with all that the provider tells about them (MET-01, 02, 04, 05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import TariffRow
from kabinet.metering.enums import MeterState, Verification
from kabinet.metering.rows import MeterRow, ReadingsSummary
from kabinet.metering.verdicts import Verdict
from kabinet.providers.enums import Feature
from kabinet.ui import formatting
from kabinet.web.readings import sentences
from kabinet.web.readings.history import facts_of, meter_title, zone_averages

Prices = Mapping[tuple[int, str], TariffRow]


@dataclass(frozen=True, slots=True)
class Last:
    """The last value of a register, whoever took it; ``zone`` is empty for a single register."""

    zone: str
    value: str
    taken_on: date


@dataclass(frozen=True, slots=True)
class MeterLine:
    """``note`` says what stands in the way of this meter's readings, and what to do."""

    meter: MeterRow
    title: str
    kind: str
    tag: str
    last: Sequence[Last]
    facts: Sequence[tuple[str, str]]
    note: str


@dataclass(frozen=True, slots=True)
class ServiceMeters:
    name: str
    tariff: str
    lines: Sequence[MeterLine]


@dataclass(frozen=True, slots=True)
class MetersPage:
    """``removed`` stands at the end (MET-05); ``takes_now``: there is something to hand over today."""

    answer: str
    lead: str
    services: Sequence[ServiceMeters]
    removed: Sequence[MeterLine]
    average_span: str
    has_places: bool
    takes_now: bool
    ask: str


def to_page(
    summary: ReadingsSummary, tariffs: Sequence[TariffRow], *, account: LinkedAccountRow
) -> MetersPage:
    present = sorted(
        (meter for meter in summary.meters if not _is_gone(meter)),
        key=lambda meter: (meter.service_name, meter.service_id),
    )
    prices = {(row.service_id, row.zone): row for row in tariffs}
    lines = [_line(meter, account, prices) for meter in present]
    by_service = groupby(lines, key=lambda line: (line.meter.service_name, line.meter.service_id))
    months = account.provider.policy.average_months
    takes = any(meter.obstacle is None and not meter.is_given for meter in summary.taking)
    return MetersPage(
        answer=_answer(present, summary),
        lead=_lead(present, account),
        services=[_service(name, list(group), prices) for (name, _service_id), group in by_service],
        removed=[_line(meter, account, prices) for meter in summary.meters if _is_gone(meter)],
        average_span=formatting.plural(months, _("месяц,месяца,месяцев")),
        has_places=any(meter.place for meter in summary.meters),
        takes_now=takes and not account.is_closed and account.opens(Feature.SUBMIT_READINGS),
        ask=sentences.call_provider(account),
    )


def _is_gone(meter: MeterRow) -> bool:
    """Taken off for good; a broken one still hangs there."""
    return meter.state is MeterState.REMOVED or (
        not meter.in_force and meter.charging_to is not None and meter.state is MeterState.ACTIVE
    )


def _line(meter: MeterRow, account: LinkedAccountRow, prices: Prices) -> MeterLine:
    kind, tag = _tag(meter)
    last = [
        Last(
            sentences.zone_name(register.zone, meter),
            sentences.dial_text(reading.value, meter),
            reading.taken_on,
        )
        for register in meter.registers
        if (reading := register.given or register.previous)
    ]
    return MeterLine(
        meter=meter,
        title=meter.model or meter_title(meter),
        kind=kind,
        tag=tag,
        last=last,
        facts=[*facts_of(meter), *_more_facts(meter, _price_of(meter, prices))],
        note=_note(meter, account),
    )


def _more_facts(meter: MeterRow, price: str) -> Sequence[tuple[str, str]]:
    digits = formatting.plural(meter.digits, _("цифра,цифры,цифр"))
    behind = _(" и %(decimals)s после запятой") % {"decimals": meter.decimals}
    facts = (
        *(
            (_("Средний расход, %(zone)s") % {"zone": zone}, formatting.volume(use, meter.unit))
            for zone, use in zone_averages(meter)
            if use is not None
        ),
        (_("На табло"), digits + (behind if meter.decimals else "")),
        (_("Тариф"), price),
    )
    return [(name, text) for name, text in facts if text]


def _tag(meter: MeterRow) -> tuple[str, str]:
    if _is_gone(meter):
        return "plain", _("снят с расчёта")
    if meter.state is MeterState.BROKEN:
        return "late", _("неисправен")
    if not meter.in_force:
        return "plain", _("ещё не в расчёте")
    if meter.verification is Verification.EXPIRED:
        return "late", _("поверка просрочена")
    if meter.verification is Verification.SOON:
        return "wait", _("скоро поверка")
    return "done", _("в работе")


def _note(meter: MeterRow, account: LinkedAccountRow) -> str:
    """Only what lasts: that the window is closed today is no matter of the meter."""
    if _is_gone(meter):
        return ""
    if meter.obstacle in {Verdict.METER_NOT_ACTIVE, Verdict.VERIF_EXPIRED, Verdict.NO_METER_DATA}:
        return sentences.obstacle(meter.obstacle, meter, account)
    if meter.verification is Verification.EXPIRED:
        return sentences.verification_warning(meter, account)
    return ""


def _answer(present: Sequence[MeterRow], summary: ReadingsSummary) -> str:
    if not present:
        return _("Действующих счётчиков нет") if summary.meters else _("Счётчиков нет")
    broken = [meter for meter in present if meter.state is MeterState.BROKEN]
    if len(broken) == 1:
        return _("Счётчик неисправен: %(title)s") % {"title": meter_title(broken[0])}
    expired = [meter for meter in present if meter.verification is Verification.EXPIRED]
    if len(expired) == 1:
        return _("Пора поверить счётчик: %(title)s") % {"title": meter_title(expired[0])}
    if expired:
        return _("Пора поверить %(meters)s") % {
            "meters": formatting.plural(len(expired), _("счётчик,счётчика,счётчиков"))
        }
    return formatting.plural(len(present), _("счётчик,счётчика,счётчиков"))


def _lead(present: Sequence[MeterRow], account: LinkedAccountRow) -> str:
    """The nearest verification to come; without a date there is nothing to say."""
    if account.is_closed:
        return _("Лицевой счёт закрыт, показания по нему не принимают.")
    ahead = [
        (meter.next_verification_on, meter_title(meter))
        for meter in present
        if meter.next_verification_on and meter.verification is not Verification.EXPIRED
    ]
    if not ahead:
        return ""
    day, title = min(ahead)
    if len(present) == 1:
        return _("Поверить до %(day)s.") % {"day": formatting.day_year(day)}
    return _("Ближайшая поверка: %(title)s, до %(day)s.") % {
        "title": title,
        "day": formatting.day_year(day),
    }


def _service(name: str, lines: Sequence[MeterLine], prices: Prices) -> ServiceMeters:
    """The tariff stands at the service when all its meters have the same one."""
    told = {_price_of(line.meter, prices) for line in lines}
    return ServiceMeters(name, told.pop() if len(told) == 1 else "", lines)


def _price_of(meter: MeterRow, prices: Prices) -> str:
    """«7,12 ₽ за м³»; with zones, the price of each."""
    rows = [prices.get((meter.service_id, register.zone)) for register in meter.registers]
    known = [row for row in rows if row is not None]
    if len(known) != len(rows) or not known:
        return ""
    told = "; ".join(
        f"{sentences.zone_name(row.zone, meter)} — {_price(row.price)}"
        if row.zone
        else _price(row.price)
        for row in known
    )
    return _("%(price)s за %(unit)s") % {"price": told, "unit": known[0].unit}


def _price(price: Decimal) -> str:
    return f"{formatting.price(price)}{formatting.NBSP}{formatting.ROUBLE}"
