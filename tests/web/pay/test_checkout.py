"""The page of one payment: on to the bank, checking, the result, the next payee, and nobody else's (PAY-09, 29, 45)."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.payments.enums import Cause
from kabinet.payments.models import Attempt
from kabinet.payments.operations.attempts import check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.providers.enums import PayMethod
from kabinet.web.pay.causes import EXPLANATIONS
from tests.clock import NOW
from tests.factories import AccountFactory, ServiceFactory, UserFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory
from tests.payments import memory_bank
from tests.payments.memory_bank import CODE
from tests.payments.payers import ledger, line, linked_account, order, tell_the_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def books(settings):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    return memory_bank.empty_books()


@pytest.fixture
def payer(books, client):
    actor, account, merchant = linked_account()
    client.force_login(UserFactory._meta.model.objects.get(pk=actor.user_id))
    return actor, account, merchant


def paying(payer, *lines, method=PayMethod.CARD, **more):
    actor, account, _merchant = payer
    wanted = order(*(lines or [line(account)]), method=method, **more)
    checkout_id = open_checkout(actor=actor, order=wanted, at=NOW)
    return checkout_id, Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))


def page(client, name, checkout_id):
    return client.get(reverse(name, kwargs={"checkout_id": checkout_id}))


def text(response):
    return response.content.decode()


def test_the_press_leads_on_to_the_bank_once(client, payer):
    checkout_id, _attempt = paying(payer)
    client.post(reverse("checkout-carry-on", kwargs={"checkout_id": checkout_id}))
    first = text(page(client, "checkout", checkout_id))
    assert '<meta http-equiv="refresh" content="0;url=https://bank.example/pay">' in first
    again = text(page(client, "checkout", checkout_id))
    assert "http-equiv" not in again.replace('<noscript><meta http-equiv="refresh"', "")
    assert 'href="https://bank.example/pay"' in again


def test_coming_back_from_the_bank_asks_the_bank(client, payer, books):
    checkout_id, attempt = paying(payer)
    books.pay(attempt.acquirer_id)
    response = client.get(
        reverse("checkout-back", kwargs={"checkout_id": checkout_id}), follow=True
    )
    assert "Оплачено" in text(response)
    assert ledger(payer[1]) == [("paid", attempt.amount)]


def test_coming_back_without_paying_proves_nothing(client, payer):
    checkout_id, _attempt = paying(payer)
    response = client.get(
        reverse("checkout-back", kwargs={"checkout_id": checkout_id}), follow=True
    )
    assert "Проверяем оплату" in text(response)
    assert ledger(payer[1]) == []


def test_a_bank_that_is_silent_is_waited_for(client, payer, books):
    books.troubles = ["down"]
    checkout_id, _attempt = paying(payer)
    books.troubles = ["down"]
    assert "Связываемся с банком" in text(page(client, "checkout", checkout_id))


def test_the_waiting_page_asks_the_bank_at_most_every_two_seconds(client, payer, books):
    checkout_id, _attempt = paying(payer)
    for _ in range(5):
        page(client, "checkout", checkout_id)
    assert books.calls.count("fetch") == 1


def test_an_sbp_payment_shows_a_code_and_a_way_into_the_banks_app(client, payer):
    checkout_id, _attempt = paying(payer, method=PayMethod.SBP)
    shown = text(page(client, "checkout", checkout_id))
    assert "QR-код для оплаты через СБП" in shown
    assert 'href="https://qr.nspk.ru/AS10003P3RH0LJ2A9ROO038L6NT5RU1M"' in shown


def test_a_refusal_is_told_with_the_next_step(client, payer, books):
    checkout_id, attempt = paying(payer)
    books.decline(attempt.acquirer_id, Cause.NO_MONEY)
    shown = text(page(client, "checkout", checkout_id))
    assert "На карте не хватило денег." in shown
    assert "Попробовать ещё раз" in shown


def test_every_cause_has_its_words():
    assert set(EXPLANATIONS) == set(Cause)


def test_an_unknown_code_of_the_bank_is_named(client, payer, books):
    checkout_id, attempt = paying(payer)
    books.decline(attempt.acquirer_id, Cause.OTHER, "moon_phase")
    assert "moon_phase" in text(page(client, "checkout", checkout_id))


def test_a_failed_payment_of_one_account_can_be_changed_in_the_cart(client, payer, books):
    checkout_id, attempt = paying(payer)
    books.decline(attempt.acquirer_id)
    again = reverse("own-payment-repeat", kwargs={"checkout_id": checkout_id})
    assert f'action="{again}"' in text(page(client, "checkout", checkout_id))
    assert client.post(again).url == reverse("cart")


def test_trying_again_begins_a_new_attempt(client, payer, books):
    checkout_id, attempt = paying(payer)
    books.decline(attempt.acquirer_id)
    page(client, "checkout", checkout_id)
    url = reverse("checkout-carry-on", kwargs={"checkout_id": checkout_id})
    assert client.post(url, {"part": "1"}).status_code == 302
    assert [row.state for row in Attempt.objects.order_by("pk")] == ["declined", "pending"]


@pytest.mark.parametrize("part", ["", "0", "9", "-1", "один", "1" * 50])
def test_a_wrong_number_of_a_part_breaks_nothing(client, payer, part):
    checkout_id, _attempt = paying(payer)
    url = reverse("checkout-carry-on", kwargs={"checkout_id": checkout_id})
    assert client.post(url, {"part": part}).status_code == 302
    assert Attempt.objects.count() == 1


def test_the_next_payee_is_offered_after_the_first(client, payer, books):
    _actor, account, merchant = payer
    fund = MerchantSupplierFactory(
        merchant=MerchantFactory(
            provider=merchant.provider,
            gateway=CODE,
            is_default=False,
            issues_receipts=False,
            payee_name="Фонд ремонта",
        )
    )
    checkout_id, attempt = paying(
        payer, line(account), line(account, "70.00", supplier=fund.supplier)
    )
    books.pay(attempt.acquirer_id)
    shown = text(page(client, "checkout", checkout_id))
    assert "Остался ещё один получатель" in shown
    assert "Платёж 2 из 2." in shown
    assert "Получатель: Фонд ремонта." in shown


def test_each_account_of_one_payee_is_named_where_each_has_a_payment_of_its_own(
    client, payer, books
):
    actor, account, merchant = payer
    tell_the_state(merchant)
    person = UserFactory._meta.model.objects.get(pk=actor.user_id)
    others = [
        AccountFactory(provider=merchant.provider, number=number, holders=[person])
        for number in ("00510081", "00510082")
    ]
    checkout_id, attempt = paying(payer, *(line(row) for row in (account, *others)))
    shown = text(page(client, "checkout", checkout_id))
    assert "Платёж 1 из 3." in shown
    assert f'Лицевой счёт <span class="num">{account.number}</span>' in shown

    books.pay(attempt.acquirer_id)
    check(attempt_id=attempt.pk, at=NOW)
    shown = text(page(client, "checkout", checkout_id))
    assert "Осталось ещё 2\N{NO-BREAK SPACE}платежа" in shown
    assert 'Платёж 2 из 3. Лицевой счёт <span class="num">00510081</span>' in shown
    client.post(reverse("checkout-carry-on", kwargs={"checkout_id": checkout_id}), {"part": "2"})
    books.pay(Attempt.objects.order_by("-pk")[0].acquirer_id)
    assert "Остался ещё один платёж" in text(page(client, "checkout", checkout_id))


def test_several_payees_that_are_left_are_counted(client, payer, books):
    _actor, account, merchant = payer
    funds = [
        MerchantSupplierFactory(
            merchant=MerchantFactory(
                provider=merchant.provider, gateway=CODE, is_default=False, issues_receipts=False
            )
        )
        for _number in range(2)
    ]
    lines = [line(account, "70.00", supplier=fund.supplier) for fund in funds]
    checkout_id, attempt = paying(payer, line(account), *lines)
    books.pay(attempt.acquirer_id)
    shown = text(page(client, "checkout", checkout_id))
    assert "Осталось заплатить ещё 2\N{NO-BREAK SPACE}получателям" in shown
    assert "Платёж 2 из 3." in shown


def test_the_page_s_frame_speaks_of_the_account_that_is_paid(client, payer):
    actor, account, _merchant = payer
    checkout_id, _attempt = paying(payer)
    other = AccountFactory(holders=[UserFactory._meta.model.objects.get(pk=actor.user_id)])
    client.get(reverse("account-home", kwargs={"account_id": other.public_id}))
    response = page(client, "checkout", checkout_id)
    assert response.wsgi_request.portal.account.number == account.number
    assert reverse("account-home", kwargs={"account_id": account.public_id}) in text(response)


@pytest.mark.parametrize(
    ("asked", "saves", "is_told"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_card_that_the_bank_has_not_saved_is_told_where_it_was_asked_for(
    client, payer, books, asked, saves, is_told
):
    checkout_id, attempt = paying(payer, save_card=asked)
    books.pay(attempt.acquirer_id)
    if not saves:
        books.lose_token(attempt.acquirer_id)
    page(client, "checkout-back", checkout_id)

    shown = text(page(client, "checkout", checkout_id)).replace("\u00a0", " ")

    assert "Оплачено" in shown
    assert ("Карту Мир •• 4477 банк не сохранил, хотя вы просили." in shown) is is_told
    assert (reverse("cards") in shown.partition("<main")[2]) is is_told


def test_a_contradiction_is_told_calmly(client, payer, books):
    from kabinet.kernel.money import Money

    checkout_id, attempt = paying(payer)
    books.pay(attempt.acquirer_id, amount=Money(attempt.amount / 2))
    assert "Разбираемся с платежом" in text(page(client, "checkout", checkout_id))


@pytest.mark.parametrize("name", ["checkout", "checkout-state", "checkout-back"])
def test_anothers_payment_is_not_there(client, payer, name):
    checkout_id, _attempt = paying(payer)
    assert page(client, name, checkout_id).status_code in {200, 302}
    client.force_login(UserFactory())
    headers = {"HX-Request": "true"}
    url = reverse(name, kwargs={"checkout_id": checkout_id})
    assert client.get(url, headers=headers).status_code == 404
    client.logout()
    assert client.get(url, headers=headers).status_code == 404
    assert (
        client.get(reverse(name, kwargs={"checkout_id": uuid.uuid4()}), headers=headers).status_code
        == 404
    )


def test_anothers_payment_is_not_begun(client, payer, books):
    checkout_id, _attempt = paying(payer)
    client.force_login(UserFactory())
    books.calls.clear()
    url = reverse("checkout-carry-on", kwargs={"checkout_id": checkout_id})
    assert client.post(url).status_code == 404
    assert (Attempt.objects.count(), books.calls) == (1, [])


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_page_takes_as_many_queries_for_twenty_lines_as_for_one(client, payer, books, count):
    _actor, account, merchant = payer
    lines = [
        line(account, service=ServiceFactory(provider=merchant.provider)) for _ in range(count)
    ]
    checkout_id, attempt = paying(payer, *lines)
    books.pay(attempt.acquirer_id)
    page(client, "checkout", checkout_id)
    with CaptureQueriesContext(connection) as queries:
        assert "Оплачено" in text(page(client, "checkout", checkout_id))
    assert len(queries) <= 8


def test_links_lead_to_banks_alone(client, payer, books):
    """What a bank says goes into an address only when it is an address of the web."""
    checkout_id, _attempt = paying(payer)
    Attempt.objects.update(confirmation_url="javascript:alert(1)")
    assert "javascript:" not in text(page(client, "checkout", checkout_id))


def test_a_linked_account_of_somebody_else_does_not_show_in_it(client, payer):
    foreign = AccountFactory()
    checkout_id, _attempt = paying(payer)
    assert foreign.number not in text(page(client, "checkout", checkout_id))
