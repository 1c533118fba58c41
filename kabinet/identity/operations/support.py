"""What the platform's own people do for somebody who cannot get in (IDN-29, 50)."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.identity import limits, messages, queries
from kabinet.identity.models import User
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.limits import Claim, forget

SECOND_STEP_KINDS = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


class NotForThisPerson(NotVisible):
    """Only the platform's master users look after people; a provider's staff do not."""


class OwnSecondStep(Refused):
    message = gettext_lazy("Свой второй шаг выключают в своём профиле.")


class NoSecondStep(Refused):
    message = gettext_lazy("Второй шаг уже выключен.")


def record_look_at_person(*, actor: Actor, user_id: int, at: datetime) -> None:
    """Write down that a master user has opened a person's page.

    :raises NotForThisPerson: the actor is no master user, or there is no such person.
    """
    _require_master(actor)
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotForThisPerson
    audit.record(actor, "identity.person.look", user, at=at)


@transaction.atomic
def remove_second_step(*, actor: Actor, user_id: int, at: datetime) -> None:
    """Let in by the first step alone somebody who has lost the app and the spare codes; every contact is told.

    :raises NotForThisPerson: the actor is no master user, or there is no such person.
    :raises OwnSecondStep: it is the actor's own, which asks for a proof in the profile.
    :raises NoSecondStep: it is off already.
    """
    _require_master(actor)
    if user_id == actor.user_id:
        raise OwnSecondStep
    user = User.objects.select_for_update(of=("self",)).filter(pk=user_id).first()
    if user is None:
        raise NotForThisPerson
    rows = Authenticator.objects.filter(user=user, type__in=SECOND_STEP_KINDS)
    if not rows.delete()[0]:
        raise NoSecondStep
    # Whoever has used the tries up with a lost app need not wait.
    forget(Claim(limits.SECOND_STEP, str(user.pk)))
    audit.record(actor, "identity.second_step.remove", user, at=at)
    messages.tell_keys_changed(
        user=user,
        subject=_("Второй шаг при входе снят"),
        sentence=_(
            "Служба поддержки по обращению сняла второй шаг: код из приложения при входе больше не нужен."
        ),
        at=at,
    )


def _require_master(actor: Actor) -> None:
    masters = User.objects.filter(is_superuser=True, is_staff=True, is_active=True)
    is_master = (
        actor.kind is ActorKind.STAFF and masters.filter(pk=queries.person_id(actor)).exists()
    )
    if not is_master:
        raise NotForThisPerson
