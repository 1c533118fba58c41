"""The payment receipt on paper: «квитанция об оплате» (PAY-10, 11, 26), set by Typst.

Its words are not for translation: it is shown to Russian offices. It is not the fiscal receipt, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kabinet.kernel import pdf
from kabinet.kernel.pdf import JsonValue
from kabinet.payments.queries.papers import PaperLine, PaymentPaper
from kabinet.providers.enums import PayMethod
from kabinet.ui import formatting as f

TEMPLATE = Path(__file__).parents[1] / "typst" / "receipt.typ"
METHODS = {
    PayMethod.SBP: "Система быстрых платежей (СБП)",
    PayMethod.CARD: "Банковская карта",
    PayMethod.SAVED_CARD: "Сохранённая карта",
    PayMethod.AUTOPAY: "Автоплатёж с карты",
}
SYSTEMS = {"mir": "Мир", "visa": "Visa", "mastercard": "Mastercard", "maestro": "Maestro"}
NOT_FISCAL = (
    "Квитанция подтверждает, что платёж принят через личный кабинет. Кассовый чек — отдельный документ: "
    "его отправляет касса получателя."
)


def render_receipt(papers: Sequence[PaymentPaper], *, at: datetime) -> tuple[str, bytes]:
    """Return the data as sent beside the PDF, a page for each payee; the same papers and moment, the same bytes."""
    first = papers[0]
    data: dict[str, JsonValue] = {
        "title": f"Квитанция об оплате, {f.day_year(_local(first.paid_at, first))}",
        "author": first.provider.name,
        "pages": [_page(paper, at) for paper in papers],
    }
    return pdf.render(TEMPLATE, data, made_at=at)


def file_title(papers: Sequence[PaymentPaper]) -> str:
    first = papers[0]
    day = _local(first.paid_at, first)
    return f"Квитанция об оплате {day:%Y-%m-%d} {_accounts(papers)}"


def _accounts(papers: Sequence[PaymentPaper]) -> str:
    numbers = list(dict.fromkeys(line.account_number for paper in papers for line in paper.lines))
    return f"ЛС {numbers[0]}" if len(numbers) == 1 else "по нескольким счетам"


def _page(paper: PaymentPaper, at: datetime) -> dict[str, JsonValue]:
    has_suppliers = any(line.supplier_name for line in paper.lines)
    return {
        "provider": paper.provider.name,
        "contacts": _contacts(paper),
        "state": _state(paper),
        "is_paid": not paper.returned,
        "when": _moment(paper.paid_at, paper),
        "sum": f.money(paper.whole),
        "facts": _facts(paper),
        "has_suppliers": has_suppliers,
        "lines": [_line(line, has_suppliers=has_suppliers) for line in paper.lines],
        "totals": _totals(paper),
        "returned": [[_moment(when, paper), f.money(amount)] for when, amount in paper.returned],
        "fiscal": _fiscal(paper),
        "note": NOT_FISCAL,
        "footer": f"Сформирована {f.day_year(at.astimezone(_zone(paper)))} в личном кабинете · {paper.number}",
    }


def _state(paper: PaymentPaper) -> str:
    if paper.is_returned:
        return "Возвращено"
    return "Возвращено частично" if paper.returned else "Оплачено"


def _contacts(paper: PaymentPaper) -> str:
    parts = (f"ИНН {paper.provider.inn}" if paper.provider.inn else "", paper.provider.phone)
    return f"{f.NBSP}· ".join(part for part in parts if part)


def _facts(paper: PaymentPaper) -> list[JsonValue]:
    payee = paper.payee
    codes = [f"ИНН {payee.inn}", f"КПП {payee.kpp}" if payee.kpp else ""]
    rows = [
        ("Получатель", payee.name),
        ("", ", ".join(code for code in codes if code)),
        ("Способ оплаты", _method(paper)),
        ("Номер операции в банке", paper.bank_number),
        ("Номер платежа", str(paper.number)),
    ]
    return [[name, value] for name, value in rows if value]


def _method(paper: PaymentPaper) -> str:
    if not paper.card_last4 or paper.method is PayMethod.SBP:
        return METHODS[paper.method]
    system = SYSTEMS.get(paper.card_system.lower(), paper.card_system)
    return f"{METHODS[paper.method]}, {system} •• {paper.card_last4}".replace(",  ", ", ")


def _line(line: PaperLine, *, has_suppliers: bool) -> list[JsonValue]:
    penalty = f"в том числе пени {f.money(line.penalty)}" if line.penalty else None
    supplier = [line.supplier_name or None] if has_suppliers else []
    return [[line.title, penalty], line.account_number, *supplier, f.money(line.amount)]


def _totals(paper: PaymentPaper) -> list[JsonValue]:
    rows = []
    if paper.commission:
        rows = [["За услуги", f.money(paper.amount)], ["Комиссия", f.money(paper.commission)]]
    rows.append(["Всего", f.money(paper.whole)])
    if paper.returned:
        rows.append(["Возвращено", f.money(-paper.returned_sum)])
        rows.append(["Осталось оплачено", f.money(paper.whole - paper.returned_sum)])
    return [list(row) for row in rows]


def _fiscal(paper: PaymentPaper) -> list[JsonValue]:
    fiscal = paper.fiscal
    if fiscal is None or not fiscal.is_known:
        return []
    rows = [
        ("Фискальный документ (ФД)", fiscal.document_number),
        ("Фискальный накопитель (ФН)", fiscal.storage_number),
        ("Фискальный признак (ФПД)", fiscal.sign),
        ("Зарегистрирован", _moment(fiscal.registered_at, paper) if fiscal.registered_at else ""),
    ]
    return [[name, value] for name, value in rows if value]


def _zone(paper: PaymentPaper) -> ZoneInfo:
    return ZoneInfo(paper.provider.timezone)


def _local(moment: datetime, paper: PaymentPaper) -> datetime:
    return moment.astimezone(_zone(paper))


def _moment(moment: datetime, paper: PaymentPaper) -> str:
    local = _local(moment, paper)
    return f"{f.day_year(local)}, {local:%H:%M}"
