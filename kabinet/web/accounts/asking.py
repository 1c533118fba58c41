"""Asking the provider's staff to confirm an account, and taking it back (ACC-11, 13)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.accounts import operations
from kabinet.accounts.operations import Application
from kabinet.kernel.errors import Refused
from kabinet.kernel.workflow import TransitionRefused
from kabinet.providers.enums import Proof
from kabinet.web.accounts import wizard
from kabinet.web.accounts.forms import ApplicationForm, TicksForm
from kabinet.web.accounts.wizard import Stage, Typed
from kabinet.web.portal import Portal, actor_of, open_own_account, open_portal


@require_http_methods(["GET", "HEAD", "POST"])
def ask_to_link(request: HttpRequest, code: str) -> HttpResponse:
    """The last step of linking for those who answer no question."""
    portal = open_portal(request)
    provider, typed = wizard.find_provider(code), wizard.recall(request, code)
    if provider is None or typed is None or not typed.asks_staff:
        return redirect("account-link-number", code=code)
    form = _form(request)
    ticks = wizard.ticks_for(request, portal, provider, links=False)
    if form.is_valid() and ticks.is_valid() and _send(portal, code, typed, form, ticks):
        wizard.forget(request)
        return _sent(request)
    return render(
        request,
        "web/accounts/link_ask.html",
        {
            "provider": provider,
            "typed": typed,
            "form": form,
            "ticks": ticks,
            "number_url": wizard.number_url(code, typed.branch),
            "stepper": wizard.stepper(Stage.PROOF),
        },
        status=422 if form.errors or ticks.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def ask_to_extend(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Full access to a linked account by the staff's word."""
    portal, account = open_own_account(request, account_id)
    if account.is_extended or Proof.MANUAL not in account.provider.policy.upgrade_proofs:
        return redirect("account-upgrade", account_id=account_id)
    form = _form(request)
    if form.is_valid():
        try:
            operations.request_extension(
                actor=portal.actor,
                public_id=account_id,
                application=_application(form),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _sent(request)
    return render(
        request,
        "web/accounts/upgrade_ask.html",
        {"account": account, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def withdraw(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    try:
        operations.withdraw_request(
            actor=actor_of(request), public_id=request_id, at=timezone.now()
        )
    except TransitionRefused:
        messages.info(request, _("Поставщик уже ответил на эту просьбу."))
    else:
        messages.success(request, _("Просьба отозвана."))
    return redirect("account-list")


def _form(request: HttpRequest) -> ApplicationForm:
    user = request.user
    assert user.is_authenticated  # noqa: S101 -- LoginRequiredMiddleware let the request through
    name = " ".join(part for part in (user.surname, user.name, user.patronymic) if part)
    return ApplicationForm(
        request.POST if request.method == "POST" else None, initial={"name": name}
    )


def _application(form: ApplicationForm) -> Application:
    return Application(name=form.cleaned_data["name"], comment=form.cleaned_data["comment"])


def _send(portal: Portal, code: str, typed: Typed, form: ApplicationForm, ticks: TicksForm) -> bool:
    at: datetime = timezone.now()
    try:
        operations.request_confirmation(
            actor=portal.actor,
            wanted=typed.wanted(code, **ticks.cleaned_data),
            application=_application(form),
            at=at,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _sent(request: HttpRequest) -> HttpResponse:
    messages.success(
        request,
        _("Просьба отправлена поставщику. Когда он ответит, мы вам сообщим."),
    )
    return redirect("account-list")
