"""Whom to pay: a card for each payee with its requisites, its sum and its code."""

from __future__ import annotations

from kabinet.billing.documents.table import joined, lines, positions, shown_lines
from kabinet.billing.paper.rows import BillPaper, PaperPayee
from kabinet.billing.payment_code import PURPOSE_LIMIT, draw, payment_code
from kabinet.kernel.pdf import JsonValue
from kabinet.ui import formatting as f

# A card beside another, in millimetres. Its text has letters up to a sixteenth wider than those of the table,
# whose measures are used; what stands under the name shares the room with the code.
NAME_WIDTH, TEXT_WIDTH = 79, 51
LINE, SUM_AND_MARGINS, CODE_AND_MARGINS = 3.5, 11, 42


def payees(paper: BillPaper) -> dict[str, JsonValue]:
    cards = [_payee(payee, paper) for payee in paper.payees]
    return {
        "payees": list[JsonValue](cards),
        "payees_height": max(map(_height, cards), default=0),
    }


def _height(card: dict[str, JsonValue]) -> int:
    details, stands_for = card["details"], card["purpose"]
    assert isinstance(details, list)  # noqa: S101 -- made below
    assert isinstance(stands_for, list)  # noqa: S101 -- made below
    name = _lines(f"Получатель: {card['name']}", NAME_WIDTH)
    under = sum(_lines(str(text), TEXT_WIDTH) for text in (*(details or [""]), *stands_for))
    text = SUM_AND_MARGINS + LINE * (name + under)
    code = CODE_AND_MARGINS + LINE * (name - 1) if card["code"] else 0
    return int(max(text, code)) + 1


def _lines(text: str, width: int) -> int:
    """A word too long for the card is cut at its frame, on a line of its own."""
    return lines(text, width) or len(text.split(" "))


def _payee(payee: PaperPayee, paper: BillPaper) -> dict[str, JsonValue]:
    alone = len(paper.payees) == 1
    shown = {line.position for line in shown_lines(paper)}
    rows = positions([position for position in payee.positions if position in shown])
    words = "Сумма"
    if payee.amount.amount <= 0:
        words = "Переплата" if payee.amount else "Долга нет"
    return {
        "name": payee.details.name if payee.details else "не указан",
        "details": _requisites(payee),
        "purpose": [
            text
            for text in (
                f"Лицевой счёт{f.NBSP}{paper.account.number}",
                f.month(paper.period) if alone else rows,
            )
            if text
        ],
        "words": words,
        "amount": f.money(abs(payee.amount)),
        "code": _code(payee, paper),
    }


def _requisites(payee: PaperPayee) -> list[JsonValue]:
    """Lines that do not break inside a number; none when the payee cannot be paid by them."""
    details = payee.details
    if details is None or not details.are_usable:
        return []
    inn = f"ИНН{f.NBSP}{details.inn}" if details.inn else ""
    kpp = f"КПП{f.NBSP}{details.kpp}" if details.kpp else ""
    return [
        line
        for line in (
            f"Р/с{f.NBSP}{details.bank_account}",
            details.bank,
            f"БИК{f.NBSP}{details.bic}",
            f"К/с{f.NBSP}{details.corr_account}" if details.corr_account else "",
            joined((inn, kpp), ", "),
        )
        if line
    ]


def _code(payee: PaperPayee, paper: BillPaper) -> list[JsonValue] | None:
    if payee.details is None:
        return None
    code = payment_code(
        payee.details,
        amount=payee.amount,
        account_number=paper.account.number,
        period=paper.period,
        purpose=purpose(paper),
    )
    return list(draw(code)) if code is not None else None


def purpose(paper: BillPaper) -> str:
    month = f"{paper.period.month:02d}.{paper.period.year}"
    return f"Оплата услуг за {month}, ЛС {paper.account.number}"[:PURPOSE_LIMIT]
