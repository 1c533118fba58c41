"""Receipts of payments and refunds, and ``payment_order``, from rows; what they say is decided in ``receipts``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum

from kabinet.accounts.calculations import masked_tail
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.payments import receipts
from kabinet.payments.enums import EntryKind, Origin, TaxSystem, VatCode
from kabinet.payments.gateways.base import ReceiptOrder, UtilitiesOrder
from kabinet.payments.models import CheckoutItem, CheckoutPart, LedgerEntry, Merchant, Refund
from kabinet.providers.enums import ServiceKind


def receipt_of(part: CheckoutPart, items: Sequence[CheckoutItem]) -> ReceiptOrder | None:
    """Give the receipt to send with a part's payment; None where the payee sends receipts by itself.

    ``items`` are the part's, with account, service and supplier. The law wants somebody to send it to (54-ФЗ, ст. 1.2
    п. 5): without an address from the payer, the payee gets it, or else the operator of the cabinet.
    """
    if not part.merchant.issues_receipts:
        return None
    email, phone = _contact(part)
    return receipts.build_receipt(
        lines=[_for_payer(part, line) for _item, line in _lines(part, items)],
        taxes=_taxes(part.merchant),
        email=email,
        phone=phone,
    )


def refund_receipt_of(refund: Refund) -> ReceiptOrder | None:
    """Give the receipt to send with a refund; None where the payee sends receipts by itself."""
    part = refund.part
    if not part.merchant.issues_receipts:
        return None
    email, phone = _contact(part)
    lines = {item.pk: _for_payer(part, line) for item, line in _lines(part, items_of(part))}
    before = _returned_before(refund)
    nothing = (Money.zero(), Money.zero())
    returned = [
        receipts.ReturnedLine(
            line=lines[row.item_id],
            amount=Money(row.amount),
            penalty=Money(row.penalty),
            commission=Money(row.commission),
            before=before.get(row.item_id, nothing)[0],
            penalty_before=before.get(row.item_id, nothing)[1],
        )
        for row in refund.items.order_by("item__position", "pk")
    ]
    return receipts.build_refund_receipt(
        lines=returned, taxes=_taxes(part.merchant), email=email, phone=phone
    )


def utilities_of(part: CheckoutPart, items: Sequence[CheckoutItem]) -> UtilitiesOrder | None:
    """Give what the acquirer passes on to ГИС ЖКХ; None where the contract does not ask for it (facts §3.3).

    What is owed was charged for the month before; a payment ahead is for the running month.
    """
    merchant = part.merchant
    if not merchant.for_utilities:
        return None
    rows = _lines(part, items)
    zone = ZoneInfo(merchant.provider.timezone)
    month = Period.of(part.checkout.created_at.astimezone(zone).date())
    owes = any(line.due for _item, line in rows)
    largest = max(rows, key=lambda row: row[1].amount)[0]
    return receipts.build_utilities(
        payee=_payee(merchant),
        lines=[line for _item, line in rows],
        period=month.plus(-1) if owes else month,
        unified_account_number=largest.account.gis_id,
    )


def _contact(part: CheckoutPart) -> tuple[str, str]:
    checkout = part.checkout
    if checkout.receipt_email or checkout.receipt_phone:
        return checkout.receipt_email, checkout.receipt_phone.lstrip("+")
    user = checkout.user
    if user is not None and (user.email or user.phone):
        return user.email or "", (user.phone or "").lstrip("+")
    return part.merchant.provider.email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1], ""


def items_of(part: CheckoutPart) -> Sequence[CheckoutItem]:
    items = part.items.select_related("account", "service", "supplier")
    return list(items.order_by("position", "pk"))


def _lines(
    part: CheckoutPart, items: Sequence[CheckoutItem]
) -> Sequence[tuple[CheckoutItem, receipts.PaidLine]]:
    own_vat = _own_vat(part.merchant)
    return [(item, _line(item, part.merchant, own_vat)) for item in items]


def _line(
    item: CheckoutItem, merchant: Merchant, own_vat: Mapping[int, VatCode]
) -> receipts.PaidLine:
    # An agent names the one it takes money for; where the bill names nobody, that is the provider.
    principal = item.supplier or merchant.provider
    return receipts.PaidLine(
        title=item.title,
        account_number=item.account.number,
        amount=Money(item.amount),
        penalty=Money(item.penalty),
        due=Money(item.due),
        commission=Money(item.commission),
        vat=_vat(item, merchant, own_vat),
        supplier_name=principal.name,
        supplier_inn=principal.inn,
    )


def _for_payer(part: CheckoutPart, line: receipts.PaidLine) -> receipts.PaidLine:
    """Whoever came by a link for payment has never seen the account's whole number, and gets the receipt by mail.

    Asterisks: tills know no other sign for it.
    """
    if part.checkout.origin != Origin.LINK:
        return line
    return replace(line, account_number=masked_tail(line.account_number).replace("•", "*"))


def _vat(item: CheckoutItem, merchant: Merchant, own_vat: Mapping[int, VatCode]) -> VatCode:
    if item.service is not None and item.service.kind == ServiceKind.CAPITAL_REPAIR:
        # Contributions to the fund are not a sale (ЖК ст. 169, НК ст. 162 п. 3).
        return VatCode.NONE
    return own_vat.get(item.supplier_id or 0, VatCode(merchant.vat_code))


def _own_vat(merchant: Merchant) -> Mapping[int, VatCode]:
    rows = merchant.suppliers.exclude(vat_code=None).values_list("supplier_id", "vat_code")
    return {supplier_id: VatCode(code) for supplier_id, code in rows if code is not None}


def _taxes(merchant: Merchant) -> receipts.Taxes:
    return receipts.Taxes(
        system=TaxSystem(merchant.tax_system),
        vat=VatCode(merchant.vat_code),
        is_agent=merchant.is_agent,
    )


def _payee(merchant: Merchant) -> receipts.Payee:
    return receipts.Payee(
        name=merchant.payee_name,
        inn=merchant.payee_inn,
        kpp=merchant.payee_kpp,
        bank_name=merchant.bank_name,
        bic=merchant.bic,
        bank_account=merchant.bank_account,
        corr_account=merchant.corr_account,
        kbk=merchant.kbk,
        oktmo=merchant.oktmo,
    )


def _returned_before(refund: Refund) -> Mapping[int, tuple[Money, Money]]:
    """What had gone back when this refund was asked for: one at a time is under way, so the ledger has it all."""
    entries = LedgerEntry.objects.filter(
        item__part=refund.part_id, kind=EntryKind.REFUNDED, refund__lt=refund.pk
    )
    sums = entries.values("item").annotate(amount=Sum("amount"), penalty=Sum("penalty"))
    return {
        row["item"]: (Money(row["amount"]), Money(row["penalty"])) for row in sums.order_by("item")
    }
