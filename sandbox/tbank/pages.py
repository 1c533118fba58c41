"""The payer's pages: plain HTML forms, Russian, for phones too; nothing needs JavaScript."""

from __future__ import annotations

import time
from html import escape

from sandbox.tbank import errors, qr
from sandbox.tbank.books import Payment
from sandbox.tbank.cards import CARDS, CODE

FRAME = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title} — Т-Банк, песочница</title><link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/page.css"></head>
<body><p class="strip" role="note">Песочница Т-Банка: деньги не списываются, настоящие карты не подходят</p>
<main><div class="brand"><i aria-hidden="true">Т</i>Т-Банк · оплата</div>
{body}</main></body></html>"""


def frame(title: str, body: str) -> str:
    return FRAME.format(title=escape(title), body=body)


def rubles(kopecks: int) -> str:
    """«1 234,56 ₽» with spaces that do not break."""
    whole, rest = divmod(kopecks, 100)
    return f"{whole:,}".replace(",", "\N{NO-BREAK SPACE}") + f",{rest:02}\N{NO-BREAK SPACE}₽"


def _head(payment: Payment) -> str:
    if payment.request_key:
        return (
            '<section class="card"><h1>Привязка карты</h1>'
            '<p class="quiet">Деньги не спишутся: банк только проверит карту.</p></section>'
        )
    until = time.strftime("%d.%m %H:%M", time.gmtime(payment.due_at + 3 * 3600))
    what = escape(payment.description or f"Заказ {payment.order_id}")
    return (
        f'<section class="card"><p class="sum">{rubles(payment.amount)}</p><p class="quiet">{what}</p>'
        f'<p class="quiet">Оплатить до {until} (МСК)</p></section>'
    )


def _wrong(text: str) -> str:
    return f'<p class="wrong" role="alert">{escape(text)}</p>' if text else ""


def card_form(payment: Payment, *, wrong: str = "", number: str = "") -> str:
    """Card details; SBP beside them; the test cards with their outcomes below."""
    button = "Привязать карту" if payment.request_key else f"Оплатить {rubles(payment.amount)}"
    saves = (
        '<p class="quiet">Карта сохранится для следующих платежей.</p>' if payment.recurrent else ""
    )
    by_sbp = (
        ""
        if payment.request_key
        else f'<a class="button second" href="/sbp/{payment.page}">Оплатить через СБП</a>'
    )
    back = (
        f'<form method="post" action="/leave/{payment.page}"><button class="second">Вернуться в магазин</button></form>'
        if payment.fail_url
        else ""
    )
    rows = "".join(
        f"<tr><td>{card.grouped}</td><td>{escape(card.title)}</td></tr>" for card in CARDS.values()
    )
    form = f"""{_head(payment)}<section class="card"><h2>Банковская карта</h2>{_wrong(wrong)}
<form method="post" action="/pay/{payment.page}">
<label>Номер карты<input name="number" inputmode="numeric" autocomplete="off" required value="{escape(number)}"></label>
<div class="pair"><label>Срок, ММ/ГГ<input name="expires" inputmode="numeric" autocomplete="off" placeholder="12/30" required></label>
<label>CVC<input name="cvc" inputmode="numeric" autocomplete="off" placeholder="123" required maxlength="4"></label></div>
<button>{button}</button></form>{saves}{by_sbp}{back}</section>
<details class="card" open><summary>Тестовые карты</summary>
<p class="quiet">Срок и CVC любые. Код из СМС всегда {CODE}.</p><table>{rows}</table></details>"""
    return frame("Оплата картой" if not payment.request_key else "Привязка карты", form)


def code_form(payment: Payment, *, wrong: str = "") -> str:
    body = f"""{_head(payment)}<section class="card"><h1>Подтверждение 3-D Secure</h1>
