"""Legal texts, and which of them somebody has accepted (IDN-18, 19)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from kabinet.identity.enums import DocumentKind
from kabinet.identity.models import Consent, LegalDocument
from kabinet.identity.queries.people import person_id
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible

TICKED = (DocumentKind.CONSENT, DocumentKind.AGREEMENT)


class DocumentNotFound(NotVisible):
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
