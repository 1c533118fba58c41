"""A fiscal receipt as pages, letters and papers show it (PAY-44)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kabinet.payments.enums import ReceiptState
from kabinet.payments.models import FiscalReceipt

# The tax service's own page, where a receipt is checked by its three numbers.
FNS_PAGE = "https://kkt-online.nalog.ru/"


@dataclass(frozen=True, slots=True)
class FiscalRow:
    """``contact`` is where the till sends it; the numbers are empty until the till has given them."""

    id: int
    state: ReceiptState
    contact: str
    document_number: str
    storage_number: str
    sign: str
    registered_at: datetime | None
    own_url: str

    @property
    def is_known(self) -> bool:
        return bool(self.document_number and self.storage_number and self.sign)

    @property
    def url(self) -> str:
        """The operator's page of this very receipt, else the tax service's where its numbers are typed in."""
        return self.own_url or (FNS_PAGE if self.is_known else "")


def to_fiscal_row(receipt: FiscalReceipt | None) -> FiscalRow | None:
    if receipt is None:
        return None
    return FiscalRow(
        id=receipt.pk,
        state=ReceiptState(receipt.state),
        contact=receipt.contact,
        document_number=receipt.document_number,
        storage_number=receipt.storage_number,
        sign=receipt.fiscal_sign,
        registered_at=receipt.registered_at,
        own_url=receipt.url,
    )
