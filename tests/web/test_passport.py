from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from kabinet.exchange import exports
from kabinet.exchange.models import ExportRun
from kabinet.kernel.actors import SYSTEM
from kabinet.metering.models import Reading
from kabinet.providers.presets import ALL_FEATURES
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture
def account(person):
    return AccountFactory(provider=ProviderFactory(phone="8 800 200-00-01"), holders=[person])


@pytest.fixture
def meter(account):
    return MeterFactory(account=account)


def given(meter, person=None, value=2041, at=NOW, **changed):
    """A reading that came through the cabinet, an hour ago unless said otherwise."""
    return ReadingFactory(
        meter=meter,
        **{
            "value": Decimal(value),
            "taken_on": at.date(),
            "accounted_on": None,
            "source": "portal",
            "status": "sent",
            "portal_id": uuid.uuid4(),
            "submitted_at": at - dt.timedelta(hours=1),
            "submitted_by": person,
            "route": "portal",
            **changed,
        },
    )


def accounted(meter, person, **changed):
    """October's reading, accepted; September's is 100 less."""
    october = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)
    ReadingFactory(
        meter=meter,
        value=Decimal(1941),
        taken_on=dt.date(2026, 9, 22),
        accounted_on=dt.date(2026, 9, 30),
    )
    changes = {"status": "accepted", "accounted_on": dt.date(2026, 10, 31), **changed}
    return given(meter, person, at=october, **changes)


def charged(meter, volume="100.0000", **line):
    bill = BillFactory(account=meter.account, period=OCTOBER, number="17")
    return BillLineFactory(
        bill=bill,
        service=meter.service,
        **{"volume": volume and Decimal(volume), "unit": "м³", "basis": "meter", **line},
    )


def place(reading, name="reading-passport"):
    account_id = reading.meter.account.public_id
    return reverse(name, kwargs={"account_id": account_id, "reading_id": reading.portal_id})


def passport(client, reading):
    return client.get(place(reading))


def steps(response):
    return [
        (step.state, step.title.replace("\xa0", " "), step.when.replace("\xa0", " "))
        for step in response.context["page"].steps
    ]


def text_of(response):
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    inline = re.sub(r'<a class="num"[^>]*>([^<]*)</a>', r"\1", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inline).replace("\xa0", " "))


def export(provider, folder, at=NOW):
    target = exports.Target(Path(folder) / "out.csv")
    return exports.export_new(
        actor=SYSTEM, provider_code=provider.code, what="readings", target=target, at=at
    )


def test_what_was_just_given_waits_for_the_provider_and_can_be_undone(client, person, meter):
    reading = given(meter, person)

    response = passport(client, reading)
    page = text_of(response)

    assert steps(response) == [
        ("done", "Принято кабинетом", "21 ноября, 11:00"),
        ("wait", "Ждёт передачи поставщику", ""),
    ]
    assert "Передали вы, снято 21 ноября 2026." in page
    assert "02041" in page
    assert str(reading.portal_id) in page
    assert "Отозвать показание" in page


def test_the_result_of_a_submission_leads_to_the_reading_s_passport(client, person, meter):
    readings = reverse("readings", kwargs={"account_id": meter.account.public_id})
    assert "Путь показания" not in text_of(client.get(readings))

    result = client.post(readings, {f"r-{meter.public_id}-": "02041"}, follow=True)

    reading = Reading.objects.get()
    assert f'href="{place(reading)}"' in result.content.decode()
    assert steps(passport(client, reading))[0] == ("done", "Принято кабинетом", "21 ноября, 12:00")


def test_a_reading_that_the_provider_calls_the_cabinet_s_but_came_by_import_has_no_passport(
    client, person, meter
):
    ReadingFactory(meter=meter, source="portal", taken_on=NOW.date(), accounted_on=None)
    readings = reverse("readings", kwargs={"account_id": meter.account.public_id})

    page = text_of(client.get(readings))

    assert "учтено" in page
    assert "Путь показания" not in page


def test_a_withdrawn_reading_says_so_and_offers_a_new_one(client, person, meter):
    reading = given(meter, person)

    response = client.post(place(reading, "reading-withdraw"), follow=True)

    reading.refresh_from_db()
    assert reading.status == "withdrawn"
    page = text_of(response)
    assert "Показание отозвано. Можно передать другое." in page
    assert steps(response)[-1] == ("done", "Отозвано", "21 ноября, 12:00")
    assert "Отозвать показание" not in page
    assert "Передать показание" in page


