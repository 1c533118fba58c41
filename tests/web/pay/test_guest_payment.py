"""Paying without signing in: the way in, what is shown and what is not, and whose payment it is (PAY-19, MET-16)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.actors import Actor, Errand
from kabinet.payments.enums import Origin
from kabinet.payments.models import Attempt, Checkout, CheckoutItem, Merchant
from kabinet.payments.operations import guests
from kabinet.payments.scopes import payable_accounts
from kabinet.providers.enums import Feature, GuestCheck, Style
from tests.clock import NOW
from tests.factories import MeterFactory, ProviderFactory, SupplierFactory, UserFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory
from tests.payments.carts import owe
from tests.payments.memory_bank import CODE
from tests.payments.payers import ledger
from tests.web.guests import find, words
from tests.web.pay.guests import SUMS, paid_by_guests, prove, seen
from tests.work import challenge_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]

ENTRY = reverse("account_login")


@pytest.fixture
def account():
    return paid_by_guests(penalty="1.20")


def press(client, **more):
    return client.post(SUMS, seen(client, **more))


def pressed(client, **more):
    """Pay, and give the checkout with its result page's address."""
    response = press(client, **more)
    assert response.status_code == 302, words(response)
    return Checkout.objects.get(), response.url


class TestWayIn:
    def test_the_entry_page_offers_it_where_a_provider_lets_guests_pay(self, client, account):
        assert reverse("guest-pay") in client.get(ENTRY).content.decode()

    @pytest.mark.parametrize("closed", ["policy", "feature", "contract", "provider"])
    def test_else_the_block_is_absent_and_so_are_the_pages(self, client, account, closed):
        policy = account.provider.policy
        if closed == "policy":
            type(policy).objects.update(guest_payments=GuestCheck.OFF)
        elif closed == "feature":
            left = [feature for feature in policy.enabled_features if feature != Feature.PAY]
            type(policy).objects.update(enabled_features=left)
        elif closed == "contract":
            Merchant.objects.update(is_active=False)
        else:
            type(account.provider).objects.update(is_active=False)

        assert reverse("guest-pay") not in client.get(ENTRY).content.decode()
        assert client.get(reverse("guest-pay")).status_code == 404
        assert prove(client).status_code == 404
        assert client.get(SUMS).url == reverse("guest-pay")

    def test_number_region_and_initials_lead_to_the_sums(self, client, account):
        assert client.get(reverse("guest-pay")).url == reverse("guest-pay-initials")
        assert prove(client).url == SUMS

    def test_number_house_and_flat_do_where_the_provider_asks_for_them(self, client):
        paid_by_guests(check=GuestCheck.ADDRESS)
        filled = {"number": "80510701", "house": "5", "flat": "1"}

        assert client.get(reverse("guest-pay")).url == reverse("guest-pay-address")
        assert client.post(reverse("guest-pay-address"), filled).url == SUMS

    def test_of_two_ways_one_is_chosen(self, client, account):
        other = ProviderFactory(style=Style.D, policy__guest_payments=GuestCheck.ADDRESS)
        MerchantFactory(provider=other)

        page = words(client.get(reverse("guest-pay")))

        assert "Кому заплатить?" in page
        assert other.name in page

    def test_wrong_fillings_for_readings_and_for_paying_are_counted_together(self, client, account):
        statuses = [
            prove(client, initials="ЯЯЯ").status_code,
            find(client, initials="ЯЯЯ").status_code,
            prove(client, initials="ЯЯЯ").status_code,
        ]

        assert statuses == [422, 422, 429]
        assert prove(client).status_code == 429
        assert find(client).status_code == 429

    def test_after_a_block_a_captcha_is_asked_for(self, client, account, monkeypatch):
        for _ in range(3):
            prove(client, initials="ЯЯЯ")
        later = NOW + guests.HOUR
        monkeypatch.setattr(timezone, "now", lambda: later)

        assert challenge_of(client.get(reverse("guest-pay-initials")))
        assert prove(client).status_code == 422


