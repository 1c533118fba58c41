"""The cart's page: what stands there, what can be pressed, and that exactly what was seen is paid."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.payments.models import CartItem, Checkout, CheckoutItem, Merchant, MethodHealth
from kabinet.payments.operations import cart as operations
from kabinet.payments.operations.cart import Choice
from kabinet.providers.enums import Feature
from kabinet.providers.models import ProviderPolicy
from tests.clock import NOW
from tests.factories import UserFactory
from tests.factories.payments import SavedCardFactory
from tests.payments.carts import actor_of, billed, cart_of, owe, payable, sums

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]
CART = reverse("cart")


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\xa0", " ")


def fill(user, *accounts):
    for account in accounts:
        operations.put_in_cart(
            actor=actor_of(user), choice=Choice(account=account.public_id), at=NOW
        )


def seen(client, **more):
    """The form as the page has it, with what the person fills in."""
    page = client.get(CART).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    fields.pop("csrfmiddlewaretoken", None)
    boxes = re.findall(r'name="((?:sum|penalty)-[^"]+)" value="([^"]*)"', page)
    filled = {"method": "card", "email": "person@example.ru", "rules": "on", "do": "pay"}
    return {**fields, **dict(boxes), **filled, **more}


def box(line, name="sum"):
    return f"{name}-{line.public_id}"


def items():
    return list(CheckoutItem.objects.order_by("pk").values_list("title", "amount", "penalty"))


@pytest.mark.parametrize(
    ("typed", "is_own"), [("1\u00a0243,56", False), ("1243,56", False), ("1 243,57", True)]
)
def test_a_sum_without_its_spaces_is_the_same_sum(client, user, typed, is_own):
    account = payable(user, "1243.56")
    fill(user, account)
    (line,) = cart_of(user).ready
    assert client.get(CART).content.decode().count('value="1\u00a0243,56"') == 1

    client.post(CART, seen(client, **{box(line): typed}))

    assert CheckoutItem.objects.get().amount == Decimal("1243.57" if is_own else "1243.56")
    assert CartItem.objects.get().is_edited is is_own


class TestPage:
    def test_an_empty_cart_says_what_it_is_for(self, client, user):
        assert "Корзина пуста" in text_of(client.get(CART))

    def test_it_is_by_address_payee_and_line(self, client, user):
        account = payable(user, "941.36", "5.65")
        fill(user, account)

        page = text_of(client.get(CART))

        assert f"Лицевой счёт {account.number} · {account.provider.name}" in page
        assert "Получатель: ООО «Газ Пример»" in page
        assert "Услуга 0" in page
        assert "Оплатить 947,01 ₽" in page

    @pytest.mark.parametrize("lines", [1, 20])
    def test_it_costs_eight_queries(self, client, user, django_assert_num_queries, lines):
        fill(user, payable(user, *["50.00"] * lines, style="C"))
        client.get(CART)

        # session, user, links; cards with words and lines; payees; balances, bills; unconfirmed payments
        with django_assert_num_queries(8):
            response = client.get(CART)

        assert len(response.context["cart"].lines) == lines

    def test_it_is_kept_across_sign_outs(self, client, user):
        fill(user, payable(user, "941.36"))
        client.logout()
        client.force_login(user)

        assert "Оплатить 941,36 ₽" in text_of(client.get(CART))

    def test_the_menu_counts_the_lines(self, client, user):
        account = payable(user, "10.00", "20.00")
        fill(user, account)

        page = text_of(client.get(reverse("account-list")))

        assert "Корзина 2" in page

    def test_card_systems_commission_and_help_stand_beside(self, client, user):
        account = payable(user, "1000.00", commission_card="1.50")
        fill(user, account)

        page = text_of(client.get(CART))

        assert "Принимаются карты российских банков: Мир, Visa, Mastercard, Maestro." in page
        assert "комиссия 15,00 ₽" in page
        assert "Оплатить 1 015,00 ₽" in page
        for words in (
            "Как оплатить",
            "Безопасно ли это",
            "Как вернуть деньги",
            account.provider.name,
        ):
            assert words in page

    def test_sbp_stands_first_and_is_chosen(self, client, user):
        fill(user, payable(user, "100.00", style="C"))

        response = client.get(CART)

        assert [way.value for way in response.context["ways"]] == ["sbp", "card"]
        assert response.context["form"].chosen == "sbp"

    def test_a_saved_card_is_shown_by_its_mask_and_chosen(self, client, user):
        account = payable(user, "100.00", style="A")
        merchant = Merchant.objects.get()
        card = SavedCardFactory(user=user, merchant=merchant, last4="4477", is_default=True)
        SavedCardFactory(user=user, last4="1111")
        fill(user, account)

        response = client.get(CART)

        assert "Мир •• 4477" in text_of(response)
        assert "1111" not in text_of(response)
        assert response.context["form"].chosen == f"saved:{card.public_id}"

    def test_a_method_that_is_down_is_said_to_be_and_the_other_stays(self, client, user):
        fill(user, payable(user, "100.00", style="C"))
        merchant = Merchant.objects.get()
        MethodHealth.objects.create(
            merchant=merchant, method="sbp", down_until=NOW.replace(year=2027)
        )

        response = client.get(CART)

        assert "сейчас не работает" in text_of(response)
        assert response.context["form"].chosen == "card"

    def test_methods_are_those_of_all_payees(self, client, user):
        fill(user, payable(user, "100.00", style="C"), payable(user, "100.00", style="D"))

        assert [way.value for way in client.get(CART).context["ways"]] == ["card"]

    def test_the_rules_are_a_page_of_the_provider(self, client, user):
        account = payable(user, "100.00")
        fill(user, account)
        address = reverse("pay-rules", args=[account.provider.code])

        assert address in client.get(CART).content.decode()
        assert "кассовый чек" in text_of(client.get(address))
        assert client.get(reverse("pay-rules", args=["nobody"])).status_code == 404


class TestPressing:
    def test_a_receipt_goes_in_by_its_button(self, client, user):
        account = payable(user)
        billed(account, "общая", [("Отопление", "100.00"), ("Вода", "50.00")], preliminary="30.00")

        for _time in range(2):
            client.post(reverse("cart-add"), {"what": f"{account.public_id}:due:общая"})
        plain = sums(user)
        client.post(reverse("cart-add"), {"what": f"{account.public_id}:ahead:общая"})

        assert plain == [("Вода", "50.00"), ("Отопление", "100.00")]
        assert sums(user) == [("Вода", "60.00"), ("Отопление", "120.00")]

    def test_everything_goes_in_by_one_button(self, client, user):
        payable(user, "10.00")
        payable(user, "20.00")

        response = client.post(reverse("cart-add"), {"what": "all"}, follow=True)

        assert "Оплатить 30,00 ₽" in text_of(response)

    def test_nothing_due_is_said_and_nothing_goes_in(self, client, user):
        account = payable(user, "0.00")

        response = client.post(reverse("cart-add"), {"what": f"{account.public_id}"}, follow=True)

        assert "Платить сейчас нечего" in text_of(response)
        assert CartItem.objects.count() == 0

    @pytest.mark.parametrize("what", ["", "x", "00000000-0000-0000-0000-000000000001"])
    def test_what_is_nobodys_does_not_exist(self, client, user, what):
        payable(user, "10.00")

        assert client.post(reverse("cart-add"), {"what": what}).status_code == 404
        assert CartItem.objects.count() == 0

    def test_taking_a_line_out_keeps_what_is_typed_elsewhere(self, client, user):
        fill(user, payable(user, "10.00", "20.00"))
        first, second = cart_of(user).lines
        typed = seen(
            client,
            **{box(second): "500,5", "do": f"remove:{first.public_id}", "email": "new@example.ru"},
        )

        response = client.post(CART, typed)

        assert sums(user) == [("Услуга 1", "500.50")]
        assert 'value="new@example.ru"' in response.content.decode()

    def test_what_is_no_sum_stays_in_its_box_with_the_reason(self, client, user):
        fill(user, payable(user, "10.00", "20.00"))
        first, second = cart_of(user).lines

        response = client.post(
            CART, seen(client, **{box(first): "сто", box(second): "70", "do": "count"})
        )

        assert response.status_code == 422
        assert 'value="сто"' in response.content.decode()
        assert "Напишите сумму цифрами" in text_of(response)
        assert sums(user) == [("Услуга 0", "10.00"), ("Услуга 1", "70.00")]

    def test_yesterdays_page_does_not_make_yesterdays_sum_the_persons_own(self, client, user):
        account = payable(user, "10.00", "20.00")
        fill(user, account)
        page = seen(client, do="count")
        account.balances.filter(amount="10.00").update(amount=Decimal("11.00"))

        client.post(CART, page)

        assert [line.is_edited for line in cart_of(user).lines] == [False, False]
        assert sums(user) == [("Услуга 0", "11.00"), ("Услуга 1", "20.00")]

    def test_clearing_empties_it(self, client, user):
        fill(user, payable(user, "10.00"))

        client.post(CART, {"do": "clear"})

        assert cart_of(user).count == 0

    def test_what_cannot_be_paid_is_told_and_goes_at_one_press(self, client, user):
        closed = payable(user, "10.00")
        fill(user, closed, payable(user, "20.00"))
        policy = closed.provider.policy
        policy.enabled_features = [x for x in policy.enabled_features if x != Feature.PAY]
        policy.save()

        page = client.get(CART)
        assert "Оплата этого счёта в кабинете сейчас выключена" in text_of(page)
        assert "data-pay-go" not in page.content.decode()
        refused = client.post(CART, seen(client))
        client.post(CART, {"do": "drop"})

        assert (refused.status_code, Checkout.objects.count()) == (422, 0)
        assert "Оплатить 20,00 ₽" in text_of(client.get(CART))


class TestPaying:
    def test_what_was_seen_is_paid(self, client, user):
        account = payable(user, "941.36")
        owe(account, "100.00", penalty=Decimal("7.00"))
        fill(user, account)

        response = client.post(CART, seen(client))

        checkout = Checkout.objects.get()
        assert response.url == reverse("checkout", args=[checkout.public_id])
        assert items() == [
            ("Газ", Decimal("107.00"), Decimal("7.00")),
            ("Услуга 0", Decimal("941.36"), Decimal("0.00")),
        ]
        assert (checkout.origin, checkout.receipt_email) == ("cart", "person@example.ru")

    def test_typed_sums_are_paid_with_a_comma_a_point_and_spaces(self, client, user):
        fill(user, payable(user, "10.00", "20.00"))
        first, second = cart_of(user).lines

        client.post(CART, seen(client, **{box(first): "1 000,50", box(second): "20.5 ₽"}))

        assert items() == [
            ("Услуга 0", Decimal("1000.50"), Decimal("0.00")),
            ("Услуга 1", Decimal("20.50"), Decimal("0.00")),
        ]

    def test_the_second_press_leads_to_the_same_checkout(self, client, user):
        fill(user, payable(user, "10.00"))
        (line,) = cart_of(user).lines
        form = seen(client, **{box(line): "30"})

        first, second = client.post(CART, form), client.post(CART, form)

        assert (first.url, Checkout.objects.count()) == (second.url, 1)

    def test_a_cart_that_another_tab_has_changed_is_shown_and_not_paid(self, client, user):
        fill(user, payable(user, "10.00"))
        form = seen(client)
        fill(user, payable(user, "20.00"))

        response = client.post(CART, form)

        assert response.status_code == 409
        assert "деньги не списаны" in text_of(response)
        assert Checkout.objects.count() == 0

    def test_a_sum_that_another_tab_has_typed_is_shown_and_not_paid(self, client, user):
        fill(user, payable(user, "10.00"))
        (line,) = cart_of(user).lines
        form = seen(client)
        client.post(CART, seen(client, **{box(line): "55", "do": "count"}))

        response = client.post(CART, form)

        assert (response.status_code, Checkout.objects.count()) == (409, 0)
        assert "Оплатить 55,00 ₽" in text_of(response)

    def test_a_commission_that_has_risen_is_shown_before_it_is_taken(self, client, user):
        fill(user, payable(user, "100.00"))
        form = seen(client)
        ProviderPolicy.objects.update(commission_card=Decimal("2.50"))

        assert client.post(CART, form).status_code == 409
        assert Checkout.objects.count() == 0

        assert client.post(CART, seen(client)).status_code == 302
        assert Checkout.objects.get().commission == Decimal("2.50")

    def test_a_new_import_is_pointed_out_before_paying(self, client, user):
        account = payable(user, "941.36")
        fill(user, account)
        form = seen(client)
        account.balances.update(amount=Decimal("950.00"))

        response = client.post(CART, form)

        assert (response.status_code, Checkout.objects.count()) == (409, 0)
        assert "было 941,36 ₽, стало 950,00 ₽" in text_of(response)
        assert client.post(CART, seen(client)).status_code == 302
        assert items() == [("Услуга 0", Decimal("950.00"), Decimal("0.00"))]

    @pytest.mark.parametrize(
        ("missing", "words"),
        [
            ("method", "Выберите, чем заплатить."),
            ("email", "Напишите почту: на неё придёт чек."),
            ("rules", "Прочитайте правила оплаты и отметьте это."),
        ],
    )
    def test_what_is_missing_is_said_beside_it(self, client, user, missing, words):
        fill(user, payable(user, "10.00"))
        form = seen(client)
        del form[missing]

        response = client.post(CART, form)

        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert words in text_of(response)

    @pytest.mark.parametrize(("name", "value"), [("email", "не почта"), ("method", "cash")])
    def test_what_makes_no_sense_is_refused(self, client, user, name, value):
        fill(user, payable(user, "10.00"))

        response = client.post(CART, seen(client, **{name: value}))

        assert (response.status_code, Checkout.objects.count()) == (422, 0)

    @pytest.mark.parametrize("sum_", ["0", "-5", "", "1e3", "1,234", "NaN"])
    def test_what_is_no_sum_is_not_paid(self, client, user, sum_):
        fill(user, payable(user, "10.00"))
        (line,) = cart_of(user).lines

        response = client.post(CART, seen(client, **{box(line): sum_}))

        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert sums(user) == [("Услуга 0", "10.00")]

    @pytest.mark.parametrize(("due", "is_taken"), [("9.99", False), ("10.00", True)])
    def test_less_than_the_payee_takes_is_refused_with_the_bound(self, client, user, due, is_taken):
        fill(user, payable(user, due))

        response = client.post(CART, seen(client))

        assert (response.status_code == 302) is is_taken
        assert Checkout.objects.count() == is_taken
        if not is_taken:
            assert "не меньше 10,00 ₽. Увеличьте сумму или уберите строку." in text_of(response)

    def test_more_than_the_provider_takes_is_refused_with_the_bound(self, client, user):
        fill(user, payable(user, "15000.01", pay_max=15000))

        response = client.post(CART, seen(client))

        assert (response.status_code, Checkout.objects.count()) == (422, 0)
        assert "не больше 15 000,00 ₽" in text_of(response)

    def test_another_persons_card_is_refused(self, client, user):
        fill(user, payable(user, "100.00", style="A"))
        card = SavedCardFactory(user=UserFactory(), merchant=Merchant.objects.get())

        response = client.post(CART, seen(client, method=f"saved:{card.public_id}"))

        assert (response.status_code, Checkout.objects.count()) == (422, 0)

    def test_two_payees_are_two_parts(self, client, user):
        fill(user, payable(user, "10.00"), payable(user, "20.00"))

        client.post(CART, seen(client))

        parts = Checkout.objects.get().parts.order_by("number")
        assert [part.amount for part in parts] == [Decimal("10.00"), Decimal("20.00")]

    def test_a_payment_under_way_is_named_and_paid_again_only_by_the_persons_word(
        self, client, user
    ):
        fill(user, payable(user, "10.00"))
        client.post(CART, seen(client))
        running = Checkout.objects.get()

        form = seen(client)
        response = client.post(CART, form)

        assert (response.status_code, Checkout.objects.count()) == (422, 1)
        assert reverse("checkout", args=[running.public_id]) in response.content.decode()
        assert client.post(CART, {**form, "again": "on"}).status_code == 302
        assert Checkout.objects.count() == 2

    def test_a_key_of_another_person_opens_nothing(self, client, user):
        other = UserFactory()
        key = uuid.uuid4()
        client.force_login(other)
        fill(other, payable(other, "10.00"))
        client.post(CART, seen(client, key=str(key)))
        client.force_login(user)
        fill(user, payable(user, "20.00"))

        response = client.post(CART, seen(client, key=str(key)))

        assert (response.status_code, Checkout.objects.count()) == (404, 1)

    def test_unlinked_accounts_are_not_paid(self, client, user):
        account = payable(user, "10.00")
        fill(user, account)
        form = seen(client)
        account.links.update(ended_at=NOW)

        response = client.post(CART, form)

        assert (response.status_code, Checkout.objects.count()) == (409, 0)
        assert "Счёт, который вы отвязали" in text_of(response)
