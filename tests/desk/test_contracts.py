"""A provider's administrators read their contracts with banks: what works, and never a secret (OPX-04, PAY-38)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from kabinet.kernel.actors import Role
from kabinet.payments.models import MethodHealth
from tests.clock import NOW
from tests.desk.test_payments import text_of, works
from tests.factories import ProviderFactory, SupplierFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
CONTRACTS = reverse("desk-contracts")


def test_an_administrator_reads_own_contracts_with_their_health(client):
    merchant = MerchantFactory(
        shop_id="140101", payee_name="ООО «Газ»", supports_recurring=True, supports_sbp=False
    )
    works(client, merchant.provider, Role.ADMINISTRATOR)
    supplier = SupplierFactory(provider=merchant.provider, name="Фонд ремонта")
    second = MerchantFactory(provider=merchant.provider, shop_id="140102", is_default=False)
    MerchantSupplierFactory(merchant=second, supplier=supplier)
    MerchantFactory(provider=merchant.provider, shop_id="1", is_default=False, is_active=False)
    MerchantFactory(shop_id="999999")
    health = {"merchant": merchant, "method": "card", "failures": 3, "failing_since": NOW}
    MethodHealth.objects.create(**health, down_until=NOW + dt.timedelta(minutes=2))

    page = client.get(CONTRACTS)

    rows = {row.shop_id: row for row in page.context["contracts"]}
    assert list(rows) == ["140101", "140102", "1"]
    states = {state.method: state.is_down for state in rows["140101"].methods}
    assert states == {"card": True, "autopay": False}
    assert (rows["140102"].suppliers, rows["1"].methods) == (("Фонд ремонта",), ())
    text = text_of(page)
    for words in ("банк не отвечает", "работает", "за всех", "Фонд ремонта", "выключен"):
        assert words in text
    assert "999999" not in text
    assert merchant.secret not in page.content.decode()


def test_without_contracts_it_says_who_makes_them(client):
    works(client, ProviderFactory(), Role.ADMINISTRATOR)

    assert "Договор заводит администратор платформы." in text_of(client.get(CONTRACTS))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INTEGRATOR, Role.PUBLISHER])
def test_other_roles_neither_read_it_nor_are_led_there(client, role):
    merchant = MerchantFactory()
    works(client, merchant.provider, role)

    assert client.get(CONTRACTS).status_code == 403
    assert CONTRACTS not in client.get(reverse("desk-home")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same(client, count, django_assert_num_queries):
    provider = ProviderFactory()
    works(client, provider, Role.ADMINISTRATOR)
    for _ in range(count):
        MerchantFactory(provider=provider, is_default=False)
    client.get(CONTRACTS)

    with django_assert_num_queries(6):  # session, user, roles, their providers; contracts, health
        assert len(client.get(CONTRACTS).context["contracts"]) == count
