"""What the payer does on the bank's pages; the same acts serve tests through /control/."""

from __future__ import annotations

from sandbox.tbank.bank import PAYABLE, SBP_TRIES, Bank
from sandbox.tbank.books import SBP, Payment
from sandbox.tbank.cards import CARDS, CODE, CODE_TRIES

SBP_PAYER = "+7 (9**) ***-**-12"


class Refusal(Exception):  # noqa: N818 -- what the form says to the payer, who may try again
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def open_page(bank: Bank, payment: Payment) -> None:
    bank.settle_time(payment)
    if payment.status == "NEW":
        bank.move(payment, "FORM_SHOWED")


def pay_by_card(bank: Bank, payment: Payment, *, number: str, expires: str) -> None:
    """Give the card to the issuer: done, refused, or first a code is asked for.

    :raises Refusal: no test card, or the session is not to be paid any more.
    """
    _payable(bank, payment)
    card = CARDS.get(number)
    if card is None:
        raise Refusal("Это песочница: подойдут только тестовые карты из списка под формой.")
    payment.number, payment.pan, payment.expires = number, card.masked, expires
    bank.move(payment, "AUTHORIZING")
    if card.asks_code:
        bank.move(payment, "3DS_CHECKING")
    else:
        _ask_issuer(bank, payment)


def enter_code(bank: Bank, payment: Payment, code: str) -> None:
    """:raises Refusal: the code is wrong and may be tried again."""
    bank.settle_time(payment)
    if payment.status != "3DS_CHECKING":
        raise Refusal("Код здесь уже не нужен.")
    payment.tries += 1
    if code.strip() == CODE and CARDS[payment.number].error != "101":
        bank.move(payment, "3DS_CHECKED")
        bank.move(payment, "AUTHORIZING")
        _ask_issuer(bank, payment)
    elif payment.tries >= CODE_TRIES:
        give_up_code(bank, payment)
    else:
        raise Refusal("Код не подошёл. Проверьте его и введите ещё раз.")


def give_up_code(bank: Bank, payment: Payment) -> None:
    bank.settle_time(payment)
    if payment.status == "3DS_CHECKING":
        bank.move(payment, "AUTH_FAIL", error="101")
        _reject(bank, payment, "101")


def _ask_issuer(bank: Bank, payment: Payment) -> None:
    card = CARDS[payment.number]
    if card.error != "0":
        _reject(bank, payment, card.error)
    elif payment.request_key:
        bank.close_binding(payment)
    else:
        bank.authorize(payment)


def _reject(bank: Bank, payment: Payment, error: str) -> None:
    if payment.request_key:
        bank.close_binding(payment, error=error)
    else:
        bank.move(payment, "REJECTED", error=error)


def pay_by_sbp(bank: Bank, payment: Payment, *, error: str = "0") -> None:
    """What the payer's bank does after the code was scanned; an error of it may be tried twice more.

    :raises Refusal: the session is not to be paid any more.
    """
    _payable(bank, payment)
    if payment.request_key:
        raise Refusal("Карту по СБП не привязать.")
    payment.route, payment.pan = SBP, SBP_PAYER
    bank.move(payment, "AUTHORIZING")
    if error == "0":
        bank.take(payment)
        return
    payment.tries += 1
    if payment.tries >= SBP_TRIES:
        bank.move(payment, "REJECTED", error=error)
    else:
        payment.status = "FORM_SHOWED"
        payment.history.append("FORM_SHOWED")


def _payable(bank: Bank, payment: Payment) -> None:
    bank.settle_time(payment)
    if payment.status not in PAYABLE:
        raise Refusal("Этот платёж уже завершён или его время вышло.")
