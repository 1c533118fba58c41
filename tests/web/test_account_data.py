"""The pages of what a provider knows of an account: card, contracts, acts, service centre."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.accounts.models import Act, ActLine, Appliance, Benefit, Contract
from kabinet.offices.models import Office
from kabinet.providers.enums import Feature, Style
from kabinet.providers.models import Branch
from kabinet.providers.presets import ALL_FEATURES
from tests.factories import (
    AccountFactory,
    AccountServiceFactory,
    MeterFactory,
    ProviderFactory,
    ServiceFactory,
    SupplierFactory,
)

pytestmark = pytest.mark.django_db
PAGES = {
    "subscriber": Feature.SUBSCRIBER,
    "contracts": Feature.CONTRACTS,
    "acts": Feature.ACTS,
}
DONE = dt.datetime(2024, 3, 5, 11, 37, tzinfo=dt.UTC)


def url(name, account):
    return reverse(name, kwargs={"account_id": account.public_id})


def text(response):
    return " ".join(response.content.decode().split())


def contract(account, number, **term):
    return Contract.objects.create(
        account=account,
        number=number,
        kind="Поставка газа",
        **{"starts_on": dt.date(2020, 1, 1), **term},
    )


def act(account, number, *amounts, at=DONE):
    made = Act.objects.create(
        account=account, number=number, performed_at=at, kind="Техобслуживание"
    )
    for line, amount in enumerate(amounts):
        ActLine.objects.create(act=made, line=str(line), title=f"Работа {line}", amount=amount)
    return made


class TestAccess:
    @pytest.mark.parametrize("style", Style)
    @pytest.mark.parametrize(("name", "feature"), PAGES.items())
    def test_a_section_that_is_switched_off_is_refused_and_not_in_the_menu(
        self, client, user, style, name, feature
    ):
        kept = [code for code in ALL_FEATURES if code != feature]
        on = AccountFactory(provider=ProviderFactory(style=style), holders=[user])
        off = AccountFactory(
            provider=ProviderFactory(style=style, policy__enabled_features=kept), holders=[user]
        )

        assert client.get(url(name, on)).status_code == 200
        assert client.get(url(name, off)).status_code == 404
        page = text(client.get(url("account-edit", off)))
        assert url(name, off) not in page

    @pytest.mark.parametrize("style", Style)
    @pytest.mark.parametrize(("name", "feature"), PAGES.items())
    def test_a_limited_link_is_offered_full_access_and_told_nothing(
        self, client, user, style, name, feature
    ):
        account = AccountFactory(provider=ProviderFactory(style=style), limited=[user])
        contract(account, "Д-77")
        act(account, "А-77", Decimal("10.00"))

        response = client.get(url(name, account))

        assert response.status_code == 403
        assert url("account-upgrade", account) in text(response)
        for secret in ("Абрамов", "Д-77", "А-77", "10,00"):
            assert secret not in text(response)

    @pytest.mark.parametrize(("name", "feature"), PAGES.items())
    def test_a_limited_link_gets_what_the_provider_opens_to_it(self, client, user, name, feature):
        provider = ProviderFactory(policy__limited_features=[feature])

        account = AccountFactory(provider=provider, limited=[user])
        response = client.get(url(name, account))

        assert response.status_code == 200
        assert account.number in text(response)
        assert url("account-upgrade", account) not in text(response)

    @pytest.mark.parametrize("name", [*PAGES, "service-centre"])
    def test_a_foreign_account_does_not_exist(self, client, user, name):
        AccountFactory(holders=[user])

        assert client.get(url(name, AccountFactory())).status_code == 404

    def test_the_service_centre_is_open_to_everybody_who_holds_the_account(self, client, user):
        provider = ProviderFactory(phone="8 800 200-00-01", policy__enabled_features=["balance"])

        for link in ({"holders": [user]}, {"limited": [user]}):
            account = AccountFactory(provider=provider, **link)
            response = client.get(url("service-centre", account))

            assert response.status_code == 200
            assert provider.phone in text(response).replace("\xa0", " ")


class TestSubscriber:
    @pytest.mark.parametrize("count", [1, 3])
    def test_it_costs_six_queries(self, client, user, count, django_assert_num_queries):
        accounts = AccountFactory.create_batch(count, holders=[user])
        client.get(url("subscriber", accounts[0]))
        for number in range(count):
            Appliance.objects.create(account=accounts[0], kind="плита", name=f"Гефест {number}")
            Benefit.objects.create(account=accounts[0], name=f"Льгота {number}")
            AccountServiceFactory(account=accounts[0])
            MeterFactory(account=accounts[0])

        with django_assert_num_queries(6):  # session, user, links; card; meters, readings
            response = client.get(url("subscriber", accounts[0]))

        assert "Гефест 0" in text(response)
        assert "Льгота 0" in text(response)

    def test_what_is_not_known_is_a_dash(self, client, user):
        account = AccountFactory(holders=[user], residents=0, area_total="135.10")

        page = text(client.get(url("subscriber", account)))

        assert "Абрамов Борис Васильевич" in page
        assert "135,1 м²" in page
        assert '<dt>Проживают</dt><dd class="num">0</dd>' in page
        assert '<dt>Прописаны</dt><dd class="num">—</dd>' in page
        assert "на 20 ноября, 12:00" in page

    def test_no_data_is_said_in_words(self, client, user):
        page = text(client.get(url("subscriber", AccountFactory(holders=[user]))))

        assert "Поставщик не передал данных об услугах." in page
        assert "Поставщик не передал данных о приборах учёта." in page
        assert "Поставщик не передал данных об оборудовании." in page

    def test_a_service_names_its_supplier_and_tariff_group_or_a_dash(self, client, user):
        account = AccountFactory(holders=[user])
        supplier = SupplierFactory(provider=account.provider, name="ООО «Ветер»")
        for name, known in [("Газ", {"supplier": supplier, "tariff_group": "плита"}), ("Лифт", {})]:
            service = ServiceFactory(provider=account.provider, name=name)
            AccountServiceFactory(account=account, service=service, **known)

        rows = client.get(url("subscriber", account)).context["card"].services

        assert [(row.name, row.supplier, row.tariff_group) for row in rows] == [
            ("Газ", "ООО «Ветер»", "плита"),
            ("Лифт", "", ""),
        ]

    def test_meters_are_left_out_where_they_are_closed(self, client, user):
        provider = ProviderFactory(policy__enabled_features=["subscriber"])
        account = AccountFactory(provider=provider, holders=[user])
        MeterFactory(account=account, serial="07410001")

        response = client.get(url("subscriber", account))

        assert response.context["meters"] is None
        assert "07410001" not in text(response)

    @pytest.mark.parametrize(("hours", "is_told"), [(23, False), (25, True)])
    def test_data_older_than_promised_are_owned_up_to(self, client, user, hours, is_told):
        provider = ProviderFactory(policy__max_data_age_hours=24)
        account = AccountFactory(
            provider=provider,
            holders=[user],
            as_of=timezone.now() - dt.timedelta(hours=hours),
        )

        page = text(client.get(url("subscriber", account)))

        assert ("Поставщик давно не обновлял эти данные" in page) is is_told


class TestContracts:
    def test_those_in_force_are_shown_and_the_rest_is_in_the_archive(self, client, user):
        account = AccountFactory(holders=[user])
        today = timezone.localdate()
        contract(account, "открытый", state="prolonged")
        contract(account, "последний-день", ends_on=today)
        contract(account, "истёк", ends_on=today - dt.timedelta(days=2))
        contract(account, "расторгнут", state="terminated")

        def numbers(address):
            return {row.number for row, _term in client.get(address).context["contracts"]}

        assert numbers(url("contracts", account)) == {"открытый", "последний-день"}
        assert numbers(url("contracts", account) + "?archive") == {"истёк", "расторгнут"}

    def test_the_term_is_a_phrase_and_an_open_end_has_its_word(self, client, user):
        account = AccountFactory(holders=[user])
        contract(account, "Д-1", state="concluded", company="ООО «Газ»")

        page = text(client.get(url("contracts", account)))

        assert "заключён" in page
        assert "01.01.2020" in page
        assert "бессрочный" in page
        assert "ООО «Газ»" in page

    def test_without_contracts_the_page_says_so_and_keeps_the_switch(self, client, user):
        account = AccountFactory(holders=[user])

        page = text(client.get(url("contracts", account)))

        assert "Действующих договоров нет" in page
        assert "?archive" in page

    @pytest.mark.parametrize("count", [1, 3])
    def test_any_number_costs_four_queries(self, client, user, count, django_assert_num_queries):
        account = AccountFactory(holders=[user])
        for number in range(count):
            contract(account, f"Д-{number}")

        with django_assert_num_queries(4):  # session, user, links; contracts
            client.get(url("contracts", account))


class TestActs:
    def test_an_act_has_its_lines_and_their_total(self, client, user):
        account = AccountFactory(holders=[user])
        act(account, "330000001", Decimal("700.00"), Decimal("97.48"))

        page = text(client.get(url("acts", account)))

        assert "Акт № 330000001 от 5 марта 2024, 14:37" in page
        assert "Работа 1" in page
        assert "797,48" in page

    def test_an_act_without_lines_has_no_total(self, client, user):
        account = AccountFactory(holders=[user])
        act(account, "330000001")

        response = client.get(url("acts", account))

        assert response.context["acts"][0].total is None
        assert "не передал, из чего он состоит" in text(response)
        assert "0,00" not in text(response).split("</header>")[-1]

    def test_without_acts_the_page_says_what_will_come(self, client, user):
        assert "Актов пока нет" in text(client.get(url("acts", AccountFactory(holders=[user]))))

    def test_many_acts_are_paged_the_latest_first(self, client, user):
        account = AccountFactory(holders=[user])
        for number in range(21):
            act(account, f"A{number}", at=DONE + dt.timedelta(days=number))

        first = client.get(url("acts", account))
        second = client.get(url("acts", account) + "?page=2")

        assert [row.number for row in first.context["acts"]][:2] == ["A20", "A19"]
        assert (first.context["later"], first.context["earlier"]) == (None, 2)
        assert [row.number for row in second.context["acts"]] == ["A0"]
        assert (second.context["later"], second.context["earlier"]) == (1, None)

    @pytest.mark.parametrize("page", ["0", "-1", "x", "٣", "99999999999999999999"])
    def test_a_page_that_is_no_number_is_the_first(self, client, user, page):
        account = AccountFactory(holders=[user])
        act(account, "A1")

        response = client.get(url("acts", account), {"page": page})

        assert [row.number for row in response.context["acts"]] == ["A1"]

    @pytest.mark.parametrize("count", [1, 3])
    def test_any_number_costs_five_queries(self, client, user, count, django_assert_num_queries):
        account = AccountFactory(holders=[user])
        for number in range(count):
            act(account, f"A{number}", *[Decimal(1)] * count)

        with django_assert_num_queries(5):  # session, user, links; acts, their lines
            client.get(url("acts", account))


class TestServiceCentre:
    def test_it_is_the_office_of_the_accounts_branch(self, client, user):
        provider = ProviderFactory(phone="8 800 000-00-01")
        near, far = (
            Branch.objects.create(provider=provider, code=code, name=code, region="Край")
            for code in ("near", "far")
        )
        for branch in (near, far):
            Office.objects.create(
                provider=provider,
                branch=branch,
                code=branch.code,
                name=f"Пункт {branch.code}",
                address="ул. Мира, д. 2",
                phone="8 800 000-00-02",
            )
        account = AccountFactory(provider=provider, branch=near, holders=[user])

        response = client.get(url("service-centre", account))

        assert [row.name for row in response.context["offices"]] == ["Пункт near"]
        assert "tel:88000000002" in text(response)
        assert "Пункт far" not in text(response)

    def test_without_an_office_the_provider_itself_is_named(self, client, user):
        provider = ProviderFactory(phone="8 800 000-00-01", emergency_phone="104")

        page = text(
            client.get(url("service-centre", AccountFactory(provider=provider, holders=[user])))
        )

        assert "Абонентский отдел" in page
        assert "tel:88000000001" in page
        assert "tel:104" in page

    def test_what_is_not_known_is_a_dash(self, client, user):
        page = text(client.get(url("service-centre", AccountFactory(holders=[user]))))

        assert "<dt>Часы работы</dt><dd>—</dd>" in page

    def test_it_costs_four_queries(self, client, user, django_assert_num_queries):
        account = AccountFactory(holders=[user])

        with django_assert_num_queries(4):  # session, user, links; offices
            client.get(url("service-centre", account))
