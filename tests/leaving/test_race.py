"""A person leaves while the bank, another device or the worker is at it: real transactions (IDN-48)."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import transaction

from kabinet.identity.models import Deletion, User
from kabinet.identity.operations import leaving
from kabinet.payments.gateways.base import Means
from kabinet.payments.models import CartItem, Checkout, SavedCard
from kabinet.payments.operations import attempts, cards
from kabinet.payments.operations.checkouts import open_checkout
from tests.hands import together
from tests.leaving.people import NOW, household, with_autopay
from tests.payments.memory_bank import BOOKS
from tests.payments.payers import ledger, line, order

pytestmark = pytest.mark.django_db(transaction=True)
MEANS = Means(token="new-token", system="Mir", last4="4477", expiry_year=2030, expiry_month=5)


def payment(home):
    """One that the bank has taken, and of which nobody here has heard yet."""
    checkout_id = open_checkout(actor=home.actor, order=order(line(home.account)), at=NOW)
    attempts.pay(actor=home.actor, checkout_id=checkout_id, at=NOW)
    checkout = Checkout.objects.get(public_id=checkout_id)
    checkout.save_card = True
    checkout.save()
    attempt = checkout.parts.get().attempts.get()
    BOOKS.pay(attempt.acquirer_id)
    truth = BOOKS.payments[attempt.acquirer_id]
    BOOKS.payments[attempt.acquirer_id] = type(truth)(
        **{name: getattr(truth, name) for name in truth.__slots__ if name != "means"}, means=MEANS
    )
    return attempt


@pytest.mark.parametrize("_round", range(4))
def test_a_payment_settled_at_that_moment_is_booked_once_and_its_card_is_not_kept(_round):
    home = household()
    attempt = payment(home)

    together(
        lambda: leaving.ask_deletion(actor=home.actor, at=NOW),
        *[lambda: attempts.check(attempt_id=attempt.pk, at=NOW)] * 3,
    )

    assert ledger(home.account) == [("paid", Decimal("500.00"))]
    assert not User.objects.filter(pk=home.user.pk).exists()
    assert not CartItem.objects.exists()
    assert set(SavedCard.objects.values_list("user", "token")) == {(None, "")}


def test_a_card_kept_before_the_deletion_commits_waits_and_finds_nobody():
    """The order of the locks, step by step: without ``lock_cards`` the settlement would fail or keep the card."""
    home = household()
    attempt = payment(home)
    has_deleted, settled = threading.Event(), []

    def delete():
        with transaction.atomic():
            leaving.ask_deletion(actor=home.actor, at=NOW)
            has_deleted.set()
            # Long enough for the settlement to come to the lock, where it stands until this commits.
            threading.Event().wait(timeout=1)

    def settle():
        assert has_deleted.wait(timeout=10)
        settled.append(attempts.check(attempt_id=attempt.pk, at=NOW))

    together(delete, settle)

    assert ledger(home.account) == [("paid", Decimal("500.00"))]
    assert SavedCard.objects.values_list("user", "token").get() == (None, "")


def test_pressed_on_two_devices_the_person_goes_once():
    home = household()
    with_autopay(home)

    gone = together(*[lambda: leaving.ask_deletion(actor=home.actor, at=NOW)] * 4)

    assert gone == [True] * 4
    assert Deletion.objects.count() == 1


def test_a_card_saved_anew_at_that_moment_is_nobodys():
    home = household()

    together(
        lambda: leaving.ask_deletion(actor=home.actor, at=NOW),
        lambda: cards.keep_card(user_id=home.user.pk, merchant=home.merchant, means=MEANS, at=NOW),
    )

    assert SavedCard.objects.values_list("user", "token").get() == (None, "")
