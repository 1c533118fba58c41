"""The list of accounts, one account's settings and its end."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.accounts import operations
from kabinet.accounts.queries import can_link_more, get_other_holders, get_own_requests
from kabinet.web.accounts.forms import NameForm
from kabinet.web.portal import open_own_account, open_portal


@require_safe
def account_list(request: HttpRequest) -> HttpResponse:
    """Everything linked, with what can be done about it (ACC-22)."""
    portal = open_portal(request)
    return render(
        request,
        "web/accounts/list.html",
        {
            "portal": portal,
            "can_link_more": can_link_more(portal.accounts),
            "requests": get_own_requests(actor=portal.actor, at=timezone.now()),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit_account(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Rename (ACC-23), see who else holds the account (ACC-27), and reach everything else about the link."""
    portal, account = open_own_account(request, account_id)
    form = NameForm(request.POST or None, initial={"alias": account.alias})
    if request.method == "POST":
        form = NameForm(request.POST)
        if form.is_valid():
            operations.rename_link(
                actor=portal.actor,
                public_id=account_id,
                alias=form.cleaned_data["alias"],
                at=timezone.now(),
            )
            messages.success(request, _("Название сохранено."))
            return redirect("account-list")
    return render(
        request,
        "web/accounts/edit.html",
        {
            "account": account,
            "form": form,
            "holders": get_other_holders(actor=portal.actor, public_id=account_id),
        },
        status=422 if form.errors else 200,
    )


@require_POST
def make_primary(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    portal, account = open_own_account(request, account_id)
    operations.make_primary(actor=portal.actor, public_id=account_id, at=timezone.now())
    messages.success(
        request, _("«%(account)s» открывается первым после входа.") % {"account": account.title}
    )
    return redirect("account-list")


@require_http_methods(["GET", "HEAD", "POST"])
def unlink(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Ask once, then end the link (ACC-26)."""
    portal, account = open_own_account(request, account_id)
    if request.method == "POST":
        operations.unlink_account(actor=portal.actor, public_id=account_id, at=timezone.now())
        messages.success(
            request,
            _("Счёт «%(account)s» отвязан. Привязать его снова можно в любое время.")
            % {"account": account.title},
        )
        return redirect("account-list")
    return render(request, "web/accounts/unlink.html", {"account": account})
