from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.metering.models import Reading
from kabinet.ui.formatting import NBSP
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    TariffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def account(person):
    provider = ProviderFactory(
        phone="8 800 200-00-01", policy__readings_from_day=15, policy__readings_to_day=25
    )
    return AccountFactory(provider=provider, holders=[person])


@pytest.fixture
def meter(account):
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter)
    TariffFactory(service=meter.service)
    return meter


def address(account):
    return reverse("readings", kwargs={"account_id": account.public_id})


def field(meter, zone=""):
    return f"r-{meter.public_id}-{zone}"


def send(client, account, follow=True, **posted):
    return client.post(address(account), posted, follow=follow)


def text_of(response):
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html).replace("&nbsp;", " "))


def own(meter):
    return list(
        Reading.objects.filter(meter=meter, portal_id__isnull=False)
        .order_by("pk")
        .values_list("zone", "value", "status")
    )


def rule(account, **changed):
    policy = account.provider.policy
    for name, value in changed.items():
        setattr(policy, name, value)
    policy.save()


def test_the_page_answers_first_and_shows_the_last_value(client, account, meter):
    page = text_of(client.get(address(account)))

    assert "Передайте показания до 25 ноября" in page.replace(NBSP, " ")
    assert "осталось 4 дня" in page.replace(NBSP, " ")
    assert "прошлое: 01899, 22 октября" in page.replace(NBSP, " ")
    assert f"№ {meter.serial}" in page


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        (14, "Приём откроется 15 ноября"),
        (15, "Передайте показания до 25 ноября"),
        (25, "Передайте показания до 25 ноября"),
        (26, "Приём откроется 15 декабря"),
    ],
)
def test_the_answer_follows_the_window(client, account, meter, monkeypatch, day, answer):
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(day=day))

    response = client.get(address(account))

    assert response.context["page"].answer.title.replace(NBSP, " ") == answer
    assert (field(meter) in response.content.decode()) is (15 <= day <= 25)


def test_a_value_is_sent_and_the_page_says_so_after_a_redirect(client, account, meter):
    response = send(client, account, **{field(meter): "02041"})

    assert own(meter) == [("", 2041, "sent")]
    ((target, status),) = response.redirect_chain
    assert status == 302
    assert target.startswith(address(account) + "?sent=")
    page = text_of(response).replace(NBSP, " ")
    assert "Показания за ноябрь переданы" in page
    assert "Показания переданы поставщику." in page
    assert "Расход 142 м³, примерно 1 011,04 ₽" in page


def test_the_outcome_is_shown_only_at_its_own_address(client, account, meter):
    response = send(client, account, **{field(meter): "abc"})
    outcome = "Показания не переданы"

    assert outcome in text_of(response)
    assert outcome in text_of(client.get(response.redirect_chain[0][0]))
    assert outcome not in text_of(client.get(address(account)))


def test_one_refused_meter_is_named_and_keeps_its_typed_value(client, account, meter):
    other = MeterFactory(account=account, service=meter.service, place="котельная")

    response = send(client, account, **{field(meter): "1898", field(other): "12"})

    page = text_of(response)
    assert own(meter) == []
    assert own(other) == [("", 12, "sent")]
    assert "Передано 1 из 2" in page
    assert "Показание меньше прошлого: 01899. Проверьте цифры" in page
    assert 'value="1898"' in response.content.decode()


def test_an_untyped_meter_is_left_alone(client, account, meter):
    other = MeterFactory(account=account)

    response = send(client, account, **{field(meter): "2041", field(other): ""})

    assert own(other) == []
    assert "Осталось передать по 1 счётчику" in text_of(response).replace(NBSP, " ")


def test_an_empty_form_is_told_what_to_do(client, account, meter):
    response = send(client, account, **{field(meter): "  "})

    assert "Ни одного показания не введено" in text_of(response)
    assert own(meter) == []


def test_zero_use_is_asked_about_and_then_sent(client, account, meter):
    response = send(client, account, **{field(meter): "1899"})
    assert own(meter) == []
    assert "Расход ноль: отправить то же показание" in text_of(response)
    box = response.context["page"].boxes[0].registers[0]

    send(client, account, **{field(meter): "1899", box.confirmation_name: box.confirmation})

    assert own(meter) == [("", 1899, "sent")]


def test_a_yes_to_one_value_is_not_a_yes_to_another(client, account, meter):
    for month in range(4, 10):
        ReadingFactory(meter=meter, taken_on=dt.date(2026, month, 22), value=Decimal(1000 + month))
    box = send(client, account, **{field(meter): "19000"}).context["page"].boxes[0].registers[0]
    assert box.confirmation == "UNUSUAL_USE:19000"

    send(client, account, **{field(meter): "29000", box.confirmation_name: box.confirmation})
    assert own(meter) == []

    send(client, account, **{field(meter): "19000", box.confirmation_name: box.confirmation})
    assert own(meter) == [("", 19000, "sent")]


