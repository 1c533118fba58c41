"""Other services as ways in: a new person from what one has proved, linking, unlinking (IDN-26, 27)."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, queries
from kabinet.identity.enums import ConsentChannel, Service
from kabinet.identity.models import User
from kabinet.identity.newcomers import Newcomer
from kabinet.identity.operations.consents import Acceptance, require_all_ticked
from kabinet.identity.operations.onboarding import first_step
from kabinet.identity.operations.people import save_person
from kabinet.identity.parts import EntryPart, is_on, require_on
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.limits import take

# The ways in that need no more than a contact.
BY_CONTACT = (EntryPart.CODE, EntryPart.RECOVERY)


class LinkedElsewhere(Refused):
    message = _(
        "Этот вход уже привязан к другому кабинету. Войдите в тот кабинет через него и отвяжите его в профиле."
    )


class AnotherLinked(Refused):
    message = _("К вашему кабинету уже привязана другая запись этого сервиса. Сначала отвяжите её.")


class NoOtherWay(Refused):
    message = _(
        "Сначала задайте пароль: без этого входа и без пароля в кабинет было бы не попасть."
    )


class ContactMissing(Refused):
    message = _("Сервис не сообщил ни почты, ни телефона. Зарегистрируйтесь по одному из них.")


class ServiceNotLinked(NotVisible):
    pass


def create_from_service(
    *,
    actor: Actor,
    newcomer: Newcomer,
    document_ids: frozenset[int],
    user_agent: str,
    at: datetime,
) -> int:
    """Create a person from what another service has proved, without a password; give the row's id.

    :raises PartOff: nobody signs up here, or not through other services.
    :raises TooManyAttempts: too many sign-ups from this address.
    :raises SignUpClosed: there is nothing to accept.
    :raises ConsentMissing: a required document is not ticked in its newest version.
    :raises ContactMissing: the service has proved no contact.
    :raises IdentifierTaken: one of the contacts is somebody's; nothing is merged.
    :raises LinkedElsewhere: another window was faster.
    """
    require_on(EntryPart.OUTSIDE)
    require_on(EntryPart.REGISTRATION)
    require_all_ticked(document_ids)
    if not newcomer.contacts:
        raise ContactMissing
    take(limits.of_address(limits.SIGN_UP_ADDRESS, actor.address), at=at)
    user = User(
        email=newcomer.email or None,
        phone=newcomer.phone or None,
        phone_verified=bool(newcomer.phone),
        surname=newcomer.surname,
        name=newcomer.name,
        patronymic=newcomer.patronymic,
        password=make_password(None),
        onboarding=first_step(),
    )
    acceptance = Acceptance(document_ids, ConsentChannel.OUTSIDE, user_agent)
    with transaction.atomic():
        save_person(actor=actor, user=user, acceptance=acceptance, at=at)
        _attach(user, newcomer)
        audit.record(actor, "identity.service.link", user, at=at, service=newcomer.service.value)
    return user.pk


@transaction.atomic
def link_service(*, actor: Actor, newcomer: Newcomer, at: datetime) -> None:
    """Let what the person has proved at another service open this cabinet; its owner is told. Twice is once.

    :raises PartOff: other services are no way in here.
    :raises LinkedElsewhere: it opens another cabinet.
    :raises AnotherLinked: another account of the same service opens this one.
    """
    require_on(EntryPart.OUTSIDE)
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    linked = SocialAccount.objects.filter(provider=newcomer.service, uid=newcomer.uid).first()
    if linked is not None and linked.user_id == user.pk:
        return
    if linked is not None:
        raise LinkedElsewhere
    if SocialAccount.objects.filter(user=user, provider=newcomer.service).exists():
        raise AnotherLinked
    _attach(user, newcomer)
    audit.record(actor, "identity.service.link", user, at=at, service=newcomer.service.value)
    messages.tell_service_linked(user=user, service=newcomer.service, at=at)


def _attach(user: User, newcomer: Newcomer) -> None:
    """:raises LinkedElsewhere: another window was faster; the unique constraint says so."""
    account = SocialAccount(
        user=user, provider=newcomer.service.value, uid=newcomer.uid, extra_data=newcomer.told
    )
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise LinkedElsewhere from None


@transaction.atomic
def unlink_service(*, actor: Actor, service: Service, at: datetime) -> None:
    """Take a way in away; its owner is told.

    :raises ServiceNotLinked: it opens nothing here.
    :raises NoOtherWay: the person has no password, and no proved contact would let them in here.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    linked = SocialAccount.objects.filter(user=user, provider=service)
    if not linked.exists():
        raise ServiceNotLinked
    if not user.has_usable_password() and not _lets_in_by_contact(user):
        raise NoOtherWay
    linked.delete()
    audit.record(actor, "identity.service.unlink", user, at=at, service=service.value)
    messages.tell_service_unlinked(user=user, service=service, at=at)


def _lets_in_by_contact(user: User) -> bool:
    """A code to a proved contact opens the cabinet, or sets a password that does, where either is on."""
    return any(is_on(part) for part in BY_CONTACT) and bool(messages.proven_contacts(user))
