"""The list of bills by year (BIL-34…37)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from kabinet.billing import scopes
from kabinet.billing.models import BillDocument
from kabinet.billing.queries.rows import BillRow, to_bill_row
from kabinet.kernel.actors import Actor


def get_bill_years(*, actor: Actor, account_id: int) -> Sequence[int]:
    """Give the years that have bills, newest first; one query."""
    bills = scopes.visible_bills(actor).filter(account=account_id)
    return [first.year for first in bills.dates("period", "year", order="DESC")]


def get_bills(*, actor: Actor, account_id: int, year: int) -> Sequence[BillRow]:
    """Give the year's bills, newest first, of all kinds; one query."""
    former = BillDocument.objects.filter(bill=OuterRef("pk"), revision__lt=OuterRef("revision"))
    bills = (
        scopes.visible_bills(actor)
        .filter(account=account_id, period__year=year)
        .annotate(is_replaced=Exists(former))
        .order_by("-period", "-total", "kind")
    )
    return [to_bill_row(bill, is_replaced=bill.is_replaced) for bill in bills]