def test_a_second_question_keeps_the_first_answer(client, account, meter):
    Reading.objects.update(value=Decimal(99950), taken_on=dt.date(2026, 10, 22))
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 9, 22), value=Decimal(99949))
    first = send(client, account, **{field(meter): "40"}).context["page"].boxes[0].registers[0]
    assert first.confirmation.startswith("LESS_THAN_PREVIOUS")

    posted = {field(meter): "40", first.confirmation_name: first.confirmation}
    second = send(client, account, **posted).context["page"].boxes[0].registers[0]
    assert second.confirmation.startswith("UNUSUAL_USE")
    assert second.confirmed == (first.confirmation,)

    send(
        client,
        account,
        **{field(meter): "40", first.confirmation_name: [first.confirmation, second.confirmation]},
    )
    assert own(meter) == [("", 40, "sent")]


def test_all_zones_are_asked_for(client, account):
    meter = MeterFactory(account=account, zones=["T1", "T2"])

    response = send(client, account, **{field(meter, "T1"): "100", field(meter, "T2"): ""})

    assert own(meter) == []
    assert "у этого счётчика передают все зоны сразу" in text_of(response)
    assert "T1, день" in text_of(response)


def test_what_was_given_stands_in_the_box_to_be_mended(client, account, meter):
    send(client, account, **{field(meter): "2401"})

    page = client.get(address(account))
    assert 'value="02401"' in page.content.decode()
    assert "Заменить показания" in text_of(page)

    send(client, account, **{field(meter): "2041"})
    assert own(meter) == [("", 2401, "replaced"), ("", 2041, "sent")]


def test_an_accepted_value_closes_the_form(client, account, meter):
    send(client, account, **{field(meter): "2041"})
    Reading.objects.filter(meter=meter).update(status="accepted")

    page = client.get(address(account))

    assert "Показания за ноябрь приняты" in text_of(page)
    assert field(meter) not in page.content.decode()
    assert "Если в нём ошибка, сообщите поставщику" in text_of(page)


def test_a_value_refused_by_the_provider_says_why(client, account, meter):
    send(client, account, **{field(meter): "2041"})
    Reading.objects.filter(meter=meter, status="sent").update(
        status="rejected", reason="Цифры переставлены"
    )

    page = text_of(client.get(address(account)))

    assert "Поставщик не принял показание 02041. Причина: Цифры переставлены" in page
    assert "Передать показания" in page


@pytest.mark.parametrize(("style", "is_open"), [("block", False), ("warn", True), ("ignore", True)])
def test_an_expired_verification_blocks_or_warns(client, account, meter, style, is_open):
    rule(account, expired_verification=style)
    meter.next_verification_on = dt.date(2026, 3, 1)
    meter.save()

    page = client.get(address(account))

    assert (field(meter) in page.content.decode()) is is_open
    told = "Срок поверки истёк 1 марта 2026" in text_of(page).replace(NBSP, " ")
    assert told is (style != "ignore")


def test_removed_meters_are_listed_apart_with_their_reason(client, account, meter):
    MeterFactory(
        account=account,
        serial="99887766",
        state="removed",
        charging_to=dt.date(2024, 5, 3),
        removal_reason="Замена прибора",
    )

    response = client.get(address(account))

    page = text_of(response).replace(NBSP, " ")
    assert "№ 99887766, снят с 3 мая 2024: Замена прибора" in page
    assert response.content.decode().count('class="form-control kb-digits') == 1


def test_an_account_without_meters_says_what_to_do(client, account):
    page = text_of(client.get(address(account)))

    assert "Счётчиков нет" in page
    assert "8 800 200-00-01" in page


def test_a_closed_account_is_read_only(client, account, meter):
    account.closed_on = dt.date(2026, 5, 5)
    account.save()

    page = client.get(address(account))
    assert "Лицевой счёт закрыт" in text_of(page)
    assert field(meter) not in page.content.decode()

    assert client.post(address(account), {field(meter): "2041"}).status_code == 409
    assert own(meter) == []


def test_a_ticked_meter_goes_untouched_and_is_asked_about(client, account, meter):
    rule(account, tick_by_default=True)
    other = MeterFactory(account=account)

    response = send(
        client,
        account,
        **{field(meter): "", f"t-{meter.public_id}": "on", field(other): "5"},
    )

    assert own(meter) == own(other) == []
    box = response.context["page"].boxes[0].registers[0]
    assert box.text == "01899"
    assert box.confirmation == "EQUAL_TO_PREVIOUS:1899"


