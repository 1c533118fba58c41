"""A deployment that takes money is warned of what would give it away."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection

from kabinet.payments.models import Merchant
from tests.factories.payments import MerchantFactory


def warned() -> list[str]:
    found = run_checks(include_deployment_checks=True)
    return [
        f"{message.id}: {message.msg}" for message in found if message.id.startswith("payments")
    ]


@pytest.mark.django_db
def test_a_bank_reached_without_tls_is_warned_of_where_money_goes_through_it(settings):
    settings.YOOKASSA_URL = "http://127.0.0.1:8101/v3"
    settings.TBANK_URL = "http://127.0.0.1:8102/v2"
    assert warned() == []

    MerchantFactory(gateway="yookassa")

    assert [line.split(",")[0] for line in warned()] == [
        "payments.W001: Payments go through yookassa at http://127.0.0.1:8101/v3"
    ]
    Merchant.objects.update(is_active=False)
    assert warned() == []


@pytest.mark.django_db
def test_a_bank_reached_under_tls_is_fine(settings):
    settings.YOOKASSA_URL = "https://api.yookassa.ru/v3"

    MerchantFactory(gateway="yookassa")

    assert warned() == []


@pytest.mark.django_db
def test_without_a_database_nobody_takes_payments(settings):
    settings.YOOKASSA_URL = "http://127.0.0.1:8101/v3"

    def refuse(*_args):
        raise DatabaseError

    with connection.execute_wrapper(refuse):
        assert warned() == []


@pytest.mark.django_db
def test_addresses_that_are_no_networks_stop_the_start(settings):
    settings.YOOKASSA_NOTICE_NETWORKS = ["127.0.0.1", "185.71.76.0/27", "loopback"]

    assert [line.split(":")[0] for line in warned()] == ["payments.E001"]
    assert "loopback" in warned()[0]
