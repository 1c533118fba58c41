"""What statistics can be about, who may see which, and where the figures come from (BIL-19, MET-37)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.calculations import earliest_period
from kabinet.billing.queries import statistics
from kabinet.kernel.actors import Actor
from kabinet.kernel.figures import MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.metering.queries import uses
from kabinet.providers.enums import Feature

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Kind(StrEnum):
    CHARGES = "charges"
    VOLUMES = "volumes"
    READINGS = "readings"
    PAYMENTS = "payments"

    @property
    def is_money(self) -> bool:
        return self in {Kind.CHARGES, Kind.PAYMENTS}


@dataclass(frozen=True, slots=True)
class Source:
    """``feature`` is the section that shows the same figures elsewhere; closed there, they are closed here."""

    feature: Feature
    tab: StrOrPromise
    answer: StrOrPromise
    load: Callable[[Actor, int, Period, Period], Sequence[MonthlyFigure]]


def _charges(actor: Actor, account_id: int, first: Period, last: Period) -> Sequence[MonthlyFigure]:
    months = statistics.MonthRange(first, last)
    return statistics.get_monthly_charges(actor=actor, account_id=account_id, months=months)


def _volumes(actor: Actor, account_id: int, first: Period, last: Period) -> Sequence[MonthlyFigure]:
    months = statistics.MonthRange(first, last)
    return statistics.get_monthly_volumes(actor=actor, account_id=account_id, months=months)


def _payments(
    actor: Actor, account_id: int, first: Period, last: Period
) -> Sequence[MonthlyFigure]:
    months = statistics.MonthRange(first, last)
    return statistics.get_monthly_payments(actor=actor, account_id=account_id, months=months)


def _readings(
    actor: Actor, account_id: int, first: Period, last: Period
) -> Sequence[MonthlyFigure]:
    return uses.get_monthly_uses(actor=actor, account_id=account_id, first=first, last=last)


SOURCES: Mapping[Kind, Source] = {
    Kind.CHARGES: Source(Feature.CHARGES, _("Начисления"), _("Начислено"), _charges),
    Kind.VOLUMES: Source(Feature.CHARGES, _("Расход по счетам"), _("Расход по счетам"), _volumes),
    Kind.READINGS: Source(
        Feature.METERS, _("Расход по счётчикам"), _("Расход по счётчикам"), _readings
    ),
    Kind.PAYMENTS: Source(Feature.PAYMENTS, _("Платежи"), _("Оплачено"), _payments),
}


def kinds_of(account: LinkedAccountRow) -> Sequence[Kind]:
    """The kinds that this link opens, in the order of the tabs."""
    return [kind for kind, source in SOURCES.items() if account.opens(source.feature)]


def since(account: LinkedAccountRow, kind: Kind, today: date) -> Period:
    """The first month that the provider shows (BIL-03, MET-31)."""
    policy = account.provider.policy
    if kind is Kind.READINGS:
        return Period.of(today).plus(1 - policy.reading_history_months)
    return earliest_period(today, history_months=policy.bill_history_months)
