"""What a guest may do, and all that a guest may not: one account, readings only, a quarter of an hour (MET-15–18)."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from kabinet.accounts import guests, scopes
from kabinet.accounts.guests import Filling, GuestNotMatched, Pass, PassOver, prove_account
from kabinet.accounts.queries import AccountNotFound, get_linked_accounts
from kabinet.billing import scopes as billing
from kabinet.exchange.exports import Target, export_new
from kabinet.kernel.actors import NOBODY, SYSTEM, Actor, ActorKind
from kabinet.kernel.models import AttemptLimit, AuditEntry
from kabinet.metering import scopes as metering
from kabinet.metering.enums import ReadingStatus, SubmissionRoute
from kabinet.metering.guests import get_guest_summary, submit_guest_readings
from kabinet.metering.models import Reading
from kabinet.metering.operations import (
    ReadingNotFound,
    TypedValue,
    submit_readings,
    withdraw_reading,
)
from kabinet.metering.queries import MeterNotFound
from kabinet.metering.verdicts import Verdict
from kabinet.providers.enums import Feature, GuestCheck, Style
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
LATER = NOW + guests.PASS_LIFETIME
VISITOR = Actor(ActorKind.NOBODY, address="192.0.2.7")
REGION = "Заречный край"


@pytest.fixture
def account():
    return AccountFactory(number="80510701", provider=ProviderFactory(code="gas", region=REGION))


@pytest.fixture
def meter(account):
    meter = MeterFactory(account=account, serial="07416852")
    ReadingFactory(meter=meter)
    return meter


@pytest.fixture
def guest(account):
    return Actor.guest(account.pk, until=LATER, address="192.0.2.7")


def initials(letters="АБВ", number="80510701", region=REGION):
    return Filling(GuestCheck.INITIALS, number, region=region, initials=letters)


def hand_over(guest, meter, text="2041", at=NOW, **changed):
    values = [TypedValue(meter.public_id, "", text)]
    return submit_guest_readings(actor=guest, values=values, at=at, **changed)


# --- proving ---


def test_number_and_initials_prove_one_account_for_a_quarter_of_an_hour(account):
    proved = prove_account(actor=VISITOR, filling=initials(), at=NOW)

    assert proved == Pass(account.pk, NOW + dt.timedelta(minutes=15))
    assert proved.actor(address="192.0.2.7") == Actor.guest(
        account.pk, until=NOW + dt.timedelta(minutes=15), address="192.0.2.7"
    )
    assert AttemptLimit.objects.filter(failures__gt=0).count() == 0
    entry = AuditEntry.objects.get(action="accounts.guest.prove")
    assert (entry.address, entry.subject, entry.details) == (
        "192.0.2.7",
        f"accounts.Account:{account.pk}",
        {"check": "initials", "errand": "readings"},
    )


def test_a_wrong_fact_proves_nothing_and_is_counted(account):
    with pytest.raises(GuestNotMatched) as refusal:
        prove_account(actor=VISITOR, filling=initials("АБГ"), at=NOW)

    assert (refusal.value.tries_left, refusal.value.until) == (2, None)
    assert set(AttemptLimit.objects.values_list("purpose", "failures")) == {
        ("guest.row", 1),
        ("guest.address", 1),
        ("guest.number", 1),
    }
    assert not AuditEntry.objects.filter(action="accounts.guest.prove").exists()


def test_one_provider_is_not_proved_by_the_other_ones_check(account):
    by_address = Filling(GuestCheck.ADDRESS, "80510701", house="12")
    ProviderFactory(style=Style.D, policy__account_pattern=r"\d+")

    with pytest.raises(GuestNotMatched):
        prove_account(actor=VISITOR, filling=by_address, at=NOW)


def test_an_account_that_the_provider_no_longer_names_is_not_found(account):
    account.missing_since = NOW
    account.save()

    with pytest.raises(GuestNotMatched):
        prove_account(actor=VISITOR, filling=initials(), at=NOW)


# --- narrow ---


def test_a_guest_sees_no_account_by_any_feature_but_one(guest, account):
    opened = {feature for feature in Feature if scopes.accounts_open_for(guest, feature).exists()}

    assert opened == {Feature.SUBMIT_READINGS}
    assert list(scopes.accounts_open_for(guest, Feature.SUBMIT_READINGS)) == [account]
    assert not scopes.visible_accounts(guest).exists()
    assert not scopes.visible_links(guest).exists()
    assert get_linked_accounts(actor=guest) == []


def test_a_guest_sees_no_meters_no_history_no_money_by_the_common_scopes(guest, meter):
    assert not metering.visible_meters(guest).exists()
    assert not metering.visible_readings(guest).exists()
    assert list(metering.submittable_meters(guest)) == [meter]
    assert not billing.visible_bills(guest).exists()
    assert not billing.visible_balances(guest).exists()
    assert not billing.visible_payments(guest).exists()


def test_the_summary_holds_meters_in_force_with_masked_serials(guest, meter):
    MeterFactory(account=meter.account, serial="99990000", state="removed")
    MeterFactory(account=AccountFactory(provider=meter.account.provider))

    summary = get_guest_summary(actor=guest, at=NOW)

    assert [row.serial for row in summary.meters] == ["0****52"]


def test_a_reading_is_nobodys_and_came_by_the_guests_way(guest, meter):
    (result,) = hand_over(guest, meter)

    assert result.stored
    reading = Reading.objects.get(source="portal")
    assert (reading.route, reading.submitted_by, reading.status) == ("guest", None, "sent")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", Verdict.EMPTY),
        ("12x", Verdict.NOT_A_NUMBER),
        ("2041,5", Verdict.NOT_INTEGER),
        ("123456", Verdict.TOO_MANY_DIGITS),
        ("1800", Verdict.LESS_THAN_PREVIOUS),
        ("1899", Verdict.EQUAL_TO_PREVIOUS),
    ],
)
def test_the_same_checks_hold_for_guests(guest, meter, text, verdict):
    (result,) = hand_over(guest, meter, text)

    assert result.registers[0].verdict is verdict
    assert not Reading.objects.filter(source="portal").exists()


def test_outside_the_window_a_guest_is_refused_too(guest, meter):
    policy = meter.account.provider.policy
    policy.readings_from_day, policy.readings_to_day = 23, 25
    policy.save()

    (result,) = hand_over(guest, meter)

    assert result.registers[0].verdict is Verdict.OUT_OF_WINDOW
    assert not Reading.objects.filter(source="portal").exists()


def test_another_accounts_meter_does_not_exist(guest, meter):
    other = MeterFactory(account=AccountFactory(provider=meter.account.provider))

    with pytest.raises(MeterNotFound):
        hand_over(guest, other)

    assert not Reading.objects.filter(source="portal").exists()


@pytest.mark.parametrize("who", [NOBODY, SYSTEM, Actor.customer(1)])
def test_only_guests_use_the_guests_way(who, meter):
    for attempt in (
        lambda: hand_over(who, meter),
        lambda: get_guest_summary(actor=who, at=NOW),
        lambda: guests.get_guest_account(actor=who, at=NOW),
    ):
        with pytest.raises(PassOver):
            attempt()

    assert not Reading.objects.filter(source="portal").exists()


def test_a_pass_that_is_over_opens_nothing(guest, meter):
    for attempt in (
        lambda: hand_over(guest, meter, at=LATER),
        lambda: get_guest_summary(actor=guest, at=LATER),
        lambda: guests.get_guest_account(actor=guest, at=LATER),
    ):
        with pytest.raises(PassOver):
            attempt()

    assert not Reading.objects.filter(source="portal").exists()
    assert hand_over(guest, meter, at=LATER - dt.timedelta(seconds=1))[0].stored


def test_a_guest_withdraws_nothing(guest, meter):
    hand_over(guest, meter)
    reading = Reading.objects.get(source="portal")

    with pytest.raises(ReadingNotFound):
        withdraw_reading(
            actor=guest, account_id=meter.account_id, portal_id=reading.portal_id, at=NOW
        )

    reading.refresh_from_db()
    assert reading.status == ReadingStatus.SENT


@pytest.mark.parametrize(
    "rule",
    [
        {"guest_readings": GuestCheck.OFF},
        {"enabled_features": [row.value for row in Feature if row != Feature.SUBMIT_READINGS]},
    ],
)
def test_a_provider_that_closes_the_way_closes_it_at_once(guest, meter, rule):
    policy = meter.account.provider.policy
    for name, value in rule.items():
        setattr(policy, name, value)
    policy.save()

    with pytest.raises(AccountNotFound):
        guests.get_guest_account(actor=guest, at=NOW)
    with pytest.raises(MeterNotFound):
        hand_over(guest, meter)
    assert not Reading.objects.filter(source="portal").exists()


# --- on the way to the provider ---


def test_the_billing_system_gets_it_like_others_and_sees_the_way(guest, meter, tmp_path):
    hand_over(guest, meter)

    export_new(
        actor=SYSTEM,
        provider_code="gas",
        what="readings",
        target=Target(tmp_path / "out.csv", "csv"),
        at=NOW,
    )

    (row,) = csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text()), delimiter=";")
    assert (row["account"], row["meter"], row["value"], row["use"], row["source"]) == (
        "80510701",
        "07416852",
        "2041",
        "142",
        "guest",
    )


def test_a_guest_and_the_owner_mend_one_reading(guest, meter):
    """Whoever comes later in the window replaces what was given; the same value is the same reading (MET-21)."""
    owner = UserFactory()
    AccountLinkFactory(user=owner, account=meter.account)
    hand_over(guest, meter, "2041")
    submit_readings(
        actor=Actor.customer(owner.pk),
        account_id=meter.account_id,
        values=[TypedValue(meter.public_id, "", "2042")],
        route=SubmissionRoute.PORTAL,
        at=NOW,
    )
    hand_over(guest, meter, "2042")

    rows = Reading.objects.filter(source="portal").order_by("pk")
    assert list(rows.values_list("value", "status", "route", "submitted_by")) == [
        (2041, "replaced", "guest", None),
        (2042, "sent", "portal", owner.pk),
    ]
