from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.kernel import events
from kabinet.kernel.actors import NOBODY, Actor, ActorKind, Role
from kabinet.kernel.models import AuditEntry
from kabinet.metering.calculations import confirmation
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.events import ReadingReplaced, ReadingSubmitted
from kabinet.metering.models import Reading
from kabinet.metering.operations import AccountClosed, TypedValue, submit_readings
from kabinet.metering.queries import MeterNotFound
from kabinet.metering.verdicts import Verdict
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def meter(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]))
    ReadingFactory(meter=meter)
    return meter


@pytest.fixture
def listen(monkeypatch):
    """Collect the published facts of a kind, until the test ends."""

    def start(kind):
        heard = []
        monkeypatch.setitem(events._subscribers, kind, [heard.append])
        return heard

    return start


def submit(person, *typed, at=NOW, taken_on=None, **confirmed):
    """``typed``: (meter, text) or (meter, zone, text); ``yes=`` answers the questions of all of them."""
    values = [
        TypedValue(row[0].public_id, row[1] if len(row) == 3 else "", row[-1], **_yes(confirmed))
        for row in typed
    ]
    return submit_readings(
        actor=Actor.customer(person.pk, address="203.0.113.7"),
        account_id=typed[0][0].account_id,
        values=values,
        route=SubmissionRoute.PORTAL,
        at=at,
        taken_on=taken_on,
    )


def _yes(confirmed):
    return {"confirmed": frozenset(confirmed["yes"])} if confirmed else {}


def verdicts(results):
    return [register.verdict for result in results for register in result.registers]


def own(meter, *fields):
    rows = Reading.objects.filter(meter=meter, portal_id__isnull=False).order_by("pk")
    return list(rows.values_list(*fields or ("value", "status")))


def trail():
    return list(AuditEntry.objects.filter(action__startswith="metering."))


def rules(meter, **changed):
    policy = meter.account.provider.policy
    for name, value in changed.items():
        setattr(policy, name, value)
    policy.save()


def test_a_right_value_waits_for_the_provider_with_its_trail(person, meter, listen):
    heard = listen(ReadingSubmitted)

    results = submit(person, (meter, "02041"))

    reading = Reading.objects.get(portal_id__isnull=False)
    assert verdicts(results) == [Verdict.OK]
    assert results[0].stored
    assert results[0].registers[0].use == 142
    assert (reading.value, reading.previous_value) == (2041, 1899)
    assert (reading.status, reading.source, reading.route) == ("sent", "portal", "portal")
    assert (reading.taken_on, reading.submitted_at) == (TODAY, NOW)
    assert reading.submitted_by == person
    assert heard == [ReadingSubmitted(reading.pk, meter.pk, meter.account_id)]
    (entry,) = trail()
    assert (entry.action, entry.actor_id, entry.address) == (
        "metering.reading.submit",
        person.pk,
        "203.0.113.7",
    )


def test_the_day_is_the_provider_s(person):
    provider = ProviderFactory(timezone="Asia/Kamchatka")
    meter = MeterFactory(account=AccountFactory(provider=provider, holders=[person]))

    submit(person, (meter, "2041"), at=dt.datetime(2026, 11, 21, 13, 0, tzinfo=dt.UTC))

    assert own(meter, "taken_on") == [(dt.date(2026, 11, 22),)]


def test_one_refused_meter_does_not_hold_back_the_others(person, meter):
    other = MeterFactory(account=meter.account)

    results = submit(person, (meter, "1000"), (other, "5"))

    assert verdicts(results) == [Verdict.LESS_THAN_PREVIOUS, Verdict.OK]
    assert [result.meter_id for result in results] == [meter.public_id, other.public_id]
    assert own(meter) == []
    assert own(other) == [(5, "sent")]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", Verdict.EMPTY),
        ("abc", Verdict.NOT_A_NUMBER),
        ("2041,5", Verdict.NOT_INTEGER),
        ("204100", Verdict.TOO_MANY_DIGITS),
        ("1898", Verdict.LESS_THAN_PREVIOUS),
        ("1899", Verdict.EQUAL_TO_PREVIOUS),
    ],
)
def test_a_wrong_value_is_named_and_leaves_no_trace(person, meter, text, verdict):
    assert verdicts(submit(person, (meter, text))) == [verdict]
    assert own(meter) == []
    assert trail() == []


