"""Append-only record of who did what, when and from where (OPX-33)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import models

from kabinet.kernel.actors import Actor
from kabinet.kernel.models import AuditEntry

LONGEST_AGENT = 200


def record(
    actor: Actor,
    action: str,
    subject: models.Model,
    *,
    at: datetime,
    **details: str | int | bool | None,
) -> None:
    """Write one audit row in the caller's transaction. Details never hold secrets or card data.

    ``action`` has its words in ``kernel.audit_words``.
    """
    _entry(actor, action, subject, at, details).save(force_insert=True)


def record_all(
    actor: Actor, action: str, subjects: Sequence[models.Model], *, at: datetime
) -> None:
    """Write a row for each of many things that one statement has changed."""
    AuditEntry.objects.bulk_create(_entry(actor, action, subject, at, {}) for subject in subjects)


def _entry(
    actor: Actor,
    action: str,
    subject: models.Model,
    at: datetime,
    details: Mapping[str, str | int | bool | None],
) -> AuditEntry:
    return AuditEntry(
        happened_at=at,
        actor_kind=actor.kind,
        actor_id=actor.user_id,
        address=actor.address,
        user_agent=actor.user_agent[:LONGEST_AGENT],
        action=action,
        subject=f"{subject._meta.label}:{subject.pk}",  # noqa: SLF001 -- Django's documented Meta API
        details=details,
    )
