"""Two operators, two workers, one refund (OPX-31)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from functools import partial

import pytest

from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.kernel.money import Money
from kabinet.payments.enums import EntryKind, RefundState
from kabinet.payments.models import LedgerEntry, Refund
from kabinet.payments.operations import refunding, refunds
from kabinet.payments.operations.refunds import RefundOrder
from tests.clock import NOW
from tests.factories import AccountFactory, UserFactory
from tests.factories.payments import MerchantFactory, paid
from tests.hands import at_once
from tests.payments.refunding_bank import CODE

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


@pytest.fixture
def part(bank):
    merchant = MerchantFactory(gateway=CODE)
    return paid(
        account=AccountFactory(provider=merchant.provider), amount="100.00", merchant=merchant
    ).item.part


def together(what, count=AT_ONCE):
    return at_once(*[partial(what, number) for number in range(count)])


def test_two_operators_who_give_back_parts_at_once_make_one_refund(part):
    provider_id = part.merchant.provider_id
    actors = [
        Actor(
            ActorKind.STAFF,
            user_id=UserFactory().pk,
            grants=frozenset({(provider_id, Role.ADMINISTRATOR)}),
        )
        for _number in range(AT_ONCE)
    ]

    def give_back(number):
        order = RefundOrder(
            checkout_id=part.checkout.public_id,
            part=1,
            why="Заявление",
            key=uuid.uuid4(),
            sums={part.items.get().position: Money(Decimal("60.00"))},
        )
        refunds.request_refund(actor=actors[number], order=order, at=NOW)
        return "asked"

    outcomes = together(give_back)

    assert sorted(outcomes, key=str) == [refunds.RefundUnderWay] * (AT_ONCE - 1) + ["asked"]
    part.refresh_from_db()
    assert (part.refunded, Refund.objects.count()) == (Decimal("60.00"), 1)


def test_workers_who_check_one_refund_at_once_book_it_once(part, bank):
    chief = Actor(
        ActorKind.STAFF,
        user_id=UserFactory().pk,
        grants=frozenset({(part.merchant.provider_id, Role.ADMINISTRATOR)}),
    )
    order = RefundOrder(
        checkout_id=part.checkout.public_id, part=1, why="Заявление", key=uuid.uuid4()
    )
    refunds.request_refund(actor=chief, order=order, at=NOW)
    refund = Refund.objects.get()

    outcomes = together(lambda _number: refunding.check_refund(refund_id=refund.pk, at=NOW))

    assert {RefundState.SUCCEEDED} <= set(outcomes) <= {RefundState.CREATED, RefundState.SUCCEEDED}
    assert len(bank.asked) == 1
    assert LedgerEntry.objects.filter(kind=EntryKind.REFUNDED).count() == 1
    assert bank.returned == Money(Decimal("100.00"))
    part.refresh_from_db()
    assert part.refunded == Decimal("100.00")
