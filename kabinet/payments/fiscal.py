"""Receipts of payments and refunds, and ``payment_order``, from rows; what they say is decided in ``receipts``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum

from kabinet.accounts.calculations import masked_tail
from kabinet.identity.identifiers import NotAnIdentifier, normalise_phone
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.payments import receipts
from kabinet.payments.asked import Asked, Basis, Principal, from_kept
from kabinet.payments.enums import EntryKind, Origin, TaxSystem, VatCode
from kabinet.payments.gateways.base import ReceiptOrder, UtilitiesOrder
from kabinet.payments.models import (
    Attempt,
    CheckoutItem,
    CheckoutPart,
    LedgerEntry,
    Merchant,
    Refund,
)
from kabinet.providers.enums import ServiceKind


def asked_of(part: CheckoutPart, items: Sequence[CheckoutItem] | None = None) -> Asked:
    """Give all that the bank is asked for with a part's payment besides its sum, by the rules of this moment.

    ``items`` are the part's, with account, service and supplier, where they are at hand.
    """
    if not part.merchant.issues_receipts and not part.merchant.for_utilities:
        return Asked()
    items = items_of(part) if items is None else items
    basis = _basis_of(part.merchant, items)
    return Asked(_receipt(part, items, basis), _utilities(part, items, basis), basis)


def kept_or_asked(attempt: Attempt, items: Sequence[CheckoutItem] | None = None) -> Asked:
    """Give what went out with the attempt's first call; for one that has made none, what would go out now."""
    if attempt.asked is not None:
        return from_kept(attempt.asked)
    return asked_of(attempt.part, items)


def refund_receipt_of(refund: Refund) -> ReceiptOrder | None:
    """Give the receipt to send with a refund; None where the payee sends receipts by itself.

    Rates and suppliers are those of the payment's own receipt, whatever has changed since. None also for money that
    was never booked: it goes back whole, and the bank prints the payment's own receipt back.
    """
    if refund.of_payment:
        return None
    if refund.asked is not None:
        return from_kept(refund.asked).receipt
    part = refund.part
    if not part.merchant.issues_receipts:
        return None
    items = items_of(part)
    basis = kept_or_asked(refund.attempt, items).basis or _basis_of(part.merchant, items)
    email, phone = _contact(part)
    lines = {item.pk: _for_payer(part, line) for item, line in _lines(items, basis)}
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
        lines=returned, taxes=basis.taxes, email=email, phone=phone
    )


def _receipt(
    part: CheckoutPart, items: Sequence[CheckoutItem], basis: Basis
) -> ReceiptOrder | None:
    """None where the payee sends receipts by itself.

    The law wants somebody to send it to (54-ФЗ, ст. 1.2 п. 5): without an address from the payer, the payee gets it, or
    else the operator of the cabinet.
    """
    if not part.merchant.issues_receipts:
        return None
    email, phone = _contact(part)
    return receipts.build_receipt(
        lines=[_for_payer(part, line) for _item, line in _lines(items, basis)],
        taxes=basis.taxes,
        email=email,
        phone=phone,
    )


def _utilities(
    part: CheckoutPart, items: Sequence[CheckoutItem], basis: Basis
) -> UtilitiesOrder | None:
    """Give what the acquirer passes on to ГИС ЖКХ; None where the contract does not ask for it (facts §3.3).

    What is owed was charged for the month before; a payment ahead is for the running month.
    """
    merchant = part.merchant
    if not merchant.for_utilities:
        return None
    rows = _lines(items, basis)
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
    items: Sequence[CheckoutItem], basis: Basis
) -> Sequence[tuple[CheckoutItem, receipts.PaidLine]]:
    return [(item, _line(item, basis.principals[item.pk])) for item in items]


def _line(item: CheckoutItem, principal: Principal) -> receipts.PaidLine:
    return receipts.PaidLine(
        title=item.title,
        account_number=item.account.number,
        amount=Money(item.amount),
        penalty=Money(item.penalty),
        due=Money(item.due),
        commission=Money(item.commission),
        vat=principal.vat,
        supplier_name=principal.name,
        supplier_inn=principal.inn,
        supplier_phone=principal.phone,
    )


def _basis_of(merchant: Merchant, items: Sequence[CheckoutItem]) -> Basis:
    own_vat = _own_vat(merchant)
    return Basis(
        taxes=receipts.Taxes(
            system=TaxSystem(merchant.tax_system),
            vat=VatCode(merchant.vat_code),
            is_agent=merchant.is_agent,
        ),
        principals={item.pk: _principal(item, merchant, own_vat) for item in items},
    )


def _principal(item: CheckoutItem, merchant: Merchant, own_vat: Mapping[int, VatCode]) -> Principal:
    """An agent names the one it takes money for; where the bill names nobody, that is the provider."""
    named = item.supplier or merchant.provider
    return Principal(
        vat=_vat(item, merchant, own_vat),
        name=named.name,
        inn=named.inn,
        phone=digits_of(named.phone),
    )


def digits_of(phone: str) -> str:
    """Give E.164 digits as tills take them; nothing for what is no number, or several.

    A provider's telephone is written for people: «8 (800) 555-35-35, бесплатно».
    """
    try:
        return normalise_phone(phone).lstrip("+")
    except NotAnIdentifier:
        return ""


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
