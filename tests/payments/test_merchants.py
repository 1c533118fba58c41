"""A provider's contracts with acquirers are made once, whole, and by whoever may (OPX-04, PAY-49)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.urls import resolve

from kabinet.kernel.actors import NOBODY, SYSTEM, Actor, ActorKind, Role
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.models import AuditEntry
from kabinet.kernel.secrets import unseal
from kabinet.payments.enums import VatCode
from kabinet.payments.models import Merchant, MerchantSupplier
from kabinet.payments.operations.merchants import (
    BankDetails,
    Contract,
    ContractRefused,
    MerchantExists,
    PrincipalsUnknown,
    SupplierTaken,
    UnknownGateway,
    UnknownSupplier,
    notice_address,
    register_merchant,
)
from kabinet.providers.models import Supplier
from tests.factories import ProviderFactory, SupplierFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DETAILS = BankDetails("АО Банк", "044525225", "4" * 20, "3" * 20)
CONTRACT = Contract(
    gateway="yookassa",
    shop_id="100500",
    secret="live_secret",
    payee_name="ООО «Газ»",
    payee_inn="9914010010",
    payee_kpp="991401001",
    is_default=True,
)


@pytest.fixture
def provider():
    return ProviderFactory()


def register(provider, actor=SYSTEM, **more):
    return register_merchant(
        actor=actor, provider_code=provider.code, contract=replace(CONTRACT, **more), at=AT
    )


def staff(provider, role):
    return Actor(ActorKind.STAFF, user_id=1, grants=frozenset({(provider.pk, role)}))


def test_a_contract_lets_a_provider_take_money_and_keeps_its_secret_sealed():
    provider = ProviderFactory(inn="7712345678", phone="8 800 555-35-35")
    supplier = SupplierFactory(provider=provider)

    public_id = register(
        provider,
        suppliers=[supplier.code],
        supports_recurring=True,
        supports_sbp=False,
        is_agent=True,
        vat_code=VatCode.NONE,
        utilities=DETAILS,
    )

    merchant = Merchant.objects.get()
    assert merchant.public_id == public_id
    assert "live_secret" not in merchant.secret
    assert unseal(merchant.secret) == "live_secret"
    assert (merchant.is_default, merchant.is_active, merchant.supports_recurring) == (
        True,
        True,
        True,
    )
    assert (merchant.supports_sbp, merchant.is_agent, merchant.vat_code) == (False, True, 1)
    assert (merchant.for_utilities, merchant.bic, merchant.kbk) == (True, "044525225", "0")
    assert MerchantSupplier.objects.get().supplier == supplier
    entry = AuditEntry.objects.get(action="payments.merchant.register")
    assert entry.details == {
        "provider": provider.code,
        "gateway": "yookassa",
        "shop": "100500",
        "payee": "ООО «Газ»",
    }


def test_an_administrator_of_the_provider_may_and_nobody_else(provider):
    others = [NOBODY, staff(provider, Role.OPERATOR), staff(ProviderFactory(), Role.ADMINISTRATOR)]
    for actor in others:
        with pytest.raises(NotVisible):
            register(provider, actor)
    assert not Merchant.objects.exists()

    register(provider, staff(provider, Role.ADMINISTRATOR))

    assert Merchant.objects.get().provider == provider


def test_an_unknown_provider_is_not_there():
    with pytest.raises(NotVisible):
        register_merchant(actor=SYSTEM, provider_code="nobody", contract=CONTRACT, at=AT)


@pytest.mark.parametrize("gateway", ["nobank", "absent"])
def test_a_bank_that_is_not_installed_is_refused(provider, settings, gateway):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, "absent": "kabinet.no.such.Bank"}

    with pytest.raises(UnknownGateway):
        register(provider, gateway=gateway)

    assert not Merchant.objects.exists()


def test_the_same_shop_twice_is_refused_and_changes_nothing(provider):
    register(provider)

    with pytest.raises(MerchantExists):
        register(provider, secret="another", is_default=False)

    assert unseal(Merchant.objects.get().secret) == "live_secret"


def test_two_contracts_for_the_rest_are_refused_in_words(provider):
    register(provider)

    with pytest.raises(ContractRefused, match="договор для остальных"):
        register(provider, shop_id="100501")

    assert Merchant.objects.count() == 1


def test_a_payee_is_the_providers_own_and_has_one_contract(provider):
    own, foreign = SupplierFactory(provider=provider), SupplierFactory()
    register(provider, suppliers=[own.code])

    with pytest.raises(UnknownSupplier):
        register(provider, shop_id="2", is_default=False, suppliers=[f"{foreign.code}-x"])
    with pytest.raises(SupplierTaken):
        register(provider, shop_id="3", is_default=False, suppliers=[own.code])

    assert [merchant.shop_id for merchant in Merchant.objects.all()] == ["100500"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"secret": ""}, "Секретный ключ пуст"),
        ({"payee_inn": "12"}, "ИНН получателя"),
        ({"payee_kpp": "x"}, "КПП"),
        ({"payee_name": ""}, "получатель платежа"),
        ({"utilities": replace(DETAILS, bic="")}, "Для ГИС ЖКХ нужны все реквизиты"),
        ({"utilities": replace(DETAILS, bank_account="4")}, "расчётный счёт"),
        ({"utilities": DETAILS, "payee_kpp": ""}, "организация с ИНН"),
        ({"utilities": DETAILS, "payee_inn": "123456789012"}, "организация с ИНН"),
    ],
)
def test_values_that_do_not_fit_are_named(provider, wrong, told):
    with pytest.raises(ContractRefused, match=told):
        register(provider, **wrong)
    assert not Merchant.objects.exists()

    register(provider, utilities=DETAILS)


@pytest.mark.parametrize(
    ("lacking", "is_default", "told"),
    [
        ({"phone": ""}, False, ["ООО «Вода»"]),
        ({"inn": ""}, False, ["ООО «Вода»"]),
        # Nobody else takes the money of the other one, and where a bill names nobody it is the provider's.
        ({}, True, ["АО «Провайдер»", "ООО «Свет»"]),
    ],
)
def test_an_agent_is_refused_while_its_receipts_cannot_name_everybody(lacking, is_default, told):
    provider = ProviderFactory(name="АО «Провайдер»", inn="7712345678", phone="звоните нам")
    water = SupplierFactory(provider=provider, name="ООО «Вода»", **lacking)
    SupplierFactory(provider=provider, name="ООО «Свет»", phone="")
    SupplierFactory(phone="")
    asked = {"suppliers": [water.code], "is_agent": True, "is_default": is_default}

    with pytest.raises(PrincipalsUnknown) as refusal:
        register(provider, **asked)
    assert f"Не хватает ИНН или телефона: {', '.join(told)}." in str(refusal.value)
    assert not Merchant.objects.exists()

    for supplier in Supplier.objects.filter(provider=provider):
        supplier.inn, supplier.phone = "7707083893", "+78462001010"
        supplier.save()
    provider.phone = "8 (800) 555-35-35"
    provider.save()
    register(provider, **asked)


def test_who_sends_no_receipts_through_the_bank_need_name_nobody(provider):
    register(provider, is_agent=True, issues_receipts=False)

    assert Merchant.objects.get().is_agent


def test_the_secret_is_not_shown():
    assert "live_secret" not in repr(CONTRACT)


def test_the_address_for_notices_is_one_that_is_answered(settings):
    settings.SITE_URL = "https://kabinet.example/"
    address = notice_address("yookassa", UUID(int=7))

    assert address == f"https://kabinet.example/api/payments/yookassa/{UUID(int=7)}/"
    found = resolve(address.removeprefix("https://kabinet.example"))
    assert found.kwargs == {"gateway_code": "yookassa", "merchant_id": UUID(int=7)}
