"""Ways to payment stand where a sum is owed, and where they don't, the page says why (PAY-01, 27, 30–32)."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from kabinet.payments.models import CartItem
from kabinet.providers.enums import Feature
from tests.clock import NOW
from tests.factories import MeterFactory, ReadingFactory, UserFactory
from tests.factories.payments import paid
from tests.payments.carts import billed, owe, payable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]
PAGES = ("account-home", "bills", "charges", "settlements")
HOME = reverse("home")


def at(name, account):
    return reverse(name, args=[account.public_id])


def main_of(response):
    return response.content.decode().split('<main id="main"')[1].split("</main>")[0]


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("\xa0", " ")


def filled(response):
    """The words of the page's filled buttons."""
    found = re.findall(
        r'<(?:a|button)[^>]*class="btn btn-primary[^"]*"[^>]*>(.*?)</(?:a|button)>',
        main_of(response),
        re.DOTALL,
    )
    return [words(button) for button in found]


@pytest.fixture
def account(user):
    account = payable(user, "1243.56", style="A")
    billed(account, "общая", [("Газ", "1243.56")])
    return account


@pytest.mark.parametrize("page", PAGES)
def test_what_is_owed_can_be_paid_by_the_pages_one_filled_button(client, account, page):
    response = client.get(at(page, account))

    assert filled(response) == ["Оплатить 1 243,56 ₽"]
    assert f'href="{at("account-pay", account)}"' in main_of(response)


def test_beside_it_the_button_of_readings_is_second(client, account):
    ReadingFactory(meter=MeterFactory(account=account))

    response = client.get(HOME)

    assert "Передать показания" in words(main_of(response))
    assert filled(response) == ["Оплатить 1 243,56 ₽"]


def test_where_nothing_is_owed_an_advance_is_offered_and_readings_come_first(client, user):
    account = payable(user, "0.00", style="A")
    ReadingFactory(meter=MeterFactory(account=account))

    response = client.get(HOME)

    assert "Внести аванс" in words(main_of(response))
    assert filled(response) == ["Передать показания"]


def test_what_was_paid_a_moment_ago_is_not_offered_again(client, account):
    service = account.balances.get().service
    paid(account=account, amount="1243.56", at=NOW, service=service)

    assert "Оплатить 1" not in words(main_of(client.get(HOME)))
    assert "Внести аванс" in words(main_of(client.get(HOME)))


@pytest.mark.parametrize("page", PAGES)
def test_without_a_payee_there_is_a_reason_and_no_button(client, user, page):
    account = payable(user, "100.00", taking=False)
    billed(account, "общая", [("Газ", "100.00")])

    response = client.get(at(page, account))

    assert "поставщик не подключил оплату" in words(main_of(response))
    assert at("account-pay", account) not in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_where_paying_is_switched_off_there_is_nothing_of_it(client, user, page):
    enabled = [feature.value for feature in Feature if feature is not Feature.PAY]
    account = payable(user, "100.00", enabled_features=enabled)
    billed(account, "общая", [("Газ", "100.00")])

    response = client.get(at(page, account))

    assert "Оплатить" not in words(main_of(response))
    assert at("account-pay", account) not in response.content.decode()


def test_a_level_that_does_not_reach_it_is_led_to_full_access(client, user):
    account = payable(UserFactory(), "100.00", limited_features=[Feature.BALANCE])
    account.links.create(user=user, level="limited", linked_at=NOW)

    response = client.get(HOME)

    assert "Открыть доступ, чтобы оплатить" in words(main_of(response))
    assert at("account-upgrade", account) in main_of(response)


def test_a_closed_account_owes_nothing_and_offers_nothing(client, user):
    account = payable(user, "0.00")
    account.closed_on = NOW.date()
    account.save()

    assert "аванс" not in words(main_of(client.get(HOME)))


