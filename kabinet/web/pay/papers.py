"""The payment receipt as a file, for whoever paid: a person, or a guest in the same browser (PAY-10, 11, 26)."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.payments.operations.papers import make_payment_receipt
from kabinet.ui.asked import whole_number
from kabinet.ui.files import private_file
from kabinet.web.pay.payers import payer_of


@login_not_required
@require_safe
def download_receipt(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """Give all that is paid of the checkout; ``?part=`` narrows it to one payee, ``?print`` opens it for printing."""
    payer = payer_of(request)
    issued = make_payment_receipt(
        actor=payer.actor,
        session=payer.session,
        checkout_id=checkout_id,
        part=whole_number(request.GET.get("part"), digits=4),
        at=timezone.now(),
    )
    return private_file(
        issued.content,
        name=issued.file_name,
        content_type="application/pdf",
        is_opened="print" in request.GET,
    )