def test_an_exported_reading_cannot_be_undone_and_tells_when_it_went(
    client, person, account, meter, tmp_path
):
    reading = given(meter, person)
    export(account.provider, tmp_path, at=NOW - dt.timedelta(minutes=30))

    response = passport(client, reading)

    assert steps(response) == [
        ("done", "Принято кабинетом", "21 ноября, 11:00"),
        ("done", "Передано поставщику", "21 ноября, 11:30"),
        ("wait", "Ждём ответа поставщика", ""),
    ]
    assert "Отозвать" not in text_of(response)
    refused = client.post(place(reading, "reading-withdraw"), follow=True)
    reading.refresh_from_db()
    assert reading.status == "sent"
    assert "отозвать его нельзя" in text_of(refused)


def test_a_run_that_is_still_being_written_is_not_called_handed_over(
    client, person, account, meter
):
    run = ExportRun.objects.create(
        provider=account.provider, what="readings", claimed_at=NOW, rows=1
    )
    reading = given(meter, person, export_number=run.number)

    assert steps(passport(client, reading))[1:] == [("wait", "Готовится к передаче поставщику", "")]


def test_a_confirmed_receipt_has_its_moment(client, person, account, meter, tmp_path):
    reading = given(meter, person)
    run = export(account.provider, tmp_path)
    exports.acknowledge_run(
        actor=SYSTEM, provider_code=account.provider.code, number=run.number, at=NOW
    )

    assert steps(passport(client, reading))[1:] == [
        ("done", "Передано поставщику", "21 ноября, 12:00"),
        ("done", "Поставщик подтвердил получение", "21 ноября, 12:00"),
        ("wait", "Ждём ответа поставщика", ""),
    ]


def test_a_day_without_an_answer_is_told_calmly(client, person, meter):
    late = given(meter, person, submitted_at=NOW - dt.timedelta(hours=25))
    fresh = given(MeterFactory(account=meter.account), person)

    assert "Прошло больше суток" in text_of(passport(client, late))
    assert "Прошло больше суток" not in text_of(passport(client, fresh))


def test_a_reading_is_in_a_bill_when_the_volume_is_exactly_what_it_closes(client, person, meter):
    reading = accounted(meter, person)
    charged(meter)

    response = passport(client, reading)

    assert steps(response) == [
        ("done", "Принято кабинетом", "22 октября, 11:00"),
        ("done", "Учтено поставщиком", "31 октября 2026"),
        ("done", "Вошло в счёт за октябрь 2026 № 17", ""),
    ]
    assert response.context["page"].answer == "Вошло в счёт за октябрь 2026 № 17"
    month = reverse(
        "charges-month", kwargs={"account_id": meter.account.public_id, "month": "2026-10"}
    )
    assert f'href="{month}"' in response.content.decode()


def test_meters_of_one_service_are_counted_together(client, person, meter):
    reading = accounted(meter, person)
    other = MeterFactory(account=meter.account, service=meter.service)
    for value, day in ((10, dt.date(2026, 9, 22)), (17, dt.date(2026, 10, 22))):
        ReadingFactory(meter=other, value=Decimal(value), taken_on=day, accounted_on=day)
    charged(meter, volume="107")

    assert steps(passport(client, reading))[-1][1] == "Вошло в счёт за октябрь 2026 № 17"


@pytest.mark.parametrize(
    ("line", "title", "words"),
    [
        ({"volume": "101"}, "Есть счёт за октябрь 2026 № 17", "по счётчику: 101 м³"),
        (
            {"basis": "norm"},
            "Есть счёт за октябрь 2026 № 17",
            "не по счётчику (норматив). Если это ошибка",
        ),
        (
            {"volume": None, "basis": ""},
            "Есть счёт за октябрь 2026 № 17",
            "Как посчитан объём, поставщик не сообщил",
        ),
        ({"calc_period": dt.date(2026, 8, 1)}, "Счёта за октябрь 2026 пока нет", ""),
        ({"is_penalty": True}, "Счёта за октябрь 2026 пока нет", ""),
    ],
)
def test_what_the_figures_do_not_prove_is_not_said(client, person, meter, line, title, words):
    reading = accounted(meter, person)
    charged(meter, **line)

    response = passport(client, reading)

    assert steps(response)[-1][1] == title
    assert words in text_of(response)
    assert "Вошло в" not in text_of(response)


def test_without_a_bill_or_a_month_nothing_is_guessed(client, person, meter):
    reading = accounted(meter, person)
    assert steps(passport(client, reading))[-1][1] == "Счёта за октябрь 2026 пока нет"

    Reading.objects.filter(pk=reading.pk).update(accounted_on=None)
    charged(meter)
    assert steps(passport(client, reading))[-1][1] == "Месяц счёта не назван"


