"""Draws the pages of a payer from the bank's records."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.bank import cards, paying, sbp, sentences
from sandbox.bank.bank import Bank
from sandbox.bank.html import NOTHING, Markup, draw_qr, join, render
from sandbox.bank.paying import FormError, Target
from sandbox.bank.records import Payment

SHOWN_PAYMENTS = 20
INVALID = Markup('aria-invalid="true" aria-describedby="error" autofocus')
HEADINGS = {
    "succeeded": "Оплачено",
    "waiting_for_capture": "Оплачено",
    "active": "Готово",
    "inactive": "Не получилось",
    "canceled": "Платёж не прошёл",
}


def address_of(target: Target) -> str:
    return f"/{'checkout' if isinstance(target, Payment) else 'binding'}/{target.id}"


def page(title: str, content: Markup) -> bytes:
    return render("base", title=title, content=content).encode()


def choice(bank: Bank, target: Target) -> bytes:
    content = render("choice", summary=_summary(bank, target), here=address_of(target))
    return page("Как вы заплатите?", content)


def card(
    bank: Bank, target: Target, *, typed: Mapping[str, str], error: FormError | None = None
) -> bytes:
    pays = isinstance(target, Payment)
    wrong = error.field if error else ""
    content = render(
        "card",
        title="Оплата картой" if pays else "Привязка карты",
        summary=_summary(bank, target),
        here=address_of(target),
        error=_error(error),
        number=sentences.group_digits(typed.get("number", "").replace(" ", "")),
        expiry=typed.get("expiry", ""),
        csc=typed.get("csc", ""),
        number_state=INVALID if wrong == "number" else NOTHING,
        expiry_state=INVALID if wrong == "expiry" else NOTHING,
        csc_state=INVALID if wrong == "csc" else NOTHING,
        keep=_keep(target, typed),
        button=f"Заплатить {sentences.tell_sum(target.amount)}"
        if isinstance(target, Payment)
        else "Привязать карту",
        groups=_groups(address_of(target)),
    )
    return page("Оплата картой" if pays else "Привязка карты", content)


def challenge(bank: Bank, target: Target, *, error: FormError | None = None) -> bytes:
    content = render(
        "challenge",
        summary=_summary(bank, target),
        here=address_of(target),
        error=_error(error),
        code=paying.CODE,
        code_state=INVALID if error else NOTHING,
        card=sentences.tell_card(target.card.number) if target.card else "",
        tries=sentences.tell_tries(target.tries_left),
    )
    return page("Код из банка", content)


def waiting(bank: Bank, target: Target) -> bytes:
    content = render("waiting", summary=_summary(bank, target), back=_back(target))
    return page("Банк проверяет платёж", content)


def result(target: Target) -> bytes:
    heading = HEADINGS[target.status]
    if isinstance(target, Payment):
        why = sentences.CAUSES.get(target.reason, "") or (
            f"{sentences.tell_sum(target.amount)} уйдут получателю."
        )
    else:
        why = "Способ оплаты привязан." if target.status == "active" else "Ничего не привязано."
    kind = "late" if target.status in {"canceled", "inactive"} else "done"
    content = render("result", heading=heading, why=why, kind=kind, back=_back(target))
    return page(heading, content)


def sbp_banks(bank: Bank, target: Target, *, text: str) -> bytes:
    rows = [
        render("bank", address=f"/sbp/{target.qr_id}/{one.id}", caption=one.name)
        for one in sbp.BANKS
    ]
    content = render(
        "sbp",
        summary=_summary(bank, target),
        qr=draw_qr(text),
        banks=join(rows),
    )
    return page("Оплата через СБП", content)


def bank_app(bank: Bank, target: Target, *, bank_id: str) -> bytes:
    name = sbp.BANK_BY_ID[bank_id].name
    agree = (
        f"Оплатить {sentences.tell_sum(target.amount)}"
        if isinstance(target, Payment)
        else "Привязать счёт"
    )
    content = render("app", bank=name, agree=agree, summary=_summary(bank, target))
    return page(name, content)


def home(bank: Bank) -> bytes:
    latest = list(bank.payments.values())[-SHOWN_PAYMENTS:]
    rows = [
        render(
            "payment",
            id=row.id,
            amount=sentences.tell_sum(row.amount),
            state=row.reason or row.status,
            at=sentences.tell_time(row.created_at),
        )
        for row in reversed(latest)
    ]
    payments = Markup(f'<ul class="cards">{join(rows)}</ul>') if rows else render("none")
    return page("О программе", render("home", payments=payments, groups=_groups(None)))


def nothing_here() -> bytes:
    return page("Такой страницы нет", render("missing"))


def _summary(bank: Bank, target: Target) -> Markup:
    seconds = (target.expires_at - bank.clock.now()) // 1000
    pays = isinstance(target, Payment)
    description = (target.description or "") if isinstance(target, Payment) else ""
    return render(
        "summary",
        what="К оплате" if pays else "Привязка без списания",
        amount=sentences.tell_sum(target.amount if isinstance(target, Payment) else 0),
        payee=_payee(target),
        description=render("description", text=description) if description else NOTHING,
        until=sentences.tell_time(target.expires_at),
        left=sentences.tell_left(seconds),
        seconds=max(0, seconds),
    )


def _payee(target: Target) -> str:
    order = target.payment_order if isinstance(target, Payment) else None
    return order["recipient"]["name"] if order else f"Магазин № {target.shop}"


def _error(error: FormError | None) -> Markup:
    return render("error", message=error.message) if error else NOTHING


def _keep(target: Target, typed: Mapping[str, str]) -> Markup:
    if isinstance(target, Payment) and target.save is None:
        return render("keep", checked=Markup("checked") if typed.get("keep") else NOTHING)
    return NOTHING


def _groups(here: str | None) -> Markup:
    """List the test cards; on the card page a number fills the form."""
    drawn = []
    for title, group in cards.GROUPS:
        name = "row" if here else "plain_row"
        rows = [
            render(
                name,
                here=here or "",
                number=one.number,
                shown=sentences.group_digits(one.number),
                says=one.says,
            )
            for one in group
        ]
        drawn.append(render("group", title=title, rows=join(rows)))
    return join(drawn)


def _back(target: Target) -> Markup:
    url = (target.confirmation or {}).get("return_url")
    return render("back", url=url) if url else render("close")
