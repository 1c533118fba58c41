"""What a payer does: gives a card, types the code of 3-D Secure, agrees in the bank's app, or walks away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.bank import cards, methods, payments, sbp
from sandbox.bank.bank import Bank
from sandbox.bank.cards import TestCard
from sandbox.bank.payment_fields import HIGHEST
from sandbox.bank.records import Card, Method, Payment, SbpAccount

CODE = "4321"
"""The right code of 3-D Secure; the page tells it."""
TRIES = 3

Target = Payment | Method


class FormError(Exception):
    """The form can't be taken; the payer may correct it. Nothing has happened."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class CardEntry:
    number: str
    expiry: str
    csc: str
    keep: bool = False


def give_card(bank: Bank, target: Target, entry: CardEntry) -> None:
    """Pay or bind by a test card; with 3-D Secure the code is asked for next.

    :raises FormError: a field is wrong, or the payment is over.
    """
    _check_open(target)
    card = _read_card(bank, entry)
    if isinstance(target, Payment):
        if target.amount > HIGHEST["bank_card"]:
            raise FormError("number", "Картой можно заплатить не больше 350 000 ₽.")
        target.method_type = "bank_card"
        target.keep_card = entry.keep and target.save is None
    target.card = card
    target.tries_left = TRIES
    test_card = cards.CARDS[card.number]
    if test_card.three_d_secure:
        target.challenged = True
        bank.journal.put(target)
    else:
        _carry_out(bank, target, test_card)


def give_code(bank: Bank, target: Target, code: str) -> bool:
    """Check the code of 3-D Secure; the third wrong one refuses the payment.

    :returns: the code was right.
    :raises FormError: no code is asked for.
    """
    if not target.challenged or target.card is None:
        raise FormError("code", "Код сейчас не нужен.")
    test_card = cards.CARDS[target.card.number]
    if code.strip() != CODE:
        target.tries_left -= 1
        if not target.tries_left:
            _refuse(bank, target, "3d_secure_failed", "payment_network")
        return False
    if isinstance(target, Payment):
        target.three_d_secure = True
    _carry_out(bank, target, test_card)
    return True


def give_up_code(bank: Bank, target: Target) -> None:
    """The payer presses "cancel" before the code.

    :raises FormError: no code is asked for.
    """
    if not target.challenged:
        raise FormError("code", "Код сейчас не нужен.")
    _refuse(bank, target, "3d_secure_failed", "payment_network")


def answer_in_app(bank: Bank, target: Target, *, bank_id: str, action: str) -> None:
    """Agree, refuse, or agree without money, in the pretended bank's app.

    :raises FormError: there is no such bank or action, or the payment is over.
    """
    _check_open(target)
    if bank_id not in sbp.BANK_BY_ID:
        raise FormError("bank", "Такого банка нет.")
    if action not in {"pay", "refuse", "no_money"}:
        raise FormError("action", "Такого действия нет.")
    account = SbpAccount(bank_id, sbp.BANK_BY_ID[bank_id].bic)
    if isinstance(target, Payment):
        target.method_type = "sbp"
        target.capture = True
    target.card, target.sbp = None, account
    if action == "refuse":
        _refuse(bank, target, "general_decline", "payment_network")
    elif action == "no_money":
        _refuse(bank, target, "insufficient_funds", "payment_network")
    elif isinstance(target, Payment):
        payments.take_money(bank, target)
    else:
        methods.activate(bank, target, card=None, account=account)


def _carry_out(bank: Bank, target: Target, test_card: TestCard) -> None:
    if test_card.outcome not in {cards.SUCCEEDED, cards.LONG_PENDING}:
        _refuse(bank, target, test_card.outcome, test_card.refused_by)
    elif isinstance(target, Method):
        methods.activate(bank, target, card=target.card, account=None)
    elif test_card.outcome == cards.LONG_PENDING:
        payments.settle_later(bank, target, seconds=bank.settings.long_pending_seconds)
    else:
        target.tells_nobody = test_card.tells_nobody
        payments.take_money(bank, target)


def _refuse(bank: Bank, target: Target, reason: str, party: str) -> None:
    if isinstance(target, Payment):
        payments.refuse(bank, target, reason=reason, party=party)
    else:
        methods.give_up(bank, target)


def _check_open(target: Target) -> None:
    if target.status != "pending" or target.challenged or getattr(target, "settles_at", None):
        raise FormError("", "Этот платёж уже завершён или проверяется.")


def _read_card(bank: Bank, entry: CardEntry) -> Card:
    number = re.sub(r"[\s-]", "", entry.number)
    if not re.fullmatch(r"\d{13,19}", number) or not cards.passes_luhn(number):
        raise FormError("number", "Проверьте номер карты: в нём ошибка.")
    if number not in cards.CARDS:
        raise FormError("number", "Здесь принимают только тестовые карты из списка ниже.")
    found = re.fullmatch(r"\s*(\d{1,2})\s*[/. -]?\s*(\d{2}|\d{4})\s*", entry.expiry)
    if not found or not 1 <= int(found[1]) <= 12:
        raise FormError("expiry", "Напишите срок так: 12/30.")
    month, year = int(found[1]), int(found[2]) % 100 + 2000
    today = datetime.fromtimestamp(bank.clock.now() // 1000, UTC)
    if (year, month) < (today.year, today.month):
        raise FormError("expiry", "Срок карты прошёл: укажите любой будущий.")
    if not re.fullmatch(r"\d{3,4}", entry.csc.strip()):
        raise FormError("csc", "CVC — три цифры на обороте карты.")
    return Card(number, f"{month:02d}", str(year))
