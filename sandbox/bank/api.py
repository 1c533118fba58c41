"""Addresses of API v3: who asks, for what, and the answer."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from sandbox.bank import (
    answers,
    idempotence,
    lists,
    methods,
    payments,
    receipts,
    refunds,
)
from sandbox.bank.bank import Bank
from sandbox.bank.errors import ApiError, forbidden, unauthorized
from sandbox.bank.fields import Fields
from sandbox.bank.payment_fields import read_payment
from sandbox.bank.receipt_fields import check_receipt
from sandbox.bank.shops import Shop

PREFIX = "/v3"
ID = r"([A-Za-z0-9-]{1,64})"
Made = tuple[str, str]
"""Kind and id of what a request has made."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes


def answer(bank: Bank, request: Request) -> dict[str, Any]:
    """Answer a request below /v3.

    :raises ApiError: every answer other than 200.
    """
    shop = _authenticate(bank, request)
    path = request.path.removeprefix(PREFIX)
    if request.method == "GET":
        with bank.changes():
            return _read(bank, shop, path, request.query)
    if request.method == "POST":
        return _post(bank, shop, path, request)
    raise ApiError(405, f"Method {request.method} is not supported")


def _authenticate(bank: Bank, request: Request) -> Shop:
    scheme, _space, code = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _colon, secret = base64.b64decode(code, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorized() from None
    shop = bank.shops.get(name)
    if scheme != "Basic" or shop is None or not shop.accepts(secret):
        raise unauthorized()
    if shop.id in bank.settings.closed_shops:
        raise forbidden("The shop is closed")
    return shop


def _post(bank: Bank, shop: Shop, path: str, request: Request) -> dict[str, Any]:
    make, target = _find_maker(path)
    if "json" not in request.headers.get("Content-Type", ""):
        raise ApiError(415, "Expected Content-Type: application/json")
    key = idempotence.check_key(request.headers.get(idempotence.HEADER))
    body = _read_json(request.body)
    print_of_request = idempotence.fingerprint(path, body.source)
    with bank.changes():
        used = idempotence.find_made(bank, shop, key, print_of_request)
        if used is None:
            made = make(bank, shop, body, target)
            idempotence.remember(bank, shop, key, request=print_of_request, made=made)
        else:
            made = (used.kind, used.object_id)
        return _write(bank, shop, *made)


def _read_json(body: bytes) -> Fields:
    try:
        return Fields(json.loads(body or b"{}"))
    except (ValueError, RecursionError):
        raise ApiError(400, "The body is not JSON") from None


def _create_payment(bank: Bank, shop: Shop, body: Fields, _target: str) -> Made:
    request = read_payment(body, shop, bank.settings.methods)
    return "payment", payments.create(bank, shop, request).id


def _capture(bank: Bank, shop: Shop, body: Fields, target: str) -> Made:
    payment = bank.find_payment(shop, target)
    amount = body.amount() if body.has("amount") else None
    if body.has("receipt") and shop.receipts:
        total = amount or payment.amount
        payment.receipt = check_receipt(body.object("receipt"), total=total)
    return "payment", payments.capture(bank, payment, amount=amount).id


def _cancel(bank: Bank, shop: Shop, _body: Fields, target: str) -> Made:
    return "payment", payments.cancel(bank, bank.find_payment(shop, target)).id


def _create_refund(bank: Bank, shop: Shop, body: Fields, _target: str) -> Made:
    return "refund", refunds.create(bank, shop, body).id


def _create_receipt(bank: Bank, shop: Shop, body: Fields, _target: str) -> Made:
    return "receipt", receipts.create(bank, shop, body).id


def _create_method(bank: Bank, shop: Shop, body: Fields, _target: str) -> Made:
    return "payment_method", methods.create(bank, shop, body).id


Maker = Callable[[Bank, Shop, Fields, str], Made]
MAKERS: tuple[tuple[re.Pattern[str], Maker], ...] = (
    (re.compile(r"/payments()"), _create_payment),
    (re.compile(rf"/payments/{ID}/capture"), _capture),
    (re.compile(rf"/payments/{ID}/cancel"), _cancel),
    (re.compile(r"/refunds()"), _create_refund),
    (re.compile(r"/receipts()"), _create_receipt),
    (re.compile(r"/payment_methods()"), _create_method),
)


def _find_maker(path: str) -> tuple[Maker, str]:
    for pattern, make in MAKERS:
        if found := pattern.fullmatch(path):
            return make, found[1]
    if _find_kind(path):
        raise ApiError(405, "Method POST is not supported here")
    raise ApiError(404, "There is no such address")


KINDS = {
    "payments": "payment",
    "refunds": "refund",
    "receipts": "receipt",
    "payment_methods": "payment_method",
}


def _find_kind(path: str) -> tuple[str, str] | None:
    found = re.fullmatch(rf"/({'|'.join(KINDS)})/{ID}", path)
    return (KINDS[found[1]], found[2]) if found else None


def _read(bank: Bank, shop: Shop, path: str, query: Mapping[str, str]) -> dict[str, Any]:
    if one := _find_kind(path):
        return _write(bank, shop, *one)
    if path == "/me":
        return answers.shop_settings(bank, shop)
    if path == "/payments":
        return lists.get_page(
            bank.payments_of[shop.id],
            query,
            known=bank.payments,
            write=lambda row: answers.payment(bank, row),
            equal={"status": "status", "payment_method": "method_type"},
        )
    if path == "/refunds":
        equal = {"status": "status", "payment_id": "payment_id"}
        return lists.get_page(
            bank.refunds_of[shop.id],
            query,
            known=bank.refunds,
            write=answers.refund,
            equal=equal,
        )
    if path == "/receipts":
        return _read_receipts(bank, shop, query)
    if re.fullmatch(rf"/payments/{ID}/(capture|cancel)", path):
        raise ApiError(405, "Method GET is not supported here")
    raise ApiError(404, "There is no such address")


def _read_receipts(bank: Bank, shop: Shop, query: Mapping[str, str]) -> dict[str, Any]:
    rows = bank.receipts_of[shop.id]
    if "payment_id" in query:
        bank.find_payment(shop, query["payment_id"])
        rows = [row for row in bank.receipts_by_payment[query["payment_id"]] if not row.refund_id]
    return lists.get_page(
        rows,
        query,
        known=bank.receipts,
        write=answers.receipt,
        equal={"status": "status", "payment_id": "payment_id", "refund_id": "refund_id"},
    )


def _write(bank: Bank, shop: Shop, kind: str, object_id: str) -> dict[str, Any]:
    if kind == "payment":
        payment = bank.find_payment(shop, object_id)
        if payment.gone:
            raise ApiError(410, "The payment was removed", "payment_id")
        return answers.payment(bank, payment)
    if kind == "refund":
        return answers.refund(refunds.find(bank, shop, object_id))
    if kind == "receipt":
        return answers.receipt(receipts.find(bank, shop, object_id))
    return answers.method(bank, methods.find(bank, shop, object_id))
