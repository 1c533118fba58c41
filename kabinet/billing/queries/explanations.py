"""Why a bill is what it is: its month against the one before and the same one a year ago."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kabinet.billing import scopes
from kabinet.billing.calculations import or_nothing
from kabinet.billing.causes import Piece, is_recalculation
from kabinet.billing.explanations import DueStory, Explanation, explain, percent_change
from kabinet.billing.models import Bill, BillLine
from kabinet.billing.queries.rows import BillRow, money, to_bill_row
from kabinet.billing.queries.tariffs import TariffRow, get_current_tariffs
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

YEAR = 12
LARGE_CHANGE = 10


class BillToExplainNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """The bill beside an earlier month; ``whole_month`` when only all bills of both can be compared.

    ``before`` and ``after`` tell how the sums due came about; None while one of the months is open.
    """

    period: Period
    whole_month: bool
    explanation: Explanation
    before: DueStory | None
    after: DueStory | None


@dataclass(frozen=True, slots=True)
class BillExplanationRow:
    """``previous`` is the nearest earlier month with bills; ``tariffs`` are those in force in the bill's month."""

    bill: BillRow
    previous: ComparisonRow | None
    year_ago: ComparisonRow | None
    tariffs: tuple[TariffRow, ...]


@dataclass(frozen=True, slots=True)
class DueChangeRow:
    """The newest closed month asks for so many per cent more than the one before; ``bill_id`` is its largest bill."""

    bill_id: uuid.UUID
    period: Period
    earlier: Period
    percent: int

    @property
    def less(self) -> int:
        return -self.percent


Lines = Mapping[int, Sequence[BillLine]]


def get_bill_explanation(
    *, actor: Actor, account_id: int, bill_id: uuid.UUID, since: Period
) -> BillExplanationRow:
    """Compare the bill with months from ``since`` on; four queries, three when there is nothing to compare.

    :raises BillToExplainNotFound: the account has no such bill, or the actor does not see it.
    """
    visible = scopes.visible_bills(actor).filter(account=account_id)
    bill = visible.filter(public_id=bill_id).first()
    if bill is None:
        raise BillToExplainNotFound
    period = Period.of(bill.period)
    first = max(period.plus(-YEAR), since)
    months = _by_month(visible.filter(period__range=(first.first_day, bill.period)))
    earlier = [month for month in months if month < period]
    previous, year_ago = max(earlier, default=None), period.plus(-YEAR)
    others = list(dict.fromkeys(m for m in (previous, year_ago) if m in months and m is not None))
    lines = _lines(months, [period, *others]) if others else {}
    rows = {month: _compare(bill, months, month, lines) for month in others}
    return BillExplanationRow(
        bill=to_bill_row(bill),
        previous=rows.get(previous) if previous else None,
        year_ago=rows.get(year_ago) if year_ago != previous else None,
        tariffs=_tariffs(actor, account_id, period) if others else (),
    )


def due_change(bills: Iterable[Bill]) -> DueChangeRow | None:
    """Compare what the last two closed months ask for; nothing where the difference is a tenth or less."""
    months = _by_month(bill for bill in bills if bill.final)
    if len(months) < len(("before", "after")):
        return None
    earlier, period = sorted(months)[-2:]
    before, after = (
        Money.total(to_bill_row(bill).due for bill in months[month]) for month in (earlier, period)
    )
    percent = percent_change(before, after)
    if percent is None or after.amount <= 0 or abs(percent) <= LARGE_CHANGE:
        return None
    largest = max(months[period], key=lambda bill: bill.total)
    return DueChangeRow(largest.public_id, period, earlier, percent)


def _tariffs(actor: Actor, account_id: int, period: Period) -> tuple[TariffRow, ...]:
    return tuple(get_current_tariffs(actor=actor, account_id=account_id, today=period.last_day))


def _by_month(bills: Iterable[Bill]) -> Mapping[Period, list[Bill]]:
    months: dict[Period, list[Bill]] = defaultdict(list)
    for bill in bills:
        months[Period.of(bill.period)].append(bill)
    return months


