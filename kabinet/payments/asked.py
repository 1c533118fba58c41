"""What a bank is asked for besides the sum, as it is kept with the attempt or refund when the first call goes out.

Rates, names and titles may change before the money comes: the call is repeated, and the receipt written down, with what
was sent. ``Attempt.asked`` also holds what a receipt of a refund rests on, for as long as money can go back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from kabinet.kernel.money import Money
from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.payments.gateways.base import (
    Fiscal,
    ReceiptLine,
    ReceiptMode,
    ReceiptOrder,
    ReceiptSubject,
    UtilitiesOrder,
)
from kabinet.payments.receipts import Taxes

Kept = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a line's money is for, and at what rate of VAT."""

    vat: VatCode
    name: str
    inn: str
    phone: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What the receipt of a part rests on; ``principals`` are by item."""

    taxes: Taxes
    principals: Mapping[int, Principal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """``receipt`` is None where the payee sends receipts by itself, ``utilities`` where nobody asks for them."""

    receipt: ReceiptOrder | None = None
    utilities: UtilitiesOrder | None = None
    basis: Basis | None = None


def as_kept(asked: Asked) -> Kept:
    return {
        "receipt": None if asked.receipt is None else _receipt_as_kept(asked.receipt),
        "utilities": None if asked.utilities is None else asdict(asked.utilities),
        "basis": None if asked.basis is None else _basis_as_kept(asked.basis),
    }


def from_kept(kept: Kept) -> Asked:
    receipt, utilities, basis = kept["receipt"], kept["utilities"], kept["basis"]
    return Asked(
        receipt=None if receipt is None else _receipt(receipt),
        utilities=None if utilities is None else UtilitiesOrder(**utilities),
        basis=None if basis is None else _basis(basis),
    )


def lines_as_kept(lines: Sequence[ReceiptLine]) -> list[dict[str, Any]]:
    return [
        {
            "title": line.title,
            "amount": str(line.amount.amount),
            "vat": line.vat.value,
            "subject": line.subject.value,
            "mode": line.mode.value,
            "supplier": line.supplier_name,
            "supplier_inn": line.supplier_inn,
            "supplier_phone": line.supplier_phone,
        }
        for line in lines
    ]


def fiscal_as_kept(fiscal: Fiscal, *, acquirer_id: str) -> Kept:
    """Give the till's numbers with the bank's name of the payment that they are of."""
    moment = fiscal.registered_at
    told = {**asdict(fiscal), "registered_at": moment and moment.isoformat()}
    return {"payment": acquirer_id, "fiscal": told}


def fiscal_from_kept(kept: Kept | None, *, acquirer_id: str) -> Fiscal | None:
    """Give what was kept of just this payment."""
    if kept is None or kept["payment"] != acquirer_id:
        return None
    told = kept["fiscal"]
    moment = told["registered_at"]
    return Fiscal(**{**told, "registered_at": moment and datetime.fromisoformat(moment)})


def _receipt_as_kept(order: ReceiptOrder) -> Kept:
    return {
        "email": order.email,
        "phone": order.phone,
        "tax_system": order.tax_system.value,
        "is_agent": order.is_agent,
        "lines": lines_as_kept(order.lines),
    }


def _receipt(kept: Kept) -> ReceiptOrder:
    return ReceiptOrder(
        email=kept["email"],
        phone=kept["phone"],
        tax_system=TaxSystem(kept["tax_system"]),
        lines=tuple(_line(line) for line in kept["lines"]),
        is_agent=kept["is_agent"],
    )


def _line(kept: Kept) -> ReceiptLine:
    return ReceiptLine(
        title=kept["title"],
        amount=Money(Decimal(kept["amount"])),
        vat=VatCode(kept["vat"]),
        subject=ReceiptSubject(kept["subject"]),
        mode=ReceiptMode(kept["mode"]),
        supplier_name=kept["supplier"],
        supplier_inn=kept["supplier_inn"],
        supplier_phone=kept["supplier_phone"],
    )


def _basis_as_kept(basis: Basis) -> Kept:
    taxes = basis.taxes
    return {
        "tax_system": taxes.system.value,
        "vat": taxes.vat.value,
        "is_agent": taxes.is_agent,
        "principals": {
            str(item): [row.vat.value, row.name, row.inn, row.phone]
            for item, row in basis.principals.items()
        },
    }


def _basis(kept: Kept) -> Basis:
    return Basis(
        taxes=Taxes(TaxSystem(kept["tax_system"]), VatCode(kept["vat"]), kept["is_agent"]),
        principals={
            int(item): Principal(VatCode(vat), name, inn, phone)
            for item, (vat, name, inn, phone) in kept["principals"].items()
        },
    )
