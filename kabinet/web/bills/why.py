"""«Почему такая сумма»: a bill's change explained in sentences, with the exact split under them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.calculations import earliest_period
from kabinet.billing.causes import Factor
from kabinet.billing.explanations import DueStory, Explanation, percent_change
from kabinet.billing.queries.explanations import (
    BillExplanationRow,
    ComparisonRow,
    get_bill_explanation,
)
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from kabinet.ui import formatting
from kabinet.web.bills.tabs import tabs
from kabinet.web.bills.why_words import Cause, causes
from kabinet.web.portal import Portal, account_page

MOST_SENTENCES = 5
# A cause below a fiftieth of all that moved says little beside the others.
SMALL_PART = 50


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A service of the exact table; ``parts`` stand in the order of the table's columns."""

    name: str
    before: Money
    after: Money
    change: Money
    parts: Sequence[tuple[str, Money]]


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A line of the due: ``before`` and ``after`` are None where the month is told otherwise.

    ``is_balance``: a state and no movement, so that an overpayment has its word (BIL-01).
    """

    name: str
    before: Money | None
    after: Money | None
    is_balance: bool = False

    @property
    def change(self) -> Money | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True)
class ComparisonCard:
    """One comparison as the template draws it; ``small`` causes are folded."""

    key: str
    title: str
    answer: str
    period: Period
    whole_month: bool
    causes: Sequence[Cause]
    small: Sequence[Cause]
    columns: Sequence[str]
    rows: Sequence[SplitRow]
    total: SplitRow
    story: Sequence[StoryRow]

    @property
    def small_total(self) -> Money:
        return Money.total(cause.amount for cause in self.small)


@require_safe
@account_page(Feature.BILLS)
def show_why(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, bill_id: uuid.UUID
) -> HttpResponse:
    today = account.local_date(timezone.now())
    explained = get_bill_explanation(
        actor=portal.actor,
        account_id=account.id,
        bill_id=bill_id,
        since=earliest_period(today, history_months=account.provider.policy.bill_history_months),
    )
    found = (explained.previous, explained.year_ago)
    cards = [_to_card(row, explained) for row in found if row is not None]
    charged = _charged(explained)
    return render(
        request,
        "web/bills/why.html",
        {
            "account": account,
            "bill": explained.bill,
            "cards": cards,
            "charged": charged,
            "is_more_than_charged": charged != explained.bill.charged,
            "opens_charges": account.opens(Feature.CHARGES),
            "tabs": tabs(account, "bills"),
        },
    )


def _charged(explained: BillExplanationRow) -> Money:
    """What the explanation explains; the bill's own figure when there is nothing to compare it with."""
    row = explained.previous or explained.year_ago
    return row.explanation.after if row else explained.bill.charged_in_all


def _to_card(row: ComparisonRow, explained: BillExplanationRow) -> ComparisonCard:
    period = explained.bill.period
    told = causes(row.explanation, earlier=row.period, period=period, tariffs=explained.tariffs)
    large, small = _by_size(told)
    columns = _columns(row.explanation)
    is_year = row.period == period.plus(-12)
    return ComparisonCard(
        key="year" if is_year else "month",
        title=_title(row.period, is_year=is_year),
        answer=_answer(row.explanation, row.period),
        period=row.period,
        whole_month=row.whole_month,
        causes=large,
        small=small,
        columns=[name for name, _factors in columns],
        rows=_split_rows(row.explanation, columns),
        total=_total_row(row.explanation, columns),
        story=_story(row.before, row.after),
    )


def _title(period: Period, *, is_year: bool) -> str:
    month = formatting.month_of(period)
    if is_year:
        return _("Что изменилось за год, с %(month)s") % {"month": month}
    return _("Что изменилось с %(month)s") % {"month": month}


def _answer(explanation: Explanation, earlier: Period) -> str:
    """«На 254,12 ₽ (18 %) больше, чем в сентябре 2026»."""
    month = f"{formatting.month_in(earlier)} {earlier.year}"
    change = explanation.change
    if not change:
        return _("Столько же, сколько в %(month)s.") % {"month": month}
    sentence = (
        _("На %(amount)s%(percent)s больше, чем в %(month)s.")
        if change.amount > 0
        else _("На %(amount)s%(percent)s меньше, чем в %(month)s.")
    )
    share = percent_change(explanation.before, explanation.after)
    return sentence % {
        "amount": formatting.money(abs(change)),
        "percent": f" ({abs(share)}{formatting.NBSP}%)" if share else "",
        "month": month,
    }


def _by_size(told: Sequence[Cause]) -> tuple[Sequence[Cause], Sequence[Cause]]:
    moved = sum((abs(cause.amount.amount) for cause in told), Decimal(0))
    large = [cause for cause in told if abs(cause.amount.amount) * SMALL_PART >= moved]
    large = large[:MOST_SENTENCES]
    small = told[len(large) :]
    # Folding a single line saves nothing.
    return (told, []) if len(small) == 1 else (large, small)


def _all_columns() -> Sequence[tuple[str, tuple[Factor, ...]]]:
    return [
        (_("Объём"), (Factor.USE, Factor.DAYS)),
        (_("Нормы, люди"), (Factor.NORM, Factor.HEADS, Factor.AREA, Factor.BASIS)),
        (_("Тариф"), (Factor.PRICE,)),
        (_("Новое и снятое"), (Factor.APPEARED, Factor.DISAPPEARED)),
        (_("Перерасчёт"), (Factor.RECALCULATION,)),
        (_("Льготы"), (Factor.BENEFIT,)),
        (_("Качество"), (Factor.QUALITY,)),
        (_("Пени"), (Factor.PENALTY,)),
        (_("Прочее"), (Factor.OTHER,)),
    ]


Columns = Sequence[tuple[str, tuple[Factor, ...]]]


def _columns(explanation: Explanation) -> Columns:
    """Only those in which something stands."""
    told = {part.factor for part in explanation.parts}
    return [column for column in _all_columns() if told & set(column[1])]


def _split_rows(explanation: Explanation, columns: Columns) -> Sequence[SplitRow]:
    return [
        SplitRow(
            name=row.service or _("Счёт в целом"),
            before=row.before,
            after=row.after,
            change=row.change,
            parts=[(name, row.of(*factors)) for name, factors in columns],
        )
        for row in explanation.services
    ]


def _total_row(explanation: Explanation, columns: Columns) -> SplitRow:
    return SplitRow(
        name=_("Итого"),
        before=explanation.before,
        after=explanation.after,
        change=explanation.change,
        parts=[(name, explanation.of(*factors)) for name, factors in columns],
    )


def _story(before: DueStory | None, after: DueStory | None) -> Sequence[StoryRow]:
    """How the two sums due came about; nothing while one of the months is open."""
    if before is None or after is None:
        return []
    rows = [
        StoryRow(_("Долг на начало месяца"), before.opening, after.opening, is_balance=True),
        StoryRow(_("Всего за месяц: начисления, льготы, пени"), before.accrued, after.accrued),
        StoryRow(_("Оплачено"), _taken_off(before.paid), _taken_off(after.paid)),
        StoryRow(_("Прочее: строки с переплатой и расхождения"), before.other, after.other),
        StoryRow(_("К оплате"), before.total, after.total, is_balance=True),
    ]
    return [row for row in rows if row.before or row.after or row is rows[-1]]


def _taken_off(paid: Money | None) -> Money | None:
    return None if paid is None else -paid
