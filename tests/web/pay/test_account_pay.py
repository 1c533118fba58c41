"""«Оплатить этот счёт»: in the manner of each provider, and without touching the person's cart."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.payments.models import Attempt, CartItem, Checkout, CheckoutItem, Merchant
from kabinet.providers.enums import Feature
from kabinet.providers.models import ProviderPolicy
from tests.clock import NOW
from tests.factories import AccountFactory, SupplierFactory, UserFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory
from tests.payments.carts import owe, payable
from tests.payments.memory_bank import CODE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]


def pay_url(account):
    return reverse("account-pay", args=[account.public_id])


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\xa0", " ")


def seen(client, account, **more):
    """The form as the page has it, with what the person fills in."""
    page = client.get(pay_url(account)).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    fields.pop("csrfmiddlewaretoken", None)
    boxes = re.findall(r'name="((?:sum|penalty)-[^"]+)" value="([^"]*)"', page)
    ticks = re.findall(r'name="(tick-\d+)" id="[^"]+" checked', page)
    filled = {"method": "card", "email": "person@example.ru", "rules": "on", "do": "pay"}
    return {**fields, **dict(boxes), **dict.fromkeys(ticks, "on"), **filled, **more}


def rows(client, account, query=""):
    page = client.get(pay_url(account) + query).context["page"]
    return [(row.row.title, row.is_ticked, row.text, row.penalty_text) for row in page.filled]


def items():
    return list(CheckoutItem.objects.order_by("pk").values_list("title", "amount", "penalty"))


def supplied(account, *dues):
    """Suppliers with two services each, by (name, due of each)."""
    for name, due in dues:
        supplier = SupplierFactory(provider=account.provider, name=name)
        for service in ("Вода", "Стоки"):
            owe(account, due, name=f"{service} {name}", supplier=supplier)


def test_thousands_stand_apart_in_the_boxes_and_come_back_as_they_were(client, user):
    account = payable(user, "1243.56", style="A")
    page = client.get(pay_url(account)).content.decode()
    assert 'value="1\u00a0243,56"' in page

    client.post(pay_url(account), seen(client, account))

    assert items() == [("Услуга 0", Decimal("1243.56"), Decimal("0.00"))]


class TestManners:
    def test_a_pays_by_service_with_a_tick_for_each(self, client, user):
        account = payable(user, "100.00", "0.00", style="A")

        assert rows(client, account) == [
            ("Услуга 0", True, "100,00", ""),
            ("Услуга 1", False, "", ""),
        ]

    def test_b_pays_services_and_penalties_as_two_sums(self, client, user):
        account = payable(user, style="B")
        owe(account, "4.79", penalty=Decimal("1.20"))
        owe(account, "100.00", name="Обслуживание")

        assert rows(client, account) == [("Услуги", True, "104,79", "1,20")]

    def test_c_pays_by_supplier_with_a_tick_for_each(self, client, user):
        account = payable(user, style="C")
        supplied(account, ("ООО «Вода»", "10.00"), ("ООО «Свет»", "20.00"))

        assert rows(client, account) == [
            ("ООО «Вода»", True, "20,00", ""),
            ("ООО «Свет»", True, "40,00", ""),
        ]

    def test_one_supplier_is_ticked_where_the_address_names_it(self, client, user):
        account = payable(user, style="C")
        supplied(account, ("ООО «Вода»", "10.00"), ("ООО «Свет»", "20.00"))

        found = rows(client, account, "?supplier=ООО «Свет»")

        assert [(title, ticked) for title, ticked, *_rest in found] == [
            ("ООО «Вода»", False),
            ("ООО «Свет»", True),
        ]

    @pytest.mark.parametrize("style", ["A", "B", "C", "D"])
    def test_everything_that_is_due_is_paid_to_the_kopeck(self, client, user, style):
        account = payable(user, "33.33", "0.01", "66.67", style=style)
        owe(account, "100.00", penalty=Decimal("7.00"))

        response = client.post(pay_url(account), seen(client, account))

        assert response.status_code == 302
        assert items() == [
            ("Газ", Decimal("107.00"), Decimal("7.00")),
            ("Услуга 0", Decimal("33.33"), Decimal("0.00")),
            ("Услуга 1", Decimal("0.01"), Decimal("0.00")),
            ("Услуга 2", Decimal("66.67"), Decimal("0.00")),
        ]
        assert Checkout.objects.get().amount == Decimal("207.01")

    @pytest.mark.parametrize("lines", [1, 3, 20])
    def test_it_costs_eight_queries(self, client, user, django_assert_num_queries, lines):
        account = payable(user, *["50.00"] * lines, style="A")
        client.get(pay_url(account))

        # session, user, links; balances, bills; payees; unconfirmed payments; cards with words
        with django_assert_num_queries(8):
            client.get(pay_url(account))


class TestPaying:
    def test_the_cart_stays_as_it_was(self, client, user):
        account = payable(user, "100.00")
        client.post(reverse("cart-add"), {"what": str(account.public_id)})

        client.post(pay_url(account), seen(client, account))

        assert CartItem.objects.get().amount == Decimal("100.00")
        assert Checkout.objects.get().origin == "account"

    def test_an_unticked_row_is_not_paid(self, client, user):
        account = payable(user, "100.00", "50.00", style="A")
        form = seen(client, account)
        del form["tick-1"]

        client.post(pay_url(account), form)

        assert items() == [("Услуга 0", Decimal("100.00"), Decimal("0.00"))]

    def test_nothing_ticked_is_refused_with_words(self, client, user):
        account = payable(user, "100.00", "50.00", style="A")
        form = seen(client, account)
        del form["tick-0"], form["tick-1"]

        response = client.post(pay_url(account), form)

        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert "Отметьте хотя бы одну строку" in text_of(response)

    def test_a_sum_typed_beside_an_empty_tick_is_asked_about(self, client, user):
        account = payable(user, "100.00", "50.00", style="A")
        form = seen(client, account, **{"sum-1": "70"})
        del form["tick-1"]

        response = client.post(pay_url(account), form)

        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert "Отметьте эту строку" in text_of(response)
        assert 'value="70"' in response.content.decode()

    def test_less_goes_to_services_first_and_to_penalties_last(self, client, user):
        account = payable(user, style="A")
        owe(account, "100.00", penalty=Decimal("7.00"))

        client.post(pay_url(account), seen(client, account, **{"sum-0": "103"}))

        assert items() == [("Газ", Decimal("103.00"), Decimal("3.00"))]

    def test_more_than_is_due_is_an_advance(self, client, user):
        account = payable(user, "100.00", style="A")

        client.post(pay_url(account), seen(client, account, **{"sum-0": "250,5"}))

        item = CheckoutItem.objects.get()
        assert (item.amount, item.due) == (Decimal("250.50"), Decimal("100.00"))

    def test_two_sums_of_b_are_shared_out_over_its_services(self, client, user):
        account = payable(user, style="B")
        owe(account, "30.00", penalty=Decimal("3.00"))
        owe(account, "70.00", name="Обслуживание")

        client.post(pay_url(account), seen(client, account, **{"sum-0": "50", "penalty-0": "1"}))

        assert items() == [
            ("Газ", Decimal("16.00"), Decimal("1.00")),
            ("Обслуживание", Decimal("35.00"), Decimal("0.00")),
        ]

    @pytest.mark.parametrize("style", ["A", "B", "C", "D"])
    @pytest.mark.parametrize(("sum_", "is_taken"), [("9,99", False), ("10", True)])
    def test_an_advance_is_paid_where_nothing_is_due(self, client, user, style, sum_, is_taken):
        account = payable(user, "0.00", style=style)

        page = client.get(pay_url(account))
        response = client.post(pay_url(account), seen(client, account, **{"sum-0": sum_}))

        assert "Внести аванс" in text_of(page)
        assert (response.status_code == 302, Checkout.objects.count()) == (is_taken, is_taken)
        if not is_taken:
            assert "не меньше 10,00 ₽" in text_of(response)

    def test_an_account_of_which_nothing_is_told_takes_an_advance(self, client, user):
        account = payable(user)

        client.post(pay_url(account), seen(client, account, **{"sum-0": "100"}))

        assert items() == [("Оплата по лицевому счёту", Decimal("100.00"), Decimal("0.00"))]

    @pytest.mark.parametrize("sum_", ["сто", "-1", "1e5", "1,001", "0"])
    def test_what_is_no_sum_is_not_paid_and_stays_in_its_box(self, client, user, sum_):
        account = payable(user, "100.00", style="A")

        response = client.post(pay_url(account), seen(client, account, **{"sum-0": sum_}))

        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert f'value="{sum_}"' in response.content.decode()

    def test_more_than_the_provider_takes_at_once_is_refused(self, client, user):
        account = payable(user, "100.00", style="A")

        response = client.post(pay_url(account), seen(client, account, **{"sum-0": "15000,01"}))

        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert "не больше 15 000,00 ₽" in text_of(response)

    def test_figures_changed_meanwhile_are_shown_and_not_paid(self, client, user):
        account = payable(user, "100.00")
        form = seen(client, account)
        account.balances.update(amount=Decimal("120.00"))

        response = client.post(pay_url(account), form)

        assert (response.status_code, Checkout.objects.count()) == (409, 0)
        assert "деньги не списаны" in text_of(response)

    def test_the_second_press_leads_to_the_same_checkout(self, client, user):
        account = payable(user, "100.00")
        form = seen(client, account)

        first, second = client.post(pay_url(account), form), client.post(pay_url(account), form)

        assert (first.url, Checkout.objects.count()) == (second.url, 1)

    def test_the_second_press_charges_nothing_though_the_first_was_declined(
        self, client, user, books
    ):
        account = payable(user, "100.00")
        form = seen(client, account)
        first = client.post(pay_url(account), form)
        books.decline("bank-0")
        client.get(first.url)

        second = client.post(pay_url(account), {**form, "sum-0": "40,00"})

        assert (first.url, Checkout.objects.count()) == (second.url, 1)
        assert books.calls.count("create") == 1

    def test_the_word_to_pay_once_more_begins_what_waited_for_it(self, client, user, books):
        account = payable(user, "100.00")
        form = seen(client, account)
        first = client.post(pay_url(account), form)
        Attempt.objects.all().delete()

        second = client.post(pay_url(account), {**form, "again": "on"})

        assert (first.url, Attempt.objects.count()) == (second.url, 1)

    def test_the_second_press_leads_there_though_the_sums_have_changed(self, client, user, books):
        account = payable(user, "100.00")
        form = seen(client, account)
        first = client.post(pay_url(account), form)
        books.pay("bank-0")
        client.get(first.url)

        assert client.post(pay_url(account), form).url == first.url
        assert books.calls.count("create") == 1

    def test_what_is_typed_can_go_into_the_cart_instead(self, client, user):
        account = payable(user, "100.00", "50.00", style="A")
        form = seen(client, account, **{"sum-0": "60", "do": "cart"})
        del form["tick-1"]

        response = client.post(pay_url(account), form)

        assert response.url == reverse("cart")
        assert [(row.amount, row.is_edited) for row in CartItem.objects.all()] == [
            (Decimal("60.00"), True)
        ]


class TestClosed:
    def test_without_a_payee_the_page_says_why(self, client, user):
        account = payable(user, "100.00", taking=False)

        page = client.get(pay_url(account))

        assert "поставщик не подключил оплату" in text_of(page)
        assert "<form" not in page.content.decode().split('id="main"')[1].split("</main>")[0]

    def test_a_supplier_without_a_payee_is_told_and_the_others_are_paid(self, client, user):
        account = payable(user, taking=False, style="A")
        supplied(account, ("ООО «Вода»", "10.00"), ("ООО «Свет»", "20.00"))
        merchant = MerchantFactory(provider=account.provider, gateway=CODE, is_default=False)
        water = account.provider.suppliers.get(name="ООО «Вода»")
        MerchantSupplierFactory(merchant=merchant, supplier=water)

        page = client.get(pay_url(account))
        client.post(pay_url(account), seen(client, account))

        assert "Этот получатель не принимает оплату" in text_of(page)
        assert Checkout.objects.get().amount == Decimal("20.00")

    def test_a_bank_that_is_down_is_said_to_be(self, client, user):
        account = payable(user, "100.00")
        Merchant.objects.get().health.create(
            method="card", failures=3, down_until=NOW.replace(year=2027)
        )

        page = client.get(pay_url(account))

        assert "Банк сейчас не отвечает" in text_of(page)
        assert "data-pay-go" not in page.content.decode()

    def test_another_persons_account_does_not_exist(self, client, user):
        AccountFactory(holders=[user])
        foreign = payable(UserFactory(), "100.00")

        assert client.get(pay_url(foreign)).status_code == 404
        assert client.post(pay_url(foreign), {"do": "pay"}).status_code == 404

    def test_a_limited_link_that_does_not_reach_it_is_offered_full_access(self, client, user):
        account = payable(UserFactory(), "100.00", limited_features=[Feature.BALANCE])
        account.links.create(user=user, level="limited", linked_at=NOW)

        response = client.get(pay_url(account))

        assert response.status_code == 403
        assert "полный доступ" in text_of(response)


def test_a_commission_that_has_risen_is_shown_before_it_is_taken(client, user):
    account = payable(user, "100.00", "0.00", style="A")
    form = seen(client, account)
    ProviderPolicy.objects.update(commission_card=Decimal("2.50"))

    assert client.post(pay_url(account), form).status_code == 409
    assert Checkout.objects.count() == 0

    assert client.post(pay_url(account), seen(client, account)).status_code == 302
    assert Checkout.objects.get().commission == Decimal("2.50")


def test_money_goes_to_nobody_else_than_was_shown(client, user):
    account = payable(user, "100.00", "0.00", style="A")
    form = seen(client, account)
    Merchant.objects.update(is_active=False)
    other = MerchantFactory(provider=account.provider, gateway=CODE, issues_receipts=False)

    assert client.post(pay_url(account), form).status_code == 409
    assert Checkout.objects.count() == 0

    assert client.post(pay_url(account), seen(client, account)).status_code == 302
    assert Attempt.objects.get().merchant == other
