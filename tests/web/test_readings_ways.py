"""Other ways to hand over and to take back: the use instead of the value, windows of services, undo."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.metering.models import Reading
from kabinet.web.home.cards.readings import asks_for_readings
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    UserFactory,
)
from tests.web.readings_pages import address, field, own, send, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def account(person):
    return AccountFactory(provider=ProviderFactory(style="D"), holders=[person])


@pytest.fixture
def meter(account):
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter)
    return meter


def volume(meter, zone=""):
    return field(meter, zone, kind="v")


def test_the_use_alone_is_enough(client, account, meter):
    send(client, account, **{field(meter): "", volume(meter): "142"})

    assert own(meter) == [("", 2041, "sent")]


def test_value_and_use_that_agree_are_one_reading(client, account, meter):
    send(client, account, **{field(meter): "02041", volume(meter): "142"})

    assert own(meter) == [("", 2041, "sent")]


def test_value_and_use_that_differ_are_refused_and_stay_in_their_boxes(client, account, meter):
    response = send(client, account, **{field(meter): "2041", volume(meter): "100"})

    assert own(meter) == []
    assert "Показание и расход не сходятся: прошлое показание 01899." in text_of(response)
    html = response.content.decode()
    assert 'value="2041"' in html
    assert 'value="100"' in html


def test_a_use_that_is_asked_about_stays_a_use(client, account, meter):
    """The box of the value stays empty, or a mended use would no longer agree with it."""
    box = send(client, account, **{volume(meter): "0"}).context["page"].boxes[0].registers[0]
    assert (box.text, box.volume, box.confirmation) == ("", "0", "EQUAL_TO_PREVIOUS:1899")

    send(client, account, **{volume(meter): "0", box.confirmation_name: box.confirmation})

    assert own(meter) == [("", 1899, "sent")]


@pytest.mark.parametrize("text", ["много", "-5", "1,5"])
def test_a_use_that_is_no_number_is_refused(client, account, meter, text):
    send(client, account, **{volume(meter): text})

    assert own(meter) == []


def test_the_given_value_is_mended_without_touching_the_use(client, account, meter):
    send(client, account, **{volume(meter): "142"})
    shown = client.get(address(account)).context["page"].boxes[0].registers[0]
    assert (shown.text, shown.volume) == ("02041", "")

    send(client, account, **{field(meter): "2050", volume(meter): shown.volume})

    assert own(meter) == [("", 2041, "replaced"), ("", 2050, "sent")]


@pytest.mark.parametrize(("style", "asked"), [("B", False), ("D", True)])
def test_the_use_is_asked_only_where_the_provider_wants_it(client, person, style, asked):
    account = AccountFactory(provider=ProviderFactory(style=style), holders=[person])
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter)

    assert (volume(meter) in client.get(address(account)).content.decode()) is asked


@pytest.fixture
def cold(account):
    service = ServiceFactory(
        provider=account.provider,
        name="Холодная вода",
        readings_from_day=15,
        readings_to_day=25,
    )
    meter = MeterFactory(account=account, service=service)
    ReadingFactory(meter=meter)
    return meter


@pytest.fixture
def electric(account):
    service = ServiceFactory(
        provider=account.provider,
        name="Электроэнергия",
        unit="кВт·ч",
        readings_from_day=1,
        readings_to_day=5,
    )
    meter = MeterFactory(account=account, service=service)
    ReadingFactory(meter=meter)
    return meter


def test_every_meter_of_different_windows_says_its_own(client, account, meter, cold, electric):
    page = text_of(client.get(address(account)))

    assert "Передайте показания до 25 ноября" in page
    assert "У счётчиков разные сроки приёма, они написаны у каждого." in page
    assert "Показания этого счётчика принимают с 15 по 25 ноября." in page
    assert "Показания этого счётчика принимают весь месяц." in page
    assert "Показания принимают с 1 по 5 ноября. Приём откроется 1 декабря." in page


def test_outside_its_own_window_a_meter_takes_nothing_whatever_the_others_do(
    client, account, cold, electric
):
    response = send(client, account, **{field(cold): "2041", field(electric): "2041"})

    assert own(cold) == [("", 2041, "sent")]
    assert own(electric) == []
    page = text_of(response)
    assert "Передано 1 из 2" in page
    assert "Показания за ноябрь переданы" in page
    assert "По 1 счётчику приём закончился, новый откроется 1 декабря." in page


def test_one_window_for_all_is_said_once(client, account, cold):
    page = text_of(client.get(address(account)))

    assert "Их принимают с 15 по 25 ноября." in page
    assert "этого счётчика принимают" not in page


def test_the_coming_window_is_told_before_the_missed_one(client, account, electric, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(day=10))
    service = ServiceFactory(
        provider=account.provider, name="Вода", readings_from_day=15, readings_to_day=25
    )
    MeterFactory(account=account, service=service)

    page = client.get(address(account)).context["page"]

    assert page.answer.title == "Приём откроется 15\xa0ноября"
    assert not asks_for_readings(page)


def withdrawal(response):
    html = response.content.decode()
    found = re.search(r'id="(withdraw-[^"]+)" action="([^"]+)"', html)
    return found.groups() if found else None


def test_what_was_given_is_taken_back_and_given_anew(client, account, meter):
    page = send(client, account, **{field(meter): "2401"})
    form, target = withdrawal(page)
    assert f'form="{form}"' in page.content.decode()
    assert "Новое можно передать до 30 ноября." in text_of(page)

    client.post(target)
    assert own(meter) == [("", 2401, "withdrawn")]

    page = client.get(address(account))
    assert withdrawal(page) is None
    assert "Передайте показания" in text_of(page)
    send(client, account, **{field(meter): "2041"})
    assert own(meter) == [("", 2401, "withdrawn"), ("", 2041, "sent")]


def test_after_the_window_the_page_says_when_a_new_one_can_be_given(
    client, account, cold, monkeypatch
):
    send(client, account, **{field(cold): "2041"})
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(day=27))

    page = client.get(address(account))

    assert withdrawal(page)
    assert "Приём закрыт: новое можно будет передать с 15 декабря." in text_of(page)


@pytest.mark.parametrize("change", [{"export_number": 7}, {"status": "accepted"}])
def test_what_the_provider_has_offers_no_way_back(client, account, meter, change):
    send(client, account, **{field(meter): "2041"})
    Reading.objects.filter(meter=meter, portal_id__isnull=False).update(**change)

    assert withdrawal(client.get(address(account))) is None


def test_a_person_who_may_not_submit_may_not_take_back(client, account, meter):
    _form, target = withdrawal(send(client, account, **{field(meter): "2041"}))
    client.force_login(UserFactory())

    assert client.post(target).status_code == 404
    assert own(meter) == [("", 2041, "sent")]


def test_the_plain_page_forgets_what_was_typed(client, account, meter):
    refused = send(client, account, **{field(meter): "7"})
    assert f'href="{address(account)}">Сбросить введённое' in refused.content.decode()

    assert 'value="7"' not in client.get(address(account)).content.decode()


def test_a_switched_off_provider_takes_nothing_and_says_so(client, account, meter):
    account.provider.is_active = False
    account.provider.save()

    page = client.get(address(account))

    assert "Поставщик не принимает показания через кабинет." in text_of(page)
    assert field(meter) not in page.content.decode()


def test_a_meter_taken_on_another_day_keeps_its_window(client, account, cold):
    send(client, account, **{field(cold): "2041", "taken_on": "2026-11-14"})

    assert own(cold) == [("", 2041, "sent")]
    assert Reading.objects.get(meter=cold, status="sent").taken_on == dt.date(2026, 11, 14)


def test_the_page_of_all_accounts_is_not_offered_for_one(client, account, meter):
    assert f'href="{reverse("all-readings")}"' not in client.get(address(account)).content.decode()
    assert client.get(reverse("all-readings")).url == address(account)
