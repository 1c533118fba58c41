"""A provider's own address of the entry page: it names the provider and begins linking with it (IDN-02)."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kabinet.identity.parts import EntryPart, is_on
from kabinet.providers.queries import (
    ProviderNotFound,
    ProviderRow,
    get_active_provider,
    get_only_provider,
)

CHOSEN = "entry_provider"


@login_not_required
@never_cache
@require_safe
def enter(request: HttpRequest, code: str) -> HttpResponse:
    """Remember by which provider's link somebody came; an unknown one opens the page for all."""
    provider = _find(code)
    if request.user.is_authenticated:
        return redirect(reverse("account-link", query={"provider": code} if provider else {}))
    if provider is not None:
        request.session[CHOSEN] = provider.code
    else:
        request.session.pop(CHOSEN, None)
    return redirect("account_login")


def chosen(request: HttpRequest) -> ProviderRow | None:
    """Give the provider by whose link this browser came; it costs a query only then."""
    code = request.session.get(CHOSEN)
    return _find(code) if code else None


def shown(request: HttpRequest) -> ProviderRow | None:
    """Give the provider that the entry page shows: the link's, or else the only one there is (IDN-01).

    Where the part is left out, the link's is named without its logo.
    """
    by_link = chosen(request)
    if not is_on(EntryPart.LOGO):
        return replace(by_link, logo=None) if by_link else None
    return by_link or get_only_provider()


def take_chosen(request: HttpRequest) -> str:
    """Give the code once: linking begins with it, and after that with the choice of all."""
    code: str = request.session.pop(CHOSEN, "") if CHOSEN in request.session else ""
    return code


def _find(code: str) -> ProviderRow | None:
    try:
        return get_active_provider(code=code)
    except ProviderNotFound:
        return None
