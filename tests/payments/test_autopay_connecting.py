"""Connecting an autopay: conditions, consent, the rouble that binds a card (PAY-16)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from kabinet.kernel.actors import Actor
from kabinet.kernel.models import AuditEntry
from kabinet.kernel.money import Money
from kabinet.payments import offers
from kabinet.payments.enums import AutopayState
from kabinet.payments.models import Attempt, Autopay, Checkout, SavedCard
from kabinet.payments.operations import attempts
from kabinet.payments.operations.autopay import connecting
from kabinet.payments.operations.checkouts import (
    AccountNotPayable,
    CheckoutNotFound,
    open_checkout,
)
from kabinet.payments.operations.quiet import AlreadyUnderWay
from kabinet.payments.queries.cards import CardNotFound
from kabinet.providers.enums import OverLimit, PayMethod
from tests.clock import NOW
from tests.factories import AccountLinkFactory
from tests.payments import memory_bank
from tests.payments.autopayers import (
    autopay_of,
    card_of,
    household,
    last_letter,
    letters,
    terms,
    wanted,
)
from tests.payments.payers import ledger, line, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawer", "stopped_clock")]


def connect(actor, order):
    return connecting.connect_autopay(actor=actor, order=order, at=NOW)


def roubles(text):
    return Money(Decimal(text))


def pay_binding(actor, checkout_id):
    attempt_id = attempts.pay(actor=actor, checkout_id=checkout_id, at=NOW)
    attempt = Attempt.objects.get(pk=attempt_id)
    memory_bank.BOOKS.pay(attempt.acquirer_id, at=NOW)
    attempts.check(attempt_id=attempt_id, at=NOW)


def test_a_rouble_binds_the_card_counts_as_a_payment_and_switches_it_on():
    actor, account, merchant = household()

    checkout_id = connect(actor, wanted(account))
    autopay = Autopay.objects.get()
    assert (autopay.state, autopay.card, connecting.settle_bindings(at=NOW)) == (
        AutopayState.BINDING,
        None,
        0,
    )
    pay_binding(actor, checkout_id)

    assert (connecting.settle_bindings(at=NOW), connecting.settle_bindings(at=NOW)) == (1, 0)
    autopay.refresh_from_db()
    card = SavedCard.objects.get()
    assert (autopay.state, autopay.card, autopay.connected_at) == (AutopayState.ON, card, NOW)
    assert (card.merchant, card.last4) == (merchant, "4477")
    assert ledger(account) == [("paid", Decimal("1.00"))]
    letter = last_letter()
    assert letters() == ["Автоплатёж подключён"]
    assert "Первый платёж — 25\xa0ноября" in letter.text


def test_a_saved_card_needs_no_rouble():
    actor, account, merchant = household()
    card = card_of(actor, merchant)

    assert connect(actor, wanted(account, card_id=card.public_id)) is None

    assert (Autopay.objects.get().state, Checkout.objects.count()) == (AutopayState.ON, 0)
    assert letters() == ["Автоплатёж подключён"]


def test_what_was_agreed_to_is_on_record():
    actor, account, _merchant = household()

    connect(actor, wanted(account))

    entry = AuditEntry.objects.get(action="payments.autopay.connect")
    assert (entry.actor_id, entry.address) == (actor.user_id, "192.0.2.1")
    assert entry.details == {
        "limit": "3000.00",
        "day": 25,
        "offer": offers.Offer(offers.common(offers.AUTOPAY_OFFER)).digest,
    }
    assert Autopay.objects.get().consented_at == NOW


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limit": roubles("0.00")}, "limit"),
        ({"limit": roubles("-5.00")}, "limit"),
        ({"limit": roubles("9.99")}, "limit"),
        ({"limit": roubles("15000.01")}, "limit"),
        ({"day": 0}, "day"),
        ({"day": 29}, "day"),
        ({"email": ""}, "email"),
        ({"pays_up_to_limit": True}, "pays_up_to_limit"),
    ],
)
def test_conditions_that_cannot_be_are_refused_and_nothing_is_begun(change, field):
    actor, account, _merchant = household()

    with pytest.raises(connecting.TermsRefused) as refused:
        connect(actor, wanted(account, terms=terms(**change)))

    assert refused.value.field == field
    assert (Autopay.objects.count(), Checkout.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [{"limit": roubles("10.00")}, {"limit": roubles("15000.00")}, {"day": 1}, {"day": 28}],
)
def test_the_bounds_themselves_are_taken(change):
    actor, account, _merchant = household()

    assert connect(actor, wanted(account, terms=terms(**change)))


def test_up_to_the_limit_where_the_provider_allows_it():
    actor, account, _merchant = household(autopay_over_limit=OverLimit.PAY_LIMIT)

    connect(actor, wanted(account, terms=terms(pays_up_to_limit=True)))

    assert Autopay.objects.get().pays_up_to_limit


def test_without_consent_nothing_is_begun():
    actor, account, _merchant = household()

    with pytest.raises(connecting.ConsentMissing):
        connect(actor, wanted(account, consents=False))

    assert not Autopay.objects.exists()


@pytest.mark.parametrize(
    "about", [{"supports_recurring": False}, {"autopay_enabled": False}], ids=["bank", "provider"]
)
def test_where_bank_or_provider_do_not_do_it_it_is_refused(about):
    actor, account, _merchant = household(**about)

    with pytest.raises(connecting.AutopayNotOffered):
        connect(actor, wanted(account))

    assert not Autopay.objects.exists()


def test_the_rouble_is_taken_below_the_least_sum_and_where_cards_are_not_offered():
    actor, account, _merchant = household(pay_methods=[PayMethod.SBP.value])

    assert connect(actor, wanted(account))
    assert Checkout.objects.get().amount == Decimal("1.00")


def test_two_presses_of_one_form_are_one_payment():
    actor, account, _merchant = household()
    order = wanted(account)

    assert connect(actor, order) == connect(actor, order)
    assert (Autopay.objects.count(), Checkout.objects.count()) == (1, 1)


def test_one_begun_and_not_paid_gives_way_to_a_new_one():
    actor, account, _merchant = household()

    first, second = connect(actor, wanted(account)), connect(actor, wanted(account))

    assert first != second
    states = list(Autopay.objects.order_by("pk").values_list("state", flat=True))
    assert states == [AutopayState.OFF, AutopayState.BINDING]


def test_a_rouble_under_way_is_finished_first():
    actor, account, _merchant = household()
    begun = connect(actor, wanted(account))
    attempts.pay(actor=actor, checkout_id=begun, at=NOW)

    with pytest.raises(AlreadyUnderWay) as refusal:
        connect(actor, wanted(account))

    assert refusal.value.checkout_id == begun
    assert Autopay.objects.get().binding_checkout.public_id == begun


def test_what_others_pay_keeps_nobody_from_connecting():
    actor, account, _merchant = household()
    holder = AccountLinkFactory(account=account, level="extended")
    other = Actor.customer(holder.user_id)
    owed = line(account, "1243.56", service=account.balances.get().service)
    paying = open_checkout(actor=other, order=order(owed), at=NOW)
    attempts.pay(actor=other, checkout_id=paying, at=NOW)

    checkout_id = connect(actor, wanted(account))
    attempts.pay(actor=actor, checkout_id=checkout_id, at=NOW)

    assert Attempt.objects.count() == 2


def test_one_in_force_is_not_connected_again():
    actor, account, merchant = household()
    autopay_of(actor, account, merchant)

    with pytest.raises(connecting.AlreadyConnected):
        connect(actor, wanted(account))

    assert Autopay.objects.count() == 1


def test_an_account_that_another_holder_pays_so_is_refused():
    actor, account, merchant = household()
    autopay_of(actor, account, merchant)
    other = AccountLinkFactory(account=account)

    with pytest.raises(connecting.ConnectedByAnother):
        connect(type(actor).customer(other.user_id), wanted(account))

    assert Autopay.objects.get().user_id == actor.user_id


def test_a_strangers_account_key_and_card_do_not_exist():
    actor, account, merchant = household()
    stranger, own, own_merchant = household()
    foreign_card = card_of(stranger, own_merchant)

    with pytest.raises(AccountNotPayable):
        connect(stranger, wanted(account))
    with pytest.raises(CardNotFound):
        connect(actor, wanted(account, card_id=foreign_card.public_id))
    with pytest.raises(CardNotFound):
        connect(actor, wanted(account, card_id=uuid.uuid4()))
    order = wanted(own)
    connect(stranger, order)
    with pytest.raises(CheckoutNotFound):
        connect(actor, wanted(account, key=order.key))

    assert list(Autopay.objects.values_list("user", flat=True)) == [stranger.user_id]
    assert merchant.supports_recurring


def test_a_card_of_another_payee_does_not_fit():
    actor, account, _merchant = household()
    _other, _account, elsewhere = household()
    card = card_of(actor, elsewhere)

    with pytest.raises(CardNotFound):
        connect(actor, wanted(account, card_id=card.public_id))

    assert not Autopay.objects.exists()


def test_a_refused_rouble_leaves_it_disconnected_and_may_be_tried_again():
    actor, account, _merchant = household()
    checkout_id = connect(actor, wanted(account))
    attempt_id = attempts.pay(actor=actor, checkout_id=checkout_id, at=NOW)
    memory_bank.BOOKS.decline(Attempt.objects.get().acquirer_id)
    attempts.check(attempt_id=attempt_id, at=NOW)

    assert (connecting.settle_bindings(at=NOW), Autopay.objects.get().state) == (0, "binding")
    pay_binding(actor, checkout_id)
    connecting.settle_bindings(at=NOW)

    assert Autopay.objects.get().state == AutopayState.ON


def test_a_rouble_never_paid_is_given_up_after_a_day():
    actor, account, _merchant = household()
    connect(actor, wanted(account))

    assert connecting.settle_bindings(at=NOW + dt.timedelta(hours=25)) == 1
    assert (Autopay.objects.get().state, letters()) == (AutopayState.OFF, [])


def test_a_card_that_the_bank_did_not_save_connects_nothing_and_the_payment_stands():
    actor, account, _merchant = household()
    checkout_id = connect(actor, wanted(account))
    Checkout.objects.update(save_card=False)

    pay_binding(actor, checkout_id)
    connecting.settle_bindings(at=NOW)

    assert Autopay.objects.get().state == AutopayState.OFF
    assert ledger(account) == [("paid", Decimal("1.00"))]
    assert letters() == ["Автоплатёж отключён"]
