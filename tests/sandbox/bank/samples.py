"""Requests as Kabinet would send them."""

from __future__ import annotations

RETURN_URL = "https://kabinet.example/pay/back/"


def money(value):
    return {"value": value, "currency": "RUB"}


def payment(value="1243.56", **more):
    request = {
        "amount": money(value),
        "capture": True,
        "description": "Газ за октябрь",
        "confirmation": {"type": "redirect", "return_url": RETURN_URL},
        "payment_method_data": {"type": "bank_card"},
        "metadata": {"attempt": "a1"},
    }
    return {name: value for name, value in (request | more).items() if value is not None}


def by_saved(method_id, value="100.00", **more):
    return {
        "amount": money(value),
        "capture": True,
        "payment_method_id": method_id,
        "description": "Автоплатёж",
    } | more


def item(value="1243.56", **more):
    return {
        "description": "Газоснабжение",
        "quantity": "1.000",
        "amount": money(value),
        "vat_code": 11,
        "payment_subject": "service",
        "payment_mode": "full_payment",
        "measure": "another",
    } | more


def receipt(*items, **more):
    return {
        "customer": {"email": "boris@kabinet.example"},
        "items": list(items) or [item()],
        "tax_system_code": 1,
    } | more


def payment_order(value="1243.56", **more):
    return {
        "type": "utilities",
        "amount": money(value),
        "payment_purpose": "Оплата газа за октябрь",
        "recipient": {
            "name": "АО «Приозёрье-Газ»",
            "inn": "1234567890",
            "kpp": "123456789",
            "bank": {
                "name": "Берёза Банк",
                "bic": "044525901",
                "account": "40702810900000000001",
                "correspondent_account": "30101810400000000901",
            },
        },
        "kbk": "0",
        "oktmo": "01701000",
        "payment_period": {"month": 10, "year": 2026},
        "account_number": "4400017",
    } | more