def _lines(months: Mapping[Period, Sequence[Bill]], wanted: Iterable[Period]) -> Lines:
    ids = [bill.pk for month in wanted for bill in months[month]]
    found: dict[int, list[BillLine]] = defaultdict(list)
    for line in BillLine.objects.filter(bill__in=ids).select_related("service").order_by("line"):
        found[line.bill_id].append(line)
    return found


def _compare(
    bill: Bill, months: Mapping[Period, Sequence[Bill]], month: Period, lines: Lines
) -> ComparisonRow:
    """Bills of one kind with each other; without a bill of its kind, the two months as a whole."""
    here = months[Period.of(bill.period)]
    same_kind = [row for row in months[month] if row.kind == bill.kind]
    before, after = (same_kind, [bill]) if same_kind else (months[month], here)
    explanation = explain(_all_pieces(before, lines), _all_pieces(after, lines))
    return ComparisonRow(
        period=month,
        whole_month=not same_kind and (len(before) > 1 or len(after) > 1),
        explanation=explanation,
        before=_due_story(before, explanation.before),
        after=_due_story(after, explanation.after),
    )


def _due_story(bills: Sequence[Bill], accrued: Money) -> DueStory | None:
    if not all(bill.final for bill in bills):
        return None
    rows = [to_bill_row(bill) for bill in bills]
    is_net = all(row.opening_is_net for row in rows)
    return DueStory(
        opening=Money.total(row.opening + or_nothing(row.penalty_opening) for row in rows),
        accrued=accrued,
        paid=None
        if is_net
        else Money.total(or_nothing(row.paid) + or_nothing(row.penalty_paid) for row in rows),
        total=Money.total(row.due for row in rows),
    )


def _all_pieces(bills: Iterable[Bill], lines: Lines) -> list[Piece]:
    return [piece for bill in bills for piece in _pieces(bill, lines.get(bill.pk, ()))]


def _pieces(bill: Bill, lines: Sequence[BillLine]) -> Iterable[Piece]:
    for line in lines:
        yield _to_piece(line, bill.period)
    yield from _outside(bill, lines)


def _to_piece(line: BillLine, period: date) -> Piece:
    return Piece(
        service=line.service.name,
        kind=line.service.kind,
        strand=line.operation,
        is_penalty=line.is_penalty,
        is_recalculation=is_recalculation(
            line.operation, calc_period=line.calc_period, period=period
        ),
        charged=money(line.charged),
        adjusted=or_nothing(money(line.adjusted)),
        benefit=or_nothing(money(line.benefit)),
        quality=or_nothing(money(line.quality)),
        volume=line.volume,
        tariff=line.tariff,
        unit=line.unit or line.service.unit,
        basis=line.basis,
        norm=line.norm,
    )


def _outside(bill: Bill, lines: Sequence[BillLine]) -> Iterable[Piece]:
    """What the bill says beyond its lines: everything without lines, a mismatch with them.

    A sum that no line tells is taken from the bill; one that lines do tell is theirs, however the bill counts it.
    """
    services = [line for line in lines if not line.is_penalty]
    charged = _sum(line.charged for line in services)
    beyond = Piece(
        service="",
        charged=money(bill.charged - charged),
        adjusted=_unless_told(bill.adjusted, [line.adjusted for line in services]),
        benefit=_unless_told(bill.benefit, [line.benefit for line in services]),
    )
    if beyond.charged or beyond.adjusted or beyond.benefit:
        yield beyond
    penalty = _sum(line.charged for line in lines if line.is_penalty)
    if bill.penalty_charged is not None and bill.penalty_charged != penalty:
        yield Piece(service="", is_penalty=True, charged=money(bill.penalty_charged - penalty))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))


def _unless_told(of_bill: Decimal | None, of_lines: Sequence[Decimal | None]) -> Money:
    told = any(amount is not None for amount in of_lines)
    return Money.zero() if told else or_nothing(money(of_bill))
