"""What a fiscal receipt says of a payment (54-ФЗ, facts §4) and what ГИС ЖКХ is told of it (facts §3.3); no database.

``build_receipt(lines=[PaidLine(…)], taxes=Taxes(…), email=…, phone=…)`` gives the ``ReceiptOrder`` of a part,
``build_refund_receipt(lines=[ReturnedLine(…)], …)`` that of money given back, ``build_utilities(…)`` the
``payment_order``. ``payments.fiscal`` makes all three from rows, ``payments.asked`` keeps what was sent.

Every line has quantity 1 and its own sum, so that a receipt adds up to the payment to the kopeck.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.payments.gateways.base import (
    ReceiptLine,
    ReceiptMode,
    ReceiptOrder,
    ReceiptSubject,
    UtilitiesOrder,
)

MAX_LINES = 80
LONGEST_TITLE = 128
LONGEST_PURPOSE = 210
LONGEST_BANK_NAME = 45
LONGEST_ACCOUNT_NUMBER = 30
UNIFIED_ACCOUNT_DIGITS = 10
COMMISSION_TITLE = "Комиссия за приём платежа"

# Money taken before the service: the tax is a part of the sum (НК ст. 164 п. 4).
VAT_OF_ADVANCE: Mapping[VatCode, VatCode] = {
    VatCode.TEN: VatCode.TEN_OF,
    VatCode.FIVE: VatCode.FIVE_OF,
    VatCode.SEVEN: VatCode.SEVEN_OF,
    VatCode.TWENTY_TWO: VatCode.TWENTY_TWO_OF,
}
# What a contract may be set to; the rates above follow from it.
RATES = (
    VatCode.NONE,
    VatCode.ZERO,
    VatCode.FIVE,
    VatCode.SEVEN,
    VatCode.TEN,
    VatCode.TWENTY_TWO,
)


@dataclass(frozen=True, slots=True)
class Taxes:
    """How the payee is taxed. ``is_agent``: it takes the money for others, whom each line then names."""

    system: TaxSystem
    vat: VatCode
    is_agent: bool = False


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of a checkout. ``amount`` holds ``penalty`` and so does ``due``; ``commission`` is on top of it."""

    title: str
    account_number: str
    amount: Money
    penalty: Money
    due: Money
    commission: Money
    vat: VatCode
    supplier_name: str = ""
    supplier_inn: str = ""
    supplier_phone: str = ""


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """How much of a line goes back now, and how much of it has gone before; penalties are inside the amounts."""

    line: PaidLine
    amount: Money
    penalty: Money
    commission: Money
    before: Money
    penalty_before: Money


@dataclass(frozen=True, slots=True)
class Payee:
    """To whom the money goes, as ``payment_order`` names them."""

    name: str
    inn: str
    kpp: str
    bank_name: str
    bic: str
    bank_account: str
    corr_account: str
    kbk: str
    oktmo: str


@dataclass(frozen=True, slots=True)
class _Item:
    """A line of the receipt before it is written out."""

    kind: str
    service: str
    accounts: tuple[str, ...]
    line: ReceiptLine


def build_receipt(
    *, lines: Sequence[PaidLine], taxes: Taxes, email: str, phone: str
) -> ReceiptOrder:
    """Say what a part's money is for: consumed services, advances, penalties, the commission."""
    items = [item for line in lines for item in _items_of(line, _parts(line, line.amount), taxes)]
    return _order(items, Money.total(line.commission for line in lines), taxes, email, phone)


def build_refund_receipt(
    *, lines: Sequence[ReturnedLine], taxes: Taxes, email: str, phone: str
) -> ReceiptOrder:
    """Say what money goes back. Of a service, what was paid ahead goes back first."""
    items: list[_Item] = []
    for row in lines:
        left = row.line.amount - row.before
        before = _parts(row.line, left, row.line.penalty - row.penalty_before)
        after = _parts(
            row.line,
            left - row.amount,
            row.line.penalty - row.penalty_before - row.penalty,
        )
        items.extend(_items_of(row.line, before - after, taxes))
    return _order(items, Money.total(row.commission for row in lines), taxes, email, phone)


