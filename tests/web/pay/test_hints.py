"""Hints follow the person's own switch in every section that has them (IDN-46)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.identity.models import User
from tests.factories import AccountFactory, MeterFactory, ProviderFactory
from tests.payments.carts import payable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]


def _page(client, name, account):
    return client.get(reverse(name, args=[account.public_id])).content.decode()


def _metered(user):
    provider = ProviderFactory(policy__readings_from_day=1, policy__readings_to_day=28)
    account = AccountFactory(provider=provider, holders=[user])
    MeterFactory(account=account)
    return account


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("account-home", _metered, "Подсказки вроде этой выключаются в профиле."),
        ("readings", _metered, "расход посчитаем сами"),
        ("account-pay", lambda user: payable(user, "100.00"), "Снимите лишнее или измените сумму."),
    ],
)
def test_a_hint_is_shown_until_hints_are_switched_off(client, user, name, make, words):
    account = make(user)
    assert words in _page(client, name, account)

    client.post(reverse("profile-hints"), {"shown": "off"})

    assert User.objects.get(pk=user.pk).shows_hints is False
    page = _page(client, name, account)
    assert words not in page
    assert account.number in page
