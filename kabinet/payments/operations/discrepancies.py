"""Things that do not match: written down for people, never corrected by themselves (PAY-46, 47)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kabinet.kernel.money import Money
from kabinet.payments.enums import DiscrepancyKind
from kabinet.payments.models import Discrepancy, Merchant


def note_discrepancy(  # noqa: PLR0913 -- what each of the books says
    *,
    merchant: Merchant,
    kind: DiscrepancyKind,
    key: str,
    at: datetime,
    acquirer_id: str = "",
    bank_amount: Money | None = None,
    own_amount: Money | None = None,
) -> None:
    """Write it down once: found again with the same sums it is the same row, closed or not; with others it is open.

    So it is with another number at the bank: that is another payment of the same order.
    """
    told = {
        "acquirer_id": acquirer_id,
        "bank_amount": None if bank_amount is None else bank_amount.amount,
        "own_amount": None if own_amount is None else own_amount.amount,
    }
    found, is_new = Discrepancy.objects.get_or_create(
        provider_id=merchant.provider_id,
        kind=kind,
        key=key,
        defaults={
            **told,
            "merchant": merchant,
            "day": at.astimezone(ZoneInfo(merchant.provider.timezone)).date(),
            "found_at": at,
        },
    )
    same = Discrepancy.objects.filter(pk=found.pk)
    if not is_new and not same.filter(gone_at=None, **told).exists():
        same.update(**told, gone_at=None, closed_at=None, closed_by_id=None, found_at=at)
