"""Which methods answer: after a few failures in a row a method rests for a while and pages say so (PAY-38)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce

from kabinet.payments.models import Merchant, MethodHealth
from kabinet.providers.enums import PayMethod

IN_A_ROW = 3
RESTS = timedelta(minutes=2)


def note_failure(*, merchant: Merchant, method: PayMethod, at: datetime) -> None:
    """Count a call that got no answer; the third in a row lays the method down."""
    health, _made = MethodHealth.objects.get_or_create(merchant=merchant, method=method)
    rows = MethodHealth.objects.filter(pk=health.pk)
    rows.update(failures=F("failures") + 1, failing_since=Coalesce("failing_since", Value(at)))
    rows.filter(failures__gte=IN_A_ROW).update(down_until=at + RESTS)


def note_answer(*, merchant: Merchant, method: PayMethod) -> None:
    """The bank has answered: whatever it said, it is there. Usually writes nothing."""
    MethodHealth.objects.filter(merchant=merchant, method=method, failures__gt=0).update(
        failures=0, failing_since=None, down_until=None
    )
