from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.operations import issue_bill_document
from kabinet.providers.enums import Feature
from kabinet.ui.asked import whole_number
from kabinet.ui.files import private_file
from kabinet.web.portal import Portal, account_page

# What fits the column.
REVISION_DIGITS = 9


@require_safe
@account_page(Feature.BILLS)
def download_bill(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, bill_id: uuid.UUID
) -> HttpResponse:
    """Give the bill's file: ``?revision=`` asks for one that a newer has replaced (BIL-36), ``?print`` opens it.

    A browser shows the opened file with its own button for printing.
    """
    issued = issue_bill_document(
        actor=portal.actor,
        account_id=account.id,
        bill_id=bill_id,
        revision=_revision(request.GET.get("revision")),
        at=timezone.now(),
    )
    return private_file(
        issued.content,
        name=issued.file_name,
        content_type="application/pdf",
        is_opened="print" in request.GET,
    )


def _revision(text: str | None) -> int | None:
    if text is None:
        return None
    number = whole_number(text, digits=REVISION_DIGITS)
    if number is None:
        raise Http404
    return number
