"""Where messengers bring what people do in our bots' conversations (IDN-28)."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kabinet.identity.messengers import linking
from kabinet.identity.messengers.offered import MessengerNotOffered, require_offered
from kabinet.identity.messengers.updates import Unreadable, is_genuine, read

logger = logging.getLogger(__name__)
# A text message with its sender and its place is a few kilobytes.
LARGEST = 64 * 1024


# A messenger has no cookie of ours: it shows the secret that was agreed on when our address was registered.
@csrf_exempt
@login_not_required
@require_POST
def take(request: HttpRequest, name: str) -> HttpResponse:
    """Answer 200 whatever was done, 403 to whoever is not the messenger, 413 to too much, 400 to what says nothing."""
    try:
        messenger = require_offered(name)
    except MessengerNotOffered:
        return HttpResponse(status=404)
    if not is_genuine(messenger, request.headers):
        address = request.META.get("REMOTE_ADDR", "")
        logger.warning("messenger.news_refused messenger=%s from=%s", name, address)
        return HttpResponse(status=403)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        heard = read(messenger, request.body)
    except Unreadable:
        return HttpResponse(status=400)
    if heard is not None:
        linking.hear(heard=heard, at=timezone.now())
    return HttpResponse()
