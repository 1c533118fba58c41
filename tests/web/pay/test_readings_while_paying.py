"""Readings handed over while paying: they go first, and a refused one is asked about (MET-10, PAY-05)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.metering.models import Reading
from kabinet.payments.models import Checkout
from kabinet.providers.enums import Feature
from tests.clock import NOW
from tests.factories import MeterFactory, ReadingFactory, UserFactory
from tests.payments.carts import owe, payable
from tests.web.guests import words
from tests.web.pay.guests import seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]


@pytest.fixture
def account(user):
    return payable(user, "500.00", style="A")


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def meter(account):
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter, value=Decimal(1900))
    return meter


def address_of(account):
    return reverse("account-pay", kwargs={"account_id": account.public_id})


def block_of(account):
    return reverse("pay-readings", kwargs={"account_id": account.public_id})


def box(meter):
    return f"r-{meter.public_id}-"


def press(client, account, **more):
    address = address_of(account)
    filled = {"email": "person@example.ru", **seen(client, address), **more}
    return client.post(address, {name: value for name, value in filled.items() if value})


def stored():
    readings = Reading.objects.filter(source="portal").order_by("pk")
    return [(reading.value, reading.route, reading.status) for reading in readings]


class TestBlock:
    def test_the_page_fetches_it_by_itself_and_has_a_way_without_scripts(
        self, client, account, meter
    ):
        page = client.get(address_of(account)).content.decode()

        assert f'hx-get="{block_of(account)}"' in page
        assert box(meter) not in page
        assert box(meter) in client.get(block_of(account)).content.decode()
        assert box(meter) in client.get(f"{address_of(account)}?readings=on").content.decode()

    def test_the_page_is_as_quick_as_without(
        self, client, account, meter, django_assert_max_num_queries
    ):
        client.get(address_of(account))

        with django_assert_max_num_queries(8):
            client.get(address_of(account))

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_block_costs_the_same_for_any_number_of_meters(
        self, client, account, count, django_assert_num_queries
    ):
        for _ in range(count):
            ReadingFactory(meter=MeterFactory(account=account))
        client.get(block_of(account))

        # session, user, links; meters, their readings, prices
        with django_assert_num_queries(6):
            client.get(block_of(account))

    @pytest.mark.parametrize("closed", ["rule", "feature", "account"])
    def test_it_is_absent_where_readings_are_not_taken(self, client, account, meter, closed):
        policy = account.provider.policy
        if closed == "rule":
            policy.pay_with_readings = False
        elif closed == "feature":
            policy.enabled_features = [
                row for row in policy.enabled_features if row != Feature.SUBMIT_READINGS
            ]
        else:
            type(account).objects.update(closed_on=NOW.date())
        policy.save()

        assert block_of(account) not in client.get(address_of(account)).content.decode()
        assert client.get(block_of(account)).content.strip() == b""
        assert press(client, account, **{box(meter): "1950"}).status_code == 302
        assert (stored(), Checkout.objects.count()) == ([], 1)

    def test_it_is_empty_without_a_meter_in_force_and_after_all_was_given(
        self, client, account, meter
    ):
        press(client, account, **{box(meter): "1950"})
        assert client.get(block_of(account)).content.strip() == b""

        Reading.objects.all().delete()
        type(meter).objects.all().delete()
        assert client.get(block_of(account)).content.strip() == b""

    def test_somebody_elses_account_has_none(self, client, account, meter):
        client.force_login(UserFactory())

        assert client.get(block_of(account)).status_code == 404


class TestHandingOver:
    def test_the_readings_go_first_and_the_payment_tells_of_them(self, client, account, meter):
        response = press(client, account, **{box(meter): "1950"})

        assert response.status_code == 302
        assert stored() == [(1950, "payment", "sent")]
        page = words(client.get(response.url))
        assert "Показания" in page
        assert "1950" in page.replace(" ", "")
        assert "передано" in page

    def test_nothing_typed_is_nothing_sent(self, client, account, meter):
        """However the provider ticks meters elsewhere: an untouched one is no answer here (MET-09)."""
        policy = account.provider.policy
        policy.tick_by_default = True
        policy.save()

        response = press(client, account, **{f"t-{meter.public_id}": "on", box(meter): ""})

        assert response.status_code == 302
        assert stored() == []
        assert client.get(response.url).context["readings"] == ((), "")

    def test_a_double_press_hands_over_and_pays_once(self, client, account, meter, books):
        address = address_of(account)
        filled = {**seen(client, address), "email": "person@example.ru", box(meter): "1950"}
        account.provider.policy.allow_resubmit = False
        account.provider.policy.save()

        addresses = {client.post(address, filled).url for _ in range(2)}

        assert len(addresses) == 1
        assert len(stored()) == 1
        assert books.calls.count("create") == 1

    def test_a_refused_one_is_asked_about_and_nothing_typed_is_lost(self, client, account, meter):
        other = MeterFactory(account=account)
        ReadingFactory(meter=other, value=Decimal(100))

        response = press(
            client,
            account,
            **{
                box(meter): "1800",
                box(other): "120",
                "sum-0": "321,45",
                "email": "mail@example.ru",
            },
        )

        page = response.content.decode()
        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert "Показание меньше прошлого" in words(response)
        assert 'value="1800"' in page
        assert 'value="321,45"' in page
        assert 'value="mail@example.ru"' in page
        assert "Заплатить, даже если показания не приняты" in words(response)
        assert stored() == [(120, "payment", "sent")]

    def test_it_is_mended_or_left_out(self, client, account, meter):
        assert press(client, account, **{box(meter): "1800"}).status_code == 422

        response = press(client, account, **{box(meter): "1800", "without_readings": "on"})

        assert response.status_code == 302
        assert stored() == []
        assert "Остальные показания не приняты" in words(client.get(response.url))

    def test_an_unusual_value_is_confirmed_as_elsewhere(self, client, account, meter):
        first = press(client, account, **{box(meter): "1900"})
        assert (first.status_code, stored()) == (422, [])
        [answer] = {
            register.confirmation
            for row in first.context["readings"].page.boxes
            for register in row.registers
        }
        assert answer

        response = press(client, account, **{box(meter): "1900", f"c-{meter.public_id}-": answer})

        assert response.status_code == 302
        assert stored() == [(1900, "payment", "sent")]

    def test_wrong_money_sends_no_reading_and_keeps_what_was_typed(self, client, account, meter):
        response = press(client, account, **{box(meter): "1950", "rules": ""})

        assert (response.status_code, stored()) == (422, [])
        assert 'value="1950"' in response.content.decode()
        assert "передано сейчас" not in words(response)

    def test_counting_anew_and_changed_sums_keep_them_too(self, client, account, meter):
        counted = press(client, account, **{box(meter): "1950", "do": "count"})
        assert 'value="1950"' in counted.content.decode()

        filled = {**seen(client, address_of(account)), box(meter): "1950"}
        owe(account, "7.00", name="Новое")
        changed = client.post(address_of(account), filled)

        assert (changed.status_code, stored()) == (409, [])
        assert 'value="1950"' in changed.content.decode()

    def test_a_payment_that_fails_does_not_undo_them(self, client, account, meter, books):
        books.troubles.append("refuse")

        response = press(client, account, **{box(meter): "1950"})

        assert stored() == [(1950, "payment", "sent")]
        assert "Оплата не прошла" in words(client.get(response.url))

    def test_another_accounts_meter_is_not_found(self, client, account, meter):
        foreign = MeterFactory()

        assert press(client, account, **{box(foreign): "1950"}).status_code == 404
        assert (stored(), Checkout.objects.count()) == ([], 0)
