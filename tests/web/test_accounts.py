from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from kabinet.accounts.models import AccountLink
from kabinet.web.portal import CURRENT
from tests.accounts.cases import SERIAL, account_a
from tests.factories import AccountFactory, AccountLinkFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db


def url(name, account):
    return reverse(name, kwargs={"account_id": account.public_id})


def text(response):
    return response.content.decode()


class TestList:
    @pytest.mark.parametrize("count", [1, 3])
    def test_it_costs_four_queries(self, client, user, count, django_assert_num_queries):
        accounts = AccountFactory.create_batch(count, holders=[user])

        with django_assert_num_queries(4):  # session, user, links, requests to staff
            response = client.get(reverse("account-list"))

        assert all(account.number in text(response) for account in accounts)

    def test_the_day_of_linking_is_that_of_the_clock_on_the_wall(self, client, user):
        at = dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC)  # half past one at night in Moscow
        link = AccountLinkFactory(user=user, account=AccountFactory(), linked_at=at)

        assert "21.11.2026" in text(client.get(reverse("account-list")))
        assert "21\xa0ноября 2026" in text(client.get(url("account-edit", link.account)))

    def test_it_shows_the_union_of_columns(self, client, user):
        provider = ProviderFactory(name="Озёрский газ", region="Озёрская область")
        account = AccountFactory(provider=provider, number="33016355")
        AccountLinkFactory(user=user, account=account, alias="Дом на Лесной", is_primary=True)

        page = text(client.get(reverse("account-list")))

        for shown in (
            "Дом на Лесной",
            "33016355",
            "Озёрск, ул. Лесная, д. 12",
            "Озёрский газ",
            "Озёрская область",
            "полный",
            "основной",
            "20.11.2026",
        ):
            assert shown in page

    def test_without_accounts_it_leads_to_linking(self, client, user):
        page = text(client.get(reverse("account-list")))

        assert "Лицевой счёт не привязан" in page
        assert f'href="{reverse("account-link")}"' in page

    def test_at_the_limit_the_button_is_disabled_and_says_why(self, client, user, settings):
        settings.LINK_MAX_ACCOUNTS = 1
        AccountFactory(holders=[user])

        page = text(client.get(reverse("account-list")))

        assert 'type="button" disabled aria-describedby="full"' in page
        assert "Больше счетов привязать нельзя" in page
        assert 'btn-primary" href="/accounts/link/"' not in page

    def test_the_main_account_is_changed_in_the_list(self, client, user):
        AccountLinkFactory(user=user, is_primary=True)
        account = AccountFactory(holders=[user])

        page = text(client.get(reverse("account-list")))

        assert page.count("Сделать основным") == 1
        assert f'action="{url("account-primary", account)}"' in page

    def test_a_limited_link_shows_no_address_and_the_way_up(self, client, user):
        account = AccountFactory(limited=[user])

        page = text(client.get(reverse("account-list")))

        assert "ул. Лесная" not in page
        assert url("account-upgrade", account) in page

    def test_a_withdrawn_account_is_closed_and_may_be_unlinked(self, client, user):
        account = AccountFactory(
            holders=[user], missing_since=dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        )

        page = text(client.get(reverse("account-list")))

        assert "закрыт поставщиком" in page
        assert url("account-unlink", account) in page

    def test_a_switched_off_providers_account_is_for_reading(self, client, user):
        AccountFactory(provider=ProviderFactory(is_active=False), holders=[user])

        assert "только просмотр" in text(client.get(reverse("account-list")))

    def test_names_are_escaped(self, client, user):
        AccountLinkFactory(user=user, alias="<script>alert(1)</script>")

        assert "<script>alert(1)" not in text(client.get(reverse("account-list")))


class TestNaming:
    def test_a_name_is_saved(self, client, user):
        account = AccountFactory(holders=[user])

        response = client.post(url("account-edit", account), {"alias": "Дача"})

        assert response.url == reverse("account-list")
        assert AccountLink.objects.get().alias == "Дача"

    def test_a_name_too_long_gets_a_hint(self, client, user):
        account = AccountFactory(holders=[user])

        response = client.post(url("account-edit", account), {"alias": "я" * 51})

        assert response.status_code == 422
        assert "alias" in response.context["form"].errors
        assert AccountLink.objects.get().alias == ""

    def test_an_empty_name_is_allowed(self, client, user):
        account = AccountFactory()
        AccountLinkFactory(user=user, account=account, alias="Дача")

        client.post(url("account-edit", account), {"alias": ""})

        assert AccountLink.objects.get().alias == ""

    def test_the_page_shows_the_name_there_is(self, client, user):
        account = AccountFactory()
        AccountLinkFactory(user=user, account=account, alias="Дача")

        assert 'value="Дача"' in text(client.get(url("account-edit", account)))


