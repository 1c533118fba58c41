"""The other holders of an account on its settings page (ACC-27)."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from kabinet.accounts.models import AccountLink
from tests.accounts.cases import SERIAL, account_a
from tests.factories import AccountFactory, AccountLinkFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def settings_url(account):
    return reverse("account-edit", kwargs={"account_id": account.public_id})


def revoke_url(account, person):
    return reverse(
        "account-holder",
        kwargs={"account_id": account.public_id, "holder_id": person.public_id},
    )


@pytest.fixture
def other():
    return UserFactory(email="anna.petrova@example.ru")


@pytest.mark.parametrize("count", [1, 3])
def test_full_access_shows_them_masked_in_one_query(
    client, user, other, count, django_assert_num_queries
):
    account = account_a(holders=[user, other])
    for _ in range(count - 1):
        AccountLinkFactory(account=account)
    client.get(settings_url(account))

    with django_assert_num_queries(4):  # session, user, links, other holders
        page = text(client.get(settings_url(account)))

    assert page.count("С какого дня") == count + 1
    assert "a•••@example.ru" in page
    assert "petrova" not in page
    assert revoke_url(account, other) in page
    assert revoke_url(account, user) not in page


def test_alone_one_is_told_so(client, user):
    page = text(client.get(settings_url(account_a(holders=[user]))))

    assert "Только вы." in page


def test_limited_access_shows_nobody(client, user, other):
    account = account_a(limited=[user], holders=[other])

    page = text(client.get(settings_url(account)))

    assert "Кто ещё видит этот счёт" not in page
    assert "a•••@example.ru" not in page
    assert client.get(revoke_url(account, other)).status_code == 404
    answer = {"proof": "meter", "answer": SERIAL}
    assert client.post(revoke_url(account, other), answer).status_code == 404
    assert AccountLink.objects.filter(ended_at=None).count() == 2


def test_a_right_answer_closes_the_account_to_the_other(client, user, other):
    account = account_a(holders=[user, other])
    page = text(client.get(revoke_url(account, other)))

    response = client.post(
        revoke_url(account, other), {"proof": "meter", "answer": SERIAL}, follow=True
    )

    assert "Заводской номер счётчика" in page
    assert response.redirect_chain[-1][0] == settings_url(account)
    assert "Доступ закрыт: a•••@example.ru больше не видит этот счёт." in text(response)
    assert AccountLink.objects.get(ended_at=None).user == user
    client.force_login(other)
    assert client.get(settings_url(account)).status_code == 404


def test_a_wrong_answer_tells_the_tries_left_and_closes_nothing(client, user, other):
    account = account_a(holders=[user, other])

    response = client.post(revoke_url(account, other), {"proof": "meter", "answer": "1"})

    assert response.status_code == 422
    assert "Осталось попыток: 4." in text(response)
    assert AccountLink.objects.filter(ended_at=None).count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"answer": ""}, "answer"), ({"proof": "pin"}, "proof"), ({"proof": "manual"}, "proof")],
)
def test_no_answer_is_pointed_at_and_costs_no_try(client, user, other, changes, field):
    account = account_a(holders=[user, other])

    response = client.post(
        revoke_url(account, other), {"proof": "meter", "answer": SERIAL, **changes}
    )

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert AccountLink.objects.filter(ended_at=None).count() == 2


def test_nobody_closes_the_account_to_themselves_or_to_nobody(client, user, other):
    account = account_a(holders=[user, other])
    stranger = UserFactory()
    for whom in (user, stranger, UserFactory.build(public_id=uuid.uuid4())):
        assert client.get(revoke_url(account, whom)).status_code == 404
        answer = {"proof": "meter", "answer": SERIAL}
        assert client.post(revoke_url(account, whom), answer).status_code == 404

    assert AccountLink.objects.filter(ended_at=None).count() == 2


def test_without_data_to_prove_by_there_is_a_way_on(client, user, other):
    provider = ProviderFactory(style="A", phone="+7 (495) 000-00-00")
    account = AccountFactory(provider=provider, holders=[user, other])

    page = text(client.get(revoke_url(account, other)))

    assert "Подтвердить пока нечем" in page
    assert "tel:+74950000000" in page


def test_the_page_stays_within_its_budget(client, user, other, django_assert_max_num_queries):
    account = account_a(holders=[user, other])
    client.get(settings_url(account))

    with django_assert_max_num_queries(8):
        client.get(revoke_url(account, other))
