from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from kabinet.identity import queries, sessions
from kabinet.web.entry.middleware import OPEN_WITHOUT_CONSENT
from kabinet.web.portal import actor_of

# Where a contact is just being proved.
OPEN = OPEN_WITHOUT_CONSENT | {"contact-link"}


class ContactGate:
    """Offer once after each sign-in, before the first page, to prove a contact that is not proved (IDN-15).

    Stands after the gates that must be passed; this one is passed by «Позже», which the page itself offers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if not _is_page(request) or not sessions.take_contact_check(request):
            return None
        if not request.user.is_authenticated:
            return None
        if queries.get_unproven_contact(actor=actor_of(request)) is None:
            return None
        return redirect(reverse("contact-ask", query={"next": request.get_full_path()}))


def _is_page(request: HttpRequest) -> bool:
    """Leave out what a page fetches by itself, what is sent, and what is open before the other gates."""
    match = request.resolver_match
    if request.method != "GET" or match is None or match.url_name in OPEN:
        return False
    is_fetched = request.headers.get("Sec-Fetch-Dest", "document") != "document"
    return not is_fetched and not request.htmx  # type: ignore[attr-defined]  # set by HtmxMiddleware
