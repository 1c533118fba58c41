from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from kabinet.kernel.actors import NOBODY, Actor, ActorKind, Role
from kabinet.metering.enums import IntakeState, ReadingStatus, Verification
from kabinet.metering.models import Reading
from kabinet.metering.queries import (
    MeterNotFound,
    get_meters,
    get_reading_history,
    get_readings_summary,
)
from kabinet.metering.verdicts import Verdict
from tests.factories import (
    NOON,
    AccountFactory,
    AccountLinkFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
GIVEN = {"source": "portal", "submitted_at": NOW, "taken_on": dt.date(2026, 11, 21)}


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def actor(person):
    return Actor.customer(person.pk)


@pytest.fixture
def meter(person):
    return MeterFactory(account=AccountFactory(holders=[person]))


def given(meter, value, status="sent", **changed):
    return ReadingFactory(
        meter=meter,
        value=Decimal(value),
        status=status,
        accounted_on=None,
        **{"portal_id": uuid.uuid4(), **GIVEN, **changed},
    )


def only(rows):
    (row,) = rows
    return row


def months_of_readings(meter, count, step=10, **changed):
    """One accepted reading on the 22nd of each month up to October 2026."""
    for back in range(count):
        month = dt.date(2026 - (back + 2) // 12, (9 - back) % 12 + 1, 22)
        ReadingFactory(meter=meter, taken_on=month, value=Decimal(5000 - back * step), **changed)


def state(meter, actor, at=NOW):
    return get_readings_summary(actor=actor, account_id=meter.account_id, at=at).state


def test_a_meter_comes_with_its_last_reading_and_average(meter, actor):
    months_of_readings(meter, 8, step=12)

    row = only(get_meters(actor=actor, account_id=meter.account_id, at=NOW))
    register = only(row.registers)

    assert (row.serial, row.digits, row.unit) == (meter.serial, 5, "м³")
    assert register.accepted.value == 5000
    assert register.accepted.taken_on == dt.date(2026, 10, 22)
    assert register.average == Decimal("12.000")
    assert (register.given, register.submitted, row.obstacle) == (None, None, None)


def test_the_average_looks_back_as_far_as_the_provider_says(meter, actor):
    months_of_readings(meter, 7, step=10)
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 3, 22), value=Decimal(0))

    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)

    assert register.average == Decimal("10.000")


def test_a_replaced_meter_keeps_its_average_and_the_new_one_starts_its_own(meter, actor):
    months_of_readings(meter, 4, step=12)
    meter.state, meter.charging_to = "removed", dt.date(2026, 10, 22)
    meter.save()
    new = MeterFactory(account=meter.account, service=meter.service)
    ReadingFactory(meter=new, source="initial", taken_on=dt.date(2026, 10, 22), value=Decimal(0))

    old_row, new_row = sorted(
        get_meters(actor=actor, account_id=meter.account_id, at=NOW), key=lambda row: row.in_force
    )

    assert (old_row.average, new_row.average) == (Decimal("12.000"), None)


def test_one_reading_makes_no_average(meter, actor):
    ReadingFactory(meter=meter)

    assert only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).average is None


def test_a_dial_that_passed_zero_gives_no_wrong_average(meter, actor):
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 8, 22), value=Decimal(99990))
    ReadingFactory(meter=meter, value=Decimal(10))

    average = only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).average

    assert average is None


def test_refused_readings_are_neither_last_nor_in_the_average(meter, actor):
    months_of_readings(meter, 3)
    ReadingFactory(
        meter=meter, taken_on=dt.date(2026, 10, 30), value=Decimal(9000), status="rejected"
    )

    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)

    assert register.accepted.value == 5000
    assert register.average == Decimal("10.000")


def test_a_meter_without_readings_has_nothing_to_compare_with(meter, actor):
    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)

    assert (register.previous, register.average, register.given) == (None, None, None)


def test_every_zone_is_a_register_of_its_own(person, actor):
    meter = MeterFactory(account=AccountFactory(holders=[person]), zones=["T1", "T2", "T3"])
    months_of_readings(meter, 3, zone="T1")
    months_of_readings(meter, 3, step=2, zone="T3")

    row = only(get_meters(actor=actor, account_id=meter.account_id, at=NOW))

    assert [register.zone for register in row.registers] == ["T1", "T2", "T3"]
    assert [register.average for register in row.registers] == [10, None, 2]
    assert row.average is None


