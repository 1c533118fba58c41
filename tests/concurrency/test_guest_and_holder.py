"""A guest and a holder send a reading at once: whoever comes first, the holder's is the one that counts (MET-15)."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from kabinet.accounts.guests import PASS_LIFETIME
from kabinet.kernel.actors import Actor
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.guests import submit_guest_readings
from kabinet.metering.models import Reading
from kabinet.metering.operations import TypedValue, submit_readings
from kabinet.metering.verdicts import Verdict
from tests.factories import AccountFactory, MeterFactory, ReadingFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
ROUNDS = 8


@pytest.fixture
def holder():
    return UserFactory()


@pytest.fixture
def meters(holder):
    account = AccountFactory(holders=[holder])
    meters = [MeterFactory(account=account) for _ in range(ROUNDS)]
    for meter in meters:
        ReadingFactory(meter=meter)
    return meters


def send_at_once(holder, meter):
    """Both forms for one meter; gives the guest's verdict."""
    start = Barrier(2)

    def send(step):
        try:
            start.wait(timeout=20)
            return step()[0].registers[0].verdict
        finally:
            connections.close_all()

    def by_guest():
        guest = Actor.guest(meter.account_id, until=NOW + PASS_LIFETIME)
        values = [TypedValue(meter.public_id, "", "2041")]
        return submit_guest_readings(actor=guest, values=values, at=NOW)

    def by_holder():
        return submit_readings(
            actor=Actor.customer(holder.pk),
            account_id=meter.account_id,
            values=[TypedValue(meter.public_id, "", "2042")],
            route=SubmissionRoute.PORTAL,
            at=NOW,
        )

    with ThreadPoolExecutor(2) as pool:
        guests, holders = pool.map(send, (by_guest, by_holder))
    assert holders is Verdict.OK
    return guests


def test_the_holders_reading_counts_whoever_was_first(holder, meters):
    for meter in meters:
        verdict = send_at_once(holder, meter)

        rows = Reading.objects.filter(meter=meter, source="portal").order_by("pk")
        told = list(rows.values_list("value", "status", "route"))
        first = [(2041, "replaced", "guest")] if verdict is Verdict.OK else []
        assert verdict in {Verdict.OK, Verdict.GIVEN_BY_HOLDER}
        assert told == [*first, (2042, "sent", "portal")]