def test_a_bill_that_the_person_may_not_see_is_not_told(client):
    person = UserFactory()
    client.force_login(person)
    meter = MeterFactory(account=AccountFactory(limited=[person]))
    reading = accounted(meter, person)
    charged(meter)

    page = text_of(passport(client, reading))

    assert "Начисления откроются вместе с полным доступом" in page
    assert "№ 17" not in page


def test_a_refused_reading_gives_the_reason_and_the_next_step(client, person, meter):
    reading = given(meter, person, status="rejected", reason="<b>Не сходится</b>.")

    response = passport(client, reading)

    assert steps(response)[-1] == ("late", "Не принято поставщиком", "")
    assert "Причина: &lt;b&gt;Не сходится&lt;/b&gt;." in response.content.decode()
    page = text_of(response)
    assert "передайте показание ещё раз" in page
    assert "Позвоните поставщику: 8 800 200-00-01." in page
    assert "Передать показание" in page


def test_a_replaced_reading_leads_to_the_one_that_took_its_place(client, person, meter):
    first = given(
        meter, person, value=2401, status="replaced", submitted_at=NOW - dt.timedelta(hours=3)
    )
    second = given(meter, person)
    given(meter, person, value=2050, status="withdrawn", withdrawn_at=NOW, submitted_at=NOW)

    response = passport(client, first)

    assert steps(response)[-1] == ("done", "Заменено новым показанием", "21 ноября, 11:00")
    assert f'href="{place(second)}"' in response.content.decode()
    assert "Новое показание: 02041" in text_of(response)


def test_zones_given_together_lead_to_each_other(client, person, account):
    meter = MeterFactory(account=account, zones=["T1", "T2"])
    day, night = (
        given(meter, person, zone=zone, value=value) for zone, value in (("T1", 70), ("T2", 30))
    )

    response = passport(client, day)

    assert [(zone.name, zone.value, zone.number) for zone in response.context["page"].zones] == [
        ("T1, день", "00070", None),
        ("T2, ночь", "00030", night.portal_id),
    ]
    assert "Отозвать все зоны" in text_of(response)
    client.post(place(day, "reading-withdraw"))
    assert set(Reading.objects.values_list("status", flat=True)) == {"withdrawn"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"route": "guest"}, "Передано без входа, по номеру лицевого счёта"),
        ({}, "Передал другой человек с доступом к этому счёту"),
        ({"route": "payment"}, "с доступом к этому счёту, при оплате"),
    ],
)
def test_who_sent_it_is_told_without_names(client, person, meter, changes, words):
    other = UserFactory()
    sender = None if changes.get("route") == "guest" else other
    reading = given(meter, sender, **changes)

    page = text_of(passport(client, reading))

    assert words in page
    assert other.email not in page


def test_foreign_and_unknown_readings_do_not_exist(client, person, account, meter):
    foreign = given(MeterFactory(), person)
    own = given(meter, person)
    assert passport(client, own).status_code == 200

    for account_id, reading_id in (
        (account.public_id, foreign.portal_id),
        (foreign.meter.account.public_id, foreign.portal_id),
        (account.public_id, uuid.uuid4()),
    ):
        keys = {"account_id": account_id, "reading_id": reading_id}
        assert client.get(reverse("reading-passport", kwargs=keys)).status_code == 404
        assert client.post(reverse("reading-withdraw", kwargs=keys)).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == "sent"


def test_without_the_right_to_submit_there_is_nothing_to_undo(client, person):
    features = [feature for feature in ALL_FEATURES if feature != "submit_readings"]
    provider = ProviderFactory(policy__enabled_features=features)
    meter = MeterFactory(account=AccountFactory(provider=provider, holders=[person]))
    reading = given(meter, person)

    assert "Отозвать" not in text_of(passport(client, reading))
    assert client.post(place(reading, "reading-withdraw")).status_code == 404
    reading.refresh_from_db()
    assert reading.status == "sent"


@pytest.mark.parametrize("count", [1, 3])
def test_query_counts(client, person, account, django_assert_num_queries, count):
    meter = MeterFactory(account=account)
    for _other in range(count):
        line = charged(MeterFactory(account=account, service=meter.service), volume="100")
        line.bill.kind = f"вид {line.bill.pk}"
        line.bill.save()
    run = ExportRun.objects.create(
        provider=account.provider,
        what="readings",
        claimed_at=NOW,
        status="delivered",
        delivered_at=NOW,
    )
    reading = accounted(meter, person, export_number=run.number)

    open_one = given(meter, person, export_number=run.number)

    with django_assert_num_queries(8):  # session, user, links, meter, readings, export, bill, uses
        passport(client, reading)
    with django_assert_num_queries(7):  # session, user, links, meter, readings, registers, export
        passport(client, open_one)
