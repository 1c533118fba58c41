"""Sums of bill lines that belong together: a service's month, a service in one bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kabinet.billing.calculations import sum_known
from kabinet.billing.models import Bill, BillLine
from kabinet.billing.queries.rows import money
from kabinet.kernel.money import Money


@dataclass(frozen=True, slots=True)
class LineSums:
    """None is what the provider has not told; a volume is known only when counted in one unit."""

    opening: Money | None
    charged: Money
    volume: Decimal | None
    unit: str
    paid: Money | None
    benefit: Money | None
    adjusted: Money | None
    quality: Money | None
    closing: Money | None

    @property
    def is_nothing(self) -> bool:
        """Not a kopeck stands in it."""
        return not any((self.opening, self.charged, self.paid, self.adjusted, self.closing))


def of_line(line: BillLine) -> LineSums:
    """Needs ``select_related("service")`` for the unit."""
    return LineSums(
        opening=money(line.opening),
        charged=money(line.charged),
        volume=line.volume,
        unit=line.unit or line.service.unit,
        paid=money(line.paid),
        benefit=money(line.benefit),
        adjusted=money(line.adjusted),
        quality=money(line.quality),
        closing=money(line.closing),
    )


def of_bill(bill: Bill) -> LineSums:
    """What a bill without lines says about all services together."""
    return LineSums(
        opening=money(bill.opening),
        charged=money(bill.charged),
        volume=None,
        unit="",
        paid=money(bill.paid),
        benefit=money(bill.benefit),
        adjusted=money(bill.adjusted),
        quality=None,
        closing=money(bill.total),
    )


def merged(parts: Sequence[LineSums]) -> LineSums:
    if len(parts) == 1:
        return parts[0]
    units = {part.unit for part in parts if part.volume is not None}
    volumes = [part.volume for part in parts if part.volume is not None]
    return LineSums(
        opening=sum_known(part.opening for part in parts),
        charged=Money.total(part.charged for part in parts),
        volume=sum(volumes, Decimal(0)) if len(units) == 1 else None,
        unit=units.pop() if len(units) == 1 else "",
        paid=sum_known(part.paid for part in parts),
        benefit=sum_known(part.benefit for part in parts),
        adjusted=sum_known(part.adjusted for part in parts),
        quality=sum_known(part.quality for part in parts),
        closing=sum_known(part.closing for part in parts),
    )
