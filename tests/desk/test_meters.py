from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.exchange.models import ExportRun
from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.providers.models import StaffMember
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

WAITING, DUE, FILE = (
    reverse(name)
    for name in ("desk-waiting-readings", "desk-verifications", "desk-verifications-file")
)


@pytest.fixture
def provider():
    return ProviderFactory()


@pytest.fixture
def account(provider):
    return AccountFactory(provider=provider, number="00510080")


def works(client, provider, role=Role.OPERATOR):
    user = UserFactory()
    StaffMember.objects.create(provider=provider, user=user, role=role)
    client.force_login(user)
    return user


def given(account, hours, **changed):
    return ReadingFactory(
        meter=MeterFactory(account=account),
        **{
            "value": Decimal(2041),
            "taken_on": dt.date(2026, 11, 20),
            "accounted_on": None,
            "source": "portal",
            "status": "sent",
            "portal_id": uuid.uuid4(),
            "submitted_at": NOW - dt.timedelta(hours=hours),
            "route": "portal",
            **changed,
        },
    )


def run_of(provider, hours, status="delivered"):
    moment = NOW - dt.timedelta(hours=hours)
    return ExportRun.objects.create(
        provider=provider,
        what="readings",
        claimed_at=moment,
        status=status,
        delivered_at=moment if status == "delivered" else None,
    )


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace(
        "\xa0", " "
    )


def trail():
    return AuditEntry.objects.filter(action__startswith="metering.").order_by("pk")


def waiting(client):
    return [line["reading"].portal_id for line in client.get(WAITING).context["rows"]]


class TestWaitingReadings:
    def test_what_has_no_answer_for_a_day_is_listed_the_oldest_first(
        self, client, provider, account
    ):
        younger, older = given(account, 25), given(account, 50)
        given(account, 23)
        for status in ("received", "accepted", "rejected", "replaced"):
            given(account, 90, status=status)
        given(account, 90, status="withdrawn", withdrawn_at=NOW)
        works(client, provider)

        assert waiting(client) == [older.portal_id, younger.portal_id]
        page = text_of(client.get(WAITING))
        assert "Ждут ответа: 2 показания" in page
        for words in ("00510080", older.meter.serial, "20.11.2026", "2 041", "19 ноября, 10:00"):
            assert words in page, words
        assert "ещё не выгружено" in page

    def test_the_day_counts_from_the_export_that_gave_the_reading_out(
        self, client, provider, account
    ):
        given(account, 50, export_number=run_of(provider, 20).number)
        late = given(account, 50, export_number=run_of(provider, 26).number)
        stuck = given(account, 49, export_number=run_of(provider, 26, "claimed").number)
        works(client, provider)

        assert waiting(client) == [late.portal_id, stuck.portal_id]
        assert "20 ноября, 10:00" in text_of(client.get(WAITING))

    def test_the_desk_s_home_says_how_many(self, client, provider, account):
        works(client, provider)
        home = reverse("desk-home")
        assert "Без ответа дольше суток показаний нет." in text_of(client.get(home))

        given(account, 25)
        assert "Дольше суток ждут ответа биллинга: 1 показание." in text_of(client.get(home))

    def test_other_providers_readings_do_not_exist(self, client, provider, account):
        given(account, 25)
        works(client, ProviderFactory())

        assert waiting(client) == []
        assert "показаний нет" in text_of(client.get(reverse("desk-home")))

    @pytest.mark.parametrize("role", [Role.INTEGRATOR, Role.PUBLISHER])
    def test_roles_that_see_no_accounts_see_no_lists(self, client, provider, account, role):
        given(account, 25)
        works(client, provider, role)

        assert [client.get(place).status_code for place in (WAITING, DUE, FILE)] == [403] * 3
        home = text_of(client.get(reverse("desk-home")))
        assert "ждут ответа биллинга" not in home
        assert not trail().exists()

    def test_every_look_is_in_the_trail(self, client, provider, account):
        given(account, 25)
        user = works(client, provider)

        client.get(WAITING)

        entry = trail().get()
        assert (entry.action, entry.actor_id, entry.subject) == (
            "metering.waiting.look",
            user.pk,
            f"providers.Provider:{provider.pk}",
        )
        assert entry.details == {"rows": 1, "page": 1}

    def test_the_list_turns_over_by_pages(self, client, provider, account, monkeypatch):
        monkeypatch.setattr("kabinet.exchange.waiting.PAGE_ROWS", 2)
        readings = [given(account, 100 - number) for number in range(5)]
        works(client, provider)

        pages = [client.get(WAITING, {"page": page}) for page in ("1", "2", "3", "4", "вторая")]

        shown = [[line["reading"].portal_id for line in page.context["rows"]] for page in pages]
        ids = [reading.portal_id for reading in readings]
        assert shown == [ids[:2], ids[2:4], ids[4:], [], ids[:2]]
        assert [(page.context["earlier"], page.context["later"]) for page in pages[:3]] == [
            (0, 2),
            (1, 3),
            (2, 0),
        ]

    @pytest.mark.parametrize("count", [1, 3])
    def test_query_counts(self, client, provider, account, django_assert_num_queries, count):
        for _number in range(count):
            given(account, 25)
        works(client, provider)

        # session, user, roles, names, readings, trail, their number, and the transaction's two ends
        with django_assert_num_queries(9):
            client.get(WAITING)


