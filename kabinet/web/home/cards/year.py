"""Twelve months of charges, the last one compared with the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature, HomeBlock
from kabinet.ui import formatting
from kabinet.ui.charts import Bar
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage

LEAST_MONTHS = 2


@dataclass(frozen=True, slots=True)
class YearCard:
    """Twelve months of charges; ``change`` says how the last one differs from the one before."""

    period: Period
    charged: Money
    change: str
    bars: Sequence[Bar]


def year_of_charges(months: Sequence[tuple[Period, Money | None]]) -> YearCard | None:
    """The card of the year; None while there are not two months to compare."""
    if sum(1 for _month, amount in months if amount and amount.amount > 0) < LEAST_MONTHS:
        return None
    period, charged = months[-1]
    return YearCard(
        period=period,
        charged=charged or Money.zero(),
        change=_change(*months[-2:]),
        bars=[
            Bar(formatting.month(month), amount.amount if amount else None)
            for month, amount in months
        ],
    )


def _change(earlier: tuple[Period, Money | None], last: tuple[Period, Money | None]) -> str:
    if earlier[1] is None or last[1] is None:
        return ""
    difference = last[1] - earlier[1]
    if not difference:
        return _("столько же, сколько месяцем раньше")
    sentence = (
        _("на %(amount)s больше, чем в %(month)s")
        if difference.amount > 0
        else _("на %(amount)s меньше, чем в %(month)s")
    )
    return sentence % {
        "amount": formatting.money(abs(difference)),
        "month": formatting.month_in(earlier[0]),
    }


def _build(page: HomePage) -> Mapping[str, Any] | None:
    year = year_of_charges(page.money.months)
    return {"year": year} if year else None


register(
    Block(
        name=HomeBlock.YEAR,
        template="web/home/cards/year.html",
        subject=gettext_lazy("начисления за год"),
        build=_build,
        opens=Feature.CHARGES,
        is_half=True,
    )
)