class TestErrands:
    """A proof made for readings opens nothing for paying, and the reverse."""

    def test_each_leads_to_its_own_page_only(self, client, account):
        MeterFactory(account=account)
        prove(client)
        assert client.get(reverse("guest-readings-meters")).status_code == 302
        client.post(reverse("guest-pay-end"))
        find(client)
        assert client.get(reverse("guest-readings-meters")).status_code == 200
        assert client.get(SUMS).status_code == 302

    @pytest.mark.parametrize(
        ("errand", "opens"),
        [(Errand.READINGS, False), (Errand.PAYING, True), (Errand.PAYING_BY_LINK, True)],
    )
    def test_the_scope_says_so_too(self, account, errand, opens):
        actor = Actor.guest(account.pk, until=NOW, errand=errand)

        assert payable_accounts(actor).filter(pk=account.pk).exists() is opens

    def test_a_provider_that_lets_guests_read_but_not_pay(self, client):
        account = paid_by_guests(guest_payments=GuestCheck.OFF)
        paid_by_guests(number="70000001")
        actor = Actor.guest(account.pk, until=NOW, errand=Errand.PAYING)

        assert not payable_accounts(actor).exists()
        assert find(client).status_code == 302
        assert prove(client).status_code == 422

    def test_a_provider_that_lets_guests_pay_but_not_read(self, client):
        paid_by_guests(guest_readings=GuestCheck.OFF)

        assert prove(client).status_code == 302
        assert find(client).status_code == 404


class TestSums:
    def test_it_names_the_organisation_and_the_sums_and_nothing_else(self, client, account):
        prove(client)

        response = client.get(SUMS)

        page = words(response)
        assert account.provider.name in page
        assert "к оплате 4,79 ₽" in page or "к оплате 5,99 ₽" in page
        for secret in ("Тайная услуга", "Тайная", account.surname, account.number):
            assert secret not in page
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"

    @pytest.mark.parametrize("lines", [1, 3])
    def test_it_costs_the_same_for_any_number_of_lines(
        self, client, account, lines, django_assert_num_queries
    ):
        for number in range(lines):
            owe(account, "10.00", name=f"Ещё {number}")
        prove(client)

        # session; account; bills, balances, payees, unconfirmed payments; words
        with django_assert_num_queries(7):
            client.get(SUMS)

    def test_sbp_stands_first(self, client, account):
        prove(client)

        assert [way.value for way in client.get(SUMS).context["ways"]] == ["sbp", "card"]

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"sum-0": "0,50", "penalty-0": ""}, "не меньше 1,00 ₽"),
            ({"sum-0": "15001"}, "не больше 15 000,00 ₽"),
            ({"sum-0": "abc"}, "Напишите сумму цифрами"),
            ({"sum-0": "", "penalty-0": ""}, "Напишите, сколько заплатить"),
            ({"rules": ""}, "Прочитайте правила оплаты"),
            ({"method": ""}, "Выберите, чем заплатить"),
            ({"method": "saved:1"}, "Этого способа здесь нет"),
            ({"wants_receipt": "on"}, "Напишите почту для чека или снимите отметку"),
            ({"wants_receipt": "on", "email": "почта"}, "Проверьте адрес"),
        ],
    )
    def test_what_is_wrong_is_told_and_nothing_is_opened(self, client, account, changed, said):
        prove(client)
        filled = {name: value for name, value in seen(client, **changed).items() if value}

        response = client.post(SUMS, filled)

        assert response.status_code == 422
        assert said in words(response)
        assert Checkout.objects.count() == 0

    def test_sums_that_changed_meanwhile_are_shown_first(self, client, account):
        prove(client)
        filled = seen(client)
        owe(account, "100.00", name="Новое")

        response = client.post(SUMS, filled)

        assert (response.status_code, Checkout.objects.count()) == (409, 0)
        assert "Поставщик изменил суммы" in words(response)

    def test_the_pass_is_over_after_a_quarter_of_an_hour(self, client, account, monkeypatch):
        prove(client)
        filled = seen(client)
        monkeypatch.setattr(timezone, "now", lambda: NOW + guests.HOUR / 4)

        response = client.post(SUMS, filled)

        assert response.url == reverse("guest-pay")
        assert Checkout.objects.count() == 0

    def test_the_rules_are_open_to_read(self, client, account):
        address = reverse("guest-pay-rules", args=[account.provider.code])
        prove(client)

        assert address in client.get(SUMS).content.decode()
        assert "Правила оплаты" in words(client.get(address))
        assert client.get(reverse("guest-pay-rules", args=["nobody"])).status_code == 404


