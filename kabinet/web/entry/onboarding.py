"""The assistant that meets a newcomer (IDN-20): greeting, consent where it has a screen of its own, first choice."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kabinet.identity import operations, queries, sessions
from kabinet.identity.enums import ConsentChannel, OnboardingStep
from kabinet.identity.queries import DocumentRow
from kabinet.kernel.actors import Actor
from kabinet.providers.queries import get_active_providers
from kabinet.web.entry import provider_link
from kabinet.web.entry.forms import DOCUMENTS_CHANGED, document_name
from kabinet.web.entry.visitors import user_agent
from kabinet.web.portal import actor_of, open_portal

PAGES = {
    OnboardingStep.GREETING: "web/entry/onboarding_greeting.html",
    OnboardingStep.CONSENT: "web/entry/onboarding_consent.html",
    OnboardingStep.CHOICE: "web/entry/onboarding_choice.html",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def onboarding(request: HttpRequest) -> HttpResponse:
    """Show the step at which the person stands; its buttons lead on, back, or away for now."""
    step = sessions.onboarding_step(request)
    if step is OnboardingStep.DONE:
        return redirect("home")
    missing = queries.get_missing_documents(actor=actor_of(request))
    if missing and settings.CONSENT_MODE != "screen":
        return redirect(reverse("consent", query={"next": reverse("onboarding")}))
    step = _real_step(step, missing)
    if request.method == "POST":
        return _answer(request, step, missing)
    if open_portal(request).accounts and not missing:
        return redirect("home")  # they have found the way by themselves
    return render(request, PAGES[step], _shown(request, step, missing))


def _real_step(step: OnboardingStep, missing: Sequence[DocumentRow]) -> OnboardingStep:
    """Ask for documents before the choice, and never twice."""
    if step is OnboardingStep.CHOICE and missing:
        return OnboardingStep.CONSENT
    if step is OnboardingStep.CONSENT and not missing:
        return OnboardingStep.CHOICE
    return step


def _shown(
    request: HttpRequest, step: OnboardingStep, missing: Sequence[DocumentRow]
) -> dict[str, object]:
    if step is OnboardingStep.CONSENT:
        return {"documents": missing}
    if step is OnboardingStep.CHOICE:
        chosen = provider_link.chosen(request)
        return {"providers": [chosen] if chosen else get_active_providers()}
    return {}


def _answer(
    request: HttpRequest, step: OnboardingStep, missing: Sequence[DocumentRow]
) -> HttpResponse:
    """Do what the pressed button says; a button of another step's page, opened long ago, shows where one is."""
    actor, pressed = actor_of(request), request.POST.get("go", "")
    if pressed == "later":
        return redirect("home")
    if pressed == "back":
        _go(actor, OnboardingStep.GREETING)
    elif pressed == "onward" and step is OnboardingStep.GREETING:
        _go(actor, OnboardingStep.CONSENT if missing else OnboardingStep.CHOICE)
    elif pressed == "agree" and step is OnboardingStep.CONSENT:
        _agree(request, actor, missing)
    elif pressed == "link" and step is OnboardingStep.CHOICE:
        _go(actor, OnboardingStep.CHOICE)
        _go(actor, OnboardingStep.DONE)
        return redirect("account-link")
    return redirect("onboarding")


def _go(actor: Actor, step: OnboardingStep) -> None:
    operations.go_to_step(actor=actor, step=step, at=timezone.now())


def _agree(request: HttpRequest, actor: Actor, missing: Sequence[DocumentRow]) -> None:
    """Accept what stood on the page, and no version that came after it was opened."""
    if not {document_name(row) for row in missing} <= request.POST.keys():
        messages.warning(request, str(DOCUMENTS_CHANGED))
        return
    acceptance = operations.Acceptance(
        document_ids=frozenset(row.pk for row in missing),
        channel=ConsentChannel.CONSENT_PAGE,
        user_agent=user_agent(request),
    )
    operations.give_consents(actor=actor, acceptance=acceptance, at=timezone.now())
    sessions.note_consents_given(request)
    _go(actor, OnboardingStep.CHOICE)
