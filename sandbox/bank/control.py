"""The control API: lets tests be the payer, the weather and the clock. README.md lists it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sandbox.bank import cards, money, paying
from sandbox.bank.clock import as_iso
from sandbox.bank.errors import ApiError, invalid, not_found
from sandbox.bank.faults import DONE_BY_DEFAULT, KINDS, Fault
from sandbox.bank.fields import Fields
from sandbox.bank.paying import CardEntry, FormError, Target
from sandbox.bank.program import Program
from sandbox.bank.records import Movement, Payment, Refund, Settings

PREFIX = "/control"
LONGEST_QUIET = 60.0


def answer(program: Program, method: str, path: str, body: Fields) -> Any:
    """Answer a request below /control.

    :raises ApiError: there is no such address, or a field is wrong.
    """
    act = ADDRESSES.get((method, path.removeprefix(PREFIX)))
    if act is None:
        raise ApiError(404, "There is no such address")
    return act(program, body)


def _state(program: Program, _body: Fields) -> Any:
    bank = program.bank
    with bank.changes():
        return {
            "now": as_iso(bank.clock.now()),
            "shift_seconds": bank.clock.shift / 1000,
            "settings": asdict(bank.settings),
            "webhooks": asdict(program.courier.mode),
            "faults": [asdict(fault) for fault in program.faults.left()],
            "shops": {shop.id: shop.webhook for shop in bank.shops.values()},
            "payments": len(bank.payments),
        }


def _reset(program: Program, _body: Fields) -> Any:
    program.reset()
    return _state(program, _body)


def _turn_clock(program: Program, body: Fields) -> Any:
    seconds = _number(body, "seconds")
    if seconds < 0:
        raise body.wrong("seconds", "The clock goes forward only")
    program.turn_clock(seconds)
    return {"now": as_iso(program.bank.clock.now())}


def _set_settings(program: Program, body: Fields) -> Any:
    known = asdict(Settings())
    with program.bank.changes():
        settings = program.bank.settings
        for name, value in body.source.items():
            if name not in known or not isinstance(value, _kind_of(known[name])):
                raise invalid("No such setting, or of another kind", name)
            setattr(settings, name, value)
        program.bank.journal.put(settings)
        return asdict(settings)


def _kind_of(value: object) -> type | tuple[type, ...]:
    return (int, float) if isinstance(value, float) else type(value)


def _set_webhook(program: Program, body: Fields) -> Any:
    """Without a shop the address is every shop's."""
    url = "" if body.source.get("url") == "" else body.url("url", limit=2048)
    shops = [body.choice("shop", program.bank.shops)] if body.has("shop") else program.bank.shops
    for shop_id in shops:
        program.set_webhook(shop_id, url)
    return {"shops": list(shops), "url": url}


def _set_mode(program: Program, body: Fields) -> Any:
    mode = program.courier.mode
    if body.flag("on") is not None:
        mode.on = bool(body.flag("on"))
    if body.has("copies"):
        mode.copies = body.integer("copies", 1, 1000)
    for name in ("delay_seconds", "shuffle_seconds"):
        if body.has(name):
            setattr(mode, name, _number(body, name))
    return asdict(mode)


def _list_webhooks(program: Program, _body: Fields) -> Any:
    return program.courier.as_rows()


def _release_webhooks(program: Program, body: Fields) -> Any:
    ids = program.courier.let_go(_ids(body), shuffled=bool(body.flag("shuffled")))
    program.bank.journal.flush()
    return {"released": ids}


def _take_webhooks(program: Program, body: Fields) -> Any:
    taken = program.courier.remove(_ids(body))
    program.bank.journal.flush()
    return {"taken": [asdict(row) for row in taken]}


def _wait_for_quiet(program: Program, body: Fields) -> Any:
    seconds = _number(body, "seconds") if body.has("seconds") else 10
    return {"quiet": program.courier.wait_until_quiet(min(seconds, LONGEST_QUIET))}


def _order_fault(program: Program, body: Fields) -> Any:
    kind = body.choice("kind", KINDS)
    done = body.flag("done")
    fault = Fault(
        kind=kind,
        count=body.integer("count", 1, 1_000_000) if body.has("count") else 1,
        done=kind in DONE_BY_DEFAULT if done is None else done,
        seconds=_number(body, "seconds") if body.has("seconds") else 0,
        method=body.optional_text("method", limit=10) or "",
        path=body.optional_text("path", limit=200) or "",
    )
    program.faults.order(fault)
    return asdict(fault)


def _clear_faults(program: Program, _body: Fields) -> Any:
    program.faults.clear()
    return {"faults": []}


def _pay(program: Program, body: Fields) -> Any:
    """Do at once what a payer does on the pages."""
    with program.bank.changes():
        target = _find_target(program, body)
        try:
            _act_as_payer(program, target, body)
        except FormError as error:
            raise invalid(error.message, error.field) from None
        return {"id": target.id, "status": target.status, "challenged": target.challenged}