def test_zero_use_goes_after_a_yes(person, meter):
    (result,) = submit(person, (meter, "1899"))
    assert result.registers[0].asks

    submit(person, (meter, "1899"), yes={confirmation(Verdict.EQUAL_TO_PREVIOUS, Decimal(1899))})

    assert own(meter) == [(1899, "sent")]


def test_a_later_value_of_the_window_replaces_the_earlier_one_and_both_stay(person, meter, listen):
    submit(person, (meter, "2401"), at=NOW - dt.timedelta(days=3))
    heard = listen(ReadingReplaced)

    assert verdicts(submit(person, (meter, "2041"))) == [Verdict.OK]

    assert own(meter) == [(2401, "replaced"), (2041, "sent")]
    first, second = own(meter, "pk")
    assert heard == [ReadingReplaced(first[0], second[0])]


def test_a_value_is_replaced_on_the_same_day_too(person, meter):
    submit(person, (meter, "2401"))
    submit(person, (meter, "2041"))

    assert own(meter) == [(2401, "replaced"), (2041, "sent")]


def test_a_value_already_received_is_replaced_too(person, meter):
    submit(person, (meter, "2401"))
    Reading.objects.filter(meter=meter, status="sent").update(status="received")

    submit(person, (meter, "2041"))

    assert own(meter) == [(2401, "replaced"), (2041, "sent")]


def test_the_same_value_twice_is_one_reading(person, meter):
    first = submit(person, (meter, "2041"))
    second = submit(person, (meter, "02041"), at=NOW + dt.timedelta(days=1))

    assert verdicts(first) == verdicts(second) == [Verdict.OK]
    assert own(meter) == [(2041, "sent")]
    assert len(trail()) == 1


def test_an_accepted_value_is_not_replaced(person, meter):
    submit(person, (meter, "2041"))
    Reading.objects.filter(meter=meter, status="sent").update(status="accepted")

    assert verdicts(submit(person, (meter, "2050"))) == [Verdict.ALREADY_ACCEPTED]
    assert own(meter) == [(2041, "accepted")]


def test_a_provider_may_forbid_replacement_but_a_repeat_stays_harmless(person, meter):
    rules(meter, allow_resubmit=False)
    submit(person, (meter, "2041"))

    assert verdicts(submit(person, (meter, "2050"))) == [Verdict.ALREADY_ACCEPTED]
    assert verdicts(submit(person, (meter, "2041"))) == [Verdict.OK]
    assert own(meter) == [(2041, "sent")]


def test_a_refused_value_gives_way_to_a_new_one_of_the_same_day(person, meter):
    submit(person, (meter, "2401"))
    Reading.objects.filter(meter=meter, status="sent").update(status="rejected")

    assert verdicts(submit(person, (meter, "2041"))) == [Verdict.OK]
    assert own(meter) == [(2401, "replaced"), (2041, "sent")]


def test_a_value_refused_on_another_day_stays_refused(person, meter):
    submit(person, (meter, "2401"), at=NOW - dt.timedelta(days=1))
    Reading.objects.filter(meter=meter, status="sent").update(status="rejected")

    submit(person, (meter, "2041"))

    assert own(meter) == [(2401, "rejected"), (2041, "sent")]


def test_last_month_s_value_still_on_its_way_is_a_base_and_is_not_replaced(person, meter):
    submit(person, (meter, "1950"), at=dt.datetime(2026, 10, 25, 9, 0, tzinfo=dt.UTC))

    assert verdicts(submit(person, (meter, "1940"))) == [Verdict.LESS_THAN_PREVIOUS]
    assert verdicts(submit(person, (meter, "2041"))) == [Verdict.OK]
    assert own(meter, "value", "status", "previous_value") == [
        (1950, "sent", 1899),
        (2041, "sent", 1950),
    ]


