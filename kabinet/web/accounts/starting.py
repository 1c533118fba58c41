"""The first step of linking: a provider, a region, a branch, or number and address (ACC-03).

``settings.LINK_FIRST_STEP`` says which; the plain list of providers is always one click away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.accounts import operations
from kabinet.accounts.operations import Wanted
from kabinet.accounts.queries import can_link_more, full_at
from kabinet.kernel.errors import Refused
from kabinet.providers.enums import LinkStep, Proof
from kabinet.providers.queries import (
    get_branch_choices,
    get_provider_choices,
    get_region_choices,
)
from kabinet.web.accounts import wizard
from kabinet.web.accounts.forms import NumberForm, SearchForm
from kabinet.web.accounts.wizard import Stage
from kabinet.web.entry.provider_link import take_chosen
from kabinet.web.portal import Portal, open_portal


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Whatever comes first here; ``?provider=CODE`` skips it."""
    portal = open_portal(request)
    if not can_link_more(portal.accounts):
        return _show_limit(request, portal)
    preselected = request.GET.get("provider", "") or take_chosen(request)
    if preselected and wizard.find_provider(preselected):
        return redirect("account-link-number", code=preselected)
    return _STARTS[settings.LINK_FIRST_STEP](request, portal)


@require_safe
def choose_provider(request: HttpRequest) -> HttpResponse:
    """The list of providers by hand, wherever linking begins."""
    portal = open_portal(request)
    if not can_link_more(portal.accounts):
        return _show_limit(request, portal)
    return _show_providers(request, portal)


@require_http_methods(["GET", "HEAD", "POST"])
def find_by_address(request: HttpRequest) -> HttpResponse:
    """For those who don't know their provider: number, house and flat find it (ACC-12)."""
    portal = open_portal(request)
    return _search_by_address(request, portal)


def _show_limit(request: HttpRequest, portal: Portal) -> HttpResponse:
    return render(request, "web/accounts/link_limit.html", {"portal": portal})


def _show_providers(request: HttpRequest, portal: Portal) -> HttpResponse:
    region = request.GET.get("region", "")
    choices = get_provider_choices(search=_words(request), region=region)
    return render(
        request,
        "web/accounts/link_provider.html",
        {
            **_list_page(request, portal, Stage.PROVIDER),
            "choices": choices,
            "region": region,
            "by_address": any(choice.finds_by_address for choice in choices) or _by_address_first(),
        },
    )


def _show_regions(request: HttpRequest, portal: Portal) -> HttpResponse:
    if request.GET.get("region"):
        return _show_providers(request, portal)
    regions = get_region_choices(search=_words(request))
    context = {**_list_page(request, portal, Stage.FIRST), "regions": regions}
    return render(request, "web/accounts/link_region.html", context)


def _show_branches(request: HttpRequest, portal: Portal) -> HttpResponse:
    providers = get_branch_choices(search=_words(request))
    context = {**_list_page(request, portal, Stage.FIRST), "providers": providers}
    return render(request, "web/accounts/link_branch.html", context)


def _list_page(request: HttpRequest, portal: Portal, stage: Stage) -> dict[str, object]:
    """What every list to choose from has around it."""
    words = _words(request)
    return {
        "form": SearchForm(initial={"q": words}),
        "words": words,
        "full": full_at(portal.accounts),
        "is_unknown": bool(request.GET.get("provider", "")),
        "stepper": wizard.stepper(stage),
    }


def _search_by_address(request: HttpRequest, portal: Portal) -> HttpResponse:
    form = NumberForm(
        request.POST if request.method == "POST" else None,
        hint=_("Стоит в квитанции сверху."),
        asked=(Proof.ADDRESS,),
    )
    if form.is_valid():
        found = _look_for(portal, form)
        if found is not None:
            wizard.keep(request, found, form)
            knows_enough = set(found.provider.policy.search_proofs) == {Proof.ADDRESS}
            step = "account-link-proof" if knows_enough else "account-link-number"
            return redirect(step, code=found.provider.code)
    return render(
        request,
        "web/accounts/link_address.html",
        {
            "form": form,
            "is_first": _by_address_first(),
            "is_unknown": bool(request.GET.get("provider", "")),
            "stepper": wizard.stepper(Stage.FIRST if _by_address_first() else Stage.NUMBER),
        },
        status=422 if form.errors else 200,
    )


def _look_for(portal: Portal, form: NumberForm) -> operations.FoundAccount | None:
    wanted = Wanted(provider_code="", number=form.cleaned_data["number"], search=form.search())
    try:
        return operations.find_account(actor=portal.actor, wanted=wanted, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def _words(request: HttpRequest) -> str:
    search = SearchForm(request.GET)
    return str(search.cleaned_data["q"]) if search.is_valid() else ""


def _by_address_first() -> bool:
    return bool(settings.LINK_FIRST_STEP == LinkStep.NONE)


_STARTS: Mapping[str, Callable[[HttpRequest, Portal], HttpResponse]] = {
    LinkStep.PROVIDER: _show_providers,
    LinkStep.REGION: _show_regions,
    LinkStep.BRANCH: _show_branches,
    LinkStep.NONE: _search_by_address,
}
