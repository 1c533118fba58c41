"""Two hands on one meter: the form sent twice, from two windows, or while an import accepts the reading."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction

from kabinet.kernel.actors import Actor
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.models import Reading
from kabinet.metering.operations import TypedValue, submit_readings
from kabinet.metering.verdicts import Verdict
from tests.factories import AccountFactory, MeterFactory, ReadingFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
HANDS = 6


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def meter(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]))
    ReadingFactory(meter=meter)
    return meter


def submit_at_once(person, meters, texts):
    """Every text is a hand; all press the button at the same moment."""
    barrier = Barrier(len(texts))

    def press(number):
        # Forms list the meters in any order; the locks must not wait for each other in a circle.
        ordered = meters if number % 2 else meters[::-1]
        values = [TypedValue(meter.public_id, "", texts[number]) for meter in ordered]
        try:
            barrier.wait()
            return submit_readings(
                actor=Actor.customer(person.pk),
                account_id=meters[0].account_id,
                values=values,
                route=SubmissionRoute.PORTAL,
                at=NOW,
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(press, range(len(texts))))


def live(meter):
    rows = Reading.objects.filter(meter=meter, portal_id__isnull=False).exclude(status="replaced")
    return list(rows.values_list("value", "status"))


def test_the_same_form_sent_many_times_stores_one_reading(person, meter):
    results = submit_at_once(person, [meter], ["2041"] * HANDS)

    assert [result.stored for (result,) in results] == [True] * HANDS
    assert Reading.objects.filter(portal_id__isnull=False).count() == 1
    assert live(meter) == [(2041, "sent")]


def test_different_values_at_once_leave_one_that_counts(person, meter):
    texts = [str(2041 + number) for number in range(HANDS)]

    submit_at_once(person, [meter], texts)

    assert len(live(meter)) == 1
    assert Reading.objects.filter(portal_id__isnull=False).count() == HANDS
    assert Reading.objects.filter(status="replaced").count() == HANDS - 1


def test_forms_of_several_meters_do_not_wait_for_each_other_in_a_circle(person, meter):
    meters = [meter, *MeterFactory.create_batch(3, account=meter.account)]

    results = submit_at_once(person, meters, ["2041"] * HANDS)

    assert all(result.stored for hand in results for result in hand)
    assert [live(one) for one in meters] == [[(2041, "sent")]] * 4


def test_a_reading_accepted_meanwhile_is_not_replaced(person, meter):
    (first,) = submit_at_once(person, [meter], ["2041"])
    assert first[0].stored

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Reading.objects.filter(meter=meter, status="sent").update(status="accepted")
            later = pool.submit(submit_at_once, person, [meter], ["2050"])
            # The import holds the row a little longer, so that the form has to wait for it.
            with pytest.raises(TimeoutError):
                later.result(timeout=0.3)
        ((result,),) = later.result(timeout=5)

    assert result.registers[0].verdict is Verdict.ALREADY_ACCEPTED
    assert live(meter) == [(Decimal(2041), "accepted")]
