"""Meters whose verification (поверка) is over or soon due, for the provider's staff and for reminders (MET-29)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from kabinet.accounts.queries import short_address
from kabinet.kernel.actors import Actor
from kabinet.metering import scopes
from kabinet.metering.enums import MeterState
from kabinet.metering.models import Meter
from kabinet.providers.enums import ExpiredVerification


@dataclass(frozen=True, slots=True)
class DueVerificationRow:
    """``is_expired`` by the day at the provider's place."""

    meter_id: int
    account_id: int
    provider_id: int
    provider_name: str
    account_number: str
    address: str
    service_name: str
    serial: str
    model: str
    place: str
    due_on: date
    is_expired: bool


def count_due_verifications(*, actor: Actor, at: datetime, within_days: int) -> int:
    """Count them; one query on an index of the dates."""
    return _due(actor, at, within_days).count()


def get_due_verifications(
    *, actor: Actor, at: datetime, within_days: int, first: int = 0, most: int | None = None
) -> Iterator[DueVerificationRow]:
    """Give the meters in force whose date is past or comes within the days, the oldest date first; one query.

    Meters of closed accounts are left out, and those of providers who do not look at verification. ``first`` rows are
    passed over, and ``most`` given.
    """
    due = _due(actor, at, within_days).select_related("service", "account__provider")
    last = None if most is None else first + most
    for meter in due.order_by("next_verification_on", "pk")[first:last].iterator():
        yield _to_row(meter, at)


def _due(actor: Actor, at: datetime, within_days: int) -> QuerySet[Meter]:
    today = at.date()
    return scopes.visible_meters(actor).filter(
        Q(charging_to=None) | Q(charging_to__gte=today),
        ~Q(account__provider__policy__expired_verification=ExpiredVerification.IGNORE),
        state=MeterState.ACTIVE,
        next_verification_on__lte=today + timedelta(days=within_days),
        account__closed_on=None,
        account__missing_since=None,
    )


def _to_row(meter: Meter, at: datetime) -> DueVerificationRow:
    account, due_on = meter.account, meter.next_verification_on
    assert due_on is not None  # noqa: S101 -- compared with a day above
    today = at.astimezone(ZoneInfo(account.provider.timezone)).date()
    return DueVerificationRow(
        meter_id=meter.pk,
        account_id=meter.account_id,
        provider_id=account.provider_id,
        provider_name=account.provider.name,
        account_number=account.number,
        address=short_address(account),
        service_name=meter.service.name,
        serial=meter.serial,
        model=meter.model,
        place=meter.place,
        due_on=due_on,
        is_expired=due_on < today,
    )