class TestPrimaryAndUnlinking:
    def test_the_mark_is_moved_by_a_button(self, client, user):
        AccountLinkFactory(user=user, is_primary=True)
        account = AccountFactory(holders=[user])

        assert client.get(url("account-primary", account)).status_code == 405
        client.post(url("account-primary", account))

        assert AccountLink.objects.get(account=account).is_primary is True

    def test_unlinking_asks_first(self, client, user):
        account = AccountFactory(holders=[user])

        page = text(client.get(url("account-unlink", account)))

        assert "Отвязать лицевой счёт?" in page
        assert AccountLink.objects.get().ended_at is None

    def test_unlinking_ends_the_link_and_the_access(self, client, user):
        account = AccountFactory(holders=[user])

        response = client.post(url("account-unlink", account), follow=True)

        assert "отвязан" in text(response)
        assert AccountLink.objects.get().ended_at is not None
        assert client.get(url("account-edit", account)).status_code == 404


class TestUpgrade:
    def test_a_question_with_data_is_offered_and_opens_full_access(self, client, user):
        account = account_a(limited=[user])

        page = text(client.get(url("account-upgrade", account)))
        response = client.post(
            url("account-upgrade", account), {"proof": "last_charge", "answer": "31472"}
        )

        assert "314 руб. 72 коп. — это 31472" in page
        assert "ПИН-код" not in page
        assert response.url == url("account-linked", account)
        assert AccountLink.objects.get().level == "extended"

    def test_a_wrong_answer_tells_the_tries_left(self, client, user):
        account = account_a(limited=[user])

        response = client.post(url("account-upgrade", account), {"proof": "meter", "answer": "1"})

        assert response.status_code == 422
        assert "Осталось попыток: 4." in text(response)
        assert AccountLink.objects.get().level == "limited"

    def test_letters_for_kopecks_get_the_example(self, client, user):
        account = account_a(limited=[user])

        response = client.post(
            url("account-upgrade", account), {"proof": "last_charge", "answer": "314,72"}
        )

        assert response.context["form"].errors == {
            "answer": ["Нужны только цифры, сумма в копейках: 314 руб. 72 коп. — это 31472."]
        }

    def test_without_data_there_is_a_way_on(self, client, user):
        account = AccountFactory(provider=ProviderFactory(style="A"), limited=[user])

        assert "Спросить пока нечего" in text(client.get(url("account-upgrade", account)))

    def test_a_full_link_has_nothing_to_open(self, client, user):
        account = account_a(holders=[user])

        assert client.get(url("account-upgrade", account)).url == url("account-edit", account)
        client.post(url("account-upgrade", account), {"proof": "meter", "answer": SERIAL})
        assert AccountLink.objects.get().level == "extended"

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_stays_within_its_budget(
        self, client, user, count, django_assert_max_num_queries
    ):
        account = account_a(limited=[user])
        AccountFactory.create_batch(count - 1, holders=[user])

        client.get(url("account-edit", account))
        with django_assert_max_num_queries(8):
            client.get(url("account-upgrade", account))


def test_a_section_opened_without_any_account_leads_to_linking(client, user):
    response = client.get(url("subscriber", AccountFactory()))

    assert response.status_code == 404
    assert "Лицевой счёт не привязан" in text(response)
    assert reverse("account-link") in text(response)


def test_at_a_switched_off_provider_the_page_says_so_and_stays_readable(client, user):
    account = AccountFactory(provider=ProviderFactory(is_active=False), holders=[user])

    response = client.get(url("subscriber", account))

    assert response.status_code == 200
    assert "временно отключён" in text(response)


class TestSwitching:
    def test_the_cabinet_follows_the_account_opened(self, client, user):
        AccountLinkFactory(user=user, is_primary=True)
        second = AccountFactory(holders=[user])

        client.get(url("account-edit", second))
        page = client.get(reverse("account-list"))

        assert page.context["portal"].account.public_id == second.public_id

    def test_staying_with_an_account_writes_nothing(self, client, user, django_assert_num_queries):
        AccountLinkFactory(user=user, is_primary=True)
        account = AccountFactory(holders=[user])
        client.get(url("account-edit", account))

        with django_assert_num_queries(4):  # session, user, links, other holders
            client.get(url("account-edit", account))

    def test_the_first_account_is_not_written_down(self, client, user):
        account = AccountFactory(holders=[user])

        client.get(url("account-edit", account))

        assert CURRENT not in client.session

    @pytest.mark.parametrize(
        "value", ["", "мусор", 7, None, "00000000-0000-0000-0000-000000000000"]
    )
    def test_rubbish_in_the_session_does_no_harm(self, client, user, value):
        account = AccountFactory(holders=[user])
        session = client.session
        session[CURRENT] = value
        session.save()

        page = client.get(reverse("account-list"))

        assert page.context["portal"].account.public_id == account.public_id

    def test_an_unlinked_account_gives_way_to_the_first(self, client, user):
        first = AccountLinkFactory(user=user, is_primary=True).account
        second = AccountFactory(holders=[user])
        client.get(url("account-edit", second))
        client.post(url("account-unlink", second))

        page = client.get(reverse("account-list"))

        assert page.context["portal"].account.public_id == first.public_id


@pytest.mark.parametrize(
    "name",
    [
        "account-edit",
        "account-primary",
        "account-unlink",
        "account-upgrade",
        "account-linked",
        "subscriber",
    ],
)
def test_a_foreign_account_does_not_exist(client, user, name):
    account = AccountFactory(holders=[UserFactory()])

    assert client.get(url(name, account)).status_code in {404, 405}
    assert client.post(url(name, account)).status_code in {404, 405}
    assert AccountLink.objects.get().ended_at is None
