"""«Мои платежи»: how each payment stands, why one did not go through, and the same lines again."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.payments.models import Attempt, CartItem, Checkout
from tests.clock import NOW
from tests.factories import UserFactory
from tests.factories.payments import (
    AttemptFactory,
    CheckoutFactory,
    CheckoutItemFactory,
    CheckoutPartFactory,
    FiscalReceiptFactory,
    MerchantFactory,
)
from tests.payments.carts import payable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]
HISTORY = reverse("own-payments")


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\xa0", " ")


def payment(user, account, *, state, amount="941.36", at=NOW, **attempt):
    """A checkout of one line whose attempt is in the state."""
    merchant = account.provider.merchants.get()
    checkout = CheckoutFactory(user=user, amount=Decimal(amount), created_at=at)
    is_paid = state == "succeeded"
    part = CheckoutPartFactory(checkout=checkout, merchant=merchant, paid=is_paid)
    CheckoutItemFactory(part=part, account=account, title="Отопление", penalty=Decimal("1.36"))
    return AttemptFactory(part=part, created_at=at, **{state: True}, **attempt)


@pytest.fixture
def account(user):
    return payable(user, "50.00")


def test_without_payments_it_says_where_the_others_are(client, user):
    assert "Здесь вы ещё ничего не оплачивали" in text_of(client.get(HISTORY))


def test_a_paid_one_has_its_mask_its_lines_and_its_papers(client, user, account):
    attempt = payment(user, account, state="succeeded", card_system="Mir", card_last4="4477")
    FiscalReceiptFactory(
        attempt=attempt,
        state="registered",
        url="https://receipts.example/1",
        next_check_at=None,
        registered_at=NOW,
    )

    response = client.get(HISTORY)

    text = text_of(response)
    for words in (
        "941,36 ₽, 21 ноября 2026",
        "оплачено",
        "Мир •• 4477",
        "Отопление (из них пени 1,36 ₽)",
    ):
        assert words in text
    assert "https://receipts.example/1" in response.content.decode()
    checkout = attempt.part.checkout.public_id
    assert reverse("payment-receipt", args=[checkout]) in response.content.decode()


def test_one_that_did_not_go_through_says_why_and_what_next(client, user, account):
    payment(user, account, state="declined")

    text = text_of(client.get(HISTORY))

    assert "не прошло" in text
    assert "На карте не хватило денег. Пополните карту или заплатите другой." in text
    assert "Квитанция об оплате" not in text


def test_an_unexplained_refusal_gives_the_banks_code(client, user, account):
    payment(user, account, state="declined", cause="other", reason="general_decline")

    assert "Код отказа: general_decline" in text_of(client.get(HISTORY))


def test_one_that_is_being_checked_resolves_itself(client, user, account, books):
    form = {"method": "card", "email": "a@example.ru", "rules": "on", "do": "pay"}
    page = client.get(reverse("account-pay", args=[account.public_id])).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    client.post(reverse("account-pay", args=[account.public_id]), {**hidden, **form, "sum-0": "50"})
    checkout = Checkout.objects.get()
    Attempt.objects.update(returned_at=NOW, next_check_at=NOW)
    address = reverse("own-payment", args=[checkout.public_id])

    before = client.get(HISTORY)
    (acquirer_id,) = books.pending()
    books.pay(acquirer_id, at=NOW)
    Attempt.objects.update(looked_at=None) if hasattr(Attempt, "looked_at") else None
    after = client.get(address, headers={"HX-Request": "true"})

    assert f'hx-get="{address}"' in before.content.decode()
    assert "Не платите второй раз" in text_of(before)
    assert "оплачено" in text_of(after)
    assert "hx-get" not in after.content.decode()


def test_without_htmx_one_payment_is_its_own_page(client, user, account):
    checkout = payment(user, account, state="succeeded").part.checkout

    response = client.get(reverse("own-payment", args=[checkout.public_id]))

    assert response.url == reverse("checkout", args=[checkout.public_id])


def test_the_same_lines_go_into_the_cart_again(client, user, account):
    attempt = payment(user, account, state="declined", amount="77.00")
    balance = account.balances.get()
    attempt.part.items.update(service=balance.service, due=balance.amount)

    response = client.post(reverse("own-payment-repeat", args=[attempt.part.checkout.public_id]))

    assert response.url == reverse("cart")
    assert CartItem.objects.get().amount == Decimal("77.00")


def test_what_can_be_paid_no_more_is_said(client, user, account):
    checkout = payment(user, account, state="declined").part.checkout
    account.links.update(ended_at=NOW)

    response = client.post(reverse("own-payment-repeat", args=[checkout.public_id]), follow=True)

    assert "оплатить нельзя" in text_of(response)
    assert CartItem.objects.count() == 0


def test_another_persons_payments_do_not_exist(client, user, account):
    other = UserFactory()
    checkout = payment(other, payable(other, "10.00"), state="succeeded").part.checkout

    assert "Здесь вы ещё ничего не оплачивали" in text_of(client.get(HISTORY))
    again = client.post(reverse("own-payment-repeat", args=[checkout.public_id]))
    piece = client.get(
        reverse("own-payment", args=[checkout.public_id]), headers={"HX-Request": "true"}
    )
    assert (again.status_code, piece.status_code) == (404, 404)


def test_the_newest_comes_first_and_older_ones_are_a_page_away(client, user, account):
    for days in range(21):
        payment(
            user, account, state="declined", amount=f"{100 + days}.00", at=NOW - timedelta(days)
        )

    first, second = client.get(HISTORY), client.get(f"{HISTORY}?page=2")

    shown = [row.checkout.amount.amount for row in first.context["payments"]]
    assert shown == [Decimal(100 + days) for days in range(20)]
    assert [row.checkout.amount.amount for row in second.context["payments"]] == [Decimal(120)]


@pytest.mark.parametrize("payments", [1, 3])
def test_it_takes_the_same_queries(client, user, account, django_assert_num_queries, payments):
    for _payment in range(payments):
        payment(user, account, state="succeeded")

    # session, user, links; checkouts, parts, lines, attempts
    with django_assert_num_queries(7):
        client.get(HISTORY)


def test_several_payees_have_a_state_each(client, user, account):
    attempt = payment(user, account, state="succeeded")
    checkout = attempt.part.checkout
    second = CheckoutPartFactory(
        checkout=checkout,
        number=2,
        merchant=MerchantFactory(provider=account.provider, is_default=False, payee_name="Второй"),
    )
    CheckoutItemFactory(part=second, account=account)
    AttemptFactory(part=second, declined=True)

    (shown,) = client.get(HISTORY).context["payments"]

    assert [str(part.state) for part in shown.parts] == ["оплачено", "не прошло"]
