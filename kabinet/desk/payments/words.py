"""Words and colours of payments at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kabinet.payments.enums import AttemptState, ReceiptState, RefundState
from kabinet.payments.queries.register import Shown

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN: Mapping[Shown, StrOrPromise] = {
    Shown.PAID: _("оплачено"),
    Shown.RETURNED: _("возвращено всё или часть"),
    Shown.MOVING: _("ждём банк"),
    Shown.FAILED: _("не прошло"),
    Shown.DISPUTED: _("ответ банка не сошёлся"),
    Shown.NO_RECEIPT: _("чек не зарегистрирован"),
}
ATTEMPT_KINDS: Mapping[AttemptState, str] = {
    AttemptState.CREATED: "wait",
    AttemptState.PENDING: "wait",
    AttemptState.SUCCEEDED: "done",
    AttemptState.DECLINED: "plain",
    AttemptState.EXPIRED: "plain",
    AttemptState.DISPUTED: "late",
    AttemptState.RETURNED: "plain",
    AttemptState.CLOSED: "plain",
}
REFUND_KINDS: Mapping[RefundState, str] = {
    RefundState.CREATED: "wait",
    RefundState.PENDING: "wait",
    RefundState.SUCCEEDED: "done",
    RefundState.DECLINED: "late",
}
RECEIPT_KINDS: Mapping[ReceiptState, str] = {
    ReceiptState.SENT: "plain",
    ReceiptState.WAITING: "wait",
    ReceiptState.REGISTERED: "done",
    ReceiptState.FAILED: "late",
}
ACTIONS: Mapping[str, StrOrPromise] = {
    "payments.checkout.open": _("плательщик нажал «Оплатить»"),
    "payments.attempt.begin": _("начата попытка оплаты"),
    "payments.settle": _("банк подтвердил оплату"),
    "payments.fail": _("попытка закончилась без оплаты"),
    "payments.dispute": _("ответ банка не сошёлся с нашей записью"),
    "payments.dispute.accept": _("учтено столько, сколько взял банк"),
    "payments.dispute.give_back": _("решено вернуть деньги, которые взял банк"),
    "payments.dispute.close": _("противоречие закрыто вручную"),
    "payments.refund.ended": _("возврат закончен: в банке его не было"),
    "payments.refund.again": _("возврат запрошен заново: в банке его не было"),
    "payments.refund.booked": _("учтено столько, сколько вернул банк"),
    "payments.refund.left": _("противоречие о возврате закрыто вручную"),
    "payments.refund.request": _("запрошен возврат"),
    "payments.refund.settle": _("банк вернул деньги"),
    "payments.refund.decline": _("банк отказал в возврате"),
    "payments.receipt.registered": _("касса зарегистрировала чек"),
    "payments.receipt.failed": _("касса не зарегистрировала чек"),
    "payments.receipt.ask_again": _("чек запрошен ещё раз"),
}
ACTORS: Mapping[str, StrOrPromise] = {
    "customer": _("плательщик"),
    "guest": _("плательщик без входа"),
    "nobody": _("плательщик без входа"),
    "staff": _("сотрудник"),
    "machine": _("биллинг"),
    "system": _("кабинет"),
}