def test_the_day_of_taking_is_asked_where_the_provider_wants_it(client, account, meter):
    rule(account, ask_reading_date=True)

    send(client, account, **{field(meter): "2041", "taken_on": "2026-11-19"})
    assert Reading.objects.get(meter=meter, status="sent").taken_on == dt.date(2026, 11, 19)

    response = send(client, account, **{field(meter): "2050", "taken_on": "2026-11-31"})
    assert "такой даты нет" in text_of(response)
    assert 'value="2050"' in response.content.decode()
    response = send(client, account, **{field(meter): "2050", "taken_on": "2026-11-22"})
    assert "не позже сегодняшнего дня" in text_of(response)
    assert own(meter) == [("", 2041, "sent")]


def test_a_limited_link_sees_a_masked_serial_and_submits(client, account, meter):
    limited = UserFactory()
    masked = AccountFactory(provider=account.provider, limited=[limited])
    own_meter = MeterFactory(account=masked, serial="612345637")
    client.force_login(limited)

    response = send(client, masked, **{field(own_meter): "5"})

    assert "6****37" in text_of(response)
    assert "612345637" not in response.content.decode()
    assert own(own_meter) == [("", 5, "sent")]


def test_a_limited_link_is_offered_full_access_where_the_matrix_says_no(client, account):
    limited = UserFactory()
    rule(account, limited_features=["balance", "meters"])
    meter = MeterFactory(account=AccountFactory(provider=account.provider, limited=[limited]))
    client.force_login(limited)

    page = client.get(address(meter.account))
    assert "после открытия полного доступа" in text_of(page)
    assert field(meter) not in page.content.decode()

    assert client.post(address(meter.account), {field(meter): "5"}).status_code == 404
    assert own(meter) == []


def test_a_foreign_account_and_a_foreign_meter_do_not_exist(client, account, meter):
    foreign = MeterFactory()
    history = {"account_id": account.public_id, "meter_id": foreign.public_id}

    assert client.get(address(foreign.account)).status_code == 404
    assert client.post(address(foreign.account), {field(foreign): "5"}).status_code == 404
    assert client.post(address(account), {field(foreign): "5"}).status_code == 404
    assert client.get(reverse("meter-history", kwargs=history)).status_code == 404
    assert not Reading.objects.filter(meter=foreign).exists()


@pytest.mark.parametrize("name", ["r-nonsense", f"r-{'z' * 36}-", f"r-{'-' * 36}-T1", "x"])
def test_invented_fields_are_no_fields(client, account, meter, name):
    response = send(client, account, **{name: "5"})

    assert "Ни одного показания не введено" in text_of(response)


def test_typed_text_is_shown_as_text(client, account, meter):
    response = send(client, account, **{field(meter): '"><script>alert(1)</script>'})

    assert "<script>alert" not in response.content.decode()
    assert "Нужны только цифры" in text_of(response)


def test_history_says_every_state_in_words(client, account, meter):
    ReadingFactory(
        meter=meter,
        taken_on=dt.date(2026, 11, 3),
        value=Decimal(1950),
        status="rejected",
        source="phone",
        reason="Показание старше учтённого",
    )
    send(client, account, **{field(meter): "2401"})
    send(client, account, **{field(meter): "2041"})

    keys = {"account_id": account.public_id, "meter_id": meter.public_id}
    page = text_of(client.get(reverse("meter-history", kwargs=keys)))

    for words in ("отправлено", "заменено новым", "не принято", "учтено", "по телефону"):
        assert words in page
    assert "Показание старше учтённого" in page
    assert page.index("02041") < page.index("02401") < page.index("01950") < page.index("01899")


def test_a_meter_without_readings_has_an_empty_history(client, account):
    keys = {"account_id": account.public_id, "meter_id": MeterFactory(account=account).public_id}

    assert "Показаний за этот срок нет" in text_of(
        client.get(reverse("meter-history", kwargs=keys))
    )


@pytest.mark.parametrize("count", [1, 3])
def test_query_counts(client, account, django_assert_num_queries, count):
    meters = MeterFactory.create_batch(count, account=account, zones=["T1", "T2"])
    for meter in meters:
        ReadingFactory(meter=meter, zone="T1")
    keys = {"account_id": account.public_id, "meter_id": meters[0].public_id}

    with django_assert_num_queries(6):  # session, user, links, meters, readings, tariffs
        client.get(address(account))
    with django_assert_num_queries(7):  # session, user, links, meter, registers, uses, readings
        client.get(reverse("meter-history", kwargs=keys))


def test_the_result_page_costs_no_more(client, account, meter, django_assert_num_queries):
    response = send(client, account, follow=False, **{field(meter): "2041"})

    with django_assert_num_queries(6):
        client.get(response["Location"])


def test_nobody_is_asked_to_sign_in(client):
    place = reverse("readings", kwargs={"account_id": uuid.uuid4()})

    assert client.get(place).status_code == 302
