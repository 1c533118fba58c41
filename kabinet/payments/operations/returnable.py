"""What can still go back of a paid part, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, Sum

from kabinet.kernel.money import Money
from kabinet.payments.calculations.returning import PaidLine
from kabinet.payments.enums import EntryKind
from kabinet.payments.models import CheckoutPart

_SUMS = ("pk", "position", "amount", "penalty", "commission")


def paid_lines(part: CheckoutPart) -> Sequence[PaidLine]:
    """Give what is left of each line; one refund at a time, so the ledger knows all that has gone back."""
    back = Q(entries__kind=EntryKind.REFUNDED)
    rows = part.items.annotate(
        returned=Sum("entries__amount", filter=back, default=0),
        returned_penalty=Sum("entries__penalty", filter=back, default=0),
        returned_commission=Sum("entries__commission", filter=back, default=0),
    ).order_by("position")
    told = rows.values(*_SUMS, "returned", "returned_penalty", "returned_commission")
    return [
        PaidLine(
            item_id=row["pk"],
            position=row["position"],
            amount=Money(row["amount"]),
            penalty=Money(row["penalty"]),
            commission=Money(row["commission"] - row["returned_commission"]),
            returned=Money(row["returned"]),
            returned_penalty=Money(row["returned_penalty"]),
        )
        for row in told
    ]
