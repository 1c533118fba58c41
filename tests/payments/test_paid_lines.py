"""A paid line is exactly the one that was chosen: its bill, and its provider's own service and supplier (PAY-02, 31, 33)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.payments.enums import Origin
from kabinet.payments.models import CartItem, Checkout
from kabinet.payments.operations import cart as operations
from kabinet.payments.operations.attempts import check, pay
from kabinet.payments.operations.cart import CartLineNotFound, Choice, TypedLine
from kabinet.payments.operations.checkouts import LineNotThere, open_checkout
from kabinet.payments.queries.payables import get_payables
from tests.clock import NOW
from tests.factories import (
    BillFactory,
    ProviderFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory
from tests.payments.carts import actor_of, cart_of, payable, roubles
from tests.payments.memory_bank import CODE
from tests.payments.payers import line, linked_account, order

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


def bill(account, kind, total, period=dt.date(2026, 10, 1)):
    return BillFactory(
        account=account,
        period=period,
        kind=kind,
        total=Decimal(total),
        as_of=NOW - dt.timedelta(days=1),
    )


def two_bills(user):
    """Bills that tell no services: a repair fund's and a housing company's."""
    account = payable(user)
    bill(account, "капремонт", "300.00")
    bill(account, "общая", "1000.00")
    return account


def put(user, account, **choice):
    chosen = Choice(account=account.public_id, **choice)
    operations.put_in_cart(actor=actor_of(user), choice=chosen, at=NOW)


def pay_line(user, books, account, receipt, amount, due):
    """Pay one line of the cart, all the way."""
    paid_line = line(account, amount, receipt=receipt, due=roubles(due))
    form = order(paid_line, origin=Origin.CART)
    checkout_id = open_checkout(actor=actor_of(user), order=form, at=NOW)
    attempt_id = pay(actor=actor_of(user), checkout_id=checkout_id, at=NOW)
    books.pay(books.pending()[0], at=NOW)
    check(attempt_id=attempt_id, at=NOW)


def asked(user):
    actor = actor_of(user)
    (account,) = get_linked_accounts(actor=actor)
    lines = get_payables(actor=actor, accounts=[account], at=NOW)[account.id].lines
    return {row.receipt: str(row.due.amount) for row in lines}


def kept():
    return list(CartItem.objects.order_by("receipt").values_list("receipt", flat=True))


@pytest.mark.parametrize(
    ("receipt", "due", "left"),
    [
        ("капремонт", "300.00", {"капремонт": "200.00", "общая": "1000.00"}),
        ("общая", "1000.00", {"капремонт": "300.00", "общая": "900.00"}),
    ],
)
def test_of_two_bills_without_lines_exactly_the_paid_one_goes(user, books, receipt, due, left):
    account = two_bills(user)
    put(user, account)
    assert kept() == ["капремонт", "общая"]

    pay_line(user, books, account, receipt, "100.00", due)

    assert kept() == [kind for kind in ("капремонт", "общая") if kind != receipt]
    assert asked(user) == left


def test_a_line_kept_under_its_receipts_former_name_goes_when_it_is_paid(user, books):
    account = payable(user)
    bill(account, "октябрь", "300.00")
    put(user, account)
    CartItem.objects.update(receipt="сентябрь")

    pay_line(user, books, account, "октябрь", "300.00", "300.00")

    assert kept() == []


def test_a_line_kept_under_its_receipts_former_name_is_not_put_in_beside_itself(user, books):
    account = payable(user)
    bill(account, "октябрь", "300.00")
    put(user, account)
    CartItem.objects.update(receipt="сентябрь")

    put(user, account, receipt="октябрь")

    assert kept() == ["октябрь"]
    assert cart_of(user).total == roubles("300.00")


@pytest.mark.parametrize("what", ["service", "supplier"])
def test_what_another_provider_is_owed_is_not_paid_on_this_account(books, what):
    actor, account, merchant = linked_account()
    own, other = merchant.provider, ProviderFactory()
    make = ServiceFactory if what == "service" else SupplierFactory
    genuine = order(line(account, **{what: make(provider=own)}))
    assert open_checkout(actor=actor, order=genuine, at=NOW)

    with pytest.raises(LineNotThere):
        open_checkout(
            actor=actor, order=order(line(account, **{what: make(provider=other)})), at=NOW
        )

    assert Checkout.objects.count() == 1


def test_the_payee_of_another_account_in_the_cart_gets_no_foreign_money(user, books):
    account, second = payable(user), payable(user)
    supplier = SupplierFactory(provider=second.provider)
    own = MerchantFactory(provider=second.provider, gateway=CODE, is_default=False)
    MerchantSupplierFactory(merchant=own, supplier=supplier)
    genuine = order(line(account), line(second, supplier=supplier))
    assert open_checkout(actor=actor_of(user), order=genuine, at=NOW)

    foreign = order(line(account, supplier=supplier), line(second))
    with pytest.raises(LineNotThere):
        open_checkout(actor=actor_of(user), order=foreign, at=NOW)

    assert Checkout.objects.count() == 1


def test_nor_is_it_laid_in_the_cart(user):
    account = payable(user, "50.00")
    own = account.balances.get()

    def typed(supplier_id):
        place = (own.service_id, supplier_id)
        lines = [TypedLine(place, "", roubles("20.00"), roubles("0.00"))]
        operations.put_typed_in_cart(
            actor=actor_of(user), account_id=account.public_id, lines=lines, at=NOW
        )

    typed(None)
    with pytest.raises(CartLineNotFound):
        typed(SupplierFactory(provider=ProviderFactory()).pk)

    assert CartItem.objects.count() == 1
