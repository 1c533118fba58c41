"""Opening a checkout fixes what is paid and to whom, once per press, within the provider's bounds (PAY-02, 03, 46)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from kabinet.identity.models import User
from kabinet.kernel.actors import Actor
from kabinet.payments.fiscal import asked_of
from kabinet.payments.models import AcceptedOffer, Checkout, CheckoutItem, CheckoutPart, PaymentHelp
from kabinet.payments.offers import Offer
from kabinet.payments.operations.attempts import begin
from kabinet.payments.operations.checkouts import (
    AccountNotPayable,
    CardNotUsable,
    CheckoutNotFound,
    MethodDown,
    MethodNotOffered,
    NoPayee,
    NothingToPay,
    SumTooLarge,
    SumTooSmall,
    open_checkout,
)
from kabinet.payments.operations.health import note_answer, note_failure
from kabinet.payments.operations.quiet import AlreadyUnderWay
from kabinet.providers.enums import Feature, PayMethod
from kabinet.providers.models import ProviderPolicy
from tests.clock import NOW
from tests.factories import AccountFactory, AccountLinkFactory, SupplierFactory, UserFactory
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory, SavedCardFactory
from tests.payments.memory_bank import CODE
from tests.payments.payers import line, linked_account, order, roubles, tell_the_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def payer():
    return linked_account()


def test_lines_and_sums_are_fixed(payer):
    actor, account, merchant = payer
    checkout_id = open_checkout(
        actor=actor,
        order=order(line(account, "500.00", penalty=roubles("20.00")), line(account, "70.50")),
        at=NOW,
    )
    checkout = Checkout.objects.get(public_id=checkout_id)
    assert (checkout.amount, checkout.commission) == (Decimal("570.50"), Decimal("0.00"))
    part = CheckoutPart.objects.get()
    assert (part.merchant, part.amount) == (merchant, Decimal("570.50"))
    items = CheckoutItem.objects.order_by("position").values_list("amount", "penalty")
    assert list(items) == [
        (Decimal("500.00"), Decimal("20.00")),
        (Decimal("70.50"), Decimal("0.00")),
    ]


def test_the_same_press_is_the_same_checkout_whatever_else_it_says(payer):
    actor, account, _merchant = payer
    first = order(line(account, "500.00"))
    again = order(line(account, "900.00"), key=first.key)
    opened = open_checkout(actor=actor, order=first, at=NOW)
    assert open_checkout(actor=actor, order=again, at=NOW) == opened
    assert Checkout.objects.get().amount == Decimal("500.00")


def test_anothers_key_is_not_found(payer):
    actor, account, _merchant = payer
    mine = order(line(account))
    open_checkout(actor=actor, order=mine, at=NOW)
    other = Actor.customer(AccountLinkFactory(account=account, level="extended").user_id)
    with pytest.raises(CheckoutNotFound):
        open_checkout(actor=other, order=order(line(account), key=mine.key), at=NOW)
    assert Checkout.objects.get().user_id == actor.user_id


def test_a_foreign_account_is_not_there(payer):
    actor, _account, merchant = payer
    foreign = AccountFactory(provider=merchant.provider)
    with pytest.raises(AccountNotPayable):
        open_checkout(actor=actor, order=order(line(foreign)), at=NOW)
    assert not Checkout.objects.exists()


@pytest.mark.parametrize("change", ["feature off", "provider off"])
def test_a_closed_section_takes_no_money(payer, change):
    actor, account, merchant = payer
    if change == "provider off":
        merchant.provider.is_active = False
        merchant.provider.save()
    else:
        policy = ProviderPolicy.objects.get(provider=merchant.provider)
        policy.enabled_features.remove(Feature.PAY.value)
        policy.save()
    with pytest.raises(AccountNotPayable):
        open_checkout(actor=actor, order=order(line(account)), at=NOW)
    assert not Checkout.objects.exists()


def test_nothing_chosen_is_refused(payer):
    with pytest.raises(NothingToPay):
        open_checkout(actor=payer[0], order=order(), at=NOW)
    assert not Checkout.objects.exists()


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("9.99", SumTooSmall),
        ("10.00", None),
        ("15000.00", None),
        ("15000.01", SumTooLarge),
    ],
)
def test_bounds_are_inclusive(payer, amount, refusal):
    actor, account, _merchant = payer
    if refusal is None:
        open_checkout(actor=actor, order=order(line(account, amount)), at=NOW)
        return
    with pytest.raises(refusal):
        open_checkout(actor=actor, order=order(line(account, amount)), at=NOW)
    assert not Checkout.objects.exists()


def test_the_refusal_names_the_bound(payer):
    actor, account, _merchant = payer
    with pytest.raises(SumTooLarge, match="не больше 15\xa0000,00 ₽"):
        open_checkout(actor=actor, order=order(line(account, "20000.00")), at=NOW)


def test_each_payee_has_a_part_of_its_own(payer):
    actor, account, merchant = payer
    fund = MerchantSupplierFactory(
        merchant=MerchantFactory(provider=merchant.provider, gateway=CODE, is_default=False)
    )
    open_checkout(
        actor=actor,
        order=order(line(account, "500.00"), line(account, "70.00", supplier=fund.supplier)),
        at=NOW,
    )
    parts = CheckoutPart.objects.order_by("number").values_list("merchant", "amount")
    assert list(parts) == [
        (merchant.pk, Decimal("500.00")),
        (fund.merchant_id, Decimal("70.00")),
    ]


def test_commission_is_split_over_the_lines_to_the_kopeck(payer):
    actor, account, merchant = payer
    ProviderPolicy.objects.filter(provider=merchant.provider).update(commission_card="0.99")
    lines = [line(account, "33.33") for _ in range(3)]
    open_checkout(actor=actor, order=order(*lines), at=NOW)
    # 99.99 × 0.99 % = 0.989901
    assert CheckoutPart.objects.get().commission == Decimal("0.99")
    shares = CheckoutItem.objects.order_by("position").values_list("commission", flat=True)
    assert list(shares) == [Decimal("0.33")] * 3


def test_a_line_without_payee_is_refused(payer):
    actor, account, merchant = payer
    merchant.is_default = False
    merchant.save()
    with pytest.raises(NoPayee, match="Газ"):
        open_checkout(actor=actor, order=order(line(account)), at=NOW)
    assert not Checkout.objects.exists()


def test_a_supplier_without_a_contract_goes_through_the_default_one(payer):
    actor, account, merchant = payer
    supplier = SupplierFactory(provider=merchant.provider)
    open_checkout(actor=actor, order=order(line(account, supplier=supplier)), at=NOW)
    assert CheckoutPart.objects.get().merchant == merchant


def test_a_method_that_the_provider_does_not_offer_is_refused(payer):
    actor, account, merchant = payer
    open_checkout(actor=actor, order=order(line(account), method=PayMethod.SBP), at=NOW)
    ProviderPolicy.objects.filter(provider=merchant.provider).update(pay_methods=["card"])
    with pytest.raises(MethodNotOffered):
        open_checkout(actor=actor, order=order(line(account), method=PayMethod.SBP), at=NOW)
    assert Checkout.objects.count() == 1


def test_a_method_that_fails_three_times_rests_and_comes_back(payer):
    actor, account, merchant = payer
    for _ in range(3):
        open_checkout(actor=actor, order=order(line(account)), at=NOW)
        note_failure(merchant=merchant, method=PayMethod.CARD, at=NOW)
    with pytest.raises(MethodDown):
        open_checkout(actor=actor, order=order(line(account)), at=NOW)
    assert Checkout.objects.count() == 3
    # The other method stays.
    open_checkout(actor=actor, order=order(line(account), method=PayMethod.SBP), at=NOW)
    note_answer(merchant=merchant, method=PayMethod.CARD)
    open_checkout(actor=actor, order=order(line(account)), at=NOW)
    assert Checkout.objects.count() == 5


def test_only_an_own_card_of_the_same_payee_is_taken(payer):
    actor, account, merchant = payer
    ProviderPolicy.objects.filter(provider=merchant.provider).update(pay_methods=["saved_card"])
    card = SavedCardFactory(user_id=actor.user_id, merchant=merchant)
    saved = {"method": PayMethod.SAVED_CARD}
    open_checkout(
        actor=actor, order=order(line(account), saved_card=card.public_id, **saved), at=NOW
    )
    foreign = SavedCardFactory(user=UserFactory(), merchant=merchant)
    elsewhere = SavedCardFactory(user_id=actor.user_id, merchant=MerchantFactory(gateway=CODE))
    for wrong in (foreign.public_id, elsewhere.public_id, uuid.uuid4(), None):
        with pytest.raises(CardNotUsable):
            open_checkout(
                actor=actor, order=order(line(account), saved_card=wrong, **saved), at=NOW
            )
    assert Checkout.objects.get().saved_card == card


def test_paying_again_while_a_payment_is_under_way_needs_a_clear_word(payer):
    actor, account, _merchant = payer
    first = open_checkout(actor=actor, order=order(line(account)), at=NOW)
    begin(actor=actor, checkout_id=first, at=NOW)
    with pytest.raises(AlreadyUnderWay) as refusal:
        open_checkout(actor=actor, order=order(line(account)), at=NOW)
    assert refusal.value.checkout_id == first
    second = open_checkout(actor=actor, order=order(line(account), again=True), at=NOW)
    assert second != first
    assert begin(actor=actor, checkout_id=second, at=NOW)


def test_two_checkouts_opened_before_either_was_begun_are_not_both_begun(payer):
    actor, account, _merchant = payer
    first, second = (
        open_checkout(actor=actor, order=order(line(account)), at=NOW) for _ in range(2)
    )
    begin(actor=actor, checkout_id=first, at=NOW)
    with pytest.raises(AlreadyUnderWay) as refusal:
        begin(actor=actor, checkout_id=second, at=NOW)
    assert refusal.value.checkout_id == first


def test_the_clear_word_may_come_with_the_same_form(payer):
    actor, account, _merchant = payer
    first = open_checkout(actor=actor, order=order(line(account)), at=NOW)
    form = order(line(account))
    second = open_checkout(actor=actor, order=form, at=NOW)
    begin(actor=actor, checkout_id=first, at=NOW)
    again = order(line(account), key=form.key, again=True)
    assert open_checkout(actor=actor, order=again, at=NOW) == second
    assert begin(actor=actor, checkout_id=second, at=NOW)


@pytest.mark.parametrize(
    ("is_told", "sums"),
    [
        # Half a per cent of 10.10 and of 11.11 twice: each payment's commission is rounded by itself.
        (True, [("21.21", "0.11"), ("11.11", "0.06")]),
        (False, [("32.32", "0.16")]),
    ],
)
def test_where_the_state_is_told_of_payments_each_account_has_one_of_its_own(payer, is_told, sums):
    actor, account, merchant = payer
    ProviderPolicy.objects.filter(provider=merchant.provider).update(commission_card="0.50")
    other = AccountFactory(provider=merchant.provider, holders=[User.objects.get(pk=actor.user_id)])
    if is_told:
        tell_the_state(merchant)

    open_checkout(
        actor=actor,
        order=order(line(account, "10.10"), line(other, "11.11"), line(account, "11.11")),
        at=NOW,
    )

    parts = list(CheckoutPart.objects.order_by("number"))
    assert [(str(part.amount), str(part.commission)) for part in parts] == sums
    assert {part.merchant for part in parts} == {merchant}
    if is_told:
        told = [asked_of(part).utilities for part in parts]
        assert [order.account_number for order in told] == [account.number, other.number]
        assert [order.purpose.count("ЛС") for order in told] == [1, 1]


@pytest.mark.parametrize("saves", [True, False])
def test_who_lets_a_card_be_kept_accepts_the_providers_offer_as_it_stands(payer, saves):
    actor, account, merchant = payer
    PaymentHelp.objects.create(provider=merchant.provider, card_offer="Свои условия.")

    open_checkout(actor=actor, order=order(line(account), save_card=saves), at=NOW)

    offer = Offer("Свои условия.")
    kept = {merchant.provider.code: offer.digest} if saves else {}
    assert Checkout.objects.get().offers == kept
    assert AcceptedOffer.objects.filter(text=offer.whole).exists() is saves
