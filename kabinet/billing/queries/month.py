"""One month of charges: the general table, services and single charges (BIL-13, 23, 24, 26, 27)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kabinet.billing import calculations, scopes
from kabinet.billing.calculations import GeneralTable, or_nothing
from kabinet.billing.enums import VolumeBasis
from kabinet.billing.models import Bill, BillLine
from kabinet.billing.queries.lines import LineSums, merged, of_line
from kabinet.billing.queries.rows import BillRow, money, to_bill_row
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

PIECE = "шт."
# Nothing told, and «other».
SILENT_BASES = frozenset({"", VolumeBasis.OTHER.value})


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service in a bill. ``due`` is what it adds to the total; ``overpaid`` what it holds beside that."""

    service_name: str
    supplier_name: str
    is_penalty: bool
    sums: LineSums
    due: Money | None
    overpaid: Money


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A single charge: tariff × volume = sum (BIL-27); ``basis`` is empty where its word would tell nothing."""

    service_name: str
    operation: str
    tariff: Decimal | None
    norm: str
    volume: Decimal | None
    unit: str
    basis: str
    calc_period: Period | None
    amount: Money
    is_penalty: bool

    @property
    def is_fixed_fee(self) -> bool:
        """One piece a month: the price is all there is to say."""
        return self.unit == PIECE and self.volume == 1


@dataclass(frozen=True, slots=True)
class GeneralRow:
    """The six columns of D's general information; no ``penalty`` where penalties are not told apart (BIL-29)."""

    bill: BillRow
    services: GeneralTable
    penalty: GeneralTable | None

    @property
    def next_period(self) -> Period:
        return self.bill.period.plus(1)

    @property
    def has_preliminary(self) -> bool:
        return self.bill.preliminary is not None or self.bill.penalty_preliminary is not None

    @property
    def ahead(self) -> Money | None:
        """Everything due with the preliminary charge of the next month (BIL-25)."""
        if not self.has_preliminary:
            return None
        bill = self.bill
        return bill.due + or_nothing(bill.preliminary) + or_nothing(bill.penalty_preliminary)


@dataclass(frozen=True, slots=True)
class BillBreakdownRow:
    """A bill from all sides; its totals are the provider's own figures where it gave them.

    ``mismatch`` is by how much the provider's total is more than its own figures make; None where they agree.
    """

    bill: BillRow
    general: GeneralRow
    services: tuple[ServiceRow, ...]
    charges: tuple[ChargeRow, ...]
    total: LineSums | None
    charged: Money
    mismatch: Money | None

    @property
    def shortfall(self) -> Money | None:
        return None if self.mismatch is None else -self.mismatch

    @property
    def due(self) -> Money:
        return self.bill.due

    def has(self, column: str) -> bool:
        return any(getattr(row.sums, column) for row in self.services)

    @property
    def has_adjusted(self) -> bool:
        return self.has("adjusted")

    @property
    def has_benefit(self) -> bool:
        return self.has("benefit")

    @property
    def has_quality(self) -> bool:
        return self.has("quality")


@dataclass(frozen=True, slots=True)
class MonthBreakdownRow:
    """``earlier`` and ``later`` are the nearest months that have bills."""

    period: Period
    earlier: Period | None
    later: Period | None
    bills: tuple[BillBreakdownRow, ...]


def general_table_of(bill: BillRow) -> GeneralRow:
    """Lay a bill out in the six columns (BIL-23)."""
    services = calculations.general_table(
        opening=bill.opening,
        paid=bill.paid,
        charged=bill.charged,
        total=bill.total,
        preliminary=bill.preliminary,
    )
    penalty = calculations.general_table(
        opening=bill.penalty_opening,
        paid=bill.penalty_paid,
        charged=bill.penalty_charged,
        total=bill.penalty_total,
        preliminary=bill.penalty_preliminary,
    )
    is_apart = bill.penalty_total is not None or bill.penalty_charged is not None
    return GeneralRow(bill, services, penalty if is_apart else None)


def get_month_breakdown(
    *, actor: Actor, account_id: int, period: Period, since: Period, clamp: bool
) -> MonthBreakdownRow:
    """Give the month's bills broken down, and its neighbours from ``since`` on; three queries.

    A month without bills is empty, not absent: the switch still leads to the months around it.
    """
    bills = scopes.visible_charges(actor).filter(account=account_id, period__gte=since.first_day)
    months = sorted(map(Period.of, bills.values_list("period", flat=True).distinct()))
    own = list(bills.filter(period=period.first_day).order_by("-total", "kind"))
    lines: dict[int, list[BillLine]] = defaultdict(list)
    for line in _lines(own):
        lines[line.bill_id].append(line)
    return MonthBreakdownRow(
        period=period,
        earlier=max((month for month in months if month < period), default=None),
        later=min((month for month in months if month > period), default=None),
        bills=tuple(_to_breakdown(bill, lines[bill.pk], clamp=clamp) for bill in own),
    )


