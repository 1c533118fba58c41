"""The wizard as people meet it, without JavaScript."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.accounts.models import AccountLink
from tests.accounts.cases import SERIAL, account_a, account_b, account_d, account_of
from tests.factories import AccountFactory, ProviderFactory

pytestmark = pytest.mark.django_db


def number_url(account):
    return reverse("account-link-number", kwargs={"code": account.provider.code})


def proof_url(account):
    return reverse("account-link-proof", kwargs={"code": account.provider.code})


def done_url(account):
    return reverse("account-linked", kwargs={"account_id": account.public_id})


def text(response):
    return response.content.decode()


class TestProviderStep:
    def test_the_directory_leads_to_the_number(self, client, user):
        account = account_a()

        page = text(client.get(reverse("account-link")))

        assert account.provider.name in page
        assert f'href="{number_url(account)}"' in page

    def test_it_is_searched(self, client, user):
        ProviderFactory(name="Озёрский газ")
        ProviderFactory(name="Светлые сети")

        page = text(client.get(reverse("account-link"), {"q": "озерск"}))

        assert "Озёрский газ" in page
        assert "Светлые сети" not in page

    def test_nothing_found_offers_everybody(self, client, user):
        ProviderFactory()

        page = text(client.get(reverse("account-link"), {"q": "нет такого"}))

        assert "Никого не нашли" in page
        assert "Показать всех" in page

    def test_an_empty_directory_says_so(self, client, user):
        assert "Поставщиков пока нет" in text(client.get(reverse("account-link")))

    def test_a_link_preselects_the_provider(self, client, user):
        account = account_a()

        response = client.get(reverse("account-link"), {"provider": account.provider.code})

        assert response.url == number_url(account)

    @pytest.mark.parametrize(
        "address", ["/accounts/link/?provider=a%00b", "/accounts/link/to/a%00b/", "/%00"]
    )
    def test_an_address_with_a_nul_is_no_address(self, client, user, address):
        assert client.get(address).status_code == 400

    @pytest.mark.parametrize("code", ["nobody", "off", "//evil.example"])
    def test_a_provider_that_takes_no_part_cannot_be_chosen(self, client, user, code):
        ProviderFactory(code="off", is_active=False)

        page = client.get(reverse("account-link"), {"provider": code})

        assert page.status_code == 200
        assert "Обратитесь к нему напрямую" in text(page)

    def test_its_number_page_leads_back_to_the_directory(self, client, user):
        account = account_a()
        account.provider.is_active = False
        account.provider.save()

        response = client.get(number_url(account))

        assert response.url == f"{reverse('account-link')}?provider={account.provider.code}"

    def test_at_the_limit_the_directory_is_replaced_by_an_explanation(self, client, user, settings):
        settings.LINK_MAX_ACCOUNTS = 1
        AccountFactory(holders=[user])

        page = text(client.get(reverse("account-link")))

        assert "Больше счетов привязать нельзя" in page
        assert "Выбрать" not in page

    def test_a_provider_with_its_limit_reached_is_not_offered(self, client, user):
        account = account_a(holders=[user])
        for _ in range(2):
            AccountFactory(provider=account.provider, holders=[user])

        page = text(client.get(reverse("account-link")))

        assert "привязано наибольшее число счетов" in page
        assert number_url(account) not in page


class TestStyleA:
    def test_the_number_alone_links_and_full_access_is_offered(self, client, user):
        account = account_a()

        response = client.post(number_url(account), {"number": "330 1635"})

        assert response.url == done_url(account)
        assert AccountLink.objects.get().level == "limited"
        page = text(client.get(response.url))
        assert "Открыть полный доступ" in page
        assert "Позже, начать работу" in page
        assert "ул. Лесная" not in page

    def test_a_malformed_number_is_hinted_at_beside_the_field(self, client, user):
        account = account_a()

        response = client.post(number_url(account), {"number": "12"})

        assert response.status_code == 422
        assert response.context["form"].errors == {
            "number": [
                "Номер не похож на лицевой счёт этого поставщика: от 5 до 9 цифр, ноль в начале тоже важен."
            ]
        }
        assert 'value="12"' in text(response)

    def test_an_unknown_number_gets_advice_and_the_providers_phone(self, client, user):
        account = account_a()
        account.provider.phone = "+7 (495) 000-00-00"
        account.provider.save()

        response = client.post(number_url(account), {"number": "7777777"})

        assert response.status_code == 422
        assert "обратитесь к поставщику" in text(response)
        assert "tel:+74950000000" in text(response)
        assert AccountLink.objects.count() == 0

    def test_a_second_account_may_be_made_primary(self, client, user):
        AccountFactory(holders=[user])
        account = account_a()

        client.post(number_url(account), {"number": account.number, "make_primary": "on"})

        assert AccountLink.objects.get(account=account).is_primary is True


class TestStyleB:
    def enter_number(self, client, account, **changes):
        given = {"number": account.number, "initials": "АБВ"}
        return client.post(number_url(account), {**given, **changes})

    def prove(self, client, account, **changes):
        given = {"proof": "meter", "answer": SERIAL, "consents": "on"}
        return client.post(proof_url(account), {**given, **changes})

    def test_number_initials_and_a_proof_open_full_access(self, client, user):
        account = account_b()

        assert self.enter_number(client, account).url == proof_url(account)
        questions = text(client.get(proof_url(account)))
        response = self.prove(client, account)

        assert "Заводской номер счётчика" in questions
        assert "ПИН-код" not in questions
        assert response.url == done_url(account)
        assert AccountLink.objects.get().level == "extended"
        assert "Начать работу" in text(client.get(response.url))

    def test_going_back_shows_what_was_typed(self, client, user):
        account = account_b()
        self.enter_number(client, account, number=" 805 107 ")

        page = text(client.get(number_url(account)))

        assert 'value="805 107"' in page
        assert 'value="АБВ"' in page

    def test_two_tabs_do_not_mix(self, client, user):
        first, second = account_b(), account_b(number="510080")
        self.enter_number(client, first)
        self.enter_number(client, second)

        response = self.prove(client, first)

        assert response.url == done_url(first)

    def test_an_answer_is_not_kept(self, client, user):
        account = account_b()
        self.enter_number(client, account)
        self.prove(client, account, answer="555666777")

        assert "555666777" not in str(dict(client.session))
        assert "555666777" not in text(client.get(proof_url(account)))

    def test_what_was_typed_is_dropped_after_linking(self, client, user):
        account = account_b()
        self.enter_number(client, account)
        self.prove(client, account)

        assert "linking" not in client.session

    def test_the_proof_without_the_number_leads_to_the_number(self, client, user):
        account = account_b()

        assert client.get(proof_url(account)).url == number_url(account)
        assert self.prove(client, account).url == number_url(account)
        assert AccountLink.objects.count() == 0

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"answer": ""}, "answer"),
            ({"proof": ""}, "proof"),
            ({"proof": "pin"}, "proof"),
            ({"proof": "due", "answer": "много"}, "answer"),
            ({"answer": "1"}, "__all__"),
        ],
    )
    def test_a_refusal_stands_beside_its_field_and_links_nothing(
        self, client, user, changes, field
    ):
        account = account_b()
        self.enter_number(client, account)

        response = self.prove(client, account, **changes)

        assert response.status_code == 422
        assert list(response.context["form"].errors) == [field]
        assert AccountLink.objects.count() == 0

    def test_wrong_initials_stay_on_the_step(self, client, user):
        account = account_b()

        response = self.enter_number(client, account, initials="ФФФ")

        assert response.status_code == 422
        assert client.get(proof_url(account)).url == number_url(account)

    def test_without_an_answer_nothing_is_linked(self, client, user):
        account = account_b()
        self.enter_number(client, account)

        page = text(client.get(proof_url(account)))
        response = client.post(proof_url(account), {"limited": "1", "consents": "on"})

        assert "с ограниченным доступом" not in page
        assert response.status_code == 422
        assert AccountLink.objects.count() == 0

    def test_a_two_tier_provider_lets_it_be_linked_without_an_answer(self, client, user):
        account = account_b(rules={"two_tier": True})
        self.enter_number(client, account)

        response = client.post(proof_url(account), {"limited": "1", "consents": "on"})

        assert response.url == done_url(account)
        assert AccountLink.objects.get().level == "limited"

    @pytest.mark.parametrize("way", [{}, {"limited": "1"}])
    def test_without_consent_nothing_is_linked(self, client, user, way):
        account = account_b()
        self.enter_number(client, account)

        response = self.prove(client, account, consents="", **way)

        assert response.status_code == 422
        assert "Без согласия привязать счёт нельзя." in text(response)
        assert AccountLink.objects.count() == 0

    def test_another_provider_does_not_allow_that(self, client, user):
        account = account_of("C", number="12345678")
        client.post(number_url(account), {"number": "12345678", "surname": "абрамов"})

        response = client.post(proof_url(account), {"limited": "1"})

        assert response.status_code == 422
        assert AccountLink.objects.count() == 0

    def test_after_five_wrong_answers_the_page_says_when_to_return(self, client, user):
        account = account_b()
        self.enter_number(client, account)
        for _ in range(5):
            self.prove(client, account, answer="1")

        response = self.prove(client, account)

        assert "Слишком много попыток" in text(response)
        assert AccountLink.objects.count() == 0


class TestStyleD:
    def test_number_and_address_find_the_provider_then_the_surname_links(self, client, user):
        account = account_d()
        AccountFactory(holders=[user])
        found = client.post(
            reverse("account-link-by-address"),
            {"number": account.number, "house": "10", "flat": "101"},
        )
        page = text(client.get(found.url))

        response = client.post(
            found.url, {"proof": "surname", "answer": "абрамов", "make_primary": "on"}
        )

        assert found.url == proof_url(account)
        assert account.provider.name in page
        assert "Фамилия собственника" in page
        assert "Сделать основным" in page
        assert response.url == done_url(account)
        link = AccountLink.objects.get(account=account)
        assert (link.level, link.is_primary) == ("extended", True)

    def test_a_wrong_flat_finds_nothing(self, client, user):
        account = account_d()

        response = client.post(
            reverse("account-link-by-address"), {"number": account.number, "house": "10"}
        )

        assert response.status_code == 422
        assert account.provider.name not in text(response)

    def test_a_chosen_provider_asks_for_house_and_flat_too(self, client, user):
        account = account_d()

        response = client.post(
            number_url(account), {"number": account.number, "house": "10", "flat": "101"}
        )

        assert response.url == proof_url(account)

    def test_the_directory_offers_the_search_by_address_only_where_it_works(self, client, user):
        account_b()
        assert reverse("account-link-by-address") not in text(client.get(reverse("account-link")))

        account_d()
        assert reverse("account-link-by-address") in text(client.get(reverse("account-link")))


@pytest.mark.parametrize("url_name", ["account-link", "account-link-by-address"])
def test_steps_ask_to_sign_in(client, url_name):
    response = client.get(reverse(url_name))

    assert response.status_code == 302
    assert "/login/" in response.url


def test_the_success_page_of_an_account_never_linked_does_not_exist(client, user):
    assert client.get(done_url(account_a())).status_code == 404


def test_linking_needs_a_csrf_token(user):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    account = account_a()

    assert strict.post(number_url(account), {"number": account.number}).status_code == 403
    assert AccountLink.objects.count() == 0