<p class="quiet">Карта {escape(payment.pan)}</p>
<p class="code">СМС от банка: код <strong>{CODE}</strong>. Никому его не сообщайте.</p>{_wrong(wrong)}
<form method="post" action="/3ds/{payment.page}">
<label>Код из СМС<input name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus></label>
<button name="do" value="confirm">Подтвердить</button></form>
<form method="post" action="/3ds/{payment.page}"><button class="second" name="do" value="refuse">Отказаться</button></form>
</section>"""
    return frame("Код из СМС", body)


def sbp_page(payment: Payment, *, link: str) -> str:
    """The QR on a wide screen, the choice of a bank on a phone; both lead to the payer's own bank."""
    banks = "".join(
        f'<li><a class="button second" href="{escape(link)}">{escape(name)}</a></li>'
        for _number, name in qr.MEMBERS
    )
    body = f"""{_head(payment)}<section class="card"><h1>Оплата через СБП</h1>
<div class="wide-only"><img class="qr" src="/picture/{payment.page}.svg" alt="QR-код для оплаты через СБП">
<p class="quiet">Наведите камеру телефона или откройте банк здесь:</p>
<a class="button" href="{escape(link)}">Открыть приложение банка</a></div>
<div class="narrow-only"><p class="quiet">Выберите банк, из которого заплатить:</p><ul class="banks">{banks}</ul></div>
<a class="button second" href="/pay/{payment.page}">Оплатить картой</a>
<a class="button second" href="/done/{payment.page}">Я уже оплатил</a></section>"""
    return frame("Оплата через СБП", body)


def payers_bank(payment: Payment, *, wrong: str = "") -> str:
    """The payer's own bank after the scan: not T-Bank's page, but the test has to go on somewhere."""
    body = f"""{_head(payment)}<section class="card"><h1>Ваш банк: перевод по СБП</h1>{_wrong(wrong)}
<form method="post" action="/qr/{payment.qr_id}">
<button name="do" value="pay">Заплатить {rubles(payment.amount)}</button>
<button class="second" name="do" value="no-money">Не хватает денег на счёте</button>
<button class="second" name="do" value="suspicious">Банк сочтёт подозрительным</button></form></section>"""
    return frame("Перевод по СБП", body)


TITLES = {
    "CONFIRMED": "Оплачено",
    "COMPLETED": "Карта привязана",
    "AUTHORIZED": "Деньги заблокированы, магазин спишет их позже",
    "REJECTED": "Не прошло",
    "CANCELED": "Платёж отменён магазином",
    "DEADLINE_EXPIRED": "Время на оплату вышло",
    "REVERSED": "Блокировка снята",
    "REFUNDED": "Деньги возвращены",
    "PARTIAL_REFUNDED": "Часть денег возвращена",
}


def result(payment: Payment) -> str:
    """How it ended, and the way back to the shop."""
    title = TITLES.get(payment.status, "Платёж обрабатывается")
    why = (
        f'<p class="quiet">{escape(errors.MESSAGES[payment.error])} (код {payment.error})</p>'
        if payment.error != "0"
        else ""
    )
    address = back_address(payment)
    back = (
        f'<a class="button" href="{escape(address)}">Вернуться в магазин</a>'
        if address
        else '<p class="quiet">Вернитесь на страницу магазина: она уже знает результат или узнает скоро.</p>'
    )
    retry = (
        f'<a class="button second" href="/done/{payment.page}">Проверить ещё раз</a>'
        if payment.status not in TITLES
        else ""
    )
    return frame(
        title, f'{_head(payment)}<section class="card"><h1>{title}</h1>{why}{back}{retry}</section>'
    )


def back_address(payment: Payment) -> str:
    """SuccessURL or FailURL with the parameters the service adds."""
    good = payment.status in {"CONFIRMED", "AUTHORIZED", "COMPLETED"}
    address = payment.success_url if good else payment.fail_url
    if not address:
        return ""
    joint = "&" if "?" in address else "?"
    return (
        f"{address}{joint}Success={str(good).lower()}&ErrorCode={payment.error}"
        f"&OrderId={payment.order_id}&PaymentId={payment.id}&Amount={payment.amount}"
    )


def front() -> str:
    rows = "".join(
        f"<tr><td>{card.grouped}</td><td>{escape(card.title)}</td></tr>" for card in CARDS.values()
    )
    return frame(
        "Песочница",
        '<section class="card"><h1>Песочница интернет-эквайринга Т-Банка</h1>'
        '<p class="quiet">API: POST /v2/Init и другие методы. Управление для тестов: /control/.</p></section>'
        f'<section class="card"><h2>Тестовые карты</h2><p class="quiet">Код из СМС всегда {CODE}.</p>'
        f"<table>{rows}</table></section>",
    )


def lost() -> str:
    return frame(
        "Нет такой страницы",
        '<section class="card"><h1>Нет такого платежа</h1>'
        '<p class="quiet">Ссылка неполная или платёж создан до перезапуска песочницы.</p></section>',
    )


def receipt(number: int) -> str:
    return frame(
        "Чек",
        f'<section class="card"><h1>Кассовый чек № {number}</h1>'
        '<p class="quiet">Песочница ОФД: чек не передавался в ФНС.</p></section>',
    )
