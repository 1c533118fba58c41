"""A reading is taken back while an export takes it out: one of them wins, never both (MET-32)."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from kabinet.exchange.exports import Target, export_new
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.models import Reading
from kabinet.metering.operations import (
    TooLateToWithdraw,
    TypedValue,
    submit_readings,
    withdraw_reading,
)
from tests.factories import AccountFactory, MeterFactory, ReadingFactory, UserFactory
from tests.hands import together

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
ZONES = ["T1", "T2"]


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def meter(person):
    account = AccountFactory(holders=[person], provider__code="gas")
    meter = MeterFactory(account=account, zones=ZONES)
    for zone in ZONES:
        ReadingFactory(meter=meter, zone=zone)
    submit_readings(
        actor=Actor.customer(person.pk),
        account_id=account.pk,
        values=[TypedValue(meter.public_id, zone, "2041") for zone in ZONES],
        route=SubmissionRoute.PORTAL,
        at=NOW,
    )
    return meter


def withdraw(person, meter):
    """Give the numbers of what was withdrawn, or None when it was too late."""
    reading = Reading.objects.filter(meter=meter, portal_id__isnull=False).first()
    try:
        return withdraw_reading(
            actor=Actor.customer(person.pk),
            account_id=meter.account_id,
            portal_id=reading.portal_id,
            at=NOW,
        )
    except TooLateToWithdraw:
        return None


def give_out(path):
    return export_new(
        actor=SYSTEM, provider_code="gas", what="readings", target=Target(path), at=NOW
    )


def own(meter):
    rows = Reading.objects.filter(meter=meter, portal_id__isnull=False).order_by("zone")
    return [
        (status, number is None) for status, number in rows.values_list("status", "export_number")
    ]


def test_an_export_that_is_taking_the_reading_is_waited_for_and_wins(person, meter):
    """Fails without the locks: the withdrawal would look before the export has committed."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Reading.objects.filter(meter=meter, status="sent").update(export_number=7)
            later = pool.submit(lambda: together(lambda: withdraw(person, meter))[0])
            with pytest.raises(TimeoutError):
                later.result(timeout=0.5)
        assert later.result(timeout=10) is None

    assert own(meter) == [("sent", False)] * 2


def test_a_reading_that_is_being_taken_back_is_left_out_of_the_export(person, meter, tmp_path):
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert len(withdraw(person, meter)) == len(ZONES)
        run = pool.submit(lambda: together(lambda: give_out(tmp_path / "out.csv"))[0])
        assert run.result(timeout=10) is None

    assert own(meter) == [("withdrawn", True)] * 2
    assert give_out(tmp_path / "later.csv") is None


@pytest.mark.parametrize("turn", range(5))
def test_at_the_same_moment_one_of_them_wins_for_all_zones(person, meter, tmp_path, turn):
    run, withdrawn = together(
        lambda: give_out(tmp_path / f"{turn}.csv"), lambda: withdraw(person, meter)
    )

    if withdrawn is None:
        # What a withdrawal has just locked is left to the next run, and then it is too late for the whole meter.
        assert 1 <= run.rows <= len(ZONES)
        assert {status for status, _new in own(meter)} == {"sent"}
    else:
        assert run is None
        assert own(meter) == [("withdrawn", True)] * 2


def test_two_hands_take_it_back_once(person, meter):
    results = together(*[lambda: withdraw(person, meter)] * 4)

    assert sorted(map(len, results)) == [0, 0, 0, len(ZONES)]
