"""People found by what they sign in with (IDN-10, 16)."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from kabinet.channels.connectors.registry import is_available
from kabinet.channels.enums import Channel
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import User
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.prepared import Prepared


class PersonNotFound(NotVisible):
    pass


def person_id(actor: Actor) -> int:
    """Give the row of the person who acts; only a signed-in one has a profile and consents."""
    if actor.user_id is None:
        raise PersonNotFound
    return actor.user_id


def provable_identifiers() -> Sequence[IdentifierKind]:
    """Give the contacts that this deployment can prove: each needs a connector that writes to it."""
    ways = {IdentifierKind.EMAIL: Channel.EMAIL, IdentifierKind.PHONE: Channel.SMS}
    return [kind for kind, channel in ways.items() if is_available(channel)]


def sign_up_identifiers() -> Sequence[IdentifierKind]:
    """Give those with which people may sign up here (IDN-08)."""
    return [kind for kind in provable_identifiers() if kind.value in settings.SIGN_UP_BY]


def _person(user_id: int) -> QuerySet[User]:
    return User.objects.filter(pk=user_id)


_PERSON = Prepared(_person)


def find_person_by_id(user_id: int) -> User | None:
    return next(iter(_PERSON(user_id)), None)


def with_keys(people: QuerySet[User]) -> QuerySet[User]:
    """Let the person's row say whether there is a second step and a passkey: sign-in then asks no more for it."""
    own = Authenticator.objects.filter(user_id=OuterRef("pk"))
    return people.annotate(
        has_totp=Exists(own.filter(type=Authenticator.Type.TOTP)),
        has_passkey=Exists(own.filter(type=Authenticator.Type.WEBAUTHN)),
    )


def find_person(identifier: Identifier) -> User | None:
    """Find the person who has proved this identifier, and may sign in with it (IDN-16)."""
    return with_keys(who_proved(identifier)).first()


def who_proved(identifier: Identifier) -> QuerySet[User]:
    if identifier.kind is IdentifierKind.PHONE:
        return User.objects.filter(phone=identifier.value, phone_verified=True)
    proved = Q(emailaddress__email=identifier.value, emailaddress__verified=True)
    return User.objects.filter(proved, email=identifier.value)


def is_occupied(identifier: Identifier) -> bool:
    field = "email" if identifier.kind is IdentifierKind.EMAIL else "phone"
    return User.objects.filter(**{field: identifier.value}).exists()
