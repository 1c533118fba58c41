"""A slip of the hand is told before anything is stored, and mended by one tap (MET-24, 25)."""

from __future__ import annotations

import re

import pytest

from tests.factories import AccountFactory, MeterFactory, ProviderFactory, UserFactory
from tests.web.readings_pages import field, half_a_year, own, send, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def account(client):
    person = UserFactory()
    client.force_login(person)
    return AccountFactory(provider=ProviderFactory(phone="104"), holders=[person])


@pytest.fixture
def meter(account):
    meter = MeterFactory(account=account)
    half_a_year(meter, last=1890, use=10)
    return meter


def fixes(response):
    return re.findall(r'name="fix" value="([^"]+)"', response.content.decode())


def test_an_extra_digit_is_asked_about_and_mended_by_one_tap(client, account, meter):
    typed = {field(meter): "18999"}

    response = send(client, account, **typed)

    assert own(meter) == []
    page = text_of(response)
    assert "Похоже, лишняя цифра: 18999 вместо 01899?" in page
    assert "Всё верно: отправить 18999" in page
    assert 'value="18999"' in response.content.decode()
    (fix,) = fixes(response)
    send(client, account, **typed, fix=fix)
    assert own(meter) == [("", 1899, "sent")]


def test_what_was_typed_is_sent_after_a_yes_all_the_same(client, account, meter):
    box = send(client, account, **{field(meter): "18999"}).context["page"].boxes[0].registers[0]

    send(client, account, **{field(meter): "18999", box.confirmation_name: box.confirmation})

    assert own(meter) == [("", 18999, "sent")]


def test_over_the_hard_limit_the_slip_is_told_and_no_yes_helps(client, account, meter):
    meter.max_use = 100
    meter.save()

    response = send(client, account, **{field(meter): "18999"})

    page = text_of(response)
    assert "больше, чем допускает поставщик" in page
    assert "Если цифры верны, позвоните поставщику: 104." in page
    assert "Похоже, лишняя цифра" in page
    assert response.context["page"].boxes[0].registers[0].confirmation == ""
    send(client, account, **{field(meter): "18999", field(meter, kind="c"): "OVER_MAX_USE:18999"})
    assert own(meter) == []


def test_a_missing_digit_is_named_without_a_guess(client, account, meter):
    response = send(client, account, **{field(meter): "190"})

    assert "Похоже, пропущена цифра. Посмотрите на счётчик ещё раз." in text_of(response)
    assert fixes(response) == []


def test_zones_that_changed_places_are_put_back_by_one_tap(client, account):
    meter = MeterFactory(account=account, zones=["T1", "T2"])
    half_a_year(meter, zone="T1", last=5000, use=100)
    half_a_year(meter, zone="T2", last=2000, use=50)
    typed = {field(meter, "T1"): "2050", field(meter, "T2"): "5100"}

    response = send(client, account, **typed)

    told = "Похоже, перепутаны зоны. Должно быть так: T1, день — 05100; T2, ночь — 02050?"
    assert text_of(response).count(told) == 1
    (fix,) = fixes(response)
    send(client, account, **typed, fix=fix)
    assert own(meter) == [("T1", 5100, "sent"), ("T2", 2050, "sent")]


@pytest.fixture
def pair(account):
    """Two meters without a known average: a value of the wrong one may look right."""
    cold = MeterFactory(account=account, place="кухня", service__name="Холодная вода")
    hot = MeterFactory(account=account, place="ванная", service__name="Горячая вода")
    half_a_year(cold, last=5000, use=0)
    half_a_year(hot, last=140, use=0)
    return cold, hot


def test_two_meters_that_changed_places_are_both_held_back(client, account, pair):
    cold, hot = pair
    typed = {field(cold): "150", field(hot): "5010"}

    response = send(client, account, **typed)

    assert own(cold) == own(hot) == []
    page = text_of(response)
    assert "Похоже, показания двух счётчиков перепутаны." in page
    assert "Похоже, это показание другого счётчика." in page
    (fix,) = fixes(response)
    send(client, account, **typed, fix=fix)
    assert own(cold) == [("", 5010, "sent")]
    assert own(hot) == [("", 150, "sent")]


def test_the_one_that_looked_right_goes_after_a_yes(client, account, pair):
    cold, hot = pair
    typed = {field(cold): "150", field(hot): "5010"}
    boxes = send(client, account, **typed).context["page"].boxes
    asked = next(box.registers[0] for box in boxes if box.registers[0].confirmation)
    assert asked.confirmation == "SWAPPED_VALUES:5010"

    send(client, account, **typed, **{asked.confirmation_name: asked.confirmation})

    assert own(hot) == [("", 5010, "sent")]
    assert own(cold) == []


def test_nothing_is_asked_of_ordinary_values(client, account, meter):
    response = send(client, account, **{field(meter): "1901"})

    assert "Похоже" not in text_of(response)
    assert own(meter) == [("", 1901, "sent")]


@pytest.mark.parametrize("fix", ["", "x", "r-nonsense=1", "r-{other}-=1", "r-{meter}-T9=1"])
def test_an_invented_correction_changes_nothing(client, account, meter, fix):
    other = MeterFactory()
    fix = fix.format(meter=meter.public_id, other=other.public_id)

    send(client, account, **{field(meter): "1901"}, fix=fix)

    assert own(meter) == [("", 1901, "sent")]
    assert own(other) == []


def test_a_correction_is_checked_like_any_value(client, account, meter):
    send(client, account, **{field(meter): "1901"}, fix=f"{field(meter)}=17")

    assert own(meter) == []


def test_enter_in_a_box_sends_the_form_and_presses_no_correction(client, account, meter):
    html = send(client, account, **{field(meter): "18999"}).content.decode()

    first = re.search(r'<form class="kb-readings".*?(<button.*?>)', html, flags=re.DOTALL)[1]
    assert "name=" not in first
    assert 'aria-hidden="true"' in first
