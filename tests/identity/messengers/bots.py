"""The bots of both messengers as the settings name them, and a person's hands in their conversations."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse

from kabinet.channels.models import Delivery
from sandbox.messengers import maxbot, telegram
from sandbox.messengers.books import Books, Bot
from sandbox.messengers.people import PEOPLE

KSENIA, BORIS, STRANGER = PEOPLE[5001], PEOPLE[5002], PEOPLE[5003]
TOKENS = {"telegram": "110201543:token-of-telegram", "max": "token-of-max"}
SECRETS = {"telegram": "news-of-telegram_0123456789", "max": "news-of-max_0123456789-abc"}
HEADERS = {"telegram": telegram.SECRET_HEADER, "max": maxbot.SECRET_HEADER}
BOTS = [Bot(name, "ozera_bot", token) for name, token in TOKENS.items()]
SPEAKERS = {"telegram": telegram, "max": maxbot}


def point(settings, url="http://127.0.0.1:9"):
    """Configure both bots; the address answers only where a stand-in is running."""
    settings.MESSENGERS = list(TOKENS)
    for name, token in TOKENS.items():
        prefix = name.upper()
        setattr(settings, f"{prefix}_BOT", "ozera_bot")
        setattr(settings, f"{prefix}_TOKEN", token)
        setattr(settings, f"{prefix}_HOOK_SECRET", SECRETS[name])
        setattr(settings, f"{prefix}_URL", url)
        setattr(settings, f"{prefix}_LINK", f"{url}/{name}")


def started(name, person=KSENIA, payload=""):
    """The news that the messenger brings of somebody who has pressed «Start»."""
    return SPEAKERS[name].started(Books(BOTS), person, payload)


def stopped(name, person=KSENIA):
    return SPEAKERS[name].stopped(Books(BOTS), person)


def bring(name, news, *, secret=None, client=None):
    """Post news to our address as the messenger does."""
    headers = {HEADERS[name]: SECRETS[name] if secret is None else secret}
    return (client or Client()).post(
        reverse("messenger-news", args=[name]),
        news,
        content_type="application/json",
        headers=headers,
    )


def press_start(name, payload="", person=KSENIA):
    assert bring(name, started(name, person, payload)).status_code == 200


def written(name, person=KSENIA):
    """What the bot has written to a person, oldest first; still waiting to leave."""
    rows = Delivery.objects.filter(recipient=f"{name}:{person.number}").order_by("pk")
    return [row.text for row in rows]


def number_of(name, person=KSENIA):
    return re.search(r"число (\d{4})", written(name, person)[-1])[1]


def begin(client, name):
    """Ask for a link on the page; gives its secret."""
    assert client.post(reverse("messenger-link", args=[name])).status_code == 302
    return client.session["messenger"][2]


def enter(client, name, number):
    return client.post(reverse("messenger-confirm", args=[name]), {"number": number})


def link(client, name, person=KSENIA):
    """Link from the first button to the last."""
    press_start(name, begin(client, name), person)
    return enter(client, name, number_of(name, person))
