"""Whose exchange an actor may see and start: the provider's integrators and administrators."""

from __future__ import annotations

from django.db.models import QuerySet

from kabinet.exchange.models import ExportRun, ImportRun
from kabinet.kernel.actors import Actor, Role
from kabinet.providers.models import Provider

WHO_EXCHANGE = (Role.INTEGRATOR, Role.ADMINISTRATOR)


def exchanging_providers(actor: Actor) -> QuerySet[Provider]:
    """Providers for whom the actor may send and take data; a switched-off one takes part in nothing."""
    active = Provider.objects.filter(is_active=True)
    return active if actor.is_system else active.filter(pk__in=actor.providers(*WHO_EXCHANGE))


def visible_import_runs(actor: Actor) -> QuerySet[ImportRun]:
    if actor.is_system:
        return ImportRun.objects.all()
    return ImportRun.objects.filter(provider__in=actor.providers(*WHO_EXCHANGE))


def visible_export_runs(actor: Actor) -> QuerySet[ExportRun]:
    return ExportRun.objects.filter(provider__in=exchanging_providers(actor))