class TestDueVerifications:
    def test_expired_and_soon_due_meters_are_listed_the_oldest_date_first(
        self, client, provider, account
    ):
        def meter(day, **changed):
            return MeterFactory(
                account=account, next_verification_on=dt.date.fromisoformat(day), **changed
            )

        soon, expired = meter("2026-12-21"), meter("2026-11-20")
        meter("2026-12-22")
        meter("2026-11-20", state="removed")
        meter("2026-11-20", charging_to=dt.date(2026, 11, 1))
        MeterFactory(account=account)
        closed = AccountFactory(provider=provider, closed_on=dt.date(2026, 1, 1))
        MeterFactory(account=closed, next_verification_on=dt.date(2026, 11, 20))
        works(client, provider)

        page = client.get(DUE)

        assert [(row.serial, row.is_expired) for row in page.context["page"].rows] == [
            (expired.serial, True),
            (soon.serial, False),
        ]
        assert "Поверить: 2 счётчика" in text_of(page)
        assert "ул. Лесная, д. 12" in text_of(page)

    def test_a_provider_who_does_not_look_at_verification_has_none_due(self, client):
        provider = ProviderFactory(policy__expired_verification="ignore")
        account = AccountFactory(provider=provider)
        MeterFactory(account=account, next_verification_on=dt.date(2026, 11, 20))
        works(client, provider)

        assert "Поверять нечего" in text_of(client.get(DUE))

    def test_the_file_holds_all_of_them_and_runs_nothing(self, client, provider, account):
        MeterFactory(
            account=account,
            serial="=1+1",
            place="кухня",
            next_verification_on=dt.date(2026, 11, 20),
        )
        works(client, provider)

        response = client.get(FILE)

        assert response["Content-Disposition"] == 'attachment; filename="verifications.csv"'
        assert response["Cache-Control"] == "private, no-store"
        heading, row = response.content.decode("utf-8-sig").splitlines()
        assert heading.startswith("Поставщик;Лицевой счёт;Адрес;Услуга;Номер счётчика")
        assert row == (
            f"{provider.name};00510080;Озёрск, ул. Лесная, д. 12;Газоснабжение;'=1+1;БК-G4T;кухня;20.11.2026;да"
        )

    def test_looks_and_files_are_in_the_trail(self, client, provider, account):
        MeterFactory(account=account, next_verification_on=dt.date(2026, 11, 20))
        works(client, provider)

        client.get(DUE)
        client.get(FILE)

        assert list(trail().values_list("action", "details")) == [
            ("metering.verifications.look", {"rows": 1}),
            ("metering.verifications.download", {"rows": 1}),
        ]

    def test_other_providers_meters_do_not_exist(self, client, provider, account):
        MeterFactory(account=account, next_verification_on=dt.date(2026, 11, 20))
        works(client, ProviderFactory())

        assert client.get(DUE).context["page"].rows == []
        assert len(client.get(FILE).content.decode("utf-8-sig").splitlines()) == 1

    @pytest.mark.parametrize("count", [1, 3])
    def test_query_counts(self, client, provider, account, django_assert_num_queries, count):
        for _number in range(count):
            MeterFactory(account=account, next_verification_on=dt.date(2026, 11, 20))
        works(client, provider)

        with django_assert_num_queries(9):
            client.get(DUE)
