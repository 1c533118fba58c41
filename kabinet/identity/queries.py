from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet

from kabinet.channels.connectors.registry import is_available
from kabinet.channels.enums import Channel
from kabinet.channels.queries import get_failures
from kabinet.identity.enums import CodePurpose, DocumentKind, IdentifierKind, QrState, SignInWay
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import (
    Consent,
    LegalDocument,
    OneTimeCode,
    QrSignIn,
    SignedInSession,
    User,
)
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.prepared import Prepared

HOUR = timedelta(hours=1)
SESSIONS_SHOWN = 100
TICKED = (DocumentKind.CONSENT, DocumentKind.AGREEMENT)


class PersonNotFound(NotVisible):
    pass


class DocumentNotFound(NotVisible):
    pass


class SessionNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class DocumentRow:
    pk: int
    slug: str
    version: int
    kind: DocumentKind
    title: str
    text: str
    text_hash: str
    published_at: datetime

    @property
    def is_consent(self) -> bool:
        return self.kind is DocumentKind.CONSENT

    @property
    def paragraphs(self) -> Sequence[str]:
        return [part.strip() for part in self.text.split("\n\n") if part.strip()]


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
    registered_at: datetime
    consents: Sequence[ConsentRow]

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.surname, self.name, self.patronymic) if part)


@dataclass(frozen=True, slots=True)
class SessionRow:
    public_id: uuid.UUID
    way: SignInWay
    user_agent: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class QrRow:
    """What is known of the browser that waits behind a QR code."""

    state: QrState
    user_agent: str
    address: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CodeRow:
    """What the page of a code shows: how long it lives and when the next one may be asked for."""

    identifier: str
    sent_at: datetime
    expires_at: datetime
    is_spent: bool
    is_confirmed: bool

    def is_alive(self, at: datetime) -> bool:
        return not self.is_spent and at < self.expires_at


def person_id(actor: Actor) -> int:
    """Give the row of the person who acts; only a signed-in one has a profile and consents."""
    if actor.user_id is None:
        raise PersonNotFound
    return actor.user_id


def provable_identifiers() -> Sequence[IdentifierKind]:
    """Give the contacts that this deployment can prove: a phone needs an SMS connector."""
    phone = [IdentifierKind.PHONE] if is_available(Channel.SMS) else []
    return [IdentifierKind.EMAIL, *phone]


def sign_up_identifiers() -> Sequence[IdentifierKind]:
    """Give those with which people may sign up here (IDN-08)."""
    return [kind for kind in provable_identifiers() if kind.value in settings.SIGN_UP_BY]


def get_current_documents() -> Sequence[DocumentRow]:
    """Give the newest version of every document, the ones to tick first."""
    newest = LegalDocument.objects.order_by("slug", "-version").distinct("slug")
    order = list(DocumentKind)
    rows = [_to_document(document) for document in newest]
    return sorted(rows, key=lambda row: (order.index(row.kind), row.slug))


def get_document(*, slug: str, version: int | None = None) -> DocumentRow:
    """Give one document, the newest version unless another is named.

    :raises DocumentNotFound: there is no such document or version.
    """
    wanted = Q(slug=slug) if version is None else Q(slug=slug, version=version)
    document = LegalDocument.objects.filter(wanted).order_by("-version").first()
    if document is None:
        raise DocumentNotFound
    return _to_document(document)


def get_missing_documents(*, actor: Actor) -> Sequence[DocumentRow]:
    """Give the documents whose newest version the person has not accepted, or has withdrawn."""
    newest = LegalDocument.objects.order_by("slug", "-version").distinct("slug").values("pk")
    accepted = Consent.objects.filter(
        user_id=person_id(actor), withdrawn_at=None, document_id=OuterRef("pk")
    )
    missing = LegalDocument.objects.filter(~Exists(accepted), pk__in=newest, kind__in=TICKED)
    return [_to_document(document) for document in missing.order_by("-kind", "slug")]


def required_documents() -> Sequence[DocumentRow]:
    return [row for row in get_current_documents() if row.kind in TICKED]


