"""What a guest may not learn and not undo: the averages, and readings of people who sign in (MET-15, 21, 32)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse

from kabinet.kernel.actors import Actor
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.guests import submit_guest_readings
from kabinet.metering.models import Reading
from kabinet.metering.operations import TypedValue, submit_readings
from kabinet.metering.verdicts import Verdict
from tests.clock import NOW
from tests.factories import (
    AccountLinkFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)
from tests.web.guests import METERS, REGION, account_b, find, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

KEPT = (
    "Показание за ноябрь уже передано из личного кабинета. Без входа его не заменить: войдите в кабинет. "
    "Позвоните поставщику: 8 800 000-25-02."
)


@pytest.fixture
def meter():
    return account_b().meters.get()


@pytest.fixture
def holder(meter):
    return AccountLinkFactory(account=meter.account).user


def gives(holder, meter, text, *, at=NOW, taken_on=None, zone=""):
    return submit_readings(
        actor=Actor.customer(holder.pk),
        account_id=meter.account_id,
        values=[TypedValue(meter.public_id, zone, text)],
        route=SubmissionRoute.PORTAL,
        at=at,
        taken_on=taken_on,
    )


def guest_gives(meter, *texts, taken_on=None):
    (result,) = submit_guest_readings(
        actor=Actor.guest(meter.account_id, until=NOW + dt.timedelta(minutes=1)),
        values=[TypedValue(meter.public_id, zone, text) for zone, text in texts],
        at=NOW,
        taken_on=taken_on,
    )
    return [register.verdict for register in result.registers]


def stored():
    rows = Reading.objects.filter(source="portal").order_by("pk")
    return list(rows.values_list("value", "status", "route"))


def test_a_guest_replaces_no_reading_of_a_holder_and_hears_what_to_do(client, meter, holder):
    gives(holder, meter, "2041")
    find(client)

    page = client.get(reverse(METERS))
    refused = client.post(reverse(METERS), {f"r-{meter.public_id}-": "2050"}, follow=True)

    assert f"r-{meter.public_id}-" not in page.content.decode()
    assert KEPT in words(page)
    assert "можно заменить" not in words(page)
    assert KEPT in words(refused)
    assert stored() == [(2041, "sent", "portal")]


def test_a_guest_still_mends_what_guests_have_given(meter):
    assert guest_gives(meter, ("", "2041")) == [Verdict.OK]
    assert guest_gives(meter, ("", "2042")) == [Verdict.OK]

    assert stored() == [(2041, "replaced", "guest"), (2042, "sent", "guest")]


def test_a_guest_undoes_no_reading_of_a_holder_by_repeating_its_day(meter, holder):
    """What the holder gave last month is still on its way when a guest names its day."""
    Reading.objects.update(taken_on=dt.date(2026, 9, 22))
    october = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)
    gives(holder, meter, "2000", at=october)
    assert guest_gives(meter, ("", "2041")) == [Verdict.OK]

    assert guest_gives(meter, ("", "2010"), taken_on=dt.date(2026, 10, 22)) == [
        Verdict.GIVEN_BY_HOLDER
    ]

    assert stored() == [(2000, "sent", "portal"), (2041, "sent", "guest")]


def test_the_question_about_an_unusual_use_does_not_tell_a_guest_the_average(client):
    provider = ProviderFactory(region=REGION, phone="104", policy__unusual_use_factor=3)
    account = account_b(provider=provider)
    meter = account.meters.get()
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 8, 22), value=1821)
    find(client)

    response = client.post(reverse(METERS), {f"r-{meter.public_id}-": "2899"}, follow=True)

    (box,) = response.context["page"].boxes
    assert box.registers[0].error == (
        "Расход 1\u00a0000\u00a0м³, это намного больше обычного. Проверьте цифры."
    )
    assert not re.search(r"\b39\b", words(response))
    assert stored() == []


def test_a_holder_is_told_the_average(client):
    """The same question with the figure, for somebody who may see it."""
    user = UserFactory()
    account = account_b(
        provider=ProviderFactory(region=REGION, policy__unusual_use_factor=3), holders=[user]
    )
    meter = account.meters.get()
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 8, 22), value=1821)
    client.force_login(user)

    address = reverse("readings", kwargs={"account_id": account.public_id})
    response = client.post(address, {f"r-{meter.public_id}-": "2899"}, follow=True)

    assert "а обычно около 39" in words(response)


def test_all_zones_are_kept_when_one_is_of_a_holder(meter, holder):
    day = MeterFactory(account=meter.account, zones=["T1", "T2"])
    for zone in day.zones:
        ReadingFactory(meter=day, zone=zone)
    submit_readings(
        actor=Actor.customer(holder.pk),
        account_id=meter.account_id,
        values=[TypedValue(day.public_id, zone, "1950") for zone in day.zones],
        route=SubmissionRoute.PORTAL,
        at=NOW,
    )

    assert guest_gives(day, ("T1", "1950"), ("T2", "1960")) == [
        Verdict.OK,
        Verdict.GIVEN_BY_HOLDER,
    ]

    assert stored() == [(1950, "sent", "portal"), (1950, "sent", "portal")]


def test_guests_send_no_more_than_thirty_forms_an_hour_for_one_account(client, meter, holder):
    find(client)

    statuses = [
        client.post(reverse(METERS), {f"r-{meter.public_id}-": f"{2000 + tried}"}).status_code
        for tried in range(32)
    ]

    assert statuses == [302] * 30 + [409] * 2
    assert len(stored()) == 30
    assert gives(holder, meter, "2100")[0].stored
