from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from kabinet.identity import queries, sessions
from kabinet.web.portal import actor_of

GetResponse = Callable[[HttpRequest], HttpResponse]
# What a person may do before having accepted: read, accept, take back, sign out, or leave for good; and set an own
# password, which the gate after this one demands.
OPEN_WITHOUT_CONSENT = {
    "leave",
    "leave-confirm",
    "leave-cancel",
    "account_reauthenticate",
    "prove-code",
    "prove-send",
    "prove-key-question",
    "mfa_reauthenticate_webauthn",
    "own-password",
    "consent",
    "consent-withdraw",
    "legal-document",
    "legal-document-file",
    "account_logout",
    "ui-preferences",
    "onboarding",
}
OPEN_WITHOUT_OWN_PASSWORD = {
    "own-password",
    "legal-document",
    "legal-document-file",
    "account_logout",
    "ui-preferences",
}


class ClientAddress:
    """Behind a proxy, the visitor is the last address that the proxy itself wrote."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.BEHIND_PROXY:
            forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
            if _is_address(forwarded):
                request.META["REMOTE_ADDR"] = forwarded
        return self.get_response(request)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class SessionVisits:
    """Keep a session alive while its person is here (IDN-38)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        # Not before a view is found: static files and probes read no session.
        sessions.note_visit(request)


class ConsentGate:
    """Ask for a document that has a new version, or whose consent was taken back, before going on (IDN-18).

    The session remembers that all was accepted, so that this costs a query once in ten minutes. Staff work under
    contract and are not asked.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, *_view: Any
    ) -> HttpResponse | HttpResponseClientRedirect | None:
        match = request.resolver_match
        if match is None or match.url_name in OPEN_WITHOUT_CONSENT:
            return None
        if not sessions.needs_consent_check(request) or not request.user.is_authenticated:
            return None
        if request.user.is_staff or not queries.get_missing_documents(actor=actor_of(request)):
            sessions.note_consents_given(request)
            return None

        address = redirect("consent").url
        if request.method == "GET" and not request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
            address = f"{address}?{urlencode({'next': request.get_full_path()})}"
        if request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
            return HttpResponseClientRedirect(address)
        return redirect(address)


class PasswordGate:
    """Whoever came in with a temporary password sets an own one before anything else (IDN-32, B)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, *_view: Any
    ) -> HttpResponse | HttpResponseClientRedirect | None:
        match = request.resolver_match
        if match is None or match.url_name in OPEN_WITHOUT_OWN_PASSWORD:
            return None
        if not sessions.must_change_password(request):
            return None
        if request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
            return HttpResponseClientRedirect(redirect("own-password").url)
        return redirect("own-password")
