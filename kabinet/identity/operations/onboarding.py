"""The first steps in the cabinet (IDN-20): where a newcomer stands, so that leaving loses nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from kabinet.identity import queries
from kabinet.identity.enums import OnboardingStep
from kabinet.identity.models import User
from kabinet.identity.operations.consents import ConsentMissing
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible

STEPS: Mapping[str, Collection[str]] = {
    OnboardingStep.GREETING: {OnboardingStep.CONSENT, OnboardingStep.CHOICE},
    OnboardingStep.CONSENT: {OnboardingStep.GREETING, OnboardingStep.CHOICE},
    OnboardingStep.CHOICE: {OnboardingStep.GREETING, OnboardingStep.DONE},
    OnboardingStep.DONE: set(),
}
BEHIND_CONSENT = {OnboardingStep.CHOICE, OnboardingStep.DONE}


class NotThatStep(NotVisible):
    pass


def first_step() -> OnboardingStep:
    """Say where a new person begins in this deployment (IDN-20)."""
    is_on = settings.SIGN_UP_AFTER == "onboarding"
    return OnboardingStep.GREETING if is_on else OnboardingStep.DONE


@transaction.atomic
def go_to_step(*, actor: Actor, step: OnboardingStep, at: datetime) -> None:
    """Move a newcomer on or back; staying where one is changes nothing.

    :raises NotThatStep: it is not next to where the person stands.
    :raises ConsentMissing: what lies behind the documents needs them accepted.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    if user.onboarding == step:
        return
    if step not in STEPS[user.onboarding]:
        raise NotThatStep
    if step in BEHIND_CONSENT and queries.get_missing_documents(actor=actor):
        raise ConsentMissing
    user.onboarding = step
    user.save(update_fields=["onboarding"])
    audit.record(actor, "identity.onboarding.step", user, at=at, step=step.value)
