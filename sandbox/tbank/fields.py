"""Reading the fields of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.tbank import errors
from sandbox.tbank.bank import Bank
from sandbox.tbank.books import Payment, Terminal
from sandbox.tbank.errors import ApiError
from sandbox.tbank.tokens import is_genuine

LEAST_AMOUNT = 100  # kopecks
CUSTOMER_SIZE = 36


def terminal_of(bank: Bank, fields: Mapping[str, Any]) -> Terminal:
    if not fields:
        raise ApiError(errors.FIELDS_EMPTY)
    terminal = bank.terminals.get(str(fields.get("TerminalKey")))
    if terminal is None:
        raise ApiError(errors.TERMINAL_UNKNOWN, "Указанный терминал не найден")
    if not is_genuine(fields, terminal.password):
        raise ApiError(errors.TOKEN_WRONG)
    return terminal


def payment_of(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Payment:
    number = str(needed(fields, "PaymentId"))
    payment = bank.books.payments.get(number)
    if payment is None or payment.terminal != terminal.key:
        raise ApiError(errors.PAYMENT_UNKNOWN)
    bank.settle_time(payment)
    return payment


def needed(fields: Mapping[str, Any], name: str) -> Any:
    value = fields.get(name)
    if value is None or value == "":
        raise ApiError(errors.FIELD_EMPTY, f"Поле {name} не должно быть пустым")
    return value


def amount_of(fields: Mapping[str, Any], *, least: int = LEAST_AMOUNT) -> int:
    amount = needed(fields, "Amount")
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < least:
        raise ApiError(errors.AMOUNT_WRONG, str(amount))
    return amount


def short(fields: Mapping[str, Any], name: str, size: int) -> str:
    value = str(fields.get(name) or "")
    if len(value) > size:
        raise ApiError(errors.WRONG_SIZE, f"Размер поля {name} должен быть от 0 до {size}")
    return value


def state_of(payment: Payment) -> dict[str, Any]:
    return {
        "OrderId": payment.order_id,
        "PaymentId": payment.id,
        "Status": payment.status,
        "Amount": payment.left,  # shrinks with refunds, as the documents' «current sum»
    }


def know(bank: Bank, terminal: Terminal, customer: str) -> None:
    if customer and (terminal.key, customer) not in bank.books.customers:
        bank.books.customers.append((terminal.key, customer))


def customer_of(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> str:
    customer = str(needed(fields, "CustomerKey"))
    if (terminal.key, customer) not in bank.books.customers:
        raise ApiError(errors.CUSTOMER_UNKNOWN)
    return customer