def test_this_window_s_reading_stands_apart_from_the_base(meter, actor):
    ReadingFactory(meter=meter)
    given(meter, 2041)

    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)

    assert register.previous.value == 1899
    assert register.given.value == 2041
    assert register.given.status is ReadingStatus.SENT


def test_an_older_reading_still_on_its_way_is_the_base(meter, actor):
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 9, 22))
    october = dt.datetime(2026, 10, 25, 9, 0, tzinfo=dt.UTC)
    given(meter, 1950, submitted_at=october, taken_on=dt.date(2026, 10, 25))

    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)

    assert (register.accepted.value, register.submitted.value) == (1899, 1950)
    assert register.previous == register.submitted


def test_a_reading_on_its_way_is_the_base_when_nothing_was_ever_accepted(meter, actor):
    june = dt.datetime(2026, 6, 25, 9, 0, tzinfo=dt.UTC)
    given(meter, 50, submitted_at=june, taken_on=dt.date(2026, 6, 25))

    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)

    assert register.previous.value == 50


def test_a_submitted_reading_older_than_the_accepted_one_is_out_of_the_question(meter, actor):
    september = dt.datetime(2026, 9, 25, 9, 0, tzinfo=dt.UTC)
    given(meter, 1700, submitted_at=september, taken_on=dt.date(2026, 9, 25))
    ReadingFactory(meter=meter)

    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)

    assert register.submitted is None


def test_a_refused_reading_says_so_until_a_new_one_is_given(meter, actor):
    given(meter, 2401, "rejected", reason="Цифры переставлены", taken_on=dt.date(2026, 11, 20))
    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)
    assert register.refused.reason == "Цифры переставлены"
    assert register.given is None

    given(meter, 2041)
    register = only(only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).registers)
    assert register.refused is None
    assert register.given.value == 2041


def test_serials_are_masked_for_a_limited_link_only(meter, actor):
    limited = UserFactory()
    AccountLinkFactory(account=meter.account, user=limited, level="limited", extended_at=None)
    stranger_actor = Actor.customer(limited.pk)
    masked = f"{meter.serial[0]}****{meter.serial[-2:]}"

    def shown(actor):
        return only(get_meters(actor=actor, account_id=meter.account_id, at=NOW)).serial

    assert shown(actor) == meter.serial
    assert shown(stranger_actor) == masked
    history = get_reading_history(
        actor=stranger_actor, account_id=meter.account_id, meter_id=meter.public_id, at=NOW
    )
    assert history.meter.serial == masked
    assert meter.serial not in repr(history)


@pytest.mark.parametrize(
    "policy",
    [
        {"policy__meter_mask": "off"},
        {"policy__limited_features": ["meters", "serials"]},
    ],
)
def test_a_provider_may_show_whole_serials_to_all(policy):
    limited = UserFactory()
    account = AccountFactory(provider=ProviderFactory(**policy), limited=[limited])
    meter = MeterFactory(account=account)

    row = only(get_meters(actor=Actor.customer(limited.pk), account_id=account.pk, at=NOW))

    assert row.serial == meter.serial


def test_staff_see_their_provider_s_meters_whole(meter):
    operator = frozenset({(meter.account.provider_id, Role.OPERATOR)})
    staff = Actor(ActorKind.STAFF, user_id=UserFactory().pk, grants=operator)

    assert only(get_meters(actor=staff, account_id=meter.account_id, at=NOW)).serial == meter.serial


@pytest.mark.parametrize(
    "actor",
    [
        NOBODY,
        Actor.customer(10**6),
        Actor(ActorKind.STAFF, grants=frozenset({(10**6, Role.ADMINISTRATOR)})),
        Actor(ActorKind.STAFF, grants=frozenset({(1, Role.PUBLISHER)})),
    ],
)
def test_a_stranger_sees_no_meters_and_no_history(meter, actor):
    assert get_meters(actor=actor, account_id=meter.account_id, at=NOW) == ()
    with pytest.raises(MeterNotFound):
        get_reading_history(
            actor=actor, account_id=meter.account_id, meter_id=meter.public_id, at=NOW
        )


def test_a_meter_of_another_own_account_is_not_in_this_one(meter, person, actor):
    other = AccountFactory(holders=[person])

    with pytest.raises(MeterNotFound):
        get_reading_history(actor=actor, account_id=other.pk, meter_id=meter.public_id, at=NOW)


