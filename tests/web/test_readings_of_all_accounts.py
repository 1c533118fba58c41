"""Readings of all accounts in one form (MET-19)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.metering.models import Reading
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    AccountServiceFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    TariffFactory,
    UserFactory,
)
from tests.web.readings_pages import address, field, own, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

PLACE = "/readings/"


def meter_of(person, *, first=1, last=31, price=None, account=None, **rules):
    """A meter on an account of its own, with a window and rules of its provider."""
    if account is None:
        provider = ProviderFactory(
            **{
                "policy__readings_from_day": first,
                "policy__readings_to_day": last,
                **{f"policy__{name}": value for name, value in rules.items()},
            }
        )
        account = AccountFactory(provider=provider, holders=[person])
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter)
    if price:
        TariffFactory(service=meter.service, price=Decimal(price))
    return meter


@pytest.fixture
def meters(person):
    return [meter_of(person, price="7.12"), meter_of(person, first=15, last=25)]


def send(client, **posted):
    return client.post(PLACE, posted, follow=True)


def test_the_accounts_open_today_are_listed_and_the_others_say_when(client, person, meters):
    closed = meter_of(person, first=1, last=10)

    response = client.get(PLACE)

    page = text_of(response)
    html = response.content.decode()
    assert "Передайте показания по 2 счетам" in page
    assert [field(meter) in html for meter in (*meters, closed)] == [True, True, False]
    assert "Показания принимают с 1 по 10 ноября. Приём откроется 1 декабря." in page


def test_all_go_at_once_each_to_its_account(client, person, meters):
    first, second = meters

    response = send(client, **{field(first): "2041", field(second): "1950"})

    assert own(first) == [("", 2041, "sent")]
    assert own(second) == [("", 1950, "sent")]
    page = text_of(response)
    assert "Показания по всем счетам переданы" in page
    assert "Показания переданы поставщику." in page
    assert "Расход 142 м³, примерно 1 011,04 ₽" in page


def test_a_refused_meter_does_not_hold_back_the_other_account(client, person, meters):
    first, second = meters

    response = send(client, **{field(first): "1000", field(second): "1950"})

    assert own(first) == []
    assert own(second) == [("", 1950, "sent")]
    page = text_of(response)
    assert "Передано 1 из 2" in page
    assert "Показание меньше прошлого: 01899." in page
    assert 'value="1000"' in response.content.decode()


def test_an_account_outside_its_window_takes_nothing(client, person, meters):
    closed = meter_of(person, first=1, last=10)

    send(client, **{field(meters[0]): "2041", field(closed): "2041"})

    assert own(meters[0]) == [("", 2041, "sent")]
    assert own(closed) == []


def test_a_foreign_meter_is_no_part_of_the_form(client, person, meters):
    foreign = meter_of(UserFactory())

    send(client, **{field(meters[0]): "2041", field(foreign): "2041"})

    assert own(meters[0]) == [("", 2041, "sent")]
    assert own(foreign) == []


def test_an_empty_form_is_told_what_to_do(client, person, meters):
    response = send(client, **{field(meters[0]): " "})

    assert "Ни одного показания не введено" in text_of(response)
    assert not Reading.objects.filter(portal_id__isnull=False).exists()


def test_each_account_has_its_own_day_and_one_wrong_day_stops_only_its_account(client, person):
    first = meter_of(person, ask_reading_date=True)
    second = meter_of(person, ask_reading_date=True)
    days = {
        f"taken_on-{first.account.public_id}": "2026-11-19",
        f"taken_on-{second.account.public_id}": "2026-11-31",
    }

    response = send(client, **{field(first): "2041", field(second): "1950"}, **days)

    assert Reading.objects.get(meter=first, status="sent").taken_on == dt.date(2026, 11, 19)
    assert own(second) == []
    html = response.content.decode()
    assert "такой даты нет" in text_of(response)
    assert 'value="1950"' in html
    assert 'value="2026-11-31"' in html


def test_the_outcome_is_shown_only_at_its_own_address(client, person, meters):
    response = send(client, **{field(meters[0]): "abc"})

    assert "Показания не переданы" in text_of(client.get(response.redirect_chain[0][0]))
    assert "Показания не переданы" not in text_of(client.get(PLACE))


def test_nothing_open_today_tells_the_days_of_every_account(client, person):
    first = meter_of(person, first=1, last=10)
    second = meter_of(person, first=23, last=25)

    response = client.get(PLACE)

    page = text_of(response)
    assert "Сегодня показания не принимают" in page
    assert "с 1 по 10 ноября. Приём откроется 1 декабря." in page
    assert "с 23 по 25 ноября. Приём откроется 23 ноября." in page
    assert f'action="{PLACE}"' not in response.content.decode()
    assert [field(meter) in response.content.decode() for meter in (first, second)] == [False] * 2


def test_two_windows_in_one_account_are_both_told(client, person, meters):
    provider = ProviderFactory()
    account = AccountFactory(provider=provider, holders=[person])
    for name, first, last in (("Вода", 1, 5), ("Свет", 10, 12)):
        service = ServiceFactory(
            provider=provider, name=name, readings_from_day=first, readings_to_day=last
        )
        MeterFactory(account=account, service=service)

    told = "Показания принимают с 1 по 5 ноября; с 10 по 12 ноября. Приём откроется 1 декабря."
    assert told in text_of(client.get(PLACE))


def test_accounts_that_take_nothing_from_this_person_are_left_out(client, person, meters):
    limited = meter_of(person, limited_features=["balance", "meters"])
    link = limited.account.links.get()
    link.level, link.extended_at = "limited", None
    link.save()
    off = meter_of(person, enabled_features=["balance", "meters"])
    ended = meter_of(person)
    ended.account.closed_on = dt.date(2026, 1, 1)
    ended.account.save()

    html = client.get(PLACE).content.decode()
    send(client, **{field(meter): "2041" for meter in (limited, off, ended)})

    for meter in (limited, off, ended):
        assert field(meter) not in html
        assert own(meter) == []


def test_the_price_of_the_account_s_own_group_is_shown(client, person, meters):
    meter = meter_of(person, price="9.99")
    AccountServiceFactory(account=meter.account, service=meter.service, tariff_group="плиты")
    TariffFactory(service=meter.service, price=Decimal("5.00"), group="плиты")
    TariffFactory(service=meter.service, price=Decimal("1.00"), group="чужая")

    parts = client.get(PLACE).context["page"].open

    prices = {box.meter.id: box.registers[0].price for part in parts for box in part.boxes}
    assert prices == {meters[0].pk: Decimal("7.12"), meters[1].pk: None, meter.pk: Decimal(5)}


def test_a_reading_is_taken_back_from_here_too(client, person, meters):
    page = send(client, **{field(meters[0]): "2041"}).content.decode()
    _form, target = re.search(r'id="(withdraw-[^"]+)" action="([^"]+)"', page).groups()

    client.post(target)

    assert own(meters[0]) == [("", 2041, "withdrawn")]


def test_the_form_is_offered_in_the_menu_and_beside_the_form_of_one(client, person, meters):
    html = client.get(address(meters[0].account)).content.decode()

    assert html.count(f'href="{PLACE}"') >= 2


def test_a_person_without_accounts_is_shown_the_way_to_linking(client, person):
    assert client.get(PLACE).status_code == 200
    assert reverse("account-link") in client.get(PLACE).content.decode()


def test_a_person_without_any_meter_is_told_so(client, person):
    AccountFactory.create_batch(2, holders=[person])

    assert "Счётчиков нет" in text_of(client.get(PLACE))


def test_nobody_is_asked_to_sign_in(client):
    assert client.get(PLACE).status_code == 302


@pytest.mark.parametrize("count", [2, 20])
def test_the_page_costs_the_same_for_any_number_of_accounts(
    client, person, django_assert_max_num_queries, count
):
    provider = ProviderFactory()
    for _number in range(count):
        account = AccountFactory(provider=provider)
        AccountLinkFactory(user=person, account=account)
        meter_of(person, account=account, price="7.12")

    with django_assert_max_num_queries(8) as queries:
        page = client.get(PLACE)

    # session, user, links, meters, readings, and three for prices
    assert len(queries) == 8
    assert page.content.decode().count('class="form-control kb-digits') == count
