"""Asking the provider's staff, as the person meets it (ACC-11, 13, 15)."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.accounts.models import AccountLink, LinkRequest
from kabinet.accounts.operations import approve_request, refuse_request
from kabinet.kernel.actors import Actor
from kabinet.providers.enums import Proof, Style
from tests.accounts.cases import AT, account_a, account_b, account_c, account_of, ask, staff
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

APPLICATION = {"name": "Абрамов Борис", "comment": "Живу здесь."}


@pytest.fixture
def user(client):
    user = UserFactory(surname="Абрамов", name="Борис")
    client.force_login(user)
    return user


def text(response):
    return response.content.decode()


def to(name, account):
    return reverse(f"account-link-{name}", kwargs={"code": account.provider.code})


def enter(client, account, **changes):
    given = {"number": account.number, "surname": "абрамов"}
    return client.post(to("number", account), {**given, **changes})


class TestLinking:
    def test_who_knows_no_answer_asks_and_waits(self, client, user):
        account = account_c()
        questions = text(client.get(enter(client, account).url))
        page = text(client.get(to("ask", account)))

        sent = client.post(to("ask", account), APPLICATION, follow=True)

        assert f'href="{to("ask", account)}"' in questions
        assert 'value="Абрамов Борис"' in page
        assert "Просьба отправлена поставщику" in text(sent)
        assert "ждёт ответа" in text(sent)
        assert account.number in text(sent)
        row = LinkRequest.objects.get()
        assert (row.user, row.account, row.comment) == (user, account, "Живу здесь.")
        assert AccountLink.objects.count() == 0
        assert "linking" not in client.session

    def test_without_any_question_the_number_leads_straight_to_asking(self, client, user):
        account = account_of(Style.C, number="12345678", rules={"link_proofs": [Proof.MANUAL]})

        assert enter(client, account).url == to("proof", account)
        assert client.get(to("proof", account)).url == to("ask", account)

    @pytest.mark.parametrize("changes", [{"name": ""}, {"name": "я" * 151}, {"comment": "я" * 501}])
    def test_a_wrong_field_is_pointed_at_and_nothing_is_sent(self, client, user, changes):
        account = account_c()
        enter(client, account)

        response = client.post(to("ask", account), {**APPLICATION, **changes})

        assert response.status_code == 422
        assert list(response.context["form"].errors) == list(changes)
        assert LinkRequest.objects.count() == 0

    def test_consent_is_asked_where_the_provider_asks_it(self, client, user):
        account = account_c(rules={"consent_at_linking": True})
        enter(client, account)

        assert client.post(to("ask", account), APPLICATION).status_code == 422
        assert LinkRequest.objects.count() == 0
        client.post(to("ask", account), {**APPLICATION, "consents": "on"})
        assert LinkRequest.objects.get().consents is True

    def test_asking_without_the_number_or_where_staff_do_not_confirm_leads_to_the_number(
        self, client, user
    ):
        manual, other = account_c(), account_b()
        client.post(to("number", other), {"number": other.number, "initials": "АБВ"})

        for account in (manual, other):
            assert client.get(to("ask", account)).url == to("number", account)
            assert client.post(to("ask", account), APPLICATION).url == to("number", account)
        assert "Попросить поставщика" not in text(client.get(to("proof", other)))
        assert LinkRequest.objects.count() == 0

    def test_a_second_request_is_refused_in_words(self, client, user):
        account = account_c()
        ask(Actor.customer(user.pk), account)
        enter(client, account)

        response = client.post(to("ask", account), APPLICATION)

        assert response.status_code == 422
        assert "Вы уже попросили подтвердить этот счёт" in text(response)
        assert LinkRequest.objects.count() == 1


class TestNothingIsRevealed:
    """Status, address, words and the number of queries are the same, whatever was wrong."""

    def walk(self, client, account, *, number, **search):
        """The whole way as one more person: what came back at each step, less the number and the tokens."""
        user = UserFactory(surname="Абрамов", name="Борис")
        client.force_login(user)
        client.get(to("number", account))
        came = []
        for step in (
            lambda: enter(client, account, number=number, **search),
            lambda: client.get(to("proof", account), follow=True),
            lambda: client.post(to("ask", account), APPLICATION, follow=True),
        ):
            with CaptureQueriesContext(connection) as queries:
                response = step()
            words = text(response).replace(number, "№").replace(user.email, "@")
            words = re.sub(r'"csrfmiddlewaretoken" value="\w+"|[0-9a-f-]{36}', "", words)
            came.append(
                (response.status_code, response.headers.get("Location"), words, len(queries))
            )
        return came

    def test_by_staff_alone_a_number_in_use_looks_like_any_other(self, client):
        account = account_of(
            Style.C, number="12345678", rules={"link_proofs": [Proof.MANUAL], "search_proofs": []}
        )

        known = self.walk(client, account, number="12345678")
        unknown = self.walk(client, account, number="87654321")

        assert known == unknown
        assert "Просьба отправлена поставщику" in known[2][2]
        assert LinkRequest.objects.filter(account=None).count() == 1
        assert LinkRequest.objects.filter(account=account).count() == 1

    def test_a_refusal_does_not_tell_a_wrong_number_from_a_wrong_name(self, client):
        account = account_c()

        number = self.walk(client, account, number="87654321", surname="Петров")
        name = self.walk(client, account, number="12345678", surname="Петров")

        assert number == name
        assert number[0][0] == 422
        assert "Осталось попыток: 4." in number[0][2]
        assert LinkRequest.objects.count() == 0
        assert "Попросить поставщика" in self.walk(client, account, number="12345678")[1][2]


class TestUpgrade:
    def limited(self, user, *proofs):
        return account_a(limited=[user], rules={"upgrade_proofs": list(proofs)})

    def url(self, name, account):
        return reverse(name, kwargs={"account_id": account.public_id})

    def test_staff_are_asked_beside_the_questions(self, client, user):
        account = self.limited(user, Proof.METER, Proof.MANUAL)
        page = text(client.get(self.url("account-upgrade", account)))

        client.post(self.url("account-upgrade-ask", account), APPLICATION)
        after = text(client.get(self.url("account-upgrade", account)))

        assert self.url("account-upgrade-ask", account) in page
        assert LinkRequest.objects.get().account == account
        assert "Вы попросили поставщика подтвердить" in after
        assert self.url("account-upgrade-ask", account) not in after
        assert "Заводской номер счётчика" in after

    def test_alone_they_are_the_pages_one_button(self, client, user):
        account = self.limited(user, Proof.PIN, Proof.MANUAL)

        page = text(client.get(self.url("account-upgrade", account)))

        assert "Попросить подтвердить, что счёт ваш" in page
        assert "Спросить пока нечего" not in page

    def test_where_staff_do_not_confirm_they_are_not_asked(self, client, user):
        account = self.limited(user, Proof.METER)
        ask_url = self.url("account-upgrade-ask", account)

        assert client.post(ask_url, APPLICATION).url == self.url("account-upgrade", account)
        assert LinkRequest.objects.count() == 0

    def test_a_full_link_needs_none(self, client, user):
        account = account_a(holders=[user], rules={"upgrade_proofs": [Proof.MANUAL]})

        client.post(self.url("account-upgrade-ask", account), APPLICATION)

        assert LinkRequest.objects.count() == 0

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_stays_within_its_budget(
        self, client, user, count, django_assert_max_num_queries
    ):
        account = self.limited(user, Proof.METER, Proof.MANUAL)
        for _ in range(count):
            ask(Actor.customer(user.pk), account_c())

        client.get(self.url("account-edit", account))
        with django_assert_max_num_queries(8):
            client.get(self.url("account-upgrade", account))


class TestList:
    def withdraw(self, client, request_id):
        address = reverse("account-request-withdraw", kwargs={"request_id": request_id})
        return client.post(address, follow=True)

    @pytest.mark.parametrize("count", [1, 3])
    def test_waiting_requests_cost_one_query(self, client, user, count, django_assert_num_queries):
        for _ in range(count):
            ask(Actor.customer(user.pk), account_c())

        with django_assert_num_queries(4):  # session, user, links, requests to staff
            page = text(client.get(reverse("account-list")))

        assert page.count("Отозвать") == count

    def test_a_request_is_withdrawn_once(self, client, user):
        request_id = ask(Actor.customer(user.pk), account_c())

        assert "Просьба отозвана" in text(self.withdraw(client, request_id))
        assert "Поставщик уже ответил" in text(self.withdraw(client, request_id))
        assert LinkRequest.objects.get().state == "withdrawn"

    def test_somebody_elses_request_does_not_exist(self, client, user):
        request_id = ask(Actor.customer(UserFactory().pk), account_c())

        assert self.withdraw(client, request_id).status_code == 404
        assert LinkRequest.objects.get().state == "waiting"
        assert "Просьбы к поставщикам" not in text(client.get(reverse("account-list")))

    def test_the_answer_is_seen(self, client, user):
        account = account_c()
        operator = staff(account)[1]
        refuse_request(
            actor=operator,
            public_id=ask(Actor.customer(user.pk), account),
            reason="<b>Не совпало</b>",
            at=AT,
        )
        page = text(client.get(reverse("account-list")))
        assert "Причина: &lt;b&gt;Не совпало&lt;/b&gt;" in page

        approve_request(actor=operator, public_id=ask(Actor.customer(user.pk), account), at=AT)
        page = text(client.get(reverse("account-list")))
        assert "полный" in page
        assert "Отозвать" not in page
