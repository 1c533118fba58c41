"""Where the demo's letters and SMS land. Outside the demo this page does not exist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from demo.mailbox import telephones
from demo.mailbox.telephones import Arrived, NoTelephones
from kabinet.channels.enums import MESSENGERS
from kabinet.channels.queries import MailboxRow, get_mailbox

SHOWN = 30
REFRESH_SECONDS = 5
# Not a part of an address's random name.
CODE = re.compile(r"(?<![\w-])\d{6}(?![\w-])")


@dataclass(frozen=True, slots=True)
class Item:
    row: MailboxRow | Arrived

    @property
    def is_lost(self) -> bool:
        """What failed has lost its text with it."""
        return not self.row.is_sent and not self.row.text

    @property
    def code(self) -> str:
        found = CODE.search(self.row.text)
        return found[0] if found else ""


@login_not_required
@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    try:
        arrived, is_silent = telephones.get_arrived(count=SHOWN), False
    except NoTelephones:
        arrived, is_silent = [], True
    context = {
        "items": _items(get_mailbox(count=SHOWN), arrived),
        "telephones": telephones.address(),
        "messengers": settings.TELEGRAM_URL if settings.MESSENGERS else "",
        "is_silent": is_silent,
    }
    response = render(request, "demo/mailbox.html", context)
    # Works without JavaScript: the browser asks again by itself.
    response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response


def _items(kept: Sequence[MailboxRow], arrived: Sequence[Arrived]) -> Sequence[Item]:
    """One place for letters and SMS, the newest first; an SMS that has left is at its telephone, a bot's message there."""
    ours = [row for row in kept if row.channel not in MESSENGERS]
    here = [row for row in ours if not (row.is_sms and row.is_sent and not row.text)]
    newest = sorted([*here, *arrived], key=lambda row: row.created_at, reverse=True)
    return [Item(row) for row in newest[:SHOWN]]
