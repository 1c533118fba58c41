from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kabinet.identity.enums import ConsentChannel, DocumentKind


class LegalDocument(models.Model):
    """One version of a text that people read or accept. A published text never changes (IDN-18, 19)."""

    slug = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=9, choices=DocumentKind)
    title = models.CharField(max_length=200)
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("юридический документ")
        verbose_name_plural = _("юридические документы")
        constraints = [
            models.UniqueConstraint(name="legal_document_version", fields=["slug", "version"]),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Consent(models.Model):
    """Who accepted which version, when, from where and how: what 152-ФЗ asks the operator to prove."""

    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="consents")
    document = models.ForeignKey(LegalDocument, on_delete=models.PROTECT, related_name="consents")
    given_at = models.DateTimeField()
    channel = models.CharField(max_length=12, choices=ConsentChannel)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="consent_in_force_once",
                fields=["user", "document"],
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_given",
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=models.F("given_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.document_id}"
