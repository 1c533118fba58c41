"""Files that are one person's, as an answer."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def private_file(
    content: bytes | str, *, name: str, content_type: str, is_opened: bool = False
) -> HttpResponse:
    """Give a file to be saved, or to be opened in the browser; no one between keeps it."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=not is_opened, filename=name) or "inline"
    )
    response["Cache-Control"] = "private, no-store"
    return response
