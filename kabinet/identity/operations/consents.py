"""Legal texts by version, and who accepted them (IDN-18, 19)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity import queries
from kabinet.identity.enums import ConsentChannel, DocumentKind
from kabinet.identity.models import Consent, LegalDocument
from kabinet.kernel import audit, locks
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import NotVisible, Refused

INITIAL = {
    "personal-data-consent": DocumentKind.CONSENT,
    "user-agreement": DocumentKind.AGREEMENT,
    "personal-data-policy": DocumentKind.POLICY,
}
TEXTS = Path(__file__).parent.parent / "legal"
USER_AGENT_MAX = 300


class ConsentMissing(Refused):
    message = _("Чтобы продолжить, отметьте согласие и соглашение.")


class SignUpClosed(Refused):
    message = _(
        "Регистрация временно закрыта: нет текста согласия. Попробуйте завтра или обратитесь к вашему поставщику."
    )


class ConsentNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which document versions were ticked, where and in what browser."""

    document_ids: frozenset[int]
    channel: ConsentChannel
    user_agent: str = ""


def require_open() -> None:
    """:raises SignUpClosed: there is nothing to accept, so nothing would be lawful (IDN-19)."""
    if not queries.required_documents():
        raise SignUpClosed


def require_all_ticked(document_ids: Collection[int]) -> None:
    """
    :raises SignUpClosed: there is nothing to accept, so nothing would be lawful (IDN-19).
    :raises ConsentMissing: the newest version of some document is not among them.
    """
    required = queries.required_documents()
    if not required:
        raise SignUpClosed
    if queries.lacks_documents(document_ids, required):
        raise ConsentMissing


@transaction.atomic
def give_consents(*, actor: Actor, acceptance: Acceptance, at: datetime) -> None:
    """Record that the person accepted these versions; what is in force already stays as it was."""
    user_id = queries.person_id(actor)
    record_acceptance(user_id=user_id, acceptance=acceptance, address=actor.address, at=at)


def record_acceptance(*, user_id: int, acceptance: Acceptance, address: str, at: datetime) -> None:
    documents = LegalDocument.objects.filter(
        pk__in=acceptance.document_ids, kind__in=queries.TICKED
    )
    Consent.objects.bulk_create(
        [
            Consent(
                user_id=user_id,
                document=document,
                given_at=at,
                channel=acceptance.channel,
                address=address,
                user_agent=acceptance.user_agent[:USER_AGENT_MAX],
            )
            for document in documents
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def withdraw_consent(*, actor: Actor, slug: str, at: datetime) -> None:
    """Take back what was accepted, whatever the version; the cabinet then asks for it before it shows anything.

    :raises ConsentNotFound: the person has accepted no such document, or has taken it back already.
    """
    in_force = Consent.objects.select_for_update(of=("self",)).filter(
        user_id=queries.person_id(actor), document__slug=slug, withdrawn_at=None
    )
    consents = list(in_force.order_by("pk"))
    if not consents:
        raise ConsentNotFound
    for consent in consents:
        consent.withdrawn_at = at
        consent.save(update_fields=["withdrawn_at"])
        audit.record(actor, "identity.consent.withdraw", consent, at=at)


@transaction.atomic
def publish_document(
    *, actor: Actor, slug: str, kind: DocumentKind, title: str, text: str, at: datetime
) -> int:
    """Publish a text as the next version of a document; from now on everybody is asked for this one."""
    locks.wait_until_commit(f"legal document {slug}")
    newest = LegalDocument.objects.filter(slug=slug).order_by("-version").first()
    document = LegalDocument.objects.create(
        slug=slug,
        version=newest.version + 1 if newest else 1,
        kind=kind,
        title=title,
        text=text,
        text_hash=hashlib.sha256(text.encode()).hexdigest(),
        published_at=at,
    )
    audit.record(actor, "identity.document.publish", document, at=at, version=document.version)
    return document.pk


@transaction.atomic
def publish_initial_documents(*, at: datetime) -> None:
    """Publish the texts that Kabinet brings, where a document has no version of its own yet."""
    known = set(LegalDocument.objects.filter(slug__in=INITIAL).values_list("slug", flat=True))
    for slug, kind in INITIAL.items():
        if slug in known:
            continue
        written = (TEXTS / f"{slug}.txt").read_text(encoding="utf-8")
        title, _blank, text = written.partition("\n\n")
        publish_document(
            actor=SYSTEM,
            slug=slug,
            kind=kind,
            title=title.strip(),
            text=text.strip().replace("{operator}", settings.OPERATOR_NAME),
            at=at,
        )
