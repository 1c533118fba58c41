from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    TariffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def account(person):
    return AccountFactory(provider=ProviderFactory(phone="8 800 200-00-01"), holders=[person])


def text_of(response):
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    inline = re.sub(r'<a class="num"[^>]*>([^<]*)</a>', r"\1", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inline).replace("\xa0", " "))


def meters_page(client, account):
    return client.get(reverse("meters", kwargs={"account_id": account.public_id}))


def history_page(client, account, meter, **asked):
    keys = {"account_id": account.public_id, "meter_id": meter.public_id}
    return client.get(reverse("meter-history", kwargs=keys), asked)


def months_of_readings(meter, count, step=10, **changed):
    """One accepted reading on the 22nd of each month up to October 2026."""
    for back in range(count):
        day = dt.date(2026 - (back + 2) // 12, (9 - back) % 12 + 1, 22)
        ReadingFactory(meter=meter, taken_on=day, value=Decimal(5000 - back * step), **changed)


class TestMeters:
    def test_a_meter_shows_all_that_any_of_the_four_systems_shows(self, client, account):
        meter = MeterFactory(
            account=account,
            place="кухня",
            installed_on=dt.date(2018, 4, 9),
            verified_on=dt.date(2024, 2, 13),
            next_verification_on=dt.date(2030, 2, 13),
            charging_from=dt.date(2018, 4, 10),
        )
        TariffFactory(service=meter.service)
        months_of_readings(meter, 3, step=12)

        page = text_of(meters_page(client, account))

        for words in (
            "Газоснабжение",
            meter.serial,
            "БК-G4T",
            "кухня",
            "09.04.2018",
            "13 февраля 2024",
            "13.02.2030",
            "10.04.2018",
            "05000",
            "22.10.2026",
            "12 м³",
            "7,12 ₽ за м³",
            "в работе",
            "5 цифр",
            "не больше чем за 6 месяцев",
        ):
            assert words in page, words

    def test_meters_stand_by_service_and_removed_ones_at_the_end_with_date_and_reason(
        self, client, account
    ):
        cold, hot = (
            ServiceFactory(provider=account.provider, name=name) for name in ("ХВС", "ГВС")
        )
        removed = MeterFactory(
            account=account,
            service=hot,
            state="removed",
            charging_to=dt.date(2026, 5, 12),
            removal_reason="Замена прибора учёта",
        )
        kitchen, bath = (
            MeterFactory(account=account, service=cold, place=place) for place in ("кухня", "ванна")
        )
        boiler = MeterFactory(account=account, service=hot)

        response = meters_page(client, account)
        page = response.context["page"]

        assert page.answer.replace("\xa0", " ") == "3 счётчика"
        assert [
            (service.name, [line.meter.serial for line in service.lines])
            for service in page.services
        ] == [("ГВС", [boiler.serial]), ("ХВС", [bath.serial, kitchen.serial])]
        assert [line.meter.serial for line in page.removed] == [removed.serial]
        shown = text_of(response)
        assert shown.index(kitchen.serial) < shown.index(removed.serial)
        assert "12.05.2026" in shown
        assert "Замена прибора учёта" in shown

    def test_an_account_without_meters_says_so_and_whom_to_ask(self, client, account):
        page = text_of(meters_page(client, account))

        assert "Счётчиков нет" in page
        assert "Позвоните поставщику: 8 800 200-00-01." in page

    def test_an_expired_verification_is_the_answer_and_has_a_next_step(self, client, account):
        MeterFactory(account=account, place="кухня", next_verification_on=dt.date(2026, 11, 20))

        page = text_of(meters_page(client, account))

        assert "Пора поверить счётчик: Газоснабжение, кухня" in page
        assert "Срок поверки истёк 20 ноября 2026" in page
        assert "Позвоните поставщику: 8 800 200-00-01." in page

    def test_a_broken_meter_is_not_among_the_removed(self, client, account):
        MeterFactory(account=account, state="broken")

        page = meters_page(client, account).context["page"]

        assert page.answer == "Счётчик неисправен: Газоснабжение"
        assert [line.tag for service in page.services for line in service.lines] == ["неисправен"]
        assert page.removed == []

    def test_a_resource_that_nobody_knows_is_shown_as_it_came_without_an_entry(
        self, client, account
    ):
        service = ServiceFactory(
            provider=account.provider, name="Сжатый воздух", unit="бар", kind="other"
        )
        meter = MeterFactory(account=account, service=service)
        months_of_readings(meter, 2)

        response = meters_page(client, account)

        page = text_of(response)
        assert "Сжатый воздух" in page
        assert "10 бар" in page
        assert "Поставщик не передал данные, по которым принимают показания." in page
        assert response.context["page"].takes_now is False

    def test_a_closed_account_says_so_and_offers_no_form(self, client, person):
        account = AccountFactory(holders=[person], closed_on=dt.date(2026, 6, 1))
        MeterFactory(account=account)

        page = meters_page(client, account)

        assert "Лицевой счёт закрыт, показания по нему не принимают." in text_of(page)
        assert page.context["page"].takes_now is False

    def test_the_average_is_of_all_zones_and_each_zone_is_told(self, client, account):
        meter = MeterFactory(account=account, zones=["T1", "T2"])
        months_of_readings(meter, 3, step=12, zone="T1")
        months_of_readings(meter, 3, step=5, zone="T2")

        (service,) = meters_page(client, account).context["page"].services
        (line,) = service.lines

        assert line.meter.average == 17
        assert ("Средний расход, T1, день", "12\xa0м³") in line.facts
        assert ("Средний расход, T2, ночь", "5\xa0м³") in line.facts
        assert [last.value for last in line.last] == ["05000", "05000"]

    def test_the_price_of_a_zone_is_told_only_to_meters_that_have_it(self, client, account):
        single = MeterFactory(account=account)
        double = MeterFactory(account=account, service=single.service, zones=["T1", "T2"])
        for zone, price in (("", "6.13"), ("T1", "7.05"), ("T2", "3.80"), ("T3", "5.64")):
            TariffFactory(service=single.service, zone=zone, price=Decimal(price))

        (service,) = meters_page(client, account).context["page"].services

        assert service.tariff == ""
        told = {line.meter.serial: dict(line.facts)["Тариф"] for line in service.lines}
        assert told == {
            single.serial: "6,13\xa0₽ за м³",
            double.serial: "T1, день — 7,05\xa0₽; T2, ночь — 3,80\xa0₽ за м³",
        }

    def test_serials_are_masked_in_the_whole_page_for_a_limited_link(self, client):
        person = UserFactory()
        client.force_login(person)
        account = AccountFactory(limited=[person])
        MeterFactory(account=account, serial="07416852")

        response = meters_page(client, account)

        assert "0****52" in text_of(response)
        assert "07416852" not in response.content.decode()

    def test_what_the_provider_sends_is_shown_as_text(self, client, account):
        MeterFactory(account=account, model="<script>alert(1)</script>", place="<b>тут</b>")

        html = meters_page(client, account).content.decode()

        assert "<script>alert" not in html
        assert "<b>тут" not in html

    def test_the_page_of_readings_leads_here_and_the_menu_knows_where_we_are(self, client, account):
        MeterFactory(account=account)
        here = reverse("meters", kwargs={"account_id": account.public_id})

        readings = client.get(reverse("readings", kwargs={"account_id": account.public_id}))
        assert f'href="{here}"' in readings.content.decode()
        places = [
            item for item in meters_page(client, account).context["frame"].menu if item.is_here
        ]
        assert [str(item.text) for item in places] == ["Показания"]


class TestHistory:
    def test_long_histories_turn_over_by_pages_and_keep_the_zones_of_a_day_together(
        self, client, account
    ):
        meter = MeterFactory(account=account, zones=["T1", "T2", "T3"])
        for zone in meter.zones:
            months_of_readings(meter, 30, zone=zone)

        first = history_page(client, account, meter)
        older = first.context["page"].older_before
        second = history_page(client, account, meter, before=older.isoformat())

        days = [
            line.taken_on
            for page in (first, second)
            for month in page.context["page"].months
            for line in month.lines
        ]
        assert len(days) == len(set(days)) == 30
        assert days == sorted(days, reverse=True)
        figures = [
            line.figures
            for page in (first, second)
            for month in page.context["page"].months
            for line in month.lines
        ]
        assert {len(figure) for figure in figures} == {3}
        uses = {figure.use for together in figures[:-1] for figure in together}
        assert uses == {Decimal(10)}
        assert f'href="?before={older.isoformat()}"' in first.content.decode()
        assert second.context["page"].older_before is None
        assert "К последним показаниям" in text_of(second)

    def test_a_made_up_page_opens_the_first_one(self, client, account):
        meter = MeterFactory(account=account)
        ReadingFactory(meter=meter)

        for asked in ("завтра", "2026-13-45", "'; --"):
            assert "01899" in text_of(history_page(client, account, meter, before=asked))

    def test_nothing_older_than_the_provider_shows_and_the_page_says_so(self, client, person):
        provider = ProviderFactory(policy__reading_history_months=12)
        account = AccountFactory(provider=provider, holders=[person])
        meter = MeterFactory(account=account)
        ReadingFactory(meter=meter)
        ReadingFactory(meter=meter, taken_on=dt.date(2025, 11, 30), value=Decimal(777))

        for asked in ({}, {"before": "2025-12-15"}):
            assert "00777" not in text_of(history_page(client, account, meter, **asked))
        page = text_of(history_page(client, account, meter))
        assert "Поставщик показывает историю за 12 месяцев: с 1 декабря 2025" in page

    def test_what_was_given_stands_beside_what_was_accepted(self, client, account):
        meter = MeterFactory(account=account)
        ReadingFactory(meter=meter, source="initial", taken_on=dt.date(2026, 9, 22))
        given = ReadingFactory(
            meter=meter,
            taken_on=dt.date(2026, 10, 20),
            value=Decimal(1950),
            source="portal",
            status="rejected",
            reason="Не сходится",
            accounted_on=None,
            portal_id=uuid.uuid4(),
            submitted_at=NOW,
            route="portal",
        )
        ReadingFactory(meter=meter, value=Decimal(1960), source="bank")

        response = history_page(client, account, meter)
        (month,) = response.context["page"].months

        assert [
            (line.taken_on.day, line.accounted_on, line.source, line.status, line.figures[0].use)
            for line in month.lines
        ] == [
            (22, dt.date(2026, 10, 31), "через банк", "учтено", Decimal(61)),
            (20, None, "личный кабинет", "не принято", None),
            (22, dt.date(2026, 10, 31), "начальное", "учтено", None),
        ]
        passport = reverse(
            "reading-passport",
            kwargs={"account_id": account.public_id, "reading_id": given.portal_id},
        )
        assert response.content.decode().count(f'href="{passport}"') == 1

    def test_readings_stand_by_month_where_the_provider_is_of_that_style(self, client, person):
        account = AccountFactory(provider=ProviderFactory(style="C"), holders=[person])
        meter = MeterFactory(account=account)
        months_of_readings(meter, 2)

        page = history_page(client, account, meter)

        assert [str(group.month) for group in page.context["page"].months] == [
            "2026-10",
            "2026-09",
        ]
        assert "Октябрь 2026" in text_of(page)

    def test_the_chart_shows_the_use_of_each_month_with_the_average_across(self, client, account):
        meter = MeterFactory(account=account)
        for day, value in (("2026-07-22", 100), ("2026-08-22", 130), ("2026-10-22", 190)):
            ReadingFactory(meter=meter, taken_on=dt.date.fromisoformat(day), value=Decimal(value))

        page = history_page(client, account, meter)
        chart = page.context["page"].chart

        assert [(bar.label, bar.value) for bar in chart.bars] == [
            ("август 2026", 30),
            ("сентябрь 2026", None),
            ("октябрь 2026", 60),
        ]
        assert chart.level.value == 30
        assert chart.skips
        html = page.content.decode()
        assert re.findall(r'height="(\d+)" rx', html) == ["50", "100"]
        assert '<line class="kb-level"' in html
        assert "Показать таблицей" in html

    def test_one_month_of_use_makes_no_chart(self, client, account):
        meter = MeterFactory(account=account)
        months_of_readings(meter, 2)

        assert history_page(client, account, meter).context["page"].chart is None

    def test_a_dial_that_passed_zero_counts_on(self, client, account):
        meter = MeterFactory(account=account, digits=3)
        ReadingFactory(meter=meter, taken_on=dt.date(2026, 9, 22), value=Decimal(990))
        ReadingFactory(meter=meter, value=Decimal(10))

        (month,) = history_page(client, account, meter).context["page"].months

        assert [line.figures[0].use for line in month.lines] == [20, None]


@pytest.mark.parametrize("count", [1, 3])
def test_query_counts(client, account, django_assert_num_queries, count):
    meters = MeterFactory.create_batch(count, account=account, zones=["T1", "T2", "T3"])
    for meter in meters:
        for zone in meter.zones:
            months_of_readings(meter, 12 * count, zone=zone)

    with django_assert_num_queries(6):  # session, user, links, meters, registers, tariffs
        meters_page(client, account)
    with django_assert_num_queries(7):  # session, user, links, meter, registers, uses, readings
        history_page(client, account, meters[0])
