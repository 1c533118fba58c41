from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kabinet.exchange.exports import Target, export_new
from kabinet.kernel.actors import NOBODY, SYSTEM, Actor
from kabinet.kernel.models import AuditEntry
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.models import Reading
from kabinet.metering.operations import (
    ReadingNotFound,
    TooLateToWithdraw,
    TypedValue,
    submit_readings,
    withdraw_reading,
)
from kabinet.metering.queries import get_meters
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    MeterFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def meter(person):
    meter = MeterFactory(account=AccountFactory(holders=[person], provider__code="gas"))
    ReadingFactory(meter=meter)
    return meter


def submit(person, meter, *texts, at=NOW):
    zones = meter.zones or [""]
    submit_readings(
        actor=Actor.customer(person.pk),
        account_id=meter.account_id,
        values=[
            TypedValue(meter.public_id, *typed)
            for typed in zip(zones, texts or ["2041"], strict=True)
        ],
        route=SubmissionRoute.PORTAL,
        at=at,
    )
    return newest(meter)


def newest(meter):
    return Reading.objects.filter(meter=meter, portal_id__isnull=False).order_by("pk").last()


def withdraw(person, reading, at=NOW):
    actor = person if isinstance(person, Actor) else Actor.customer(person.pk)
    return withdraw_reading(
        actor=actor, account_id=reading.meter.account_id, portal_id=reading.portal_id, at=at
    )


def own(meter):
    rows = Reading.objects.filter(meter=meter, portal_id__isnull=False).order_by("pk")
    return list(rows.values_list("zone", "value", "status"))


def give_out(tmp_path):
    return export_new(
        actor=SYSTEM,
        provider_code="gas",
        what="readings",
        target=Target(tmp_path / f"{uuid.uuid4()}.csv"),
        at=NOW,
    )


def can_be_withdrawn(person, meter, at=NOW):
    (row,) = get_meters(actor=Actor.customer(person.pk), account_id=meter.account_id, at=at)
    return [reading.portal_id for reading in row.withdrawable]


def test_what_the_provider_has_not_got_is_taken_back_with_its_trail(person, meter, tmp_path):
    reading = submit(person, meter)
    assert can_be_withdrawn(person, meter) == [reading.portal_id]

    later = NOW + dt.timedelta(hours=1)
    assert withdraw(person, reading, at=later) == [reading.portal_id]

    reading.refresh_from_db()
    assert (reading.status, reading.withdrawn_at) == ("withdrawn", later)
    entry = AuditEntry.objects.get(action="metering.reading.withdraw")
    assert (entry.actor_id, entry.details) == (person.pk, {"value": "2041.0000"})
    assert can_be_withdrawn(person, meter) == []
    assert give_out(tmp_path) is None


def test_afterwards_a_new_one_is_sent_on_the_same_day_and_both_stay(person, meter, tmp_path):
    withdraw(person, submit(person, meter, "2401"))

    submit(person, meter, "2041")

    assert own(meter) == [("", 2401, "withdrawn"), ("", 2041, "sent")]
    assert give_out(tmp_path).rows == 1


def test_twice_is_once(person, meter):
    reading = submit(person, meter)

    assert withdraw(person, reading) == [reading.portal_id]
    assert withdraw(person, reading) == ()
    assert AuditEntry.objects.filter(action="metering.reading.withdraw").count() == 1


def test_what_an_export_has_taken_stays(person, meter, tmp_path):
    reading = submit(person, meter)
    give_out(tmp_path)
    assert can_be_withdrawn(person, meter) == []

    with pytest.raises(TooLateToWithdraw):
        withdraw(person, reading)

    assert own(meter) == [("", 2041, "sent")]


def test_a_correction_of_what_the_provider_has_stays_too(person, meter, tmp_path):
    submit(person, meter, "2401")
    give_out(tmp_path)
    correction = submit(person, meter, "2041")
    assert can_be_withdrawn(person, meter) == []

    with pytest.raises(TooLateToWithdraw):
        withdraw(person, correction)

    assert own(meter) == [("", 2401, "replaced"), ("", 2041, "sent")]


def test_a_correction_of_what_nobody_has_got_is_taken_back(person, meter):
    submit(person, meter, "2401")
    correction = submit(person, meter, "2041")

    withdraw(person, correction)

    assert own(meter) == [("", 2401, "replaced"), ("", 2041, "withdrawn")]


@pytest.mark.parametrize("status", ["received", "accepted", "rejected", "replaced"])
def test_only_what_is_sent_can_be_taken_back(person, meter, status):
    reading = submit(person, meter)
    Reading.objects.filter(pk=reading.pk).update(status=status)

    with pytest.raises(TooLateToWithdraw):
        withdraw(person, reading)

    assert own(meter) == [("", 2041, status)]


def test_last_month_s_reading_stays(person, meter):
    reading = submit(person, meter, at=NOW - dt.timedelta(days=25))

    with pytest.raises(TooLateToWithdraw):
        withdraw(person, reading)


def test_all_zones_go_together(person, tmp_path):
    meter = MeterFactory(account=AccountFactory(holders=[person]), zones=["T1", "T2"])
    reading = submit(person, meter, "100", "40")

    assert len(withdraw(person, reading)) == 2

    assert own(meter) == [("T1", 100, "withdrawn"), ("T2", 40, "withdrawn")]


def test_one_zone_does_not_go_when_the_provider_has_the_other(person, tmp_path):
    provider = AccountFactory(holders=[person], provider__code="gas")
    meter = MeterFactory(account=provider, zones=["T1", "T2"])
    submit(person, meter, "100", "40")
    give_out(tmp_path)
    corrected = submit(person, meter, "100", "41")

    with pytest.raises(TooLateToWithdraw):
        withdraw(person, corrected)

    assert own(meter)[-1] == ("T2", 41, "sent")


def test_another_holder_of_the_account_may_take_it_back_and_a_stranger_may_not(person, meter):
    reading = submit(person, meter)
    foreign = MeterFactory(account=AccountFactory(holders=[UserFactory()]))

    for stranger in (UserFactory(), NOBODY, foreign.account.links.get().user):
        with pytest.raises(ReadingNotFound):
            withdraw(stranger, reading)
    assert own(meter) == [("", 2041, "sent")]

    second = UserFactory()
    AccountLinkFactory(account=meter.account, user=second)
    assert withdraw(second, reading) == [reading.portal_id]


def test_a_reading_of_another_account_does_not_exist(person, meter):
    reading = submit(person, meter)
    other = AccountFactory(holders=[person])

    with pytest.raises(ReadingNotFound):
        withdraw_reading(
            actor=Actor.customer(person.pk),
            account_id=other.pk,
            portal_id=reading.portal_id,
            at=NOW,
        )

    assert own(meter) == [("", 2041, "sent")]


def test_the_section_must_be_open_to_the_person(person, meter):
    reading = submit(person, meter)
    policy = meter.account.provider.policy
    policy.enabled_features = ["balance", "meters"]
    policy.save()

    with pytest.raises(ReadingNotFound):
        withdraw(person, reading)