def is_sign_up_lawful() -> bool:
    """Say whether there is a text to consent to; without one nobody can sign up (IDN-19)."""
    return LegalDocument.objects.filter(kind=DocumentKind.CONSENT).exists()


def get_profile(*, actor: Actor) -> ProfileRow:
    """Give the person's own data and consents, the newest first, and which contact was not reached last time."""
    proved = EmailAddress.objects.filter(
        user=OuterRef("pk"), email=OuterRef("email"), verified=True
    )
    user = User.objects.annotate(email_verified=Exists(proved)).get(pk=person_id(actor))
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


def own_sessions(actor: Actor) -> QuerySet[SignedInSession]:
    return SignedInSession.objects.filter(user_id=person_id(actor))


def get_sessions(*, actor: Actor, session_key: str, at: datetime) -> Sequence[SessionRow]:
    """Give the browsers in which the person is signed in now, this one first, then the last seen."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=at)
    rows = own_sessions(actor).filter(Exists(alive), ended_at=None).order_by("-seen_at", "-pk")
    found = [
        SessionRow(
            public_id=row.public_id,
            way=SignInWay(row.way),
            user_agent=row.user_agent,
            address=row.address,
            began_at=row.began_at,
            seen_at=row.seen_at,
            is_current=row.session_key == session_key,
        )
        for row in rows[:SESSIONS_SHOWN]
    ]
    return sorted(found, key=lambda row: not row.is_current)


def get_qr(*, public_id: uuid.UUID) -> QrRow | None:
    """Give the state of a QR code to whoever holds its id in the own session."""
    row = QrSignIn.objects.filter(public_id=public_id).first()
    return None if row is None else to_qr(row)


def to_qr(row: QrSignIn) -> QrRow:
    return QrRow(
        state=QrState(row.state),
        user_agent=row.user_agent,
        address=row.address,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def get_code(*, public_id: uuid.UUID, purpose: CodePurpose) -> CodeRow | None:
    """Give the times of a code to whoever holds its id in the own session."""
    row = OneTimeCode.objects.filter(public_id=public_id, purpose=purpose).first()
    if row is None:
        return None
    return CodeRow(
        identifier=row.identifier,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        is_spent=bool(row.closed_at or row.confirmed_at),
        is_confirmed=row.confirmed_at is not None and row.closed_at is None,
    )


def next_code_at(*, purpose: CodePurpose, identifier: Identifier, at: datetime) -> datetime:
    """Say from when the next code may go to this contact, whoever asks: a pause apart, few an hour (IDN-13)."""
    sent = list(
        OneTimeCode.objects.filter(
            identifier=identifier.value, purpose=purpose, sent_at__gt=at - HOUR
        )
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)[: settings.CODE_SENDS_PER_HOUR]
    )
    if not sent:
        return at
    after_pause: datetime = sent[0] + settings.CODE_RESEND_AFTER
    if len(sent) < settings.CODE_SENDS_PER_HOUR:
        return after_pause
    return max(after_pause, sent[-1] + HOUR)


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
    if identifier.kind is IdentifierKind.PHONE:
        found = User.objects.filter(phone=identifier.value, phone_verified=True)
        return with_keys(found).first()
    proved = Q(emailaddress__email=identifier.value, emailaddress__verified=True)
    return with_keys(User.objects.filter(proved, email=identifier.value)).first()


def is_occupied(identifier: Identifier) -> bool:
    field = "email" if identifier.kind is IdentifierKind.EMAIL else "phone"
    return User.objects.filter(**{field: identifier.value}).exists()


def lacks_documents(accepted: Collection[int], required: Sequence[DocumentRow]) -> bool:
    return any(row.pk not in accepted for row in required)


def _to_document(document: LegalDocument) -> DocumentRow:
    return DocumentRow(
        pk=document.pk,
        slug=document.slug,
        version=document.version,
        kind=DocumentKind(document.kind),
        title=document.title,
        text=document.text,
        text_hash=document.text_hash,
        published_at=document.published_at,
    )


def _to_consent(consent: Consent) -> ConsentRow:
    return ConsentRow(
        slug=consent.document.slug,
        title=consent.document.title,
        version=consent.document.version,
        kind=DocumentKind(consent.document.kind),
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
    )
