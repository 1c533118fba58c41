"""The JSON interface for tests: misbehave, pay as the payer would, look into the books."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.serving import NotThere
from sandbox.tbank import payer
from sandbox.tbank.books import Books, Payment
from sandbox.tbank.cards import CARDS, CODE

if TYPE_CHECKING:
    from sandbox.tbank.server import Sandbox

SBP_ERRORS = {"no-money": "5060", "suspicious": "5063"}


def answer(sandbox: Sandbox, verb: str, path: list[str], fields: dict[str, Any]) -> Any:
    """Serve one control request.

    :raises NotThere: no such thing. :raises ValueError: the fields make no sense.
    """
    match (verb, path):
        case ("GET", ["books"]):
            return _settled(sandbox).totals()
        case ("GET", ["payments"]):
            return [_shown(one) for one in _settled(sandbox).books.payments.values()]
        case ("GET", ["cards"]):
            return [asdict(card) for card in CARDS.values()]
        case (_, ["payments", number, *act]):
            return _of_payment(sandbox, verb, number, act, fields)
        case (_, ["faults"]):
            return _faults(sandbox, verb, fields)
        case _:
            return _behaviour(sandbox, verb, path, fields)


def _faults(sandbox: Sandbox, verb: str, fields: dict[str, Any]) -> Any:
    if verb == "POST":
        sandbox.faults.add(fields)
    elif verb == "DELETE":
        sandbox.faults.clear()
    return sandbox.faults.listed()


def _behaviour(sandbox: Sandbox, verb: str, path: list[str], fields: dict[str, Any]) -> Any:
    match (verb, path):
        case ("GET", ["notifications"]):
            return [asdict(notice) for notice in list(sandbox.sender.notices)]
        case ("POST", ["notifications"]):
            return _set_notifications(sandbox, fields)
        case ("POST", ["reset"]):
            return _reset(sandbox)
        case ("POST", ["settings"]):
            return _set(sandbox, fields)
        case ("POST", ["clock"]):
            sandbox.bank.ahead += float(fields["seconds"])
            sandbox.bank.settle_all()
            return {"ahead": sandbox.bank.ahead}
        case _:
            raise NotThere


def _settled(sandbox: Sandbox) -> Any:
    sandbox.bank.settle_all()
    return sandbox.bank


def _set_notifications(sandbox: Sandbox, fields: dict[str, Any]) -> Any:
    mode = fields.get("mode", sandbox.sender.mode)
    if mode not in {"on", "off", "doubled"}:
        raise ValueError(mode)
    sandbox.sender.mode = mode
    sandbox.sender.delay = float(fields.get("delay", sandbox.sender.delay))
    sandbox.sender.url = str(fields.get("url", sandbox.sender.url))
    return {"mode": mode, "delay": sandbox.sender.delay, "url": sandbox.sender.url}


def _set(sandbox: Sandbox, fields: dict[str, Any]) -> Any:
    bank = sandbox.bank
    if fields.get("till", bank.till) not in {"works", "fails", "absent"}:
        raise ValueError(fields["till"])
    bank.till = fields.get("till", bank.till)
    bank.linger = float(fields.get("linger", bank.linger))
    bank.refuse_sbp_refunds = bool(fields.get("refuse_sbp_refunds", bank.refuse_sbp_refunds))
    return {
        "till": bank.till,
        "linger": bank.linger,
        "refuse_sbp_refunds": bank.refuse_sbp_refunds,
    }


def _reset(sandbox: Sandbox) -> Any:
    """Forget everything and behave again."""
    bank = sandbox.bank
    with bank.lock:
        bank.books = Books(last_id=bank.books.last_id)
        bank.ahead, bank.till, bank.linger, bank.refuse_sbp_refunds = 0.0, "works", 20.0, False
        bank.save()
    sandbox.faults.clear()
    sandbox.sender.mode, sandbox.sender.delay, sandbox.sender.url = "on", 0.0, ""
    sandbox.sender.forget()
    return {}


def _of_payment(
    sandbox: Sandbox, verb: str, number: str, act: list[str], fields: dict[str, Any]
) -> Any:
    bank = sandbox.bank
    with bank.lock:
        payment = bank.books.payments.get(number) or _by_order(bank.books, number)
        if payment is None:
            raise NotThere
        bank.settle_time(payment)
        try:
            match (verb, act):
                case ("GET", []):
                    pass
                case ("POST", ["pay"]):
                    _pay(sandbox, payment, fields)
                case ("POST", ["expire"]):
                    payment.due_at = bank.now()
                    bank.settle_time(payment)
                case ("POST", ["notify"]):
                    sandbox.sender.again(payment.id)
                case _:
                    raise NotThere
        except payer.Refusal as refused:
            raise ValueError(refused.why) from refused
        finally:
            bank.save()
        return _shown(payment)


def _by_order(books: Books, order_id: str) -> Payment | None:
    return next((one for one in books.payments.values() if one.order_id == order_id), None)


def _pay(sandbox: Sandbox, payment: Payment, fields: dict[str, Any]) -> None:
    """Be the payer: {"card": …, "code": …, "expires": …} or {"sbp": "pay" | "no-money" | "suspicious"}."""
    bank = sandbox.bank
    if "sbp" in fields:
        if fields["sbp"] == "pay":
            payer.pay_by_sbp(bank, payment)
            return
        while payment.status != "REJECTED":
            payer.pay_by_sbp(bank, payment, error=SBP_ERRORS[fields["sbp"]])
        return
    payer.open_page(bank, payment)
    payer.pay_by_card(
        bank, payment, number=str(fields["card"]), expires=str(fields.get("expires", "1230"))
    )
    code = fields.get("code", CODE)
    while code is not None and payment.status == "3DS_CHECKING":
        try:
            payer.enter_code(bank, payment, str(code))
        except payer.Refusal:
            continue


def _shown(payment: Payment) -> dict[str, Any]:
    return asdict(payment)
