"""The person's pages: plain HTML forms, Russian, for phones too; nothing needs JavaScript."""

from __future__ import annotations

from html import escape

from sandbox.esia.errors import Refusal
from sandbox.esia.esia import Ticket
from sandbox.esia.people import PEOPLE, Person

FRAME = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title} — Госуслуги, песочница</title><link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/page.css"></head>
<body><p class="strip" role="note">Песочница Госуслуг: люди выдуманы, настоящие данные сюда не вводите</p>
<main><div class="brand"><i aria-hidden="true">Г</i>Госуслуги · вход</div>
{body}</main></body></html>"""


def frame(title: str, body: str) -> str:
    return FRAME.format(title=escape(title), body=body)


def sign_in(name: str, ticket: Ticket, known: Person | None) -> str:
    """Choose who to be, or refuse; whoever has signed in here already may go on with one button."""
    carry_on = ""
    if known is not None:
        carry_on = (
            f'<p class="quiet">Вы уже вошли как {escape(known.full_name)}.</p>'
            f'<button name="person" value="{known.oid}">Продолжить</button>'
            "<h2>Войти под другим именем</h2>"
        )
    rows = "".join(
        f'<li><button class="second" name="person" value="{one.oid}">{escape(one.full_name)}'
        f"<small>{escape(one.note)}</small></button></li>"
        for one in PEOPLE.values()
    )
    body = f"""<section class="card"><h1>Вход в систему «{escape(ticket.client.name)}»</h1>
<p class="quiet">Ей станут видны: {_asked_for(ticket.scope)}.</p>
<form method="post" action="/login"><input type="hidden" name="ticket" value="{name}">
{carry_on}<ul class="people">{rows}</ul></form>
<form method="post" action="/login"><input type="hidden" name="ticket" value="{name}">
<button class="plain" name="refuse" value="1">Не входить, вернуться назад</button></form></section>"""
    return frame("Вход", body)


WORDS = {
    "fullname": "фамилия, имя и отчество",
    "email": "электронная почта",
    "mobile": "номер телефона",
    "contacts": "почта и телефоны",
    "birthdate": "дата рождения",
    "snils": "СНИЛС",
    "inn": "ИНН",
}


def _asked_for(scope: str) -> str:
    told = [WORDS.get(word, escape(word)) for word in scope.split(" ") if word != "openid"]
    return ", ".join(told) or "ничего, кроме номера вашей записи"


def refused(refusal: Refusal) -> str:
    """The client can't be told, since the request does not prove where it is."""
    return frame(
        "Ошибка",
        '<section class="card"><h1>Войти не получится</h1>'
        f'<p class="wrong">{escape(refusal.description)}</p>'
        '<p class="quiet">Запрос системы составлен неверно. Вернитесь на её страницу.</p></section>',
    )


def lost() -> str:
    return frame(
        "Нет такой страницы",
        '<section class="card"><h1>Здесь ничего нет</h1>'
        '<p class="quiet">Вход уже завершён или начат слишком давно. Начните его заново на сайте, с которого пришли.</p>'
        "</section>",
    )


def signed_out() -> str:
    return frame(
        "Вы вышли",
        '<section class="card"><h1>Вы вышли из Госуслуг</h1></section>',
    )


def front() -> str:
    rows = "".join(
        f"<tr><td>{escape(one.full_name)}</td><td>{escape(one.note)}</td></tr>"
        for one in PEOPLE.values()
    )
    return frame(
        "Песочница",
        '<section class="card"><h1>Песочница входа через Госуслуги</h1>'
        '<p class="quiet">Сюда приходят с сайта, где нажали «Войти через Госуслуги».</p>'
        f"<table>{rows}</table></section>",
    )
