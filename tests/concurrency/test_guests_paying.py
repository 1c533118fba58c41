"""Links made at once stay ten; a form of readings and money pressed at once is one of each (MET-10, PAY-46)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from kabinet.metering.models import Reading
from kabinet.payments.models import Checkout, PaymentLink
from kabinet.payments.operations.links import MOST_AT_ONCE, TooManyLinks, create_link
from tests.clock import NOW
from tests.factories import MeterFactory, ReadingFactory, UserFactory
from tests.hands import at_once
from tests.payments import memory_bank
from tests.payments.banks import play
from tests.payments.carts import actor_of, payable
from tests.web.pay.guests import seen

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(settings):
    return play(settings, memory_bank)


def test_links_made_at_once_stay_ten(books):
    holder = UserFactory()
    account = payable(holder, "500.00", style="A")
    for _ in range(MOST_AT_ONCE - 1):
        create_link(actor=actor_of(holder), account_id=account.public_id, at=NOW)

    outcomes = at_once(
        *[lambda: create_link(actor=actor_of(holder), account_id=account.public_id, at=NOW)] * 6
    )

    assert outcomes.count(TooManyLinks) == 5
    assert PaymentLink.objects.count() == MOST_AT_ONCE


def test_readings_and_money_pressed_at_once_are_one_of_each(books):
    holder = UserFactory()
    account = payable(holder, "500.00", style="A")
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter, value=Decimal(1900))
    address = reverse("account-pay", kwargs={"account_id": account.public_id})
    client = Client()
    client.force_login(holder)
    filled = {**seen(client, address), "email": "a@example.ru", f"r-{meter.public_id}-": "1950"}
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    def press():
        other = Client()
        other.cookies[django_settings.SESSION_COOKIE_NAME] = session
        return other.post(address, filled).url

    pages = set(at_once(*[press] * 6))

    assert len(pages) == 1
    assert Checkout.objects.count() == 1
    assert Reading.objects.filter(source="portal").count() == 1
    assert len(books.payments) == 1
