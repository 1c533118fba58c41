"""Closing an account to another person who holds it (ACC-27)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kabinet.accounts import operations
from kabinet.accounts.queries import get_revocation
from kabinet.kernel.errors import Refused
from kabinet.web.accounts.forms import ProofForm
from kabinet.web.portal import open_own_account


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, account_id: uuid.UUID, holder_id: uuid.UUID) -> HttpResponse:
    """Ask one of the provider's questions anew, then end the other person's link."""
    portal, account = open_own_account(request, account_id)
    at = timezone.now()
    found = get_revocation(actor=portal.actor, public_id=account_id, holder_id=holder_id, at=at)
    form = ProofForm(request.POST if request.method == "POST" else None, offered=found.questions)
    if form.is_valid():
        try:
            operations.revoke_holder(
                actor=portal.actor,
                public_id=account_id,
                holder_id=holder_id,
                at=at,
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("Доступ закрыт: %(contact)s больше не видит этот счёт.")
                % {"contact": found.holder.contact},
            )
            return redirect("account-edit", account_id=account_id)
    return render(
        request,
        "web/accounts/revoke.html",
        {
            "account": account,
            "provider": account.provider,
            "holder": found.holder,
            "questions": found.questions,
            "form": form,
        },
        status=422 if form.errors else 200,
    )
