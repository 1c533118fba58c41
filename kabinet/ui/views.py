from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from kabinet.ui import gallery_content
from kabinet.ui.look import THEMES, Look


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember the theme, the size of type or that the menu is away, and return to the page that asked."""
    look = Look.of(request)
    theme = request.POST.get("theme", look.theme)
    if theme in THEMES:
        look = replace(look, theme=theme)
    if "large" in request.POST:
        look = replace(look, large=request.POST["large"] == "on")
    if "wide" in request.POST:
        look = replace(look, wide=request.POST["wide"] == "on")
    response = HttpResponseRedirect(_page_to_return_to(request))
    look.keep(response, secure=request.is_secure())
    return response


def _page_to_return_to(request: HttpRequest) -> str:
    address = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own else "/"


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with real-looking content; only where nobody real signs in."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "ui/gallery.html", gallery_content.content())


# --- the pages of last resort: Django calls them, by the names in config.urls and settings ---


def bad_request(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001 -- Django's name for it
) -> HttpResponse:
    return render(request, "ui/errors/400.html", status=400)


def forbidden(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001 -- Django's name for it
) -> HttpResponse:
    return render(request, "ui/errors/403.html", status=403)


def not_found(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001 -- Django's name for it
) -> HttpResponse:
    return render(request, "ui/errors/404.html", status=404)


def csrf_refused(
    request: HttpRequest,
    reason: str = "",  # noqa: ARG001 -- Django's name for it
) -> HttpResponse:
    return render(request, "ui/errors/403_csrf.html", status=403)


def failed(_request: HttpRequest) -> HttpResponse:
    """Draw the page without session, user or database: any of them may be what broke."""
    return HttpResponse(render_to_string("ui/errors/500.html"), status=500)
