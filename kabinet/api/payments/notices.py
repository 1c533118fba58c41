"""Where acquirers send their notifications (design §6, step 3)."""

from __future__ import annotations

import logging
import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kabinet.payments.gateways.base import NoticeRefused
from kabinet.payments.operations.notices import Envelope, take_notice

logger = logging.getLogger(__name__)
LARGEST = 256 * 1024


# A bank has no cookie of ours: what it says is believed by nobody, it only makes us ask.
@csrf_exempt
@login_not_required
@require_POST
def take(request: HttpRequest, gateway_code: str, merchant_id: uuid.UUID) -> HttpResponse:
    """Answer at once: 200 whatever became of the payment, 403 to whoever is not the bank, 413 to too much."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=413)
    address = request.META.get("REMOTE_ADDR", "")
    try:
        reply = take_notice(
            gateway_code=gateway_code,
            merchant_id=merchant_id,
            envelope=Envelope(request.body, dict(request.headers), address),
        )
    except NoticeRefused as refusal:
        logger.warning(
            "payment.notice_refused bank=%s from=%s why=%s", gateway_code, address, refusal
        )
        return HttpResponse(status=403)
    return HttpResponse(reply, content_type="text/plain")
