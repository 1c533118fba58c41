"""Contracts with banks in the desk's admin (OPX-04): the secret goes in and never comes out."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.identity.models import User
from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.kernel.secrets import unseal
from kabinet.payments.models import Merchant, MerchantSupplier, PaymentHelp
from kabinet.providers.models import CalendarDay, ProviderPolicy, StaffMember
from tests.factories import ProviderFactory, SupplierFactory, UserFactory
from tests.factories.payments import SECRET, AttemptFactory, MerchantFactory

pytestmark = pytest.mark.django_db

ADD = reverse("admin:payments_merchant_add")


@pytest.fixture
def administrator(client):
    user = User.objects.create_superuser("admin@example.ru", "x")
    client.force_login(user)
    return user


def contract(provider, **changed):
    return {
        "provider": provider.pk,
        "gateway": "yookassa",
        "shop_id": "100500",
        "new_secret": "live_secret",
        "is_active": "on",
        "is_default": "on",
        "payee_name": "ООО «Газ Пример»",
        "payee_inn": "7707083893",
        "tax_system": "1",
        "vat_code": "11",
        "oktmo": "0",
        "kbk": "0",
        **changed,
    }


def page_of(merchant):
    return reverse("admin:payments_merchant_change", args=[merchant.pk])


def no_suppliers(**changed):
    return {"suppliers-TOTAL_FORMS": "0", "suppliers-INITIAL_FORMS": "0", **changed}


def text_of_errors(response):
    return response.content.decode()


def test_a_contract_is_kept_with_its_secret_sealed(client, administrator):
    provider = ProviderFactory()

    answer = client.post(ADD, contract(provider))

    assert answer.status_code == 302, answer.context["errors"]
    merchant = Merchant.objects.get()
    assert (merchant.shop_id, merchant.is_default) == ("100500", True)
    assert "live_secret" not in merchant.secret
    assert unseal(merchant.secret) == "live_secret"


def test_without_a_secret_there_is_no_contract(client, administrator):
    answer = client.post(ADD, contract(ProviderFactory(), new_secret=""))

    assert (answer.status_code, Merchant.objects.count()) == (200, 0)


def test_the_secret_is_never_shown_and_an_empty_box_leaves_it(client, administrator):
    merchant = MerchantFactory()

    page = client.get(page_of(merchant)).content.decode()
    sent = no_suppliers(**contract(merchant.provider, new_secret="", shop_id=merchant.shop_id))
    answer = client.post(page_of(merchant), sent)

    assert answer.status_code == 302, answer.context["errors"]
    assert SECRET not in page
    assert merchant.secret not in page
    merchant.refresh_from_db()
    assert unseal(merchant.secret) == SECRET


def test_a_changed_shop_and_secret_leave_a_trace_without_the_secret(client, administrator):
    merchant = MerchantFactory()
    sent = contract(merchant.provider, shop_id="777", new_secret="another")

    answer = client.post(page_of(merchant), no_suppliers(**sent))

    assert answer.status_code == 302, answer.context["errors"]
    entry = AuditEntry.objects.get(action="desk.admin.change")
    assert entry.subject == f"payments.Merchant:{merchant.pk}"
    assert {"new_secret", "shop_id"} <= set(entry.details["fields"].split(","))
    assert "another" not in str(entry.details)


def test_a_contract_that_was_paid_by_keeps_its_bank_and_shop(client, administrator):
    merchant = MerchantFactory()
    attempt = AttemptFactory(part__merchant=merchant, succeeded=True)
    sent = no_suppliers(**contract(merchant.provider, shop_id="777", new_secret=""))

    assert "уже платили" in text_of_errors(client.post(page_of(merchant), sent))
    merchant.refresh_from_db()
    assert merchant.shop_id != "777"

    attempt.delete()
    assert client.post(page_of(merchant), sent).status_code == 302


REFUSED = [
    ({"for_utilities": "on", "payee_inn": "770708389312", "payee_kpp": "1"}, "ИНН из 10 цифр"),
    ({"for_utilities": "on"}, "нужен КПП"),
    ({"for_utilities": "on", "payee_kpp": "770701001"}, "нужны все реквизиты банка"),
    ({"payee_inn": "12345"}, "Здесь только цифры, и их другое число."),
    ({"gateway": "sberbank"}, "Выберите корректный вариант"),
    ({"vat_code": "12"}, "Выберите корректный вариант"),
]


@pytest.mark.parametrize(("changed", "told"), REFUSED)
def test_what_does_not_fit_is_explained_and_not_kept(client, administrator, changed, told):
    answer = client.post(ADD, contract(ProviderFactory(), **changed))

    assert told in text_of_errors(answer)
    assert not Merchant.objects.exists()


def test_a_provider_has_one_contract_for_the_rest(client, administrator):
    merchant = MerchantFactory()

    answer = client.post(ADD, contract(merchant.provider, shop_id="2"))

    assert "уже есть договор для остальных получателей" in text_of_errors(answer)
    assert Merchant.objects.count() == 1


def one_supplier(supplier, **changed):
    return {
        "suppliers-TOTAL_FORMS": "1",
        "suppliers-INITIAL_FORMS": "0",
        "suppliers-0-supplier": supplier.pk,
        "suppliers-0-vat_code": "",
        **changed,
    }


def test_only_the_providers_own_payees_may_go_through_it(client, administrator):
    merchant = MerchantFactory()
    own, foreign = SupplierFactory(provider=merchant.provider), SupplierFactory()
    kept = contract(merchant.provider, new_secret="", shop_id=merchant.shop_id)

    refused = client.post(page_of(merchant), kept | one_supplier(foreign))
    assert refused.status_code == 200
    assert not MerchantSupplier.objects.exists()

    client.post(page_of(merchant), kept | one_supplier(own, **{"suppliers-0-vat_code": "3"}))
    row = MerchantSupplier.objects.get()
    assert (row.supplier, row.vat_code) == (own, 3)


def test_words_about_paying_are_the_providers_own(client, administrator):
    provider = ProviderFactory()

    client.post(
        reverse("admin:payments_paymenthelp_add"), {"provider": provider.pk, "refund": "В офис."}
    )

    assert PaymentHelp.objects.get().refund == "В офис."


def test_people_of_a_provider_do_not_reach_contracts(client):
    merchant = MerchantFactory()
    user = UserFactory()
    StaffMember.objects.create(provider=merchant.provider, user=user, role=Role.ADMINISTRATOR)
    client.force_login(user)

    assert client.get(ADD).status_code == 403
    assert client.get(page_of(merchant)).status_code == 403
    assert client.post(page_of(merchant), no_suppliers(shop_id="1")).status_code == 403


def _typed(forms):
    return {
        field.html_name: value
        for form in forms
        for field in form
        if (value := field.value()) is not None and value is not False
    }


def policy_form(client, provider):
    address = reverse("admin:providers_provider_change", args=[provider.pk])
    page = client.get(address).context
    sent = _typed([page["adminform"].form])
    for inline in page["inline_admin_formsets"]:
        sent |= _typed([inline.formset.management_form, *inline.formset.forms])
    return address, sent


def test_a_minimum_above_the_maximum_is_refused(client, administrator):
    address, sent = policy_form(client, ProviderFactory())
    changed = {"policy-0-pay_min": "100", "policy-0-pay_max": "99.99"}

    refused = client.post(address, sent | changed)

    assert "не больше наибольшего" in text_of_errors(refused)
    assert client.post(address, sent | changed | {"policy-0-pay_max": "100"}).status_code == 302
    assert ProviderPolicy.objects.get().pay_max == 100


def test_autopay_is_no_way_to_press(client, administrator):
    address, sent = policy_form(client, ProviderFactory())

    refused = client.post(address, {**sent, "policy-0-pay_methods": ["sbp", "autopay"]})
    assert refused.status_code == 200
    client.post(address, {**sent, "policy-0-pay_methods": ["sbp", "card"]})
    assert ProviderPolicy.objects.get().pay_methods == ["sbp", "card"]


def test_an_agents_contract_waits_for_the_telephones_that_its_receipts_name(client, administrator):
    provider = ProviderFactory(name="АО «Провайдер»", inn="7712345678", phone="8 800 555-35-35")
    water = SupplierFactory(provider=provider, name="ООО «Вода»", phone="")
    agent = contract(provider, is_agent="on", issues_receipts="on")

    refused = client.post(ADD, agent)
    assert "Не хватает ИНН или телефона: ООО «Вода»." in text_of_errors(refused)
    assert not Merchant.objects.exists()

    page = reverse("admin:providers_supplier_change", args=[water.pk])
    assert "Проверьте номер телефона" in client.post(page, {"phone": "12"}).content.decode()
    assert client.post(page, {"phone": "8 (846) 200-10-10", "name": "Другой"}).status_code == 302
    water.refresh_from_db()
    assert (water.phone, water.name) == ("+78462001010", "ООО «Вода»")
    assert client.post(ADD, agent).status_code == 302

    other = SupplierFactory(provider=provider, name="ООО «Свет»", inn="")
    added = no_suppliers(
        **{"suppliers-TOTAL_FORMS": "1", "suppliers-0-supplier": str(other.pk), **agent}
    )
    added.pop("is_default")
    refused = client.post(page_of(Merchant.objects.get()), added)
    assert "Не хватает ИНН или телефона: ООО «Свет»." in text_of_errors(refused)
    assert not MerchantSupplier.objects.exists()


def test_days_that_the_government_moves_are_written_in(client, administrator):
    client.post(
        reverse("admin:providers_calendarday_add"),
        {"day": "20.02.2027", "is_working": "on", "note": "за понедельник 22 февраля"},
    )

    assert CalendarDay.objects.get(day="2027-02-20").is_working