def test_the_answer_follows_the_month(meter, actor):
    policy = meter.account.provider.policy
    policy.readings_from_day, policy.readings_to_day = 15, 25
    policy.save()

    assert state(meter, actor, NOW.replace(day=14)) is IntakeState.BEFORE
    assert state(meter, actor) is IntakeState.OPEN
    assert state(meter, actor, NOW.replace(day=26)) is IntakeState.MISSED

    second = MeterFactory(account=meter.account)
    given(meter, 2041)
    assert state(meter, actor) is IntakeState.PARTLY
    given(second, 5)
    assert state(meter, actor) is IntakeState.SENT
    assert state(meter, actor, NOW.replace(day=26)) is IntakeState.SENT
    Reading.objects.update(status="accepted")
    assert state(meter, actor) is IntakeState.ACCEPTED
    assert state(meter, actor, NOW + dt.timedelta(days=30)) is IntakeState.OPEN


def test_removed_meters_ask_for_nothing_and_come_last(meter, actor):
    removed = MeterFactory(account=meter.account, state="removed", removal_reason="Замена")
    MeterFactory(account=meter.account)

    summary = get_readings_summary(actor=actor, account_id=meter.account_id, at=NOW)

    assert [row.in_force for row in summary.meters] == [True, True, False]
    assert only(summary.out_of_force).public_id == removed.public_id
    assert only(summary.out_of_force).obstacle is Verdict.METER_NOT_ACTIVE
    assert summary.state is IntakeState.OPEN


def test_an_account_without_meters_says_so(person, actor):
    account = AccountFactory(holders=[person])

    summary = get_readings_summary(actor=actor, account_id=account.pk, at=NOW)

    assert (summary.state, summary.meters) == (IntakeState.NO_METERS, ())


@pytest.mark.parametrize(
    ("until", "verification"),
    [
        (None, Verification.FINE),
        (dt.date(2026, 11, 20), Verification.EXPIRED),
        (dt.date(2026, 11, 21), Verification.SOON),
        (dt.date(2027, 1, 9), Verification.SOON),
        (dt.date(2027, 6, 1), Verification.FINE),
    ],
)
def test_the_verification_date_speaks_in_time(meter, actor, until, verification):
    meter.next_verification_on = until
    meter.save()

    row = only(get_meters(actor=actor, account_id=meter.account_id, at=NOW))

    assert row.verification is verification


def test_history_shows_every_source_and_state_newest_first(meter, actor):
    months_of_readings(meter, 2)
    given(meter, 5601, "replaced")
    given(meter, 5010)
    ReadingFactory(
        meter=meter,
        taken_on=dt.date(2026, 10, 25),
        value=Decimal(4000),
        status="rejected",
        source="phone",
    )

    page = get_reading_history(
        actor=actor, account_id=meter.account_id, meter_id=meter.public_id, at=NOW
    )

    assert [(row.value, row.status, row.source, row.use) for row in page.readings] == [
        (5010, "sent", "portal", None),
        (5601, "replaced", "portal", None),
        (4000, "rejected", "phone", None),
        (5000, "accepted", "inspector", 10),
        (4990, "accepted", "inspector", None),
    ]


def test_history_is_as_deep_as_the_provider_says(person, actor):
    provider = ProviderFactory(policy__reading_history_months=3)
    meter = MeterFactory(account=AccountFactory(provider=provider, holders=[person]))
    months_of_readings(meter, 5)

    page = get_reading_history(
        actor=actor, account_id=meter.account_id, meter_id=meter.public_id, at=NOW
    )

    assert page.since == dt.date(2026, 9, 1)
    assert [row.taken_on.month for row in page.readings] == [10, 9]


@pytest.mark.parametrize("count", [1, 3])
def test_query_counts(person, actor, django_assert_num_queries, count):
    account = AccountFactory(holders=[person])
    meters = MeterFactory.create_batch(count, account=account, zones=["T1", "T2"])
    for meter in meters:
        months_of_readings(meter, 3 * count, zone="T1")

    with django_assert_num_queries(2):
        assert len(get_meters(actor=actor, account_id=account.pk, at=NOW)) == count
    with django_assert_num_queries(4):
        get_reading_history(
            actor=actor, account_id=account.pk, meter_id=meters[0].public_id, at=NOON
        )
