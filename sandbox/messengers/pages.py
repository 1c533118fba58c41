"""The messenger as the person sees it: plain HTML forms, Russian; nothing needs JavaScript."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html import escape

from sandbox.messengers.books import NAMES, Books, Message
from sandbox.messengers.people import PEOPLE, Person

MOSCOW = timezone(timedelta(hours=3))
FRAME = """<!doctype html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/talk.css"></head>
<body><p class="strip">Это показ: люди выдуманы, сообщения никуда не уходят.</p>
<main>{body}</main></body></html>"""


def front(books: Books) -> str:
    rows = "".join(
        f'<li><a href="/{name}/{escape(bot.name)}"><b>{NAMES[name]}</b><span>бот {escape(bot.name)}</span></a></li>'
        for name, bot in books.bots.items()
    )
    return _frame("Мессенджеры показа", f'<h1>Мессенджеры показа</h1><ul class="list">{rows}</ul>')


def bot(books: Books, messenger: str, payload: str) -> str:
    """What opens behind a link to the bot: whose telephone it is, and «Start»."""
    name = books.bots[messenger].name
    rows = "".join(
        f'<li><button name="person" value="{one.number}"><b>{escape(one.full_name)}</b>'
        f"<span>{escape(one.note)}</span></button></li>"
        for one in PEOPLE.values()
    )
    asked = "Старт" if payload else "Открыть"
    body = f"""<h1>{NAMES[messenger]}: {escape(name)}</h1><p>Чей это телефон? Нажмите — это и будет «{asked}».</p>
<form method="post" action="/{messenger}/{escape(name)}/start">
<input type="hidden" name="start" value="{escape(payload)}"><ul class="list">{rows}</ul></form>"""
    return _frame(f"{NAMES[messenger]}: {name}", body)


def talk(books: Books, messenger: str, person: Person) -> str:
    name = escape(books.bots[messenger].name)
    said = books.talk(messenger, person.number)
    bubbles = "".join(map(_bubble, said)) or '<p class="note">Сообщений нет.</p>'
    if books.has_stopped(messenger, person.number):
        deed, word = "start", "Запустить бота снова"
        bubbles += '<p class="note">Вы остановили бота: он не может вам писать.</p>'
    else:
        deed, word = "stop", "Остановить бота"
    body = f"""<p><a href="/{messenger}/{name}">Другой телефон</a></p>
<section class="phone" aria-label="Чат"><h1>{NAMES[messenger]}: {escape(person.full_name)}</h1>{bubbles}
<form method="post" action="/{messenger}/{name}/{deed}"><input type="hidden" name="start" value="">
<button class="plain" name="person" value="{person.number}">{word}</button></form></section>"""
    return _frame(f"{NAMES[messenger]}: {person.full_name}", body)


def _bubble(message: Message) -> str:
    when = datetime.fromtimestamp(message.at, MOSCOW).strftime("%H:%M")
    side = "bot" if message.is_from_bot else "own"
    text = escape(message.text).replace("\n", "<br>")
    return f'<article class="{side}"><p class="from"><time>{when}</time></p><p>{text}</p></article>'


def lost() -> str:
    return _frame(
        "Нет такой страницы",
        '<h1>Нет такой страницы</h1><p><a href="/">Мессенджеры показа</a></p>',
    )


def _frame(title: str, body: str) -> str:
    return FRAME.format(title=escape(title), body=body)