@pytest.mark.parametrize("day", [14, 26])
def test_nothing_is_taken_outside_the_window(person, meter, day):
    rules(meter, readings_from_day=15, readings_to_day=25)

    results = submit(person, (meter, "2041"), at=NOW.replace(day=day))

    assert verdicts(results) == [Verdict.OUT_OF_WINDOW]
    assert own(meter) == []


@pytest.mark.parametrize("day", [15, 25])
def test_both_days_of_the_window_are_in_it(person, meter, day):
    rules(meter, readings_from_day=15, readings_to_day=25)

    assert verdicts(submit(person, (meter, "2041"), at=NOW.replace(day=day))) == [Verdict.OK]


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"state": "removed"}, Verdict.METER_NOT_ACTIVE),
        ({"state": "broken"}, Verdict.METER_NOT_ACTIVE),
        ({"charging_to": dt.date(2026, 11, 20)}, Verdict.METER_NOT_ACTIVE),
        ({"charging_from": dt.date(2026, 11, 22)}, Verdict.METER_NOT_ACTIVE),
        ({"charging_to": dt.date(2026, 11, 21)}, Verdict.OK),
        ({"service__unit": "попугай"}, Verdict.NO_METER_DATA),
    ],
)
def test_only_meters_in_force_and_understood_take_readings(person, facts, verdict):
    meter = MeterFactory(account=AccountFactory(holders=[person]), **facts)

    assert verdicts(submit(person, (meter, "2041"))) == [verdict]


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [("block", Verdict.VERIF_EXPIRED), ("warn", Verdict.OK), ("ignore", Verdict.OK)],
)
def test_an_expired_verification_is_the_provider_s_matter(person, meter, rule, verdict):
    rules(meter, expired_verification=rule)
    meter.next_verification_on = dt.date(2026, 11, 20)
    meter.save()

    assert verdicts(submit(person, (meter, "2041"))) == [verdict]


def test_the_verification_s_last_day_is_still_good(person, meter):
    rules(meter, expired_verification="block")
    meter.next_verification_on = TODAY
    meter.save()

    assert verdicts(submit(person, (meter, "2041"))) == [Verdict.OK]


def test_the_meter_s_own_limit_goes_before_the_provider_s(person, meter):
    rules(meter, max_use=Decimal(1000))
    meter.max_use = Decimal(100)
    meter.save()

    assert verdicts(submit(person, (meter, "2000"))) == [Verdict.OVER_MAX_USE]
    assert verdicts(submit(person, (meter, "1999"))) == [Verdict.OK]


def test_all_zones_of_a_meter_go_together(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]), zones=["T1", "T2"])

    results = submit(person, (meter, "T1", "100"))

    assert verdicts(results) == [Verdict.OK, Verdict.EMPTY]
    assert not results[0].stored
    assert own(meter) == []

    submit(person, (meter, "T1", "100"), (meter, "T2", "40"))
    assert own(meter, "zone", "value") == [("T1", 100), ("T2", 40)]


def test_only_the_changed_zone_is_replaced(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]), zones=["T1", "T2"])
    submit(person, (meter, "T1", "100"), (meter, "T2", "40"))

    submit(person, (meter, "T1", "100"), (meter, "T2", "41"))

    assert own(meter, "zone", "value", "status") == [
        ("T1", 100, "sent"),
        ("T2", 40, "replaced"),
        ("T2", 41, "sent"),
    ]


def test_a_zone_accepted_alone_keeps_its_value(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]), zones=["T1", "T2"])
    submit(person, (meter, "T1", "100"), (meter, "T2", "40"))
    Reading.objects.filter(meter=meter, zone="T1").update(status="accepted")

    results = submit(person, (meter, "T1", "101"), (meter, "T2", "41"))
    assert verdicts(results) == [Verdict.ALREADY_ACCEPTED, Verdict.OK]
    assert len(own(meter)) == 2

    results = submit(person, (meter, "T1", "100"), (meter, "T2", "41"))
    assert verdicts(results) == [Verdict.OK, Verdict.OK]


