"""The first words about readings where nothing can be given: they must not ask for what is then refused."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import AccountFactory, MeterFactory, ReadingFactory, UserFactory

pytestmark = pytest.mark.django_db


def answer_on(client, page, account):
    answer = client.get(reverse(page, args=[account.public_id])).context["page"].answer
    return answer.title, answer.detail, answer.tag


def household(**fields):
    account = AccountFactory(holders=[UserFactory()], **fields)
    account.provider.style = "A"
    account.provider.phone = "8 800 000-00-00"
    account.provider.save()
    return account


@pytest.mark.parametrize("page", ["readings", "account-home"])
def test_a_closed_account_is_not_asked_for_readings(client, page):
    account = household(closed_on=dt.date(2026, 5, 31))
    ReadingFactory(meter=MeterFactory(account=account))
    client.force_login(account.links.get().user)

    assert answer_on(client, page, account) == (
        "Показания не принимают",
        (
            "Лицевой счёт закрыт, показания по нему не принимают. Позвоните поставщику: "
            "8\u00a0800\u00a0000-00-00."
        ),
        "",
    )


def test_a_meter_past_its_verification_is_not_called_needless(client):
    account = household()
    account.provider.policy.expired_verification = "block"
    account.provider.policy.save()
    expired = timezone.localdate() - dt.timedelta(days=40)
    meter = MeterFactory(account=account, next_verification_on=expired)
    ReadingFactory(meter=meter)
    client.force_login(account.links.get().user)

    assert answer_on(client, "readings", account) == (
        "Показания сейчас не принимают",
        "Причина и что делать — у каждого счётчика.",
        "",
    )
