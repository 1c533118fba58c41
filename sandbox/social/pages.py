"""The person's pages: plain HTML forms, Russian, for phones too; nothing needs JavaScript."""

from __future__ import annotations

from html import escape

from sandbox.social.memory import Refusal, Ticket
from sandbox.social.people import PEOPLE
from sandbox.social.services import WORDS

FRAME = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title} — песочница VK ID и Яндекс ID</title><link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/page.css"></head>
<body><p class="strip" role="note">Песочница VK ID и Яндекс ID: люди выдуманы, настоящие данные сюда не вводите</p>
<main>{body}</main></body></html>"""


def frame(title: str, body: str) -> str:
    return FRAME.format(title=escape(title), body=body)


def sign_in(name: str, ticket: Ticket) -> str:
    """Choose who to be, or refuse."""
    rows = "".join(
        f'<li><button class="second" name="person" value="{one.number}">{escape(one.full_name)}'
        f"<small>{escape(one.note)}</small></button></li>"
        for one in PEOPLE.values()
    )
    asked = ", ".join(WORDS[scope] for scope in sorted(ticket.scopes)) or "ничего"
    title = f"Вход через {ticket.service.title}"
    body = f"""<section class="card"><h1>{escape(title)}</h1>
<p class="quiet">Сайту станут видны: {escape(asked)}.</p>
<form method="post" action="/choose"><input type="hidden" name="ticket" value="{name}">
<ul class="people">{rows}</ul></form>
<form method="post" action="/choose"><input type="hidden" name="ticket" value="{name}">
<button class="plain" name="refuse" value="1">Отменить</button></form></section>"""
    return frame(title, body)


def refused(refusal: Refusal) -> str:
    """The client can't be told, since the request does not prove where it is."""
    return frame(
        "Ошибка",
        '<section class="card"><h1>Войти не получится</h1>'
        f'<p class="wrong">{escape(str(refusal))}</p>'
        '<p class="quiet">Запрос сайта составлен неверно. Вернитесь на его страницу.</p></section>',
    )


def lost() -> str:
    return frame(
        "Нет такой страницы",
        '<section class="card"><h1>Здесь ничего нет</h1>'
        '<p class="quiet">Вход уже завершён. Начните его заново на сайте, с которого пришли.</p></section>',
    )


def front() -> str:
    rows = "".join(
        f"<tr><td>{escape(one.full_name)}</td><td>{escape(one.note)}</td></tr>"
        for one in PEOPLE.values()
    )
    return frame(
        "Люди",
        '<section class="card"><h1>Песочница VK ID и Яндекс ID</h1>'
        '<p class="quiet">Сюда приходят с сайта, где нажали «Войти через…».</p>'
        f"<table>{rows}</table></section>",
    )
