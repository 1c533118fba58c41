"""Handing over readings without signing in: the way in, the form, what it shows and what it hides (MET-15–18)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.channels.models import Delivery
from kabinet.kernel.models import AuditEntry
from kabinet.metering.models import Reading
from kabinet.providers.enums import Feature, GuestCheck, Style
from tests.factories import (
    BalanceFactory,
    BillFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    TariffFactory,
    UserFactory,
)
from tests.web.guests import (
    ADDRESS,
    BY_ADDRESS,
    BY_INITIALS,
    METERS,
    REGION,
    account_b,
    account_d,
    find,
    words,
)

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


def field(meter, zone=""):
    return f"r-{meter.public_id}-{zone}"


def send(client, **posted):
    return client.post(reverse(METERS), posted, follow=True)


def stored():
    rows = Reading.objects.filter(source="portal").order_by("pk")
    return list(rows.values_list("value", "status", "route", "submitted_by"))


# --- the way in ---


def test_the_entry_page_offers_the_way_only_where_a_provider_does(client):
    provider = ProviderFactory(policy__guest_readings=GuestCheck.OFF)

    assert reverse("guest-readings") not in client.get(reverse("account_login")).content.decode()

    provider.policy.guest_readings = GuestCheck.ADDRESS
    provider.policy.save()
    assert reverse("guest-readings") in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize(
    "unwilling",
    [
        {"policy__guest_readings": GuestCheck.OFF},
        {"is_active": False},
        {
            "policy__enabled_features": [
                feature for feature in Feature if feature != Feature.SUBMIT_READINGS
            ]
        },
    ],
)
def test_without_a_willing_provider_the_pages_do_not_exist(client, unwilling):
    ProviderFactory(region=REGION, **unwilling)

    statuses = {
        page: client.get(reverse(page)).status_code
        for page in ("guest-readings", BY_INITIALS, BY_ADDRESS)
    }

    assert set(statuses.values()) == {404}
    assert reverse("guest-readings") not in client.get(reverse("account_login")).content.decode()


def test_one_kind_of_check_leads_straight_to_its_form(client):
    account_b()

    assert client.get(reverse("guest-readings")).url == reverse(BY_INITIALS)
    assert client.get(reverse(BY_ADDRESS)).status_code == 404


def test_two_kinds_of_check_let_the_person_choose_by_provider(client):
    account_b()
    account_d()

    page = client.get(reverse("guest-readings"))

    assert [(way.name, way.page, way.region) for way in page.context["ways"]] == [
        (page.context["ways"][0].name, BY_INITIALS, REGION),
        ("Центр «Дом»", BY_ADDRESS, ""),
    ]
    chosen = client.get(reverse(BY_INITIALS), {"region": REGION})
    assert f'<option value="{REGION}" selected>' in chosen.content.decode()


def test_regions_are_those_of_willing_providers_and_their_branches(client):
    provider = ProviderFactory(region=REGION)
    provider.branches.create(code="n", name="Северный", region="Белозёрский край")
    ProviderFactory(region="Молчаливый край", policy__guest_readings=GuestCheck.OFF)

    form = client.get(reverse(BY_INITIALS)).context["form"]

    assert [value for value, _name in form.fields["region"].choices] == [
        "",
        "Белозёрский край",
        REGION,
    ]


def test_a_provider_without_a_region_stands_in_the_list_by_its_name(client):
    account_b(provider=ProviderFactory(name="АО «Газ»"))

    assert find(client, region="АО «Газ»").url == reverse(METERS)


def test_the_first_visit_carries_no_captcha(client):
    account_b()

    page = client.get(reverse(BY_INITIALS)).content.decode()

    assert "captcha" not in page
    assert "altcha" not in page
    assert len(page) < 8_000


# --- found ---


@pytest.mark.parametrize("initials", ["АБВ", "абв", "А Б В", "А.Б.В."])
def test_initials_open_the_meters_of_the_account(client, initials):
    account_b()

    response = find(client, initials=initials, number=" 8051 0701 ")

    assert (response.status_code, response.url) == (302, reverse(METERS))
    text = words(client.get(response.url))
    assert "Передайте показания до 30 ноября" in text
    assert "БК-G4T, № 0****52" in text
    assert "прошлое: 01899, 22 октября" in text


@pytest.mark.parametrize(("house", "flat"), [("12", "7"), ("д. 12", "кв. 7"), ("012", "07")])
def test_house_and_flat_open_the_meters_of_the_account(client, house, flat):
    account_d()

    response = find(client, BY_ADDRESS, ADDRESS, house=house, flat=flat)

    assert (response.status_code, response.url) == (302, reverse(METERS))
    text = words(client.get(response.url))
    assert "№ 4****07" in text
    assert "День снятия показаний" in text


def test_a_private_house_has_no_flat(client):
    account = account_d()
    account.flat = ""
    account.save()

    assert find(client, BY_ADDRESS, ADDRESS, flat="").url == reverse(METERS)


def test_the_serial_is_masked_whatever_the_provider_shows_to_its_own(client):
    account = account_d()
    assert account.provider.policy.meter_mask == "off"
    MeterFactory(account=account, serial="123")
    find(client, BY_ADDRESS, ADDRESS)

    page = client.get(reverse(METERS)).content.decode()

    assert "441207" not in page
    assert '<span class="num">****</span>' in page


def test_no_name_no_address_no_history_and_no_sums(client):
    account = account_b(street="ул. Лесная", flat="7Ж")
    meter = account.meters.get()
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 9, 22), value=1777)
    TariffFactory(service=meter.service, price="7.12")
    BalanceFactory(account=account, amount="4321.09")
    BillFactory(account=account, total="765.43")
    find(client)

    page = client.get(reverse(METERS)).content.decode()

    hidden = ("Абрамов", "Борис", "Лесная", "7Ж", "1777", "7,12", "4321", "765", "07416852")
    assert [word for word in hidden if word in page] == []
    assert "в среднем" not in page
    assert "/a/" not in page
    assert str(account.public_id) not in page


def test_only_meters_in_force_are_shown(client):
    account = account_b()
    MeterFactory(account=account, serial="99990000", state="removed")
    find(client)

    page = client.get(reverse(METERS))

    assert [box.meter.serial for box in page.context["page"].boxes] == ["0****52"]


def test_an_account_without_meters_says_whom_to_call(client):
    account = account_b()
    Reading.objects.all().delete()
    account.meters.all().delete()
    find(client)

    text = words(client.get(reverse(METERS)))

    assert "Передавать показания не нужно" in text
    assert "8 800 000-25-02" in text


# --- handed over ---


def test_a_reading_is_stored_as_a_guests_and_the_page_says_so(client):
    meter = account_b().meters.get()
    find(client)

    response = send(client, **{field(meter): "02041"})

    assert stored() == [(2041, "sent", "guest", None)]
    ((target, status),) = response.redirect_chain
    assert (target.startswith(reverse(METERS)), status) == (True, 302)
    text = words(response)
    assert "Показания переданы поставщику." in text
    assert "Войти в кабинет" in text
    assert "Зарегистрироваться" in text


def test_sending_twice_stores_once(client):
    meter = account_b().meters.get()
    find(client)

    first = send(client, **{field(meter): "02041"})
    second = send(client, **{field(meter): "02041"})

    assert stored() == [(2041, "sent", "guest", None)]
    assert "Показания переданы поставщику." in words(second)
    assert first.status_code == second.status_code == 200


def test_a_refused_value_says_why_and_a_question_is_answered(client):
    meter = account_b().meters.get()
    find(client)

    asked = send(client, **{field(meter): "1899"})
    assert "Расход будет ноль" in words(asked)
    assert stored() == []

    (box,) = asked.context["page"].boxes
    (register,) = box.registers
    send(client, **{field(meter): "1899", register.confirmation_name: register.confirmation})
    assert stored() == [(1899, "sent", "guest", None)]


def test_one_meters_refusal_does_not_hold_back_the_other(client):
    account = account_b()
    right = account.meters.get()
    wrong = MeterFactory(account=account)
    ReadingFactory(meter=wrong)
    find(client)

    response = send(client, **{field(right): "2041", field(wrong): "20x"})

    assert stored() == [(2041, "sent", "guest", None)]
    assert "Передано 1 из 2" in words(response)


def test_outside_the_window_there_is_nothing_to_type(client):
    provider = ProviderFactory(
        region=REGION, policy__readings_from_day=23, policy__readings_to_day=25
    )
    meter = account_b(provider=provider).meters.get()
    find(client)

    page = client.get(reverse(METERS))
    assert field(meter) not in page.content.decode()
    assert "Приём откроется 23 ноября" in words(page)

    send(client, **{field(meter): "2041"})
    assert stored() == []


def test_a_closed_account_takes_nothing(client):
    account = account_b(closed_on=dt.date(2026, 11, 1))
    meter = account.meters.get()
    find(client)

    assert "Лицевой счёт закрыт" in words(client.get(reverse(METERS)))
    assert send(client, **{field(meter): "2041"}).status_code == 409
    assert stored() == []


def test_the_trail_names_the_address_and_no_person(client):
    meter = account_b().meters.get()
    find(client)
    send(client, **{field(meter): "2041"})

    rows = (
        AuditEntry.objects.exclude(actor_kind="system")
        .order_by("pk")
        .values_list("action", "actor_kind", "actor_id", "address")
    )
    assert list(rows) == [
        ("accounts.guest.prove", "nobody", None, "127.0.0.1"),
        ("metering.reading.submit", "guest", None, "127.0.0.1"),
    ]


def test_holders_with_a_cabinet_get_no_letters_and_see_the_reading(client):
    holder = UserFactory()
    account = account_b(holders=[holder])
    find(client)
    send(client, **{field(account.meters.get()): "2041"})

    assert Delivery.objects.count() == 0
    client.force_login(holder)
    page = client.get(reverse("readings", args=[account.public_id]))
    assert page.context["page"].boxes[0].registers[0].text == "02041"


# --- narrow and short ---


def test_the_pass_is_over_after_a_quarter_of_an_hour(client, clock):
    meter = account_b().meters.get()
    find(client)

    clock(NOW + 15 * MINUTE - dt.timedelta(seconds=1))
    assert client.get(reverse(METERS)).status_code == 200

    clock(NOW + 15 * MINUTE)
    response = send(client, **{field(meter): "2041"})
    assert stored() == []
    assert "Время вышло. Введите номер счёта ещё раз." in words(response)
    assert response.redirect_chain[-1][0] == reverse(BY_INITIALS)


def test_a_provider_that_changes_its_mind_ends_the_pass(client):
    account = account_b()
    find(client)
    account_d()  # some other provider still takes guests
    policy = account.provider.policy
    policy.guest_readings = GuestCheck.OFF
    policy.save()

    response = send(client, **{field(account.meters.get()): "2041"})

    assert stored() == []
    assert response.redirect_chain[0][0] == reverse("guest-readings")


def test_ending_forgets_what_was_proved(client):
    account_b()
    find(client)

    assert client.post(reverse("guest-readings-end")).url == reverse("account_login")
    assert client.get(reverse(METERS)).url == reverse("guest-readings")


def test_the_session_key_changes_when_something_is_proved(client):
    account_b()
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    find(client)

    assert client.cookies["sessionid"].value != before


def test_a_meter_of_another_account_does_not_exist(client):
    account_b()
    other = account_b(number="80510702", provider=ProviderFactory(region="Другой край"))
    find(client)

    assert send(client, **{field(other.meters.get()): "2041"}).status_code == 404
    assert stored() == []


def test_a_guest_reaches_no_page_of_the_account(client):
    account = account_b(holders=[UserFactory()])
    meter = account.meters.get()
    find(client)

    pages = [
        reverse("readings", args=[account.public_id]),
        reverse("meter-history", args=[account.public_id, meter.public_id]),
        reverse("account-home", args=[account.public_id]),
        reverse("bills", args=[account.public_id]),
        reverse("home"),
    ]

    answers = {page: client.get(page) for page in pages}
    assert {response.status_code for response in answers.values()} == {302}
    assert all("/login/" in response.url for response in answers.values())


def test_somebody_signed_in_may_hand_over_for_a_neighbour_and_stays_signed_in(client):
    person = UserFactory()
    client.force_login(person)
    meter = account_b().meters.get()

    assert find(client).url == reverse(METERS)
    send(client, **{field(meter): "2041"})

    assert stored() == [(2041, "sent", "guest", None)]
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize("meter_count", [1, 3])
def test_queries_do_not_grow_with_the_meters(client, django_assert_num_queries, meter_count):
    account = account_b()
    for _ in range(meter_count - 1):
        ReadingFactory(meter=MeterFactory(account=account))
    find(client)

    with django_assert_num_queries(4):  # session, account, meters, readings
        response = client.get(reverse(METERS))

    assert len(response.context["page"].boxes) == meter_count


def test_styles_start_as_their_manuals_say():
    checks = {style: ProviderFactory(style=style).policy.guest_readings for style in Style}

    assert checks == {"A": "off", "B": "initials", "C": "off", "D": "address"}
