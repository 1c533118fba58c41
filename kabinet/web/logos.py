"""Logos of providers: public pictures that never change under their address."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from kabinet.providers.appearance import read_logo

FOLDER = "/logos/"
FOR_EVER = "public, max-age=31536000, immutable"


class LogosFirst:
    """Answer for logos before sessions are looked at, as static files are: no cookie is read and none varies the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        head, dot, kind = request.path_info.removeprefix(FOLDER).rpartition(".")
        if request.path_info.startswith(FOLDER) and dot and kind == "png":
            return show_logo(request, digest=head)
        return self.get_response(request)


@login_not_required
@require_safe
def show_logo(request: HttpRequest, digest: str) -> HttpResponse:
    """Give the logo whose SHA-256 is in the address; a removed one is gone, whoever asks."""
    content = read_logo(digest=digest)
    if content is None:
        return HttpResponseNotFound(
            "404", content_type="text/plain", headers={"Cache-Control": "no-store"}
        )
    etag = quote_etag(digest)
    answer = get_conditional_response(request, etag=etag) or HttpResponse(
        content, content_type="image/png"
    )
    answer["ETag"] = etag
    answer["Cache-Control"] = FOR_EVER
    # Opened by itself it is a picture and can be nothing else.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
