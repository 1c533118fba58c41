"""The methods of API v2. Each takes the checked terminal and the request's fields and returns the answer's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.tbank import customers, errors, qr, receipts
from sandbox.tbank.bank import Bank
from sandbox.tbank.books import CARD, SBP, Payment, Terminal
from sandbox.tbank.cards import CARDS
from sandbox.tbank.errors import ApiError
from sandbox.tbank.fields import (
    CUSTOMER_SIZE,
    amount_of,
    know,
    needed,
    payment_of,
    short,
    state_of,
    terminal_of,
)

Answer = dict[str, Any] | list[dict[str, Any]]
Method = Callable[[Bank, Terminal, Mapping[str, Any]], Answer]
LEAST_SBP = 1000
ORDER_ID = re.compile(r".{1,36}\Z", re.DOTALL)
DESCRIPTION_SIZE = 140


def call(bank: Bank, name: str, fields: Mapping[str, Any]) -> Answer:
    """Run a method for a request as it came; a refusal is an answer too, as with the real service."""
    method = METHODS[name]
    with bank.lock:
        try:
            terminal = terminal_of(bank, fields)
            answer = method(bank, terminal, fields)
        except ApiError as refused:
            return {
                "Success": False,
                "ErrorCode": refused.code,
                "Message": refused.message,
                "Details": refused.details,
                "TerminalKey": str(fields.get("TerminalKey", "")),
            }
        finally:
            bank.save()
    if isinstance(answer, dict):
        answer = {"Success": True, "ErrorCode": "0", "TerminalKey": terminal.key} | answer
    return answer


def init(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    order_id = str(needed(fields, "OrderId"))
    if not ORDER_ID.match(order_id):
        raise ApiError(errors.WRONG_SIZE, "Размер поля OrderId должен быть от 1 до 36")
    amount = amount_of(fields)
    receipt = fields.get("Receipt")
    if receipt is not None:
        receipts.check(receipt, amount=amount)
    customer = short(fields, "CustomerKey", CUSTOMER_SIZE)
    if fields.get("Recurrent") == "Y" and not customer:
        raise ApiError(errors.FIELD_EMPTY, "Поле CustomerKey не должно быть пустым")
    if bank.books.by_order(terminal.key, order_id):
        raise ApiError(errors.ORDER_REPEATED, "Заказ с таким order_id уже существует.")
    session = {"due_at": _due(fields["RedirectDueDate"])} if fields.get("RedirectDueDate") else {}
    payment = bank.open_session(
        terminal,
        order_id=order_id,
        amount=amount,
        description=short(fields, "Description", DESCRIPTION_SIZE),
        customer=customer,
        recurrent=fields.get("Recurrent") == "Y",
        two_stage=fields.get("PayType") == "T",
        success_url=str(fields.get("SuccessURL") or ""),
        fail_url=str(fields.get("FailURL") or ""),
        notify_url=str(fields.get("NotificationURL") or ""),
        receipt=receipt,
        **session,
    )
    know(bank, terminal, customer)
    return state_of(payment) | {"PaymentURL": bank.page_url(payment)}


def _due(text: Any) -> float:
    try:
        due = datetime.fromisoformat(str(text))
    except ValueError:
        raise ApiError(errors.RECEIPT_WRONG, "RedirectDueDate") from None
    if due.tzinfo is None:
        raise ApiError(errors.RECEIPT_WRONG, "RedirectDueDate без часового пояса")
    return due.timestamp()


def get_state(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    payment = payment_of(bank, terminal, fields)
    return state_of(payment) | {
        "Message": "OK",
        "Params": [
            {"Key": "Route", "Value": CARD},
            {"Key": "Source", "Value": "qrsbp" if payment.route == SBP else "cards"},
        ],
    }


def check_order(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    order_id = str(needed(fields, "OrderId"))
    payment = bank.books.by_order(terminal.key, order_id)
    if payment is None:
        raise ApiError(errors.ORDER_UNKNOWN, order_id)
    bank.settle_time(payment)
    told = {
        "PaymentId": payment.id,
        "Amount": payment.left,
        "Status": payment.status,
        "Success": payment.error == "0",
        "ErrorCode": payment.error,
        "Message": errors.MESSAGES.get(payment.error, "OK"),
    }
    return {"OrderId": order_id, "Message": "OK", "Payments": [told]}


def confirm(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    payment = payment_of(bank, terminal, fields)
    if payment.status not in {"AUTHORIZED", "PARTIAL_REVERSED"}:
        raise ApiError(errors.WRONG_STATE, "Изменение статуса недопустимо.")
    amount = amount_of(fields) if "Amount" in fields else payment.amount
    if amount > payment.amount:
        raise ApiError(errors.REFUND_TOO_LARGE)
    if fields.get("Receipt") is not None:
        payment.receipt = receipts.check(fields["Receipt"], amount=amount)
    payment.amount = amount
    bank.take(payment)
    return state_of(payment)


def cancel(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    """Undo: a session not paid yet, a hold, or (a refund, whole or in part) money already taken."""
    payment = payment_of(bank, terminal, fields)
    key = str(fields.get("ExternalRequestId") or "")
    if key and key in payment.cancels and payment.route == CARD:
        return payment.cancels[key] | {"Status": payment.status}
    before = payment.left
    if payment.status == "NEW":
        bank.move(payment, "CANCELED")
    elif payment.status in {"AUTHORIZED", "PARTIAL_REVERSED"}:
        _reverse(bank, payment, fields)
    elif payment.status in {"CONFIRMED", "PARTIAL_REFUNDED"}:
        _refund(bank, payment, fields)
    else:
        raise ApiError(errors.WRONG_STATE, "Изменение статуса недопустимо.")
    after = 0 if payment.status in {"CANCELED", "REVERSED"} else payment.left - payment.returning
    answer = {
        "OrderId": payment.order_id,
        "PaymentId": payment.id,
        "Status": payment.status,
        "OriginalAmount": before,
        "NewAmount": after,
        "ExternalRequestId": key,
    }
    if key:
        payment.cancels[key] = answer
    return answer


def _reverse(bank: Bank, payment: Payment, fields: Mapping[str, Any]) -> None:
    amount = amount_of(fields) if "Amount" in fields else payment.amount
    if amount > payment.amount:
        raise ApiError(errors.REFUND_TOO_LARGE)
    if amount < payment.amount:
        payment.amount -= amount
        bank.move(payment, "PARTIAL_REVERSED")
    else:
        bank.move(payment, "REVERSED")


def _refund(bank: Bank, payment: Payment, fields: Mapping[str, Any]) -> None:
    amount = amount_of(fields, least=1) if "Amount" in fields else payment.left
    if amount > payment.left:
        raise ApiError(errors.REFUND_TOO_LARGE)
    receipt = fields.get("Receipt")
    if receipt is not None:
        receipts.check(receipt, amount=amount)
    bank.give_back(payment, amount, receipt)


def charge(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    """Take the money by saved details, without the payer. A refusal ends the session."""
    payment = payment_of(bank, terminal, fields)
    if payment.status != "NEW":
        raise ApiError(errors.WRONG_STATE, "Изменение статуса недопустимо.")
    kept = bank.books.by_rebill(terminal.key, str(needed(fields, "RebillId")))
    if kept is None or kept.status != "A":
        raise ApiError(errors.CHARGE_FAILED, "RebillId не найден")
    card = CARDS[kept.number]
    payment.number, payment.pan, payment.expires = kept.number, kept.pan, kept.expires
    if card.later_error != "0":
        bank.move(payment, "REJECTED", error=card.later_error)
        return state_of(payment) | {
            "Success": False,
            "ErrorCode": card.later_error,
            "Message": errors.MESSAGES[card.later_error],
        }
    bank.authorize(payment)
    return state_of(payment)


def get_qr(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    payment = payment_of(bank, terminal, fields)
    if payment.amount < LEAST_SBP:
        raise ApiError(errors.SBP_SUM, "Сумма операции по СБП не соответствует диапазону")
    if payment.status not in {"NEW", "FORM_SHOWED"}:
        raise ApiError(errors.WRONG_STATE, "Изменение статуса недопустимо.")
    member = str(fields.get("BankId") or "")
    as_picture = fields.get("DataType") == "IMAGE"
    if member and (as_picture or member not in dict(qr.MEMBERS)):
        raise ApiError(errors.FIELD_EMPTY, "BankId")
    link = show_qr(bank, payment)
    if member:
        link = f"bank{member}://{link.partition('://')[2]}"
    return {
        "OrderId": payment.order_id,
        "PaymentId": int(payment.id),
        "Data": qr.picture(link) if as_picture else link,
        "RequestKey": payment.qr_id,
        "Message": "OK",
    }


def show_qr(bank: Bank, payment: Payment) -> str:
    """Give the session its one SBP link."""
    if not payment.qr_id:
        payment.qr_id = qr.new_id()
    if payment.status == "NEW":
        bank.move(payment, "FORM_SHOWED")
    return qr.payload(bank.base_url, payment.qr_id, amount=payment.amount)


def get_qr_state(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    """The state of an SBP refund (the service has it for refunds only)."""
    payment = payment_of(bank, terminal, fields)
    if payment.route != SBP:
        raise ApiError(errors.WRONG_STATE)
    return {
        "OrderId": payment.order_id,
        "Status": payment.status,
        "QrCancelCode": payment.cancel_error,
        "QrCancelMessage": "Возврат отклонён банком покупателя" if payment.cancel_error else "",
        "Amount": payment.last_return,
        "Message": "OK",
    }


def qr_members_list(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    payment = payment_of(bank, terminal, fields)
    return {
        "OrderId": payment.order_id,
        "Members": [
            {"MemberId": number, "MemberName": name, "IsPayee": number == qr.MEMBER}
            for number, name in qr.MEMBERS
        ],
        "Message": "OK",
    }


def send_closing_receipt(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    """Print the receipt that closes an earlier prepayment or advance."""
    payment = payment_of(bank, terminal, fields)
    if payment.status != "CONFIRMED" or not receipts.asks_closing(payment.receipt):
        raise ApiError(errors.WRONG_STATE, "Закрывающий чек для платежа не нужен")
    payment.closing_receipt = receipts.check(fields.get("Receipt"), amount=payment.amount)
    bank.fiscalize(payment, payment.closing_receipt, "Income")
    return {"PaymentId": payment.id}


METHODS: dict[str, Method] = {
    "Init": init,
    "GetState": get_state,
    "CheckOrder": check_order,
    "Confirm": confirm,
    "Cancel": cancel,
    "Charge": charge,
    "GetQr": get_qr,
    "GetQrState": get_qr_state,
    "QrMembersList": qr_members_list,
    "AddCustomer": customers.add_customer,
    "GetCustomer": customers.get_customer,
    "AddCard": customers.add_card,
    "GetAddCardState": customers.get_add_card_state,
    "GetCardList": customers.get_card_list,
    "RemoveCard": customers.remove_card,
    "SendClosingReceipt": send_closing_receipt,
}
