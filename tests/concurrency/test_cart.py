"""One cart in two tabs: whatever is pressed at once, it ends as if it had been pressed in turn (PAY-31, 34)."""

from __future__ import annotations

import pytest

from kabinet.payments.models import CartItem
from kabinet.payments.operations import cart as operations
from kabinet.payments.operations.cart import Choice
from tests.clock import NOW
from tests.factories import UserFactory
from tests.hands import together
from tests.payments import memory_bank
from tests.payments.carts import actor_of, billed, cart_of, payable, roubles

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stopped_clock")]
TIMES = 6


@pytest.fixture
def user(settings):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    return UserFactory()


@pytest.fixture
def account(user):
    account = payable(user)
    billed(account, "общая", [("Отопление", "100.00"), ("Вода", "50.00")], preliminary="30.00")
    return account


def test_many_presses_put_a_receipt_in_once(user, account):
    actor, choice = actor_of(user), Choice(account=account.public_id, receipt="общая")

    put = together(*[lambda: operations.put_in_cart(actor=actor, choice=choice, at=NOW)] * 8)

    assert put == [2] * 8
    assert (CartItem.objects.count(), cart_of(user).total) == (2, roubles("150.00"))


def test_saving_in_one_tab_and_taking_the_preliminary_charge_in_another(user, account):
    """The saved figures and the taken ones never mix: nothing then looks typed or changed that is not."""
    actor = actor_of(user)
    plain = Choice(account=account.public_id, receipt="общая")
    ahead = Choice(account=account.public_id, receipt="общая", is_ahead=True)
    for _time in range(TIMES):
        operations.put_in_cart(actor=actor, choice=plain, at=NOW)
        together(
            lambda: operations.save_cart(actor=actor, sums={}, at=NOW),
            lambda: operations.put_in_cart(actor=actor, choice=ahead, at=NOW),
        )

        cart = cart_of(user)
        assert [line.is_edited for line in cart.lines] == [False, False]
        assert (list(cart.changed), cart.total) == ([], roubles("180.00"))


def test_clearing_in_one_tab_and_saving_in_another(user, account):
    actor = actor_of(user)
    for _time in range(TIMES):
        operations.put_in_cart(actor=actor, choice=Choice(account=account.public_id), at=NOW)
        together(
            lambda: operations.clear_cart(actor=actor, at=NOW),
            lambda: operations.save_cart(actor=actor, sums={}, at=NOW),
        )

        assert CartItem.objects.count() == 0
