"""A payment of long ago goes on at its sums or says which of them have changed and leads to today's (PAY-45, 49)."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.billing.models import Balance
from kabinet.identity.models import User
from kabinet.payments.enums import Origin
from kabinet.payments.models import Attempt, CartItem, Checkout
from kabinet.payments.operations.attempts import check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.queries.checkouts import Stage, get_checkout
from kabinet.providers.models import ProviderPolicy
from tests.clock import NOW
from tests.factories import BalanceFactory, ServiceFactory, SupplierFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory
from tests.payments import memory_bank
from tests.payments.memory_bank import CODE
from tests.payments.payers import line, linked_account, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
LONG_AGO = NOW - dt.timedelta(days=90)


@pytest.fixture
def books(settings):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    return memory_bank.empty_books()


@pytest.fixture
def payer(books, client):
    actor, account, merchant = linked_account()
    client.force_login(User.objects.get(pk=actor.user_id))
    return actor, account, merchant


@pytest.fixture
def lines(payer):
    """Gas is paid to the provider, the contribution to the fund's own contract."""
    _actor, account, merchant = payer
    fund = SupplierFactory(provider=merchant.provider)
    own = MerchantFactory(provider=merchant.provider, gateway=CODE, is_default=False)
    MerchantSupplierFactory(merchant=own, supplier=fund)
    return [
        owed(account, "Газ", "500.00"),
        owed(account, "Взнос на капремонт", "80.00", supplier=fund),
    ]


def owed(account, title, due, **about):
    service = ServiceFactory(provider=account.provider, name=title)
    BalanceFactory(account=account, service=service, amount=Decimal(due), penalty=None, **about)
    return line(account, due, title=title, service=service, **about)


def opened(payer, lines, origin=Origin.ACCOUNT):
    return open_checkout(actor=payer[0], order=order(*lines, origin=origin), at=LONG_AGO)


def carry_on(client, checkout_id):
    return client.post(reverse("checkout-carry-on", kwargs={"checkout_id": checkout_id}))


def text(response):
    return response.content.decode()


def test_while_nothing_has_changed_it_goes_on_at_its_sums(client, payer, lines, books):
    checkout_id = opened(payer, lines)

    response = carry_on(client, checkout_id)

    assert (response.status_code, len(books.pending())) == (302, 1)


def test_it_says_which_sum_has_changed_and_leads_to_a_new_payment(client, payer, lines, books):
    checkout_id = opened(payer, lines)
    Balance.objects.filter(amount=500).update(amount="620.00")

    response = carry_on(client, checkout_id)
    page = text(response)

    assert (response.status_code, books.pending(), Attempt.objects.count()) == (409, [], 0)
    assert "Суммы изменились" in page
    assert "620,00" in page
    assert "было 500,00" in page
    assert "Взнос на капремонт" not in page
    ahead = reverse("account-pay", kwargs={"account_id": payer[1].public_id})
    assert f'href="{ahead}"' in page
    assert "620,00" in text(client.get(ahead))


def test_a_cart_is_laid_anew_at_todays_sums_and_what_is_paid_stays_out(client, payer, lines, books):
    checkout_id = opened(payer, lines, Origin.CART)
    attempt_id = pay(actor=payer[0], checkout_id=checkout_id, at=LONG_AGO)
    books.pay(books.pending()[0], at=LONG_AGO)
    check(attempt_id=attempt_id, at=LONG_AGO)
    Balance.objects.filter(amount=80).update(amount="95.00")

    page = text(carry_on(client, checkout_id))
    assert "вы уже заплатили 500,00" in page.replace("\u00a0", " ")
    again = reverse("own-payment-repeat", kwargs={"checkout_id": checkout_id})
    assert f'action="{again}"' in page
    client.post(again)

    assert list(CartItem.objects.values_list("amount", flat=True)) == [Decimal("95.00")]
    stages = [part.stage for part in get_checkout(actor=payer[0], checkout_id=checkout_id).parts]
    assert stages == [Stage.PAID, Stage.NEXT]


def test_where_nothing_is_owed_any_more_nothing_is_offered(client, payer, lines):
    checkout_id = opened(payer, lines[:1])
    Balance.objects.filter(amount=500).update(amount=0)

    page = text(carry_on(client, checkout_id))

    assert "Платить уже не нужно" in page
    assert "долга нет" in page
    assert "Оплатить по сегодняшним" not in page


def test_other_reasons_are_told_too(client, payer, lines):
    checkout_id = opened(payer, lines)
    ProviderPolicy.objects.update(pay_min="600.00")

    response = carry_on(client, checkout_id)

    assert response.status_code == 409
    assert "не меньше 600,00" in text(response).replace("\u00a0", " ")


def test_a_guest_learns_the_sum_and_not_what_it_is_made_of(client, payer, lines):
    ProviderPolicy.objects.update(guest_payments="initials")
    checkout_id = opened(payer, lines[:1])
    client.logout()
    session = client.session
    session["payer"] = "secret"
    session.save()
    digest = hashlib.sha256(b"secret:").hexdigest()
    Checkout.objects.update(user=None, origin=Origin.GUEST, subject_hash=digest)
    Balance.objects.filter(amount=500).update(amount="620.00")

    page = text(carry_on(client, checkout_id))

    assert "620,00" in page
    assert "Газ" not in page
    assert payer[1].number not in page
    assert f'href="{reverse("guest-pay-sums")}"' in page
