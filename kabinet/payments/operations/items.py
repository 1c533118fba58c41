"""The lines of a part as they are written down, whoever opens the checkout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import PayLine
from kabinet.payments.models import CheckoutItem, CheckoutPart


def to_items(
    part: CheckoutPart, lines: Sequence[PayLine], shares: Sequence[Money]
) -> Iterator[CheckoutItem]:
    """Give the rows of the lines, not saved; ``shares`` are the lines' parts of the commission."""
    for position, (line, share) in enumerate(zip(lines, shares, strict=True), start=1):
        yield CheckoutItem(
            part=part,
            position=position,
            account_id=line.account_id,
            service_id=line.service_id,
            supplier_id=line.supplier_id,
            receipt=line.receipt,
            title=line.title[:200],
            amount=line.amount.amount,
            penalty=line.penalty.amount,
            commission=share.amount,
            due=line.due.amount,
        )
