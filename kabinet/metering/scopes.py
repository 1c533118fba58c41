"""Whose meters and readings an actor may see, and for which ones submit; built on the accounts' own scope."""

from __future__ import annotations

from django.db.models import QuerySet

from kabinet.accounts.scopes import accounts_open_for
from kabinet.kernel.actors import Actor
from kabinet.metering.models import Meter, Reading
from kabinet.providers.enums import Feature


def visible_meters(actor: Actor) -> QuerySet[Meter]:
    return Meter.objects.filter(account__in=accounts_open_for(actor, Feature.METERS))


def visible_readings(actor: Actor) -> QuerySet[Reading]:
    return Reading.objects.filter(meter__in=visible_meters(actor))


def submittable_meters(actor: Actor) -> QuerySet[Meter]:
    """Meters for which the actor may hand over readings; whether one takes them now is the meter's matter."""
    return Meter.objects.filter(account__in=accounts_open_for(actor, Feature.SUBMIT_READINGS))


def readings_for_statistics(actor: Actor) -> QuerySet[Reading]:
    """Statistics tell of meters only what the section of meters would (MET-37)."""
    open_accounts = accounts_open_for(actor, Feature.STATISTICS)
    return visible_readings(actor).filter(meter__account__in=open_accounts)
