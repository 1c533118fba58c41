"""The linking wizard from the number on: number, proof, done (ACC-04–07, 11, 12). Every step has its own address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.accounts import operations
from kabinet.accounts.operations import FoundAccount, Wanted
from kabinet.kernel.errors import Refused
from kabinet.providers.queries import BranchNotFound, ProviderRow, get_branch_name
from kabinet.web.accounts import wizard
from kabinet.web.accounts.forms import NumberForm, ProofForm
from kabinet.web.accounts.wizard import Stage
from kabinet.web.portal import Portal, open_own_account, open_portal


@dataclass(frozen=True, slots=True)
class _Branch:
    """The branch named in the address, which narrows the search (ACC-11); empty for the whole provider."""

    code: str = ""
    name: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def enter_number(request: HttpRequest, code: str) -> HttpResponse:
    """The number, and what the provider wants to find it by; ``?branch=CODE`` looks in one branch (ACC-04–07, 11)."""
    portal = open_portal(request)
    provider = wizard.find_provider(code)
    branch = provider and _branch_of(provider, request.GET.get("branch", ""))
    if provider is None or branch is None:
        return redirect(reverse("account-link", query={"provider": code} if not provider else {}))
    typed = wizard.recall(request, code)
    form = NumberForm(
        request.POST if request.method == "POST" else None,
        hint=provider.policy.account_hint.capitalize() + ".",
        asked=provider.policy.search_proofs,
        initial=typed.fields if typed else {},
    )
    # Without a question to ask, this page is the last.
    ticks = None if provider.policy.link_proofs else wizard.ticks_for(request, portal, provider)
    if form.is_valid() and (ticks is None or ticks.is_valid()):
        wanted = Wanted(
            provider_code=code,
            number=form.cleaned_data["number"],
            search=form.search(),
            branch_code=branch.code,
            **(ticks.cleaned_data if ticks else {}),
        )
        done = (
            _link(request, portal, form, wanted)
            if ticks
            else _go_on_to_proof(request, portal, form, wanted)
        )
        if done is not None:
            return done
    return render(
        request,
        "web/accounts/link_number.html",
        {
            "provider": provider,
            "branch": branch,
            "lead": ", ".join(filter(None, (provider.name, branch.name))),
            "form": form,
            "ticks": ticks,
            "stepper": wizard.stepper(Stage.NUMBER),
        },
        status=422 if form.errors or (ticks and ticks.errors) else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, code: str) -> HttpResponse:
    """One control question (ACC-07–10, 12), or limited access where the provider lets it, or the staff."""
    portal = open_portal(request)
    provider, typed = wizard.find_provider(code), wizard.recall(request, code)
    if provider is None or typed is None:
        return redirect("account-link-number", code=code)
    if typed.is_for_staff_only:
        return redirect("account-link-ask", code=code)
    is_sent = request.method == "POST"
    wants_limited = is_sent and "limited" in request.POST and typed.may_be_limited
    form = ProofForm(request.POST if is_sent else None, offered=typed.proofs)
    ticks = wizard.ticks_for(request, portal, provider)
    if ticks.is_valid() and (wants_limited or form.is_valid()):
        given = {} if wants_limited else form.cleaned_data
        wanted = typed.wanted(code, **given, **ticks.cleaned_data)
        done = _link(request, portal, form, wanted)
        if done is not None:
            return done
    return render(
        request,
        "web/accounts/link_proof.html",
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


@require_safe
def show_success(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """The end of linking and of the upgrade: what is open now, and the next step (ACC-06, 15)."""
    _portal, account = open_own_account(request, account_id)
    return render(request, "web/accounts/linked.html", {"account": account})


def _branch_of(provider: ProviderRow, code: str) -> _Branch | None:
    """None for a branch that the provider has not."""
    if not code:
        return _Branch()
    try:
        return _Branch(code, get_branch_name(provider_id=provider.id, code=code))
    except BranchNotFound:
        return None


def _look_for(portal: Portal, form: NumberForm, wanted: Wanted) -> FoundAccount | None:
    try:
        return operations.find_account(actor=portal.actor, wanted=wanted, at=timezone.now())
    except operations.NumberMalformed as refusal:
        form.add_error("number", str(refusal))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def _go_on_to_proof(
    request: HttpRequest, portal: Portal, form: NumberForm, wanted: Wanted
) -> HttpResponse | None:
    found = _look_for(portal, form, wanted)
    if found is None:
        return None
    wizard.keep(request, found, form, wanted.branch_code)
    return redirect("account-link-proof", code=found.provider.code)


def _link(
    request: HttpRequest, portal: Portal, form: NumberForm | ProofForm, wanted: Wanted
) -> HttpResponse | None:
    try:
        linked = operations.link_account(actor=portal.actor, wanted=wanted, at=timezone.now())
    except operations.NumberMalformed as refusal:
        form.add_error("number" if isinstance(form, NumberForm) else None, str(refusal))
        return None
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    wizard.forget(request)
    return redirect("account-linked", account_id=linked.public_id)
