"""Methods about customers and their cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.tbank import errors
from sandbox.tbank.bank import Bank, new_request_key
from sandbox.tbank.books import Terminal
from sandbox.tbank.errors import ApiError
from sandbox.tbank.fields import CUSTOMER_SIZE, customer_of, know, needed, short

Answer = dict[str, Any] | list[dict[str, Any]]


def add_customer(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    needed(fields, "CustomerKey")
    customer = short(fields, "CustomerKey", CUSTOMER_SIZE)
    know(bank, terminal, customer)
    return {"CustomerKey": customer}


def get_customer(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    return {"CustomerKey": customer_of(bank, terminal, fields)}


def add_card(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    customer = customer_of(bank, terminal, fields)
    # AddCard takes no address to come back to; a terminal's settings hold one for all: here the shop's first page.
    back = _first_page(terminal.notify_url)
    payment = bank.open_session(
        terminal,
        order_id="",
        amount=0,
        customer=customer,
        request_key=new_request_key(),
        success_url=back,
        fail_url=back,
    )
    return {
        "CustomerKey": customer,
        "PaymentId": payment.id,
        "RequestKey": payment.request_key,
        "PaymentURL": bank.page_url(payment),
    }


def _first_page(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""


def get_add_card_state(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    key = str(needed(fields, "RequestKey"))
    payment = bank.books.by_request_key(terminal.key, key)
    if payment is None:
        raise ApiError(errors.CARD_BY_KEY_UNKNOWN)
    bank.settle_time(payment)
    return {
        "CustomerKey": payment.customer,
        "RequestKey": key,
        "Status": payment.status,
        "CardId": payment.card_id,
        "RebillId": payment.rebill_id,
    }


def get_card_list(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    customer = customer_of(bank, terminal, fields)
    return [
        {
            "CardId": kept.id,
            "Pan": kept.pan,
            "Status": kept.status,
            "RebillId": kept.rebill_id,
            "CardType": 0,
            "ExpDate": kept.expires,
        }
        for kept in bank.books.cards_of(terminal.key, customer)
    ]


def remove_card(bank: Bank, terminal: Terminal, fields: Mapping[str, Any]) -> Answer:
    customer = customer_of(bank, terminal, fields)
    number = str(needed(fields, "CardId"))
    mine = bank.books.cards_of(terminal.key, customer)
    kept = next((one for one in mine if one.id == number), None)
    if kept is None:
        raise ApiError(errors.CARD_ID_UNKNOWN)
    kept.status = "D"
    return {"CustomerKey": customer, "CardId": kept.id, "Status": "D", "CardType": 0}
