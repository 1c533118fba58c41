from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kabinet.kernel.errors import NotVisible, Refused

GetResponse = Callable[[HttpRequest], HttpResponse]
SCRIPTS = "script-src 'self' {hosts}; frame-src {hosts}; connect-src 'self' {hosts}"
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


class SecurityPolicy:
    """Send with every page the strict Content-Security-Policy, and that no browser or proxy may keep the page.

    Nothing inline, nothing foreign but what a page has named in ``request.foreign_origins`` (a captcha's host); and
    after signing out the back button shows nobody's bills.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        hosts = " ".join(getattr(request, "foreign_origins", ()))
        policy = f"{POLICY}; {SCRIPTS.format(hosts=hosts)}" if hosts else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class DomainErrorPages:
    """Give what can be foreseen one page each, the same everywhere: two kinds of refusal, and a NUL in the address.

    No text of ours holds a NUL and the database takes none; in forms, Django's fields see to it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return render(request, "ui/errors/400.html", status=400)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotVisible):
            return render(request, "ui/errors/not_found.html", status=404)
        if isinstance(error, Refused):
            return render(request, "ui/errors/refused.html", {"reason": str(error)}, status=409)
        return None
