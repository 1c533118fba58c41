"""«Если не передать»: what the month costs without a reading, beside the form that avoids it (facts §6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kabinet.billing.queries.silence import get_price_of_silence
from kabinet.billing.silence import Ground, PriceOfSilence, SilenceRules, SilentService
from kabinet.kernel.money import KOPECK, Money
from kabinet.ui import formatting
from kabinet.web.portal import Portal
from kabinet.web.readings.page import ReadingsPage


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """``ground`` says what the figure rests on, ``warning`` what comes after."""

    service_name: str
    amount: Money
    ground: str
    warning: str


@dataclass(frozen=True, slots=True)
class SilenceCard:
    """``total`` only where there are several services and all of them can be told."""

    lines: Sequence[SilenceLine]
    total: Money | None


def silence_of(page: ReadingsPage, *, portal: Portal, at: datetime) -> SilenceCard | None:
    """Nothing when no reading is awaited today, or the provider does not tell; rarely a query."""
    if not page.is_open:
        return None
    prices = {
        (box.meter.service_id, known.zone): register.price
        for box in page.boxes
        for known, register in zip(box.meter.registers, box.registers, strict=True)
        if register.price is not None
    }
    told = get_price_of_silence(
        actor=portal.actor,
        account=page.account,
        meters=[box.meter for box in page.boxes],
        prices=prices,
        at=at,
    )
    return _to_card(told) if told else None


def _to_card(told: PriceOfSilence) -> SilenceCard:
    lines = [_to_line(service, told.rules) for service in told.services]
    return SilenceCard(lines, told.total if len(lines) > 1 else None)


def _to_line(service: SilentService, rules: SilenceRules) -> SilenceLine:
    ground = (
        _("по среднему расходу за %(months)s: %(volume)s")
        if service.ground is Ground.AVERAGE
        else _("по нормативу: %(volume)s")
    )
    return SilenceLine(
        service_name=service.service_name,
        amount=service.amount,
        ground=ground
        % {
            "months": formatting.plural(rules.average_months, _("месяц,месяца,месяцев")),
            "volume": formatting.volume(service.volume.quantize(KOPECK), service.unit),
        },
        warning=_warning(service, rules),
    )


def _warning(service: SilentService, rules: SilenceRules) -> str:
    if service.ground is Ground.NORM:
        passed = formatting.plural(service.silent_month - 1, _("месяц,месяца,месяцев"))
        return _("Показаний нет уже %(months)s, поэтому средний расход больше не считают.") % {
            "months": passed
        }
    left = rules.norm_after - service.silent_month
    if left <= 0:
        return _("Это последний месяц по среднему: дальше начислят по нормативу.")
    return _("По среднему можно ещё %(months)s, дальше начислят по нормативу.") % {
        "months": formatting.plural(left, _("месяц,месяца,месяцев"))
    }
