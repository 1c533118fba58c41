"""What the cards of the home page show, worked out of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import DueRow, HomeMoneyRow, ServiceDueRow
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.metering.enums import IntakeState
from kabinet.ui import formatting
from kabinet.ui.charts import Bar
from kabinet.web.readings.page import ReadingsPage

SHOWN_SERVICES = 4
SHOWN_METERS = 3
LEAST_MONTHS = 2


@dataclass(frozen=True, slots=True)
class YearCard:
    """Twelve months of charges; ``change`` says how the last one differs from the one before."""

    period: Period
    charged: Money
    change: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class AccountLine:
    account: LinkedAccountRow
    due: DueRow


@dataclass(frozen=True, slots=True)
class TotalsCard:
    """All accounts of the person at a glance."""

    total: Money | None
    count: int
    lines: Sequence[AccountLine]


def asks_for_readings(page: ReadingsPage) -> bool:
    """There is something to type now, and little enough of it for the home page."""
    waits = page.summary.state in {IntakeState.OPEN, IntakeState.PARTLY}
    return waits and page.is_open and len(page.boxes) <= SHOWN_METERS


def is_tall(page: ReadingsPage | None) -> bool:
    """Several inputs: beside them the card of the year would stand half empty."""
    return page is not None and sum(len(box.registers) for box in page.boxes) > 1


def largest_services(due: DueRow) -> Sequence[ServiceDueRow]:
    return sorted(due.services, key=lambda row: row.amount, reverse=True)[:SHOWN_SERVICES]


def more_services(due: DueRow) -> str:
    """What the link to the services that found no room on the card says."""
    rest = len(due.services) - SHOWN_SERVICES
    if rest <= 0:
        return ""
    return _("и ещё %(services)s") % {"services": formatting.plural(rest, _("услуга,услуги,услуг"))}


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


def totals(accounts: Sequence[LinkedAccountRow], money: HomeMoneyRow) -> TotalsCard:
    lines = [AccountLine(account, money.dues[account.id]) for account in accounts]
    return TotalsCard(total=money.total, count=len(lines), lines=lines)
