from __future__ import annotations

from decimal import Decimal

import pytest

from kabinet.payments.enums import AttemptState
from kabinet.payments.models import Attempt, LedgerEntry
from tests.factories import AccountFactory
from tests.factories import payments as factories

pytestmark = pytest.mark.django_db


FACTORIES = [
    made
    for made in vars(factories).values()
    if getattr(made, "__module__", "") == factories.__name__ and hasattr(made, "_meta")
]


@pytest.mark.parametrize("made", FACTORIES, ids=lambda made: made.__name__)
def test_every_factory_keeps_the_rules_of_its_table(made):
    row = made()

    assert row.pk


@pytest.mark.parametrize("state", [state for state in AttemptState if state != "created"])
def test_an_attempt_is_made_in_every_state(state):
    assert factories.AttemptFactory(**{state: True}).state == state


def test_a_paid_line_and_its_return_are_one_attempt():
    entry = factories.paid(account=AccountFactory(), amount="350.00", commission=Decimal("3.50"))
    back = factories.refunded(entry, amount="50.00")

    assert Attempt.objects.get().amount == Decimal("353.50")
    unconfirmed = LedgerEntry.objects.order_by("pk").values_list("unconfirmed", flat=True)
    assert [*unconfirmed] == [Decimal("350.00"), Decimal("-50.00")]
    assert back.attempt == entry.attempt


def test_lines_of_one_part_share_its_attempt():
    account = AccountFactory()
    first = factories.paid(account=account)
    second = factories.paid(account=account, part=first.item.part)

    assert first.attempt == second.attempt
