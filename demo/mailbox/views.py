"""Where the demo's letters and SMS land. Outside the demo this page does not exist."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kabinet.channels.queries import MailboxRow, get_mailbox

SHOWN = 30
REFRESH_SECONDS = 5
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class Item:
    row: MailboxRow

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
    items = [Item(row) for row in get_mailbox(count=SHOWN)]
    response = render(request, "demo/mailbox.html", {"items": items})
    # Works without JavaScript: the browser asks again by itself.
    response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response
