"""To another site's sign-in: asked by a button, left for by a refresh (docs/decisions/0025 says why not a redirect)."""

from __future__ import annotations

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kabinet.web.entry.visitors import own_next


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to a provider's page; opened without a form, ask first, since a link can be anybody's."""
    try:
        provider = get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist:
        raise Http404(f"{provider_id} is not configured") from None
    if request.method != "POST":
        context = {
            "provider": provider.name,
            "next": own_next(request),
            "connects": request.GET.get("process") == AuthProcess.CONNECT,
        }
        return render(request, "web/entry/outside.html", context)

    response: HttpResponse = provider.redirect_from_request(request)
    address = response.headers.get("Location", "")
    if not address or url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return response
    context = {"provider": provider.name, "address": address}
    return render(request, "web/entry/onward.html", context)
