"""A checkout goes on only where a new one would come to the same: what was fixed may be closed since (PAY-02, 40, 49)."""

from __future__ import annotations

import pytest

from kabinet.accounts.models import AccountLink
from kabinet.payments.models import Attempt, SavedCard
from kabinet.payments.operations.attempts import begin, check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.resuming import NoLongerPayable
from kabinet.providers.enums import Feature, PayMethod
from kabinet.providers.models import Provider, ProviderPolicy
from tests.clock import NOW
from tests.factories import SupplierFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory, SavedCardFactory
from tests.payments.memory_bank import CODE
from tests.payments.payers import ledger, line, linked_account, order, roubles

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(books):
    return linked_account()


def opened(payer, *lines, **more):
    actor, account, _merchant = payer
    lines = lines or [line(account, "500.00")]
    return open_checkout(actor=actor, order=order(*lines, **more), at=NOW)


def declined(payer, books, checkout_id):
    """Try once and be refused by the bank."""
    attempt_id = pay(actor=payer[0], checkout_id=checkout_id, at=NOW)
    books.decline(books.pending()[0])
    check(attempt_id=attempt_id, at=NOW)


def refused(payer, checkout_id):
    """Nothing is begun and nothing is asked of the bank."""
    before = Attempt.objects.count()
    with pytest.raises(NoLongerPayable):
        begin(actor=payer[0], checkout_id=checkout_id, at=NOW)
    return Attempt.objects.count() == before


def test_what_failed_is_tried_again_while_nothing_has_changed(payer, books):
    checkout_id = opened(payer)
    declined(payer, books, checkout_id)
    pay(actor=payer[0], checkout_id=checkout_id, at=NOW)
    assert len(books.pending()) == 1


def test_nothing_goes_to_a_contract_that_was_switched_off(payer, books):
    checkout_id = opened(payer)
    declined(payer, books, checkout_id)
    payer[2].is_active = False
    payer[2].save()
    assert refused(payer, checkout_id)


def test_nothing_goes_past_the_contract_that_a_supplier_has_got(payer):
    _actor, account, merchant = payer
    supplier = SupplierFactory(provider=merchant.provider)
    checkout_id = opened(payer, line(account, "500.00", supplier=supplier))
    own = MerchantFactory(provider=merchant.provider, gateway=CODE, is_default=False)
    MerchantSupplierFactory(merchant=own, supplier=supplier)
    assert refused(payer, checkout_id)


def test_an_unlinked_account_is_not_paid_on(payer):
    checkout_id = opened(payer)
    AccountLink.objects.update(ended_at=NOW)
    assert refused(payer, checkout_id)


def test_a_provider_that_is_switched_off_is_not_paid(payer):
    checkout_id = opened(payer)
    Provider.objects.update(is_active=False)
    assert refused(payer, checkout_id)


def test_a_provider_that_takes_no_money_here_any_more_is_not_paid(payer):
    checkout_id = opened(payer)
    policy = ProviderPolicy.objects.get()
    policy.enabled_features = [row for row in policy.enabled_features if row != Feature.PAY]
    policy.save()
    assert refused(payer, checkout_id)


def test_a_removed_card_is_not_charged(payer):
    actor, _account, merchant = payer
    ProviderPolicy.objects.update(pay_methods=[PayMethod.SAVED_CARD])
    card = SavedCardFactory(user_id=actor.user_id, merchant=merchant)
    checkout_id = opened(payer, method=PayMethod.SAVED_CARD, saved_card=card.public_id)
    SavedCard.objects.update(removed_at=NOW, token="", is_default=False)
    assert refused(payer, checkout_id)


def test_what_was_paid_by_another_checkout_meanwhile_is_not_taken_twice(payer, books):
    first = opened(payer)
    declined(payer, books, first)
    attempt_id = pay(actor=payer[0], checkout_id=opened(payer), at=NOW)
    books.pay(books.pending()[0], at=NOW.replace(minute=NOW.minute + 1))
    check(attempt_id=attempt_id, at=NOW)
    assert refused(payer, first)
    assert ledger(payer[1]) == [("paid", roubles("500.00").amount)]


def test_whoever_means_to_pay_twice_goes_on(payer, books):
    first = opened(payer, again=True)
    declined(payer, books, first)
    attempt_id = pay(actor=payer[0], checkout_id=opened(payer), at=NOW)
    books.pay(books.pending()[0], at=NOW.replace(minute=NOW.minute + 1))
    check(attempt_id=attempt_id, at=NOW)
    pay(actor=payer[0], checkout_id=first, at=NOW)
    assert len(books.pending()) == 1
