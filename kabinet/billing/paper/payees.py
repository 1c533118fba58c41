"""Which payee gets how much by a bill (BIL-21, 38)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kabinet.billing import calculations
from kabinet.billing.paper.rows import PaperLine, PaperPayee
from kabinet.billing.payment_code import BankDetails
from kabinet.kernel.money import Money
from kabinet.providers.models import Supplier


def group(
    lines: Sequence[PaperLine], suppliers: Sequence[Supplier], *, due: Money, clamp: bool
) -> Sequence[PaperPayee]:
    """Split the bill by payee; a single payee gets exactly what the provider's bill asks for.

    Rows without a supplier go to the provider's only one; where it has several, nobody knows whom to pay.
    """
    known = {supplier.pk: supplier for supplier in suppliers}
    only = suppliers[0].pk if len(suppliers) == 1 else None
    rows: dict[int | None, list[PaperLine]] = defaultdict(list)
    for line in lines:
        rows[line.supplier_id or only].append(line)
    if not rows:
        rows[only] = []
    return [
        PaperPayee(
            details=_details(known[supplier_id]) if supplier_id is not None else None,
            positions=[line.position for line in own],
            amount=due if len(rows) == 1 else _sum(own, clamp=clamp),
        )
        for supplier_id, own in rows.items()
    ]


def _sum(lines: Sequence[PaperLine], *, clamp: bool) -> Money:
    return calculations.total_of_rows([_closing(line) for line in lines], clamp=clamp).due


def _closing(line: PaperLine) -> Money:
    """Give the provider's figure; a row that came without one is counted by the formula (BIL-13)."""
    sums, known = line.sums, calculations.or_nothing
    if sums.total is not None:
        return sums.total
    return calculations.closing_by_charges(
        opening=known(sums.opening),
        charged=known(sums.charged),
        recalculated=known(sums.adjusted),
        quality=known(line.quality),
        paid=known(sums.paid),
    ) - known(sums.benefit)


def _details(supplier: Supplier) -> BankDetails:
    return BankDetails(
        name=supplier.name,
        inn=supplier.inn,
        kpp=supplier.kpp,
        bank_account=supplier.bank_account,
        bank=supplier.bank,
        bic=supplier.bic,
        corr_account=supplier.corr_account,
    )
