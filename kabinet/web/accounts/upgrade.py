"""Full access by a control question (ACC-15–18)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kabinet.accounts import operations
from kabinet.accounts.queries import get_own_requests, get_upgrade_proofs
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import Proof
from kabinet.web.accounts.forms import ProofForm
from kabinet.web.portal import open_own_account


@require_http_methods(["GET", "HEAD", "POST"])
def upgrade(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    portal, account = open_own_account(request, account_id)
    if account.is_extended:
        messages.info(request, _("Полный доступ к этому счёту уже открыт."))
        return redirect("account-edit", account_id=account_id)
    at = timezone.now()
    offered = get_upgrade_proofs(actor=portal.actor, public_id=account_id, at=at)
    form = ProofForm(request.POST if request.method == "POST" else None, offered=offered)
    if form.is_valid():
        try:
            operations.extend_access(
                actor=portal.actor,
                public_id=account_id,
                proof=form.cleaned_data["proof"],
                answer=form.cleaned_data["answer"],
                at=at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("account-linked", account_id=account_id)
    asked = (account.provider.code, account.number)
    waiting = [
        row
        for row in get_own_requests(actor=portal.actor, at=at)
        if row.is_waiting and (row.provider_code, row.number) == asked
    ]
    return render(
        request,
        "web/accounts/upgrade.html",
        {
            "account": account,
            "form": form,
            "offered": offered,
            "asks_staff": Proof.MANUAL in account.provider.policy.upgrade_proofs,
            "is_asked": bool(waiting),
        },
        status=422 if form.errors else 200,
    )
