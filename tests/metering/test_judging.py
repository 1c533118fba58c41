"""What submission says about a form, whoever sends it: slips, use instead of value, windows of services."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.kernel.actors import Actor
from kabinet.metering.calculations import Dial, confirmation, digits_of, value_by_volume
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.models import Reading
from kabinet.metering.operations import TypedValue, submit_readings
from kabinet.metering.queries import get_meters, get_readings_summaries, get_readings_summary
from kabinet.metering.slips import Fix, Slip, SlipKind
from kabinet.metering.verdicts import Verdict
from tests.factories import AccountFactory, MeterFactory, ReadingFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def meter(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]))
    for back in range(6):
        ReadingFactory(
            meter=meter, taken_on=dt.date(2026, 10 - back, 22), value=Decimal(1890 - 10 * back)
        )
    return meter


def submit(person, meter, text="", *, volume="", yes=(), at=NOW):
    (result,) = submit_readings(
        actor=Actor.customer(person.pk),
        account_id=meter.account_id,
        values=[TypedValue(meter.public_id, "", text, frozenset(yes), volume)],
        route=SubmissionRoute.GUEST,
        at=at,
    )
    return result.registers[0]


def own(meter):
    rows = Reading.objects.filter(meter=meter, portal_id__isnull=False).order_by("pk")
    return list(rows.values_list("value", "status"))


def test_the_result_names_the_slip_and_stores_nothing(person, meter):
    result = submit(person, meter, "18999")

    assert (result.verdict, result.asks) == (Verdict.UNUSUAL_USE, True)
    assert result.slip == Slip(SlipKind.EXTRA_DIGIT, (Fix((meter.public_id, ""), Decimal(1899)),))
    assert own(meter) == []


def test_a_slip_confirmed_is_stored_and_named_no_more(person, meter):
    yes = confirmation(Verdict.UNUSUAL_USE, Decimal(18999))

    result = submit(person, meter, "18999", yes=[yes])

    assert (result.verdict, result.slip) == (Verdict.OK, None)
    assert own(meter) == [(18999, "sent")]


def test_a_value_of_the_provider_s_accepted_reading_is_no_slip(person, meter):
    submit(person, meter, "1899")
    Reading.objects.filter(meter=meter, status="sent").update(status="accepted")

    result = submit(person, meter, "18999")

    assert (result.verdict, result.slip) == (Verdict.ALREADY_ACCEPTED, None)


def test_the_use_leads_to_the_value(person, meter):
    result = submit(person, meter, volume="12")

    assert (result.verdict, result.value, result.use) == (Verdict.OK, 1902, 12)
    assert own(meter) == [(1902, "sent")]


def test_the_same_use_twice_is_one_reading(person, meter):
    submit(person, meter, volume="12")
    submit(person, meter, volume="12")

    assert own(meter) == [(1902, "sent")]


@pytest.mark.parametrize(
    ("text", "volume", "verdict"),
    [
        ("1903", "12", Verdict.VOLUME_DIFFERS),
        ("abc", "12", Verdict.VOLUME_DIFFERS),
        ("", "abc", Verdict.NOT_A_NUMBER),
        ("", "1,5", Verdict.NOT_INTEGER),
        ("", "123456", Verdict.TOO_MANY_DIGITS),
        ("", "0", Verdict.EQUAL_TO_PREVIOUS),
        ("", "5000", Verdict.UNUSUAL_USE),
        ("1902", "12", Verdict.OK),
        ("1902", " ", Verdict.OK),
    ],
)
def test_value_and_use_must_say_the_same(person, meter, text, volume, verdict):
    assert submit(person, meter, text, volume=volume).verdict is verdict
    assert bool(own(meter)) is (verdict is Verdict.OK)


def test_a_use_without_any_last_reading_says_nothing(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]))

    assert submit(person, meter, volume="12").verdict is Verdict.EMPTY


def test_a_use_over_the_top_starts_from_zero_and_is_asked_about(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]))
    ReadingFactory(meter=meter, value=Decimal(99_990))

    result = submit(person, meter, volume="30")

    assert (result.verdict, result.asks, result.value) == (Verdict.LESS_THAN_PREVIOUS, True, 20)


@pytest.mark.parametrize("day", [9, 16])
def test_a_service_s_own_window_goes_before_the_provider_s(person, meter, day):
    meter.service.readings_from_day, meter.service.readings_to_day = 10, 15
    meter.service.save()

    assert submit(person, meter, "1901", at=NOW.replace(day=day)).verdict is Verdict.OUT_OF_WINDOW
    assert own(meter) == []


def test_within_its_own_window_a_meter_takes_what_the_provider_s_window_does_not(person, meter):
    policy = meter.account.provider.policy
    policy.readings_from_day, policy.readings_to_day = 1, 5
    policy.save()
    meter.service.readings_from_day, meter.service.readings_to_day = 21, 31
    meter.service.save()

    assert submit(person, meter, "1901").verdict is Verdict.OK


def test_a_reading_of_the_provider_s_window_but_not_of_the_service_s_is_not_replaced(person, meter):
    """Given on the 5th, before the service's own window has opened: that one is the base, not the one to mend."""
    submit(person, meter, "1895", at=NOW.replace(day=5))
    meter.service.readings_from_day, meter.service.readings_to_day = 10, 31
    meter.service.save()

    submit(person, meter, "1901")

    assert own(meter) == [(1895, "sent"), (1901, "sent")]


def test_the_window_of_each_meter_is_in_its_row(person, meter):
    meter.service.readings_from_day, meter.service.readings_to_day = 10, 15
    meter.service.save()
    MeterFactory(account=meter.account)

    rows = get_meters(actor=Actor.customer(person.pk), account_id=meter.account_id, at=NOW)

    assert {(row.window.from_day, row.window.to_day) for row in rows} == {(10, 15), (1, 31)}


def test_several_accounts_are_read_as_each_alone(person, meter, django_assert_num_queries):
    other = MeterFactory(account=AccountFactory(holders=[person]))
    foreign = MeterFactory()
    empty = AccountFactory(holders=[person])
    actor = Actor.customer(person.pk)
    ids = [meter.account_id, other.account_id, foreign.account_id, empty.pk]

    with django_assert_num_queries(2):
        summaries = get_readings_summaries(actor=actor, account_ids=ids, at=NOW)

    assert summaries == {pk: get_readings_summary(actor=actor, account_id=pk, at=NOW) for pk in ids}
    assert summaries[foreign.account_id].meters == ()
    assert get_readings_summaries(actor=actor, account_ids=[], at=NOW) == {}


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("01899", ("1899", "")),
        ("1 899,5", ("1899", "5")),
        ("000", ("", "")),
        ("abc", ("", "")),
        ("", ("", "")),
    ],
)
def test_digits_stand_without_leading_zeros(text, digits):
    assert digits_of(text) == digits


def test_a_use_is_counted_from_the_last_value_and_over_the_top():
    assert value_by_volume(Decimal(1899), Decimal(142), Dial(5, 0)) == 2041
    assert value_by_volume(Decimal(99_999), Decimal(1), Dial(5, 0)) == 0
