"""What the profile shows of its person (IDN-15, 39, 41)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef

from kabinet.channels.queries import get_failures
from kabinet.identity.enums import DocumentKind, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import Consent, LinkedMessenger, User
from kabinet.identity.queries.people import person_id, provable_identifiers
from kabinet.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class ConsentRow:
    slug: str
    title: str
    version: int
    kind: DocumentKind
    given_at: datetime
    withdrawn_at: datetime | None

    @property
    def is_in_force(self) -> bool:
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    public_id: uuid.UUID
    surname: str
    name: str
    patronymic: str
    email: str
    email_is_verified: bool
    email_failed_at: datetime | None
    phone: str
    phone_is_verified: bool
    phone_failed_at: datetime | None
    is_staff: bool
    has_password: bool
    shows_hints: bool
    has_messengers: bool
    registered_at: datetime
    consents: Sequence[ConsentRow]

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.surname, self.name, self.patronymic) if part)


def get_profile(*, actor: Actor) -> ProfileRow:
    """Give the person's own data and consents, the newest first, and which contact was not reached last time."""
    proved = EmailAddress.objects.filter(
        user=OuterRef("pk"), email=OuterRef("email"), verified=True
    )
    messengers = LinkedMessenger.objects.filter(user=OuterRef("pk"))
    people = User.objects.annotate(email_verified=Exists(proved), has_messengers=Exists(messengers))
    user = people.get(pk=person_id(actor))
    consents = Consent.objects.filter(user=user).select_related("document")
    failures = get_failures(recipients=[named for named in (user.email, user.phone) if named])
    return ProfileRow(
        public_id=user.public_id,
        surname=user.surname,
        name=user.name,
        patronymic=user.patronymic,
        email=user.email or "",
        email_is_verified=user.email_verified,
        email_failed_at=failures.get(user.email or ""),
        phone=Identifier(IdentifierKind.PHONE, user.phone).shown if user.phone else "",
        phone_is_verified=user.phone_verified,
        phone_failed_at=failures.get(user.phone or ""),
        is_staff=user.is_staff,
        has_password=user.has_usable_password(),
        shows_hints=user.shows_hints,
        has_messengers=user.has_messengers,
        registered_at=user.date_joined,
        consents=[_to_consent(consent) for consent in consents.order_by("-given_at", "-pk")],
    )


def get_own_contact(*, actor: Actor) -> Identifier | None:
    """Give the contact to which the person can be sent a code: the proven phone, else the proven address."""
    user = User.objects.get(pk=person_id(actor))
    kinds = provable_identifiers()
    if user.phone and user.phone_verified and IdentifierKind.PHONE in kinds:
        return Identifier(IdentifierKind.PHONE, user.phone)
    proved = EmailAddress.objects.filter(user=user, email=user.email or "", verified=True)
    if user.email and proved.exists():
        return Identifier(IdentifierKind.EMAIL, user.email)
    return None


def get_unproven_contact(*, actor: Actor, kind: IdentifierKind | None = None) -> Identifier | None:
    """Give the contact that the person has named and not proved yet, and can prove here (IDN-15).

    The address first, unless ``kind`` asks for one of the two.
    """
    user = User.objects.get(pk=person_id(actor))
    found = []
    proved = EmailAddress.objects.filter(user=user, email=user.email or "", verified=True)
    if user.email and not proved.exists():
        found.append(Identifier(IdentifierKind.EMAIL, user.email))
    if user.phone and not user.phone_verified:
        found.append(Identifier(IdentifierKind.PHONE, user.phone))
    wanted = [kind] if kind else provable_identifiers()
    return next((contact for contact in found if contact.kind in wanted), None)


def _to_consent(consent: Consent) -> ConsentRow:
    return ConsentRow(
        slug=consent.document.slug,
        title=consent.document.title,
        version=consent.document.version,
        kind=DocumentKind(consent.document.kind),
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
    )