def _lines(bills: Sequence[Bill]) -> Iterable[BillLine]:
    lines = BillLine.objects.filter(bill__in=[bill.pk for bill in bills])
    return lines.select_related("service", "supplier").order_by(
        "is_penalty", "service__name", "service", "line"
    )


def _to_breakdown(bill: Bill, lines: Sequence[BillLine], *, clamp: bool) -> BillBreakdownRow:
    row = to_bill_row(bill)
    services = tuple(_services(row, lines, clamp=clamp))
    return BillBreakdownRow(
        bill=row,
        general=general_table_of(row),
        services=services,
        charges=tuple(_to_charge(line) for line in lines if line.charged or line.volume),
        total=merged([service.sums for service in services]) if services else None,
        charged=Money.total(money(line.charged) for line in lines),
        mismatch=_mismatch(row, services, clamp=clamp),
    )


def _mismatch(bill: BillRow, services: Sequence[ServiceRow], *, clamp: bool) -> Money | None:
    """Check an ended bill against its formula (BIL-24), then against its rows; a hair's breadth is told too.

    Where overpaid rows count as nothing, the total may be more than the formula's (BIL-26).
    """
    if not bill.final:
        return None
    differences = [bill.due - _due_by_formula(bill)]
    if services and all(row.due is not None for row in services):
        differences.append(bill.due - Money.total(or_nothing(row.due) for row in services))
    wrong = [one for one in differences if one and not (clamp and one.amount > 0)]
    return wrong[0] if wrong else None


def _due_by_formula(bill: BillRow) -> Money:
    services = calculations.total_due(
        opening=bill.opening,
        paid=or_nothing(bill.paid),
        charged=bill.charged + or_nothing(bill.adjusted) - or_nothing(bill.benefit),
        opening_is_net=bill.opening_is_net,
    )
    return services + calculations.total_due(
        opening=or_nothing(bill.penalty_opening),
        paid=or_nothing(bill.penalty_paid),
        charged=or_nothing(bill.penalty_charged),
        opening_is_net=bill.opening_is_net,
    )


def _services(bill: BillRow, lines: Iterable[BillLine], *, clamp: bool) -> Iterable[ServiceRow]:
    groups: dict[tuple[bool, str, str], list[LineSums]] = defaultdict(list)
    for line in lines:
        supplier = line.supplier.name if line.supplier else ""
        groups[line.is_penalty, line.service.name, supplier].append(of_line(line))
    for (is_penalty, service_name, supplier_name), parts in groups.items():
        sums = merged(parts)
        if is_penalty and sums.is_nothing:
            continue  # systems that keep a row for every penalty send a screenful of zeros
        closing = _closing(sums, opening_is_net=bill.opening_is_net)
        yield ServiceRow(
            service_name=service_name,
            supplier_name=supplier_name,
            is_penalty=is_penalty,
            sums=sums,
            due=None if closing is None else calculations.due_of_row(closing, clamp=clamp),
            overpaid=_overpaid(closing) if clamp else calculations.NOTHING,
        )


def _overpaid(closing: Money | None) -> Money:
    return -closing if closing is not None and closing.amount < 0 else calculations.NOTHING


def _closing(sums: LineSums, *, opening_is_net: bool) -> Money | None:
    """The provider's closing; without it, the formula's, where the opening is known."""
    if sums.closing is not None or sums.opening is None:
        return sums.closing
    due = calculations.total_due(
        opening=sums.opening,
        paid=or_nothing(sums.paid),
        charged=sums.charged + or_nothing(sums.adjusted),
        opening_is_net=opening_is_net,
    )
    return due - or_nothing(sums.benefit) - or_nothing(sums.quality)


def _to_charge(line: BillLine) -> ChargeRow:
    return ChargeRow(
        service_name=line.service.name,
        operation=line.operation,
        tariff=line.tariff,
        norm=line.norm,
        volume=line.volume,
        unit=line.unit or line.service.unit,
        basis="" if line.basis in SILENT_BASES else str(VolumeBasis(line.basis).label),
        calc_period=Period.of(line.calc_period) if line.calc_period else None,
        amount=money(line.charged),
        is_penalty=line.is_penalty,
    )
