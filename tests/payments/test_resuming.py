"""A checkout goes on only where a new one would come to the same: what was fixed may be closed since (PAY-02, 40, 49)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.models import AccountLink
from kabinet.billing.models import Balance
from kabinet.kernel.actors import Actor, Errand
from kabinet.payments.enums import Origin
from kabinet.payments.models import Attempt, SavedCard
from kabinet.payments.operations.attempts import begin, check, pay
from kabinet.payments.operations.checkouts import SumTooSmall, open_checkout
from kabinet.payments.operations.resuming import NoLongerPayable, SumChange, SumsChanged
from kabinet.providers.enums import Feature, PayMethod
from kabinet.providers.models import Provider, ProviderPolicy
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    BalanceFactory,
    ServiceFactory,
    SupplierFactory,
)
from tests.factories.payments import (
    MerchantFactory,
    MerchantSupplierFactory,
    SavedCardFactory,
    paid,
)
from tests.payments.memory_bank import CODE
from tests.payments.payers import ledger, line, linked_account, order, roubles, tell_the_state

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


def test_two_accounts_in_one_payment_do_not_go_on_where_each_needs_its_own_by_now(payer, books):
    actor, account, merchant = payer
    second = AccountFactory(provider=account.provider)
    AccountLinkFactory(account=second, user_id=actor.user_id, level="extended")
    both = opened(payer, line(account), line(second))
    declined(payer, books, both)
    one = opened(payer)
    tell_the_state(merchant)

    assert refused(payer, both)
    assert begin(actor=actor, checkout_id=one, at=NOW)


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


LONG_AGO = NOW - dt.timedelta(days=90)


def owed_line(account, due="500.00", amount=None, **about):
    """A line of an account of which the provider has told the figure."""
    about.setdefault("service", ServiceFactory(provider=account.provider))
    BalanceFactory(account=account, amount=Decimal(due), penalty=None, as_of=LONG_AGO, **about)
    return line(account, amount or due, due=roubles(due), **about)


def changes(payer, checkout_id, **who):
    """Which sums are told to have changed; nothing is begun."""
    before = Attempt.objects.count()
    with pytest.raises(SumsChanged) as refusal:
        begin(**{"actor": payer[0]} | who, checkout_id=checkout_id, at=NOW)
    assert Attempt.objects.count() == before
    return refusal.value.changes


def opened_long_ago(payer, *lines, **more):
    return open_checkout(actor=payer[0], order=order(*lines, **more), at=LONG_AGO)


@pytest.mark.parametrize("amount", ["500.00", "50.00", "900.00"])
def test_however_old_it_goes_on_while_its_lines_are_owed_as_they_were(payer, amount):
    checkout_id = opened_long_ago(payer, owed_line(payer[1], amount=amount))

    assert begin(actor=payer[0], checkout_id=checkout_id, at=NOW)


@pytest.mark.parametrize("now", ["620.00", "499.99", "0.00", "-10.00"])
def test_what_is_owed_at_another_sum_is_told_and_not_taken(payer, now):
    account = payer[1]
    checkout_id = opened_long_ago(payer, owed_line(account), owed_line(account, "20.00"))
    Balance.objects.filter(amount=500).update(amount=now)

    told = changes(payer, checkout_id)

    due = roubles(now) if not now.startswith("-") else roubles("0.00")
    assert told[0] == SumChange("Газ", account.number, roubles("500.00"), due)


def test_what_was_paid_elsewhere_is_told_as_owed_no_more(payer):
    account = payer[1]
    owed = owed_line(account)
    checkout_id = opened_long_ago(payer, owed)
    paid(account=account, amount="500.00", service_id=owed.service_id, at=NOW)

    assert [change.now for change in changes(payer, checkout_id)] == [roubles("0.00")]


def test_what_its_other_payees_have_got_changes_nothing(payer, books):
    actor, account, merchant = payer
    fund = SupplierFactory(provider=account.provider)
    own = MerchantFactory(provider=merchant.provider, gateway=CODE, is_default=False)
    MerchantSupplierFactory(merchant=own, supplier=fund)
    # An advance on the first line lessens the second, where rows are not clamped.
    lines = (
        owed_line(account, "100.00", amount="150.00"),
        owed_line(account, "80.00", supplier=fund),
    )
    checkout_id = open_checkout(actor=actor, order=order(*lines), at=LONG_AGO)
    attempt_id = pay(actor=actor, checkout_id=checkout_id, at=LONG_AGO)
    books.pay(books.pending()[0], at=LONG_AGO)
    check(attempt_id=attempt_id, at=LONG_AGO)

    assert begin(actor=actor, checkout_id=checkout_id, at=NOW)


def test_a_guests_payment_follows_the_same_rule(payer):
    _actor, account, _merchant = payer
    ProviderPolicy.objects.update(guest_payments="initials")
    guest = Actor.guest(account.pk, until=LONG_AGO, errand=Errand.PAYING)
    form = order(owed_line(account), origin=Origin.GUEST, session="s" * 64)
    checkout_id = open_checkout(actor=guest, order=form, at=LONG_AGO)
    who = {"actor": guest, "session": "s" * 64}

    Balance.objects.update(amount="620.00")
    (change,) = changes(payer, checkout_id, **who)
    Balance.objects.update(amount="500.00")

    assert change.now == roubles("620.00")
    assert begin(**who, checkout_id=checkout_id, at=NOW)


def test_another_commission_is_not_taken_at_the_old_rate(payer):
    checkout_id = opened(payer)
    ProviderPolicy.objects.update(commission_card="1.50")
    assert refused(payer, checkout_id)


def test_bounds_are_those_of_today(payer):
    checkout_id = opened(payer)
    ProviderPolicy.objects.update(pay_min="500.01")
    with pytest.raises(SumTooSmall):
        begin(actor=payer[0], checkout_id=checkout_id, at=NOW)
    assert not Attempt.objects.exists()
    ProviderPolicy.objects.update(pay_min="500.00")
    assert begin(actor=payer[0], checkout_id=checkout_id, at=NOW)
