from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI

from kabinet.api import messengers
from kabinet.api.access import ProviderKey
from kabinet.api.payments import notices
from kabinet.api.provider import exports, imports
from kabinet.kernel.errors import NotVisible, Refused

# No page to try it from: such a page needs scripts that our Content-Security-Policy refuses.
provider_api = NinjaAPI(
    title="Kabinet: provider API",
    version="1",
    urls_namespace="provider-api",
    auth=ProviderKey(),
    docs_url=None,
)
provider_api.add_router("/imports", imports.router)
provider_api.add_router("/exports", exports.router)
provider_api.add_router("/", exports.pages)


@provider_api.exception_handler(NotVisible)
def not_visible(request: HttpRequest, _error: NotVisible) -> HttpResponse:
    return provider_api.create_response(request, {"code": "not_found"}, status=404)


@provider_api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return provider_api.create_response(
        request, {"code": "refused", "message": str(error)}, status=409
    )


def _open(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The key is checked by the API itself, in its own way: no sign-in page for a program."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.callback is not None:
            login_not_required(pattern.callback)
    return patterns


_patterns, _app_name, _namespace = provider_api.urls
urlpatterns = [
    path("payments/<slug:gateway_code>/<uuid:merchant_id>/", notices.take, name="bank-notice"),
    path("messengers/<str:name>/", messengers.take, name="messenger-news"),
    path("provider/v1/", (_open(list(_patterns)), _app_name, _namespace)),
]