class TestPayment:
    def test_it_is_paid_by_nobody_and_kept_by_the_session(self, client, account, books):
        prove(client)

        checkout, address = pressed(client, **{"sum-0": "100", "penalty-0": "1,20"})

        assert (checkout.user, checkout.origin, checkout.receipt_email) == (None, Origin.GUEST, "")
        assert len(checkout.subject_hash) == 64
        assert [(item.amount, item.penalty) for item in CheckoutItem.objects.all()] == [
            (Decimal("101.20"), Decimal("1.20"))
        ]
        books.pay(Attempt.objects.get().acquirer_id)
        page = words(client.get(address))
        assert "Оплачено" in page
        assert "Тайная услуга" not in page
        assert ledger(account) == [("paid", Decimal("101.20"))]

    def test_the_receipt_goes_by_mail_where_that_is_wanted(self, client, account):
        prove(client)

        checkout, _ = pressed(client, wants_receipt="on", email="gost@example.ru")

        assert checkout.receipt_email == "gost@example.ru"

    def test_a_card_is_never_saved(self, client, account):
        prove(client)

        checkout, _ = pressed(client, save_card="on")

        assert checkout.save_card is False

    def test_the_same_press_twice_is_one_checkout(self, client, account, books):
        prove(client)
        filled = seen(client)

        addresses = {client.post(SUMS, filled).url for _ in range(2)}

        assert len(addresses) == 1
        assert books.calls.count("create") == 1

    def test_the_same_press_charges_nothing_though_it_was_declined(self, client, account, books):
        prove(client)
        filled = seen(client)
        first = client.post(SUMS, filled)
        books.decline("bank-0")
        client.get(first.url)

        assert client.post(SUMS, filled).url == first.url
        assert books.calls.count("create") == 1

    def test_the_result_page_outlives_the_pass(self, client, account, books, monkeypatch):
        prove(client)
        _, address = pressed(client)
        books.pay(Attempt.objects.get().acquirer_id)
        monkeypatch.setattr(timezone, "now", lambda: NOW + guests.HOUR)

        assert client.get(SUMS).status_code == 302
        assert client.get(address + "back/", follow=True).status_code == 200
        assert "Оплачено" in words(client.get(address))

    def test_another_browser_finds_nothing(self, client, account, client_factory):
        prove(client)
        _, address = pressed(client)
        stranger = client_factory()

        assert client.get(address).status_code == 200
        prove(stranger)
        for page in (address, address + "state/", address + "back/", address + "receipt.pdf"):
            assert stranger.get(page, headers={"HX-Request": "true"}).status_code == 404
        assert stranger.post(address + "on/").status_code == 404

    def test_somebody_elses_key_opens_nothing(self, client, account, client_factory):
        prove(client)
        checkout, _ = pressed(client)
        stranger = client_factory()
        prove(stranger)

        response = stranger.post(SUMS, {**seen(stranger), "key": str(checkout.key)})

        assert response.status_code == 404
        assert Checkout.objects.count() == 1

    def test_a_payment_under_way_of_another_has_no_address_here(
        self, client, account, client_factory
    ):
        prove(client)
        checkout, _ = pressed(client)
        stranger = client_factory()
        prove(stranger)

        response = press(stranger)

        assert response.status_code == 422
        assert "Оплата этого счёта уже идёт" in words(response)
        assert str(checkout.public_id) not in response.content.decode()
        assert press(stranger, again="on").status_code == 302

    def test_whoever_signs_in_next_does_not_see_it(self, client, account):
        prove(client)
        _, address = pressed(client)

        client.force_login(UserFactory())
        assert client.get(address).status_code == 404
        client.logout()
        assert client.get(address).status_code == 404

    def test_the_end_forgets_what_was_proved_and_paid(self, client, account):
        prove(client)
        _, address = pressed(client)

        assert client.post(reverse("guest-pay-end")).url == ENTRY
        assert client.get(SUMS).status_code == 302
        assert client.get(address).status_code == 404

    def test_a_program_may_not_press_without_end(self, client, account, books):
        prove(client)
        for _ in range(guests.ONE_ACCOUNT.tries):
            guests.count_guests_press(actor=Actor.guest(account.pk, until=NOW), at=NOW)

        response = press(client)

        assert response.status_code == 422
        assert "Слишком много попыток" in words(response)
        assert (Checkout.objects.count(), books.calls) == (0, [])

    def test_two_payees_are_told_by_their_names(self, client, account):
        supplier = SupplierFactory(provider=account.provider)
        other = MerchantFactory(
            provider=account.provider,
            gateway=CODE,
            payee_name="ООО «Вывоз»",
            is_default=False,
            issues_receipts=False,
        )
        MerchantSupplierFactory(merchant=other, supplier=supplier)
        owe(account, "50.00", name="Вывоз", supplier=supplier)
        prove(client)

        assert "ООО «Вывоз»" in words(client.get(SUMS))
        checkout, _ = pressed(client, **{"tick-0": "on", "tick-1": "on"})
        assert checkout.parts.count() == 2
