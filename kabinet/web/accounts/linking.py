"""The linking wizard: provider, number, proof, done (ACC-03–07, 12). Every step has an address of its own.

What was typed waits in the session under the provider's code, so that the back button and a second tab find it;
answers to control questions are never kept. Each step is checked again when the account is linked.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.accounts import operations
from kabinet.accounts.operations import FoundAccount, Wanted
from kabinet.accounts.queries import can_link_more, full_at
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import Proof
from kabinet.providers.queries import (
    ProviderNotFound,
    ProviderRow,
    get_active_provider,
    get_provider_choices,
)
from kabinet.web.accounts.forms import NumberForm, ProofForm, SearchForm, TicksForm
from kabinet.web.portal import Portal, open_own_account, open_portal

TYPED = "linking"
KEPT_PROVIDERS = 5


@require_safe
def choose_provider(request: HttpRequest) -> HttpResponse:
    """Step 1: the directory, searched by name or region; ``?provider=CODE`` skips it (ACC-03)."""
    portal = open_portal(request)
    if not can_link_more(portal.accounts):
        return render(request, "web/accounts/link_limit.html", {"portal": portal})
    preselected = request.GET.get("provider", "")
    if preselected and _find_provider(preselected):
        return redirect("account-link-number", code=preselected)
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"] if search.is_valid() else ""
    choices = get_provider_choices(search=words)
    return render(
        request,
        "web/accounts/link_provider.html",
        {
            "form": SearchForm(initial={"q": words}),
            "choices": choices,
            "words": words,
            "full": full_at(portal.accounts),
            "by_address": any(choice.finds_by_address for choice in choices),
            "is_unknown": bool(preselected),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def find_by_address(request: HttpRequest) -> HttpResponse:
    """Step 1 for those who don't know their provider: number, house and flat find it (ACC-12)."""
    portal = open_portal(request)
    form = NumberForm(
        request.POST if request.method == "POST" else None,
        hint=_("Стоит в квитанции сверху."),
        asked=(Proof.ADDRESS,),
    )
    if form.is_valid():
        found = _look_for(portal, form, code="")
        if found is not None:
            _keep(request, found, form)
            knows_enough = set(found.provider.policy.search_proofs) == {Proof.ADDRESS}
            step = "account-link-proof" if knows_enough else "account-link-number"
            return redirect(step, code=found.provider.code)
    return render(
        request,
        "web/accounts/link_address.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def enter_number(request: HttpRequest, code: str) -> HttpResponse:
    """Step 2: the number, and what the provider wants to find it by (ACC-04–07)."""
    portal = open_portal(request)
    provider = _find_provider(code)
    if provider is None:
        return redirect(reverse("account-link", query={"provider": code}))
    form = NumberForm(
        request.POST if request.method == "POST" else None,
        hint=provider.policy.account_hint.capitalize() + ".",
        asked=provider.policy.search_proofs,
        initial=_typed(request, code).get("fields"),
    )
    is_last_step = not provider.policy.link_proofs
    ticks = _ticks(request, portal, provider) if is_last_step else None
    if form.is_valid() and (ticks is None or ticks.is_valid()):
        if ticks is not None:
            wanted = Wanted(
                provider_code=code,
                number=form.cleaned_data["number"],
                search=form.search(),
                **ticks.cleaned_data,
            )
            done = _link(request, portal, form, wanted)
        else:
            done = _go_on_to_proof(request, portal, form, code)
        if done is not None:
            return done
    return render(
        request,
        "web/accounts/link_number.html",
        {
            "provider": provider,
            "form": form,
            "ticks": ticks,
        },
        status=422 if form.errors or (ticks and ticks.errors) else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, code: str) -> HttpResponse:
    """Step 3: one control question (ACC-07–10, 12), or limited access where the provider lets it."""
    portal = open_portal(request)
    provider, typed = _find_provider(code), _typed(request, code)
    if provider is None or not typed:
        return redirect("account-link-number", code=code)
    offered = [Proof(value) for value in typed["proofs"]]
    is_sent = request.method == "POST"
    wants_limited = is_sent and "limited" in request.POST and typed["may_be_limited"]
    form = ProofForm(request.POST if is_sent else None, offered=offered)
    ticks = _ticks(request, portal, provider)
    if ticks.is_valid() and (wants_limited or form.is_valid()):
        wanted = Wanted(
            provider_code=code,
            number=typed["number"],
            search={Proof(key): value for key, value in typed["search"].items()},
            proof=None if wants_limited else form.cleaned_data["proof"],
            answer="" if wants_limited else form.cleaned_data["answer"],
            **ticks.cleaned_data,
        )
        done = _link(request, portal, form, wanted)
        if done is not None:
            return done
    return render(
        request,
        "web/accounts/link_proof.html",
        {
            "provider": provider,
            "number": typed["number"],
            "form": form,
            "offered": offered,
            "may_be_limited": typed["may_be_limited"],
            "ticks": ticks,
        },
        status=422 if form.errors or ticks.errors else 200,
    )


@require_safe
def show_success(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """The end of linking and of the upgrade: what is open now, and the next step (ACC-06, 15)."""
    _portal, account = open_own_account(request, account_id)
    return render(request, "web/accounts/linked.html", {"account": account})


def _find_provider(code: str) -> ProviderRow | None:
    try:
        return get_active_provider(code=code)
    except ProviderNotFound:
        return None


def _ticks(request: HttpRequest, portal: Portal, provider: ProviderRow) -> TicksForm:
    return TicksForm(
        request.POST if request.method == "POST" else None,
        asks_primary=bool(portal.accounts),
        asks_consent=provider.policy.consent_at_linking,
    )


def _look_for(portal: Portal, form: NumberForm, *, code: str) -> FoundAccount | None:
    wanted = Wanted(provider_code=code, number=form.cleaned_data["number"], search=form.search())
    try:
        return operations.find_account(actor=portal.actor, wanted=wanted, at=timezone.now())
    except operations.NumberMalformed as refusal:
        form.add_error("number", str(refusal))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def _go_on_to_proof(
    request: HttpRequest, portal: Portal, form: NumberForm, code: str
) -> HttpResponse | None:
    found = _look_for(portal, form, code=code)
    if found is None:
        return None
    _keep(request, found, form)
    return redirect("account-link-proof", code=code)


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
    request.session.pop(TYPED, None)
    return redirect("account-linked", account_id=linked.public_id)


def _typed(request: HttpRequest, code: str) -> dict[str, Any]:
    kept = request.session.get(TYPED, {}).get(code, {})
    return dict(kept)


def _keep(request: HttpRequest, found: FoundAccount, form: NumberForm) -> None:
    """Remember the step for this provider, and only the last few providers tried."""
    kept = dict(request.session.get(TYPED, {}))
    kept.pop(found.provider.code, None)
    kept[found.provider.code] = {
        "number": found.number,
        "fields": form.cleaned_data,
        "search": {proof.value: answer for proof, answer in form.search().items()},
        "proofs": [proof.value for proof in found.proofs],
        "may_be_limited": found.may_be_limited,
    }
    request.session[TYPED] = dict(list(kept.items())[-KEPT_PROVIDERS:])
