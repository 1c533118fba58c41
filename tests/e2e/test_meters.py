"""What became of a reading, in all its states, and what staff are told; at both widths, with axe-core."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from kabinet.exchange.models import ExportRun
from kabinet.kernel.actors import Role
from kabinet.providers.models import StaffMember
from tests.e2e.page_checks import look, visit
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

STATES = ("sent", "received", "accepted", "rejected", "replaced", "withdrawn")


@pytest.fixture
def person(transactional_db):
    return UserFactory()


@pytest.fixture
def account(person):
    provider = ProviderFactory(style="C", policy__readings_from_day=1, policy__readings_to_day=31)
    return AccountFactory(provider=provider, holders=[person])


def given(account, person, status="sent", **changed):
    """A reading of a two-zone meter, sent here two days ago; last month's was accepted."""
    now = timezone.now()
    meter = MeterFactory(account=account, zones=["T1", "T2"], place="щит на площадке")
    last = (now - dt.timedelta(days=33)).date()
    readings = []
    for zone in meter.zones:
        ReadingFactory(meter=meter, zone=zone, taken_on=last, accounted_on=last)
        readings.append(
            ReadingFactory(
                meter=meter,
                zone=zone,
                **{
                    "value": Decimal(1999),
                    "taken_on": now.date(),
                    "accounted_on": now.date() if status == "accepted" else None,
                    "source": "portal",
                    "status": status,
                    "reason": "Показание не сходится с пломбой" if status == "rejected" else "",
                    "portal_id": uuid.uuid4(),
                    "submitted_at": now - dt.timedelta(hours=48),
                    "submitted_by": person,
                    "route": "portal",
                    "withdrawn_at": now if status == "withdrawn" else None,
                    **changed,
                },
            )
        )
    return readings[0]


def place(reading):
    account_id = reading.meter.account.public_id
    return reverse("reading-passport", args=[account_id, reading.portal_id])


def test_every_state_of_a_reading(open_page, sign_in, person, account):
    now = timezone.now()
    run = ExportRun.objects.create(
        provider=account.provider,
        what="readings",
        claimed_at=now,
        status="delivered",
        delivered_at=now,
    )
    readings = [given(account, person, status) for status in STATES]
    readings.append(given(account, person, export_number=run.number))
    accepted = readings[STATES.index("accepted")].meter
    bill = BillFactory(account=account, period=now.date().replace(day=1), number="17")
    BillLineFactory(
        bill=bill, service=accepted.service, volume=Decimal(200), unit="м³", basis="meter"
    )
    page = open_page()
    sign_in(page, person)

    faults = [fault for reading in readings for fault in visit(page, place(reading))]
    for name in ("meters", "readings"):
        faults += visit(page, reverse(name, args=[account.public_id]))

    assert not faults, "\n".join(faults)


def test_a_person_undoes_what_was_just_sent(open_page, sign_in, person, account):
    reading = given(account, person)
    page = open_page(width=390)
    sign_in(page, person)
    page.goto(place(reading))

    page.get_by_role("button", name="Отозвать все зоны").click()

    expect(page.get_by_text("Показание отозвано. Можно передать другое.")).to_be_visible()
    assert look(page) == []
    page.get_by_role("link", name="Передать показание").click()
    expect(page).to_have_url(re.compile("/readings/$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_lists_of_the_desk(open_page, sign_in, account, person):
    given(account, person)
    MeterFactory(account=account, next_verification_on=dt.date(2020, 1, 1))
    operator = UserFactory()
    StaffMember.objects.create(provider=account.provider, user=operator, role=Role.OPERATOR)
    page = open_page()
    sign_in(page, operator)
    latin = frozenset({"БК", "person"})

    faults = [
        fault
        for name in ("desk-home", "desk-waiting-readings", "desk-verifications")
        for fault in visit(page, reverse(name), latin=latin)
    ]

    assert not faults, "\n".join(faults)