@pytest.mark.parametrize(
    ("taken_on", "verdict"),
    [
        (dt.date(2026, 11, 19), Verdict.OK),
        (dt.date(2026, 11, 22), Verdict.DATE_INVALID),
        (dt.date(2026, 10, 21), Verdict.DATE_INVALID),
    ],
)
def test_the_day_of_taking_is_neither_ahead_nor_before_the_last_one(
    person, meter, taken_on, verdict
):
    assert verdicts(submit(person, (meter, "2041"), taken_on=taken_on)) == [verdict]


def test_a_day_that_has_an_accepted_reading_of_the_cabinet_takes_no_other(person):
    meter = MeterFactory(account=AccountFactory(holders=[person]))
    october = dt.date(2026, 10, 22)
    ReadingFactory(meter=meter, taken_on=october, source="portal")

    assert verdicts(submit(person, (meter, "2041"), taken_on=october)) == [Verdict.ALREADY_ACCEPTED]


@pytest.mark.parametrize(
    ("column", "value"), [("closed_on", dt.date(2026, 11, 1)), ("missing_since", NOW)]
)
def test_a_closed_account_takes_nothing(person, meter, column, value):
    setattr(meter.account, column, value)
    meter.account.save()

    with pytest.raises(AccountClosed):
        submit(person, (meter, "2041"))

    assert own(meter) == []


def test_a_limited_link_submits_when_the_matrix_says_so(meter):
    limited = UserFactory()
    AccountLinkFactory(account=meter.account, user=limited, level="limited", extended_at=None)
    assert verdicts(submit(limited, (meter, "2041"))) == [Verdict.OK]

    rules(meter, limited_features=["balance", "meters"])
    with pytest.raises(MeterNotFound):
        submit(limited, (meter, "2050"))
    assert own(meter) == [(2041, "sent")]


def test_a_switched_off_section_takes_nothing(person, meter):
    rules(meter, enabled_features=["balance", "meters"])

    with pytest.raises(MeterNotFound):
        submit(person, (meter, "2041"))


def test_a_foreign_meter_does_not_exist_and_the_whole_form_falls(person, meter):
    foreign = MeterFactory()

    with pytest.raises(MeterNotFound):
        submit(person, (meter, "2041"), (foreign, "5"))

    assert not Reading.objects.filter(portal_id__isnull=False).exists()


@pytest.mark.parametrize(
    "actor",
    [
        NOBODY,
        Actor.customer(10**6),
        Actor(ActorKind.STAFF, grants=frozenset({(10**6, Role.OPERATOR)})),
    ],
)
def test_a_stranger_submits_nothing(meter, actor):
    with pytest.raises(MeterNotFound):
        submit_readings(
            actor=actor,
            account_id=meter.account_id,
            values=[TypedValue(meter.public_id, "", "2041")],
            route=SubmissionRoute.PORTAL,
            at=NOW,
        )


def test_an_unlinked_person_submits_nothing(person, meter):
    person.account_links.update(ended_at=NOW)
    assert list(get_linked_accounts(actor=Actor.customer(person.pk))) == []

    with pytest.raises(MeterNotFound):
        submit(person, (meter, "2041"))


def test_an_unknown_zone_does_not_exist(person, meter):
    with pytest.raises(MeterNotFound):
        submit(person, (meter, "T9", "2041"))


def test_an_empty_form_does_nothing(person, meter):
    assert (
        submit_readings(
            actor=Actor.customer(person.pk),
            account_id=meter.account_id,
            values=[],
            route=SubmissionRoute.PORTAL,
            at=NOW,
        )
        == []
    )


def test_a_meter_that_nobody_has_does_not_exist(person, meter):
    ghost = TypedValue(uuid.uuid4(), "", "1")

    with pytest.raises(MeterNotFound):
        submit_readings(
            actor=Actor.customer(person.pk),
            account_id=meter.account_id,
            values=[ghost],
            route=SubmissionRoute.PORTAL,
            at=NOW,
        )