def _act_as_payer(program: Program, target: Target, body: Fields) -> None:
    if body.has("bank"):
        action = body.optional_text("action", limit=20) or "pay"
        bank_id = body.text("bank", limit=12)
        paying.answer_in_app(program.bank, target, bank_id=bank_id, action=action)
        return
    entry = CardEntry(
        number=body.text("card", limit=30),
        expiry=body.optional_text("expiry", limit=10) or "12/49",
        csc=body.optional_text("csc", limit=4) or "123",
        keep=bool(body.flag("keep")),
    )
    paying.give_card(program.bank, target, entry)
    code = body.source.get("code", "right")
    if target.challenged and code == "right":
        paying.give_code(program.bank, target, paying.CODE)
    elif target.challenged and code == "wrong":
        for _try in range(paying.TRIES):
            paying.give_code(program.bank, target, "")
    # Any other word leaves the payer before the code: the payment stays pending until it expires.


def _find_target(program: Program, body: Fields) -> Target:
    if body.has("payment_method_id"):
        method = program.bank.methods.get(body.text("payment_method_id", limit=64))
        if method is None:
            raise not_found("Payment method", "payment_method_id")
        return method
    return _payment(program, body)


def _payment(program: Program, body: Fields) -> Payment:
    payment = program.bank.payments.get(body.text("payment_id", limit=64))
    if payment is None:
        raise not_found("Payment", "payment_id")
    return payment


def _set_later(program: Program, body: Fields) -> Any:
    """Say how charges by a saved method end from now on: succeeded, or a reason of refusal."""
    with program.bank.changes():
        method = program.bank.methods.get(body.text("payment_method_id", limit=64))
        if method is None:
            raise not_found("Payment method", "payment_method_id")
        method.later = body.text("outcome", limit=64)
        program.bank.journal.put(method)
        return {"id": method.id, "later": method.later}


def _forget(program: Program, body: Fields) -> Any:
    """Answer 410 for the payment from now on."""
    with program.bank.changes():
        payment = _payment(program, body)
        payment.gone = True
        program.bank.journal.put(payment)
        return {"id": payment.id, "gone": True}


def _books(program: Program, _body: Fields) -> Any:
    bank = program.bank
    with bank.changes():
        totals: dict[str, dict[str, int]] = {}
        for row in bank.movements:
            shop = totals.setdefault(row.shop, {"charge": 0, "refund": 0})
            shop[row.kind] += row.amount
        return {
            "payments": [_book_payment(row) for row in bank.payments.values()],
            "refunds": [_book_refund(row) for row in bank.refunds.values()],
            "movements": [_book_movement(row) for row in bank.movements],
            "totals": {
                shop: {kind: money.write_value(sum_) for kind, sum_ in kinds.items()}
                for shop, kinds in totals.items()
            },
        }


def _book_payment(row: Payment) -> dict[str, Any]:
    return {
        "id": row.id,
        "shop": row.shop,
        "status": row.status,
        "reason": row.reason,
        "amount": money.write_value(row.amount),
        "refunded": money.write_value(row.refunded),
        "payment_method_id": row.method_id,
        "metadata": row.metadata or {},
        "merchant_customer_id": row.merchant_customer_id,
        "payment_order": row.payment_order,
    }


def _book_refund(row: Refund) -> dict[str, Any]:
    return {
        "id": row.id,
        "shop": row.shop,
        "payment_id": row.payment_id,
        "status": row.status,
        "amount": money.write_value(row.amount),
        "metadata": row.metadata or {},
    }


def _book_movement(row: Movement) -> dict[str, Any]:
    return {**asdict(row), "amount": money.write_value(row.amount), "at": as_iso(row.at)}


def _list_requests(program: Program, _body: Fields) -> Any:
    return {"requests": [asdict(visit) for visit in list(program.visits.rows)]}


def _list_cards(_program: Program, _body: Fields) -> Any:
    return {"cards": [asdict(card) for card in cards.CARDS.values()], "code": paying.CODE}


def _number(body: Fields, name: str) -> float:
    value = body.required(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise body.wrong(name, "Expected a number")
    return float(value)


def _ids(body: Fields) -> list[int] | None:
    return body.array("ids") if body.has("ids") else None


ADDRESSES: dict[tuple[str, str], Callable[[Program, Fields], Any]] = {
    ("GET", "/state"): _state,
    ("POST", "/reset"): _reset,
    ("POST", "/clock"): _turn_clock,
    ("POST", "/settings"): _set_settings,
    ("POST", "/webhook"): _set_webhook,
    ("GET", "/webhooks"): _list_webhooks,
    ("POST", "/webhooks"): _set_mode,
    ("POST", "/webhooks/release"): _release_webhooks,
    ("POST", "/webhooks/take"): _take_webhooks,
    ("POST", "/webhooks/wait"): _wait_for_quiet,
    ("POST", "/faults"): _order_fault,
    ("POST", "/faults/clear"): _clear_faults,
    ("POST", "/pay"): _pay,
    ("POST", "/later"): _set_later,
    ("POST", "/forget"): _forget,
    ("GET", "/books"): _books,
    ("GET", "/requests"): _list_requests,
    ("GET", "/cards"): _list_cards,
}
