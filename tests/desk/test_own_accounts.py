"""A staff member's own accounts stay private at the desk: its lists are of the provider they work for (OPX-33)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.providers.enums import Feature, MeterMask
from kabinet.providers.models import StaffMember
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

LISTS = ("desk-waiting-readings", "desk-verifications", "desk-verifications-file")


@pytest.fixture
def operator(client):
    user = UserFactory()
    StaffMember.objects.create(provider=ProviderFactory(), user=user, role=Role.OPERATOR)
    client.force_login(user)
    return user


def meter_at(provider, *, number, serial, **people):
    """Due for verification, with a reading that has waited for three days."""
    account = AccountFactory(provider=provider, number=number, **people)
    meter = MeterFactory(account=account, serial=serial, next_verification_on=dt.date(2026, 11, 1))
    ReadingFactory(
        meter=meter,
        value=Decimal(2041),
        taken_on=dt.date(2026, 11, 18),
        source="portal",
        status="sent",
        portal_id=uuid.uuid4(),
        submitted_at=NOW - dt.timedelta(days=3),
    )


def test_the_desk_lists_do_not_show_the_accounts_that_staff_have_at_home(client, operator):
    """Else the desk would write out the serial that a limited link masks, and that opens full access."""
    at_work = operator.staff_of.get().provider
    at_home = ProviderFactory(
        policy__meter_mask=MeterMask.LIMITED,
        policy__limited_features=[Feature.BALANCE, Feature.METERS],
    )
    meter_at(at_work, number="00510080", serial="07416852")
    meter_at(at_home, number="77990011", serial="99887766", limited=[operator])

    pages = {name: client.get(reverse(name)).content.decode() for name in LISTS}

    assert {name: "00510080" in page for name, page in pages.items()} == dict.fromkeys(LISTS, True)
    assert {name: "77990011" in page for name, page in pages.items()} == dict.fromkeys(LISTS, False)
    assert {name: "99887766" in page for name, page in pages.items()} == dict.fromkeys(LISTS, False)
    looked = AuditEntry.objects.filter(action__startswith="metering.")
    assert set(looked.values_list("subject", flat=True)) == {f"providers.Provider:{at_work.pk}"}
