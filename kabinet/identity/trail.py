"""What the trail holds about a person, for «Мои данные» (152-ФЗ, ст. 14; IDN-46): their own acts, and what was done
to what is theirs."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from django.db.models import Q
from django.utils.translation import gettext as _

from kabinet.identity import personal_data
from kabinet.identity.devices import browser_words
from kabinet.identity.models import User
from kabinet.identity.personal_data import Row
from kabinet.kernel.actors import ActorKind
from kabinet.kernel.audit_words import words
from kabinet.kernel.models import AuditEntry

FIELDS = ("happened_at", "pk", "action", "actor_kind", "actor_id", "address", "user_agent")


def own_subject(user_id: int) -> Iterable[str]:
    return [f"{User._meta.label}:{user_id}"]  # noqa: SLF001 -- Django's documented Meta API


def acts(user_id: int) -> Iterable[Row]:
    """Give when what was done by whom, oldest first.

    Whoever works here, and any other person, is not named, nor is the place where they sit.
    """
    entries = AuditEntry.objects.filter(concerning(user_id))
    # Sorted here: asked for an order, the database would walk the whole trail by its days.
    for at, _pk, action, kind, actor_id, address, agent in sorted(
        entries.values_list(*FIELDS), key=itemgetter(0, 1)
    ):
        is_own = actor_id == user_id
        # A place without a name may be the person's before signing in, or a stranger's at the person's door.
        if is_own or kind == ActorKind.NOBODY:
            place = (address, browser_words(agent) if agent else "")
        else:
            place = ("", "")
        yield at, words(action), _("Вы") if is_own else _who(kind), *place


def concerning(user_id: int) -> Q:
    """Each half is found by an index of its own."""
    return Q(actor_id=user_id) | Q(subject__in=personal_data.subjects_of(user_id))


def _who(kind: str) -> str:
    return {
        ActorKind.NOBODY: _("Кто-то, кто не вошёл"),
        ActorKind.GUEST: _("Кто-то, кто не вошёл"),
        ActorKind.CUSTOMER: _("Другой человек"),
        ActorKind.STAFF: _("Сотрудник"),
        ActorKind.MACHINE: _("Система поставщика"),
        ActorKind.SYSTEM: _("Личный кабинет"),
    }[ActorKind(kind)]