class TestEverything:
    def test_all_accounts_are_paid_by_the_first_button_of_the_home_page(self, client, user):
        payable(user, "100.00")
        payable(user, "50.50")

        response = client.get(HOME)

        assert filled(response) == ["Оплатить всё, 150,50 ₽"]
        client.post(reverse("cart-add"), {"what": "all"})
        assert CartItem.objects.count() == 2

    def test_on_the_page_of_one_account_that_one_comes_first(self, client, user):
        account = payable(user, "100.00")
        payable(user, "50.50")

        assert filled(client.get(at("account-home", account))) == ["Оплатить 100,00 ₽"]

    def test_the_sum_refreshed_on_the_home_page_stays_second(self, client, user):
        account = payable(user, "100.00")
        payable(user, "50.50")
        address = re.search(r'hx-get="([^"]+\?card[^"]*)"', main_of(client.get(HOME)))[1]

        card = client.get(address, headers={"HX-Request": "true"}).content.decode()

        assert "btn btn-outline-primary" in card
        assert "btn btn-primary" not in card
        assert at("account-pay", account) in card

    def test_what_cannot_be_paid_is_not_in_the_sum(self, client, user):
        payable(user, "100.00")
        payable(user, "50.50")
        payable(user, "999.00", taking=False)

        assert filled(client.get(HOME)) == ["Оплатить всё, 150,50 ₽"]

    def test_the_list_of_accounts_offers_each_and_all(self, client, user):
        payable(user, "100.00")
        payable(user, "50.50")

        text = words(main_of(client.get(reverse("account-list"))))

        assert "Оплатить 100,00 ₽" in text
        assert "Оплатить всё, 150,50 ₽" in text

    def test_one_account_alone_is_not_everything(self, client, user):
        payable(user, "100.00")

        assert "Оплатить всё" not in words(main_of(client.get(reverse("account-list"))))


class TestReceipts:
    @pytest.fixture
    def account(self, user):
        account = payable(user)
        billed(account, "общая", [("Газ", "100.00")], preliminary="30.00")
        return account

    def buttons(self, client, account):
        return re.findall(r'name="what" value="([^"]+)"', main_of(client.get(at("bills", account))))

    def test_a_receipt_has_two_buttons_and_each_replaces_the_other(self, client, account):
        due, ahead = (f"{account.public_id}:{name}:общая" for name in ("due", "ahead"))
        assert self.buttons(client, account) == [due, ahead]

        client.post(reverse("cart-add"), {"what": due})
        assert self.buttons(client, account) == [ahead]

        client.post(reverse("cart-add"), {"what": ahead})
        assert self.buttons(client, account) == [due]
        assert CartItem.objects.count() == 1

    def test_without_a_preliminary_charge_there_is_one(self, client, user):
        account = payable(user)
        billed(account, "общая", [("Газ", "100.00")])

        assert self.buttons(client, account) == [f"{account.public_id}:due:общая"]

    def test_the_cart_stands_in_the_menu_of_those_who_pay_by_receipts(self, client, account):
        assert reverse("cart") in client.get(HOME).content.decode()

    def test_the_cart_stands_not_in_the_menu_of_one_account_without_receipts(self, client, user):
        payable(user, "10.00", style="A")

        assert reverse("cart") not in client.get(HOME).content.decode()


def test_one_supplier_is_paid_from_the_balance(client, user):
    account = payable(user, style="C")
    billed(account, "общая", [("Газ", "100.00"), ("Вода", "50.00")])

    page = main_of(client.get(at("settlements", account)))

    assert f"{at('account-pay', account)}?supplier=" in page


def test_the_payments_page_says_how_long_money_from_elsewhere_takes(client, user):
    account = payable(user, "10.00", posting_days=3)

    text = words(main_of(client.get(at("payments", account))))

    assert "до 3 рабочих дней" in text
    assert "Мои платежи" in words(client.get(at("payments", account)).content.decode())


def test_the_menu_leads_to_paying_the_open_account(client, user):
    account = payable(user, "10.00")
    owe(account, "5.00")

    assert at("account-pay", account) in client.get(at("service-centre", account)).content.decode()
