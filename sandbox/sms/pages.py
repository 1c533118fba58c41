"""Telephones as their owners see them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from sandbox.sms.books import Books, Sms, State
from sandbox.sms.fates import TEST_NUMBERS

LOST = {State.EXPIRED: "не дошло: телефон выключен", State.FAILED: "не дошло: нет такого абонента"}
UNDER_WAY = {State.WAITING: "в пути", State.SENT: "у оператора"}
MOSCOW = timezone(timedelta(hours=3))
FRAME = """<!doctype html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/phone.css"></head>
<body><p class="strip">Это показ: СМС никуда не уходят, они приходят только сюда. Страница обновляется сама.</p>
<main>{body}</main></body></html>"""


def spoken(phone: str) -> str:
    if len(phone) == 11 and phone.isdigit():
        return f"+{phone[0]} {phone[1:4]} {phone[4:7]}-{phone[7:9]}-{phone[9:]}".replace(
            " ", "\N{NO-BREAK SPACE}"
        )
    return phone


def telephones(books: Books) -> str:
    newest: dict[str, Sms] = {}
    for sms in books.all():
        newest.pop(sms.phone, None)
        newest[sms.phone] = sms
    rows = "".join(_telephone(sms) for sms in reversed(newest.values()))
    listed = f'<ul class="list">{rows}</ul>' if rows else "<p>Пока не пришло ни одного СМС.</p>"
    return _frame("Телефоны показа", f"<h1>Телефоны показа</h1>{listed}{_test_numbers()}")


def _telephone(sms: Sms) -> str:
    return (
        f'<li><a href="/phone/{html.escape(sms.phone)}"><b>{spoken(sms.phone)}</b>'
        f"<span>{html.escape(sms.text)}</span></a></li>"
    )


def _test_numbers() -> str:
    rows = "".join(
        f"<tr><td>{spoken(one.phone)}</td><td>{one.words}</td></tr>" for one in TEST_NUMBERS
    )
    return (
        "<details><summary>Номера, на которых что-нибудь идёт не так</summary>"
        f"<table><caption>На все другие номера СМС приходят</caption>{rows}</table></details>"
    )


def telephone(books: Books, phone: str) -> str:
    messages = [sms for sms in books.all() if sms.phone == phone]
    bubbles = "".join(_bubble(books, sms) for sms in messages) or "<p>Сообщений нет.</p>"
    body = (
        f'<p><a href="/">Все телефоны</a></p><section class="phone" aria-label="Телефон">'
        f"<h1>{html.escape(spoken(phone))}</h1>{bubbles}</section>"
    )
    return _frame(f"Телефон {spoken(phone)}", body)


def _bubble(books: Books, sms: Sms) -> str:
    state = books.state(sms)
    # Before and instead of arriving the owner sees nothing; the page tells what the operator knows.
    words = LOST.get(state) or UNDER_WAY.get(state)
    when = datetime.fromtimestamp(sms.at, MOSCOW).strftime("%H:%M")
    if words:
        return f'<p class="note">{when} · {words}</p>'
    text = html.escape(sms.text).replace("\n", "<br>")
    return (
        f'<article><p class="from">{html.escape(sms.sender)} · <time>{when}</time></p>'
        f"<p>{text}</p></article>"
    )


def lost() -> str:
    return _frame(
        "Нет такой страницы", '<h1>Нет такой страницы</h1><p><a href="/">Телефоны</a></p>'
    )


def listing(books: Books, messages: Sequence[Sms]) -> list[dict[str, object]]:
    return [
        {
            "number": sms.number,
            "phone": sms.phone,
            "text": sms.text,
            "sender": sms.sender,
            "gateway": sms.gateway,
            "at": sms.at,
            "state": books.state(sms).value,
        }
        for sms in messages
    ]


def _frame(title: str, body: str) -> str:
    return FRAME.format(title=html.escape(title), body=body)
