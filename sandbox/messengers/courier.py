"""Bringing news to where the bot's owner has asked for it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from sandbox.messengers import maxbot, telegram
from sandbox.messengers.books import Books

SECONDS = 5.0
HEADERS = {telegram.NAME: telegram.SECRET_HEADER, maxbot.NAME: maxbot.SECRET_HEADER}


def bring(books: Books, messenger: str, news: dict[str, Any]) -> int:
    """Post it once and give the answer's status, 0 where there was none or nobody has asked for news."""
    hook = books.hooks.get(messenger)
    if hook is None:
        return 0
    request = urllib.request.Request(  # noqa: S310 -- the bot's owner has named it
        hook.url,
        json.dumps(news, ensure_ascii=False).encode(),
        {"Content-Type": "application/json", HEADERS[messenger]: hook.secret},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 -- see above
            status = int(answer.status)
    except urllib.error.HTTPError as refusal:
        status = refusal.code
    except OSError:
        status = 0
    books.note_brought(messenger, status)
    return status
