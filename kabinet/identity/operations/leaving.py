"""A person leaves for good (IDN-47, 48): the wish, its taking back, and the one act that carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.channels.operations import forget_recipients
from kabinet.identity import leaving_letters, personal_data, queries
from kabinet.identity.events import PersonDeleted
from kabinet.identity.messengers.offered import get_recipients
from kabinet.identity.models import Consent, Deletion, OneTimeCode, User
from kabinet.kernel import audit, events, files
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import Refused

# Order 179 of Roskomnadzor: the act of destruction is kept for three years.
ACT_KEPT = timedelta(days=3 * 366)
DUE_AT_ONCE = 100


class StaffStay(Refused):
    message = _(
        "Вы сотрудник поставщика: журнал должен помнить, кто что делал. Попросите администратора закрыть вам доступ."
    )


class TooLateToStay(Refused):
    message = _("Отменять нечего: удаление не назначено или уже выполнено.")


def grace_days() -> int:
    grace: timedelta = settings.DELETE_GRACE
    return grace.days


def get_planned_deletion(*, actor: Actor) -> datetime | None:
    """Give the moment at which the person will be deleted; None when nobody asked for it."""
    planned = Deletion.objects.filter(user_id=queries.person_id(actor), done_at=None)
    return planned.values_list("due_at", flat=True).first()


def may_leave(*, actor: Actor) -> bool:
    """Staff and whoever looks after the installation are part of its trail: they do not leave by themselves."""
    return _is_free(User.objects.get(pk=queries.person_id(actor)))


def _is_free(user: User) -> bool:
    return not (user.is_staff or user.is_superuser or personal_data.is_needed(user.pk))


@transaction.atomic
def ask_deletion(*, actor: Actor, at: datetime) -> bool:
    """Delete the person now, or plan it where there is time to think; gives whether the person is gone.

    Asked a second time, also from another device, it changes nothing.

    :raises StaffStay: the person works for a provider or looks after the installation.
    """
    user = _lock(queries.person_id(actor))
    if user is None:
        return True
    if not _is_free(user):
        raise StaffStay
    deletion = Deletion.objects.filter(user=user).first()
    is_new = deletion is None
    if deletion is None:
        deletion = Deletion.objects.create(
            person=user.public_id, user=user, asked_at=at, due_at=at + settings.DELETE_GRACE
        )
        audit.record(actor, "identity.deletion.ask", deletion, at=at)
    if deletion.due_at <= at:
        _erase(user, deletion, actor=actor, at=at)
        return True
    if is_new:
        leaving_letters.tell_deletion_planned(actor=actor, due_at=deletion.due_at, at=at)
    return False


@transaction.atomic
def take_back_deletion(*, actor: Actor, at: datetime) -> None:
    """Stay after all.

    :raises TooLateToStay: no deletion is planned.
    """
    user = _lock(queries.person_id(actor))
    deletion = Deletion.objects.filter(user=user, done_at=None).first() if user else None
    if deletion is None:
        raise TooLateToStay
    audit.record(actor, "identity.deletion.take_back", deletion, at=at)
    deletion.delete()


def get_due_deletions(*, at: datetime) -> Sequence[int]:
    due = Deletion.objects.filter(done_at=None, due_at__lte=at, user__isnull=False)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:DUE_AT_ONCE])


@transaction.atomic
def carry_out_deletion(*, deletion_id: int, at: datetime) -> None:
    """Delete a person whose time to think is over; nothing happens when it was taken back or done already."""
    planned = Deletion.objects.filter(pk=deletion_id, done_at=None, due_at__lte=at)
    user_id = planned.values_list("user_id", flat=True).first()
    user = _lock(user_id) if user_id is not None else None
    # Looked at again: it may have been taken back while the lock was waited for.
    deletion = planned.filter(user=user).first() if user else None
    if user is not None and deletion is not None and _is_free(user):
        _erase(user, deletion, actor=SYSTEM, at=at)


def forget_old_acts(*, at: datetime) -> int:
    """Delete the acts whose three years are over; gives how many."""
    return Deletion.objects.filter(done_at__lt=at - ACT_KEPT).delete()[0]


def _lock(user_id: int) -> User | None:
    """The same lock as accounts take before a person's links; None when the person is gone."""
    people = User.objects.select_for_update(of=("self",), no_key=True)
    return people.filter(pk=user_id).first()


def _erase(user: User, deletion: Deletion, *, actor: Actor, at: datetime) -> None:
    contact = queries.get_own_contact(actor=Actor.customer(user.pk))
    event = PersonDeleted(
        user_id=user.pk, public_id=user.public_id, contacts=_contacts(user), at=at
    )
    # First what hangs on the person in the apps above: they take their own locks, in their own order.
    events.publish(event)
    # From here on no row that names the person can be committed by anybody else.
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    proof = _proof_of_consents(user)
    for key in user.archives.exclude(file="").values_list("file", flat=True):
        _discard_after_commit(key)
    keys = user.sessions.values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    erased = event.erased
    erased["identity.OneTimeCode"] += OneTimeCode.objects.filter(
        identifier__in=event.contacts
    ).delete()[0]
    erased["channels.Delivery"] += forget_recipients(recipients=event.contacts)
    erased.update(user.delete()[1])
    Deletion.objects.filter(pk=deletion.pk).update(
        done_at=at,
        erased={name: count for name, count in sorted(erased.items()) if count},
        consents=proof,
    )
    audit.record(actor, "identity.person.delete", deletion, at=at)
    leaving_letters.tell_deleted(contact=contact, at=at)


def _discard_after_commit(key: str) -> None:
    """What a failing storage keeps then is found at night (``archives.forget_stray_files``)."""
    transaction.on_commit(lambda: files.discard(key), robust=True)


def _contacts(user: User) -> frozenset[str]:
    addresses = user.emailaddress_set.values_list("email", flat=True)
    own = {*addresses, user.email or "", user.phone or "", *get_recipients(user.pk)}
    return frozenset(own - {""})


def _proof_of_consents(user: User) -> Sequence[dict[str, object]]:
    """What the operator must be able to prove (152-ФЗ, ст. 9), without the address and the browser."""
    consents = Consent.objects.filter(user=user).select_related("document")
    return [
        {
            "document": row.document.slug,
            "version": row.document.version,
            "text_hash": row.document.text_hash,
            "given_at": row.given_at.isoformat(),
            "channel": row.channel,
            "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
        }
        for row in consents.order_by("given_at", "pk")
    ]
