"""What the forecast rests on, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.forecast import (
    LEAST_MONTHS,
    Forecast,
    Ground,
    NoForecast,
    Refusal,
)
from kabinet.kernel.money import Money
from kabinet.providers.enums import Feature
from kabinet.ui import formatting

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GROUNDS: Mapping[Ground, StrOrPromise] = {
    Ground.READING: _lazy("по показаниям этого месяца"),
    Ground.SEASON: _lazy("по таким же месяцам прошлых лет"),
    Ground.SAME: _lazy("как начисляли раньше, по нынешнему тарифу"),
}


@dataclass(frozen=True, slots=True)
class ForecastLine:
    name: str
    amount: Money
    ground: StrOrPromise


def services_of(forecast: Forecast) -> Sequence[ForecastLine]:
    return [ForecastLine(row.name, row.amount, GROUNDS[row.ground]) for row in forecast.services]


def why_not(told: Forecast | NoForecast, *, account: LinkedAccountRow) -> str:
    """Why there is no forecast; nothing when there is one."""
    if isinstance(told, Forecast):
        return ""
    if not account.opens(Feature.CHARGES):
        return _("Начисления этого счёта вам не открыты, а прогноз считают по ним.")
    if told.why is Refusal.SHORT_HISTORY:
        return _(
            "Для прогноза нужны начисления по услугам хотя бы за %(need)s, а есть за %(have)s."
        ) % {
            "need": _months(LEAST_MONTHS),
            "have": _months(told.months),
        }
    return str(_WHY[told.why])


def _months(count: int) -> str:
    return formatting.plural(count, _("месяц,месяца,месяцев"))


_WHY: Mapping[Refusal, StrOrPromise] = {
    Refusal.NO_BILLS: _lazy("Поставщик не передал начислений по услугам: считать не из чего."),
    Refusal.OLD_BILLS: _lazy(
        "Последние начисления старше двух месяцев: о нынешнем по ним не судить."
    ),
    Refusal.UNSTEADY: _lazy(
        "Начисления по этому счёту меняются слишком сильно: прогноз ошибался бы больше чем наполовину."
    ),
}