def build_utilities(
    *,
    payee: Payee,
    lines: Sequence[PaidLine],
    period: Period,
    unified_account_number: str = "",
) -> UtilitiesOrder:
    """Tell ГИС ЖКХ whose payment it is: the account of the largest sum, all accounts in the purpose (facts §3.3)."""
    sums: dict[str, Money] = {}
    for line in lines:
        sums[line.account_number] = sums.get(line.account_number, Money.zero()) + line.amount
    largest = max(sums, key=lambda number: sums[number])
    unified = unified_account_number.strip()
    return UtilitiesOrder(
        purpose=_purpose(tuple(sums), [line.title for line in lines], period),
        payee_name=payee.name,
        inn=payee.inn,
        kpp=payee.kpp,
        bank_name=_cut(payee.bank_name, LONGEST_BANK_NAME),
        bic=payee.bic,
        bank_account=payee.bank_account,
        corr_account=payee.corr_account,
        kbk=payee.kbk or "0",
        oktmo=payee.oktmo or "0",
        year=period.year,
        month=period.month,
        # The end of a number tells accounts apart.
        account_number=largest[-LONGEST_ACCOUNT_NUMBER:],
        unified_account_number=unified if len(unified) == UNIFIED_ACCOUNT_DIGITS else "",
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    service: Money
    advance: Money
    penalty: Money

    def __sub__(self, other: _Parts) -> _Parts:
        return _Parts(
            self.service - other.service,
            self.advance - other.advance,
            self.penalty - other.penalty,
        )


def _parts(line: PaidLine, amount: Money, penalty: Money | None = None) -> _Parts:
    """Split what is paid on a line: its penalty, what was owed for the service, and the rest, paid ahead."""
    penalty = line.penalty if penalty is None else penalty
    paid = amount - penalty
    owed = max(line.due - line.penalty, Money.zero())
    service = min(paid, owed)
    return _Parts(service=service, advance=paid - service, penalty=penalty)


def _items_of(line: PaidLine, parts: _Parts, taxes: Taxes) -> Iterator[_Item]:
    named = (line.supplier_name, line.supplier_inn, line.supplier_phone)
    supplier = named if taxes.is_agent else ("", "", "")
    written = (
        ("", parts.service, line.vat, ReceiptSubject.SERVICE, ReceiptMode.FULL),
        (
            "Аванс",
            parts.advance,
            VAT_OF_ADVANCE.get(line.vat, line.vat),
            ReceiptSubject.PAYMENT,
            ReceiptMode.ADVANCE,
        ),
        ("Пени", parts.penalty, VatCode.NONE, ReceiptSubject.PAYMENT, ReceiptMode.FULL),
    )
    for kind, amount, vat, subject, mode in written:
        if amount:
            receipt_line = ReceiptLine("", amount, vat, subject, mode, *supplier)
            yield _Item(kind, line.title, (line.account_number,), receipt_line)


def _order(
    items: Sequence[_Item], commission: Money, taxes: Taxes, email: str, phone: str
) -> ReceiptOrder:
    room = MAX_LINES - 1 if commission else MAX_LINES
    lines = [replace(item.line, title=_title(item)) for item in _folded(items, room)]
    if commission:
        lines.append(_commission_line(commission, taxes))
    return ReceiptOrder(
        email=email,
        phone="" if email else phone,
        tax_system=taxes.system,
        lines=tuple(lines),
        is_agent=taxes.is_agent,
    )


def _commission_line(commission: Money, taxes: Taxes) -> ReceiptLine:
    """What the payee earns by taking the money: an agent's fee, or a service of its own."""
    return ReceiptLine(
        title=COMMISSION_TITLE,
        amount=commission,
        vat=taxes.vat,
        subject=ReceiptSubject.AGENT_FEE if taxes.is_agent else ReceiptSubject.SERVICE,
        mode=ReceiptMode.FULL,
    )


_Alike = Callable[[_Item], tuple[object, ...]]


def _law(item: _Item) -> tuple[object, ...]:
    """What may never be mixed in one line."""
    line = item.line
    supplier = (line.supplier_inn, line.supplier_name, line.supplier_phone)
    return (line.vat, line.subject, line.mode, supplier)


# Ever fewer lines: the same service of several accounts, then all of a supplier's services, then of all suppliers.
_FOLDS: Sequence[tuple[_Alike, bool]] = (
    (lambda item: (*_law(item), item.service), True),
    (_law, False),
    (lambda item: _law(item)[:3], False),
)


def _folded(items: Sequence[_Item], room: int) -> Sequence[_Item]:
    """A till takes no more than so many lines (facts §3.5)."""
    folded = list(items)
    for alike, keeps_service in _FOLDS:
        if len(folded) <= room:
            break
        folded = list(_fold(folded, alike, keeps_service=keeps_service))
    return folded


def _fold(items: Iterable[_Item], alike: _Alike, *, keeps_service: bool) -> Iterator[_Item]:
    groups: dict[tuple[object, ...], list[_Item]] = {}
    for item in items:
        groups.setdefault(alike(item), []).append(item)
    for group in groups.values():
        first = group[0]
        one_supplier = len({item.line.supplier_inn for item in group}) == 1
        yield _Item(
            kind=first.kind,
            service=first.service if keeps_service else "Коммунальные услуги",
            accounts=tuple(dict.fromkeys(number for item in group for number in item.accounts)),
            line=replace(
                first.line,
                amount=Money.total(item.line.amount for item in group),
                supplier_name=first.line.supplier_name if one_supplier else "",
                supplier_inn=first.line.supplier_inn if one_supplier else "",
                supplier_phone=first.line.supplier_phone if one_supplier else "",
            ),
        )


def _title(item: _Item) -> str:
    """«Пени: Газоснабжение, ЛС 1, 2»; the account's number is never cut off, the service is."""
    kind = f"{item.kind}: " if item.kind else ""
    tail = _accounts(item.accounts, LONGEST_TITLE // 2)
    return f"{kind}{_cut(item.service, LONGEST_TITLE - len(kind) - len(tail))}{tail}"


def _accounts(numbers: Sequence[str], room: int) -> str:
    """As many numbers as there is room for, and how many more there are."""
    written = f", ЛС {numbers[0]}"
    for place, number in enumerate(numbers[1:], start=1):
        left = len(numbers) - place
        more = f"{written}, {number}"
        rest = f" и ещё {left - 1}" if left > 1 else ""
        if len(more) + len(rest) > room:
            return f"{written} и ещё {left}"
        written = more
    return written


def _purpose(numbers: Sequence[str], titles: Sequence[str], period: Period) -> str:
    when = f" за {period.month:02d}.{period.year}"
    accounts = _accounts(numbers, LONGEST_PURPOSE // 2)
    services = ", ".join(dict.fromkeys(titles))
    head = "Оплата: "
    return f"{head}{_cut(services, LONGEST_PURPOSE - len(head) - len(accounts) - len(when))}{accounts}{when}"


def _cut(text: str, room: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= room else f"{plain[: room - 1].rstrip()}…"
