"""T-Bank's notifications, signed as requests are."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from kabinet.kernel.money import KOPECK, Money
from kabinet.payments.gateways.base import (
    Fiscal,
    MerchantAccess,
    Notice,
    NoticeKind,
    NoticeRefused,
)
from kabinet.payments.gateways.tbank import answers
from kabinet.payments.gateways.tbank.answers import NUMBER
from kabinet.payments.gateways.tbank.tokens import is_signed

LARGEST = 64 * 1024
STATUS = re.compile(r"[0-9A-Z_]{1,40}")
SUM = re.compile(r"[0-9]{1,14}")
REQUEST_KEY = re.compile(r"[0-9A-Za-z-]{1,64}")
ALWAYS = {"TerminalKey", "Success", "Status", "PaymentId", "ErrorCode", "Token"}


def read(merchant: MerchantAccess, body: bytes) -> Notice:
    """:raises NoticeRefused: not this terminal's, altered, or about nothing that we know."""
    if len(body) > LARGEST:
        raise NoticeRefused("too long")
    fields = _fields(body)
    # Names are not signed, only values are.
    if fields.get("TerminalKey") != merchant.shop_id or not fields.keys() >= ALWAYS:
        raise NoticeRefused("not of this terminal")
    if not is_signed(fields, merchant.secret):
        raise NoticeRefused("a wrong signature")
    if fields.get("NotificationType") == "LINKCARD":
        return Notice(NoticeKind.MEANS, _matching(REQUEST_KEY, fields.get("RequestKey")))
    if not fields.keys() >= {"OrderId", "Amount"}:
        raise NoticeRefused("nothing that we asked for")
    payment_id = _matching(NUMBER, fields["PaymentId"])
    # Objects are not signed: anybody could have put one in.
    status = _matching(STATUS, fields["Status"])
    if status == "RECEIPT" and fields.get("Type") == "Income":
        return Notice(NoticeKind.RECEIPT, _name(payment_id, fields), fiscal=_fiscal(fields))
    if status not in answers.STATES or status in answers.RETURNED:
        # A refund's or its receipt's; whose it is, the bank does not say, so nobody is waiting for it here.
        return Notice(NoticeKind.REFUND, payment_id)
    return Notice(NoticeKind.PAYMENT, _name(payment_id, fields))


def _name(payment_id: str, fields: dict[str, Any]) -> str:
    return answers.name_of(payment_id, Money(int(_matching(SUM, fields["Amount"])) * KOPECK))


def _fiscal(fields: dict[str, Any]) -> Fiscal:
    """The receipt's numbers; none where the till could not register it."""
    if fields["Success"] is not True:
        return Fiscal(is_final=True)
    return Fiscal(
        is_final=True,
        document_number=_matching(NUMBER, fields.get("FiscalDocumentNumber")),
        storage_number=_matching(NUMBER, fields.get("FnNumber")),
        sign=_matching(NUMBER, fields.get("FiscalDocumentAttribute")),
        url=str(fields.get("Url", "")),
        registered_at=_moment(fields.get("ReceiptDatetime")),
    )


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise NoticeRefused("unreadable") from None
    if moment.tzinfo is None:
        raise NoticeRefused("a moment of no zone")
    return moment


def _fields(body: bytes) -> dict[str, Any]:
    """Numbers stay as they were written, since that is what was signed."""
    try:
        fields = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise NoticeRefused("unreadable") from None
    if not isinstance(fields, dict):
        raise NoticeRefused("unreadable")
    return fields


def _matching(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise NoticeRefused("unreadable")
    return value
