"""What became of letters and SMS, as the platform's people look at it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import Delivery
from kabinet.identity.models import User
from tests.clock import NOW
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:channels_delivery_changelist")


@pytest.fixture
def lost():
    return Delivery.objects.create(
        channel=Channel.SMS,
        recipient="+79123456789",
        connector="smsc",
        status=DeliveryStatus.FAILED,
        bounced=True,
        error="SMSC 7: wrong number",
        created_at=NOW,
    )


@pytest.fixture
def administrator(client):
    client.force_login(User.objects.create_superuser("admin@example.ru", "x"))


def test_a_lost_sms_is_found_by_the_whole_number_and_shown_in_part(client, administrator, lost):
    page = client.get(LIST, {"q": "+79123456789"}).content.decode()
    by_part = client.get(LIST, {"q": "912345"}).content.decode()
    one = client.get(reverse("admin:channels_delivery_change", args=[lost.pk])).content.decode()

    assert ("SMSC 7: wrong number" in page, "…6789" in page) == (True, True)
    assert "не доставлено: контакт не принимает" in page
    assert "SMSC 7: wrong number" not in by_part
    assert ("…6789" in one, "912345" in one) == (True, False)


def test_nothing_is_changed_here(client, administrator, lost):
    address = reverse("admin:channels_delivery_change", args=[lost.pk])

    assert client.post(address, {"status": "sent"}).status_code == 403
    assert client.get(reverse("admin:channels_delivery_delete", args=[lost.pk])).status_code == 403
    assert client.get(reverse("admin:channels_delivery_add")).status_code == 403
    assert Delivery.objects.get().status == DeliveryStatus.FAILED


def test_staff_without_the_permission_do_not_see_it(client, lost):
    client.force_login(UserFactory(is_staff=True))

    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long(
    client, administrator, count, django_assert_num_queries
):
    for number in range(count):
        Delivery.objects.create(
            channel=Channel.EMAIL, recipient=f"ivan{number}@example.ru", created_at=NOW
        )

    # Session, person, grants of the session, how many, the rows.
    with django_assert_num_queries(5):
        page = client.get(LIST).content.decode()

    assert page.count("i…@example.ru") == count
