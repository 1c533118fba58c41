"""What the balance is made of: the components of the last closed month's bills (BIL-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from kabinet.billing import calculations
from kabinet.billing.queries import BillRow
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature, HomeBlock
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage


@dataclass(frozen=True, slots=True)
class BalanceParts:
    """Sums over all bills of the month; what no bill tells is None and is drawn as a dash."""

    period: Period
    opening: Money
    charged: Money
    adjusted: Money | None
    penalty: Money | None
    paid: Money | None
    total: Money
    as_of: datetime


def balance_parts(bills: Sequence[BillRow]) -> BalanceParts:
    """Add up the bills of one month, at least one."""
    return BalanceParts(
        period=bills[0].period,
        opening=Money.total(
            bill.opening + calculations.or_nothing(bill.penalty_opening) for bill in bills
        ),
        charged=Money.total(bill.charged for bill in bills),
        adjusted=calculations.sum_known(bill.adjusted for bill in bills),
        penalty=calculations.sum_known(bill.penalty_charged for bill in bills),
        paid=calculations.sum_known(
            calculations.sum_known([bill.paid, bill.penalty_paid]) for bill in bills
        ),
        total=Money.total(bill.due for bill in bills),
        as_of=min(bill.as_of for bill in bills),
    )


def _build(page: HomePage) -> Mapping[str, Any] | None:
    bills = page.due.bills
    return {"parts": balance_parts(bills)} if bills else None


register(
    Block(
        name=HomeBlock.BALANCE,
        template="web/home/cards/balance.html",
        subject=_("из чего сложился баланс"),
        build=_build,
        opens=Feature.CHARGES,
        is_half=True,
    )
)
