"""Saving a card by itself: once per press, whoever learns of it (PAY-41, IDN-18)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kabinet.kernel.actors import NOBODY, Actor
from kabinet.kernel.models import AuditEntry
from kabinet.payments import offers
from kabinet.payments.enums import BindingState, Cause
from kabinet.payments.models import AcceptedOffer, CardBinding, PaymentHelp, SavedCard
from kabinet.payments.operations import bindings
from kabinet.payments.queries.cards import BindingNotFound, get_card_binding, get_cards
from tests.clock import NOW
from tests.factories.payments import MerchantFactory
from tests.payments.autopayers import household
from tests.payments.card_bank import PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawer")]
MINUTE = dt.timedelta(minutes=1)


def request(merchant, **changes):
    usual = {"key": uuid.uuid4(), "merchant_id": merchant.public_id, "accepts_offer": True}
    return bindings.BindingRequest(**{**usual, **changes})


def begin(actor, merchant, **changes):
    binding_id = bindings.open_binding(actor=actor, wanted=request(merchant, **changes), at=NOW)
    bindings.ask_bank(binding_id=binding_id, at=NOW)
    return CardBinding.objects.get(public_id=binding_id)


def test_the_bank_gives_its_page_and_then_the_card(drawer):
    actor, _account, merchant = household()

    binding = begin(actor, merchant)
    assert (binding.state, binding.confirmation_url) == (BindingState.PENDING, PAGE)
    drawer.confirm(binding.acquirer_id)
    for _ in range(3):
        bindings.ask_bank(binding_id=binding.public_id, at=NOW + MINUTE)

    binding.refresh_from_db()
    assert (binding.state, binding.finished_at, binding.next_check_at) == (
        BindingState.BOUND,
        NOW + MINUTE,
        None,
    )
    (card,) = get_cards(actor=actor)
    assert (card.name, card.id) == ("Мир ••\xa04477", binding.card_id)


def test_the_offer_that_was_accepted_is_on_record():
    actor, _account, merchant = household()

    begin(actor, merchant)

    entry = AuditEntry.objects.get(action="payments.card.bind")
    assert (entry.actor_id, entry.address) == (actor.user_id, "192.0.2.1")
    common = offers.Offer(offers.common(offers.CARD_OFFER))
    assert entry.details == {"offer": common.digest}
    assert AcceptedOffer.objects.get().text == common.whole


def test_a_providers_own_offer_is_kept_word_for_word_and_once(drawer):
    actor, _account, merchant = household()
    own = PaymentHelp.objects.create(
        provider=merchant.provider, card_offer="Свои условия.", offer_url="https://bank.example/o"
    )
    begin(actor, merchant)
    begin(actor, merchant)
    own.card_offer = "Новые условия."
    own.save()
    begin(actor, merchant)

    accepted = AuditEntry.objects.filter(action="payments.card.bind").order_by("pk")
    texts = dict(AcceptedOffer.objects.values_list("digest", "text"))
    assert [texts[entry.details["offer"]] for entry in accepted] == [
        "Свои условия.\n\nhttps://bank.example/o",
        "Свои условия.\n\nhttps://bank.example/o",
        "Новые условия.\n\nhttps://bank.example/o",
    ]


def test_without_the_tick_nothing_is_begun(drawer):
    actor, _account, merchant = household()

    with pytest.raises(bindings.OfferNotAccepted):
        begin(actor, merchant, accepts_offer=False)

    assert (CardBinding.objects.count(), drawer.calls) == (0, [])


def test_two_presses_of_one_form_are_one_binding(drawer):
    actor, _account, merchant = household()
    key = uuid.uuid4()

    assert begin(actor, merchant, key=key).pk == begin(actor, merchant, key=key).pk
    assert len(drawer.bindings) == 1


def test_another_persons_key_and_binding_do_not_exist(drawer):
    actor, _account, merchant = household()
    binding = begin(actor, merchant)
    stranger, *_rest = household()

    with pytest.raises(BindingNotFound):
        begin(stranger, merchant, key=binding.key)
    for who in (stranger, NOBODY, Actor.customer(10**6)):
        with pytest.raises(BindingNotFound):
            bindings.look_at_binding(actor=who, binding_id=binding.public_id, at=NOW)
        with pytest.raises(BindingNotFound):
            get_card_binding(actor=who, binding_id=binding.public_id)
    with pytest.raises(BindingNotFound):
        bindings.look_at_binding(actor=actor, binding_id=uuid.uuid4(), at=NOW)

    assert drawer.calls == ["bind"]


def test_a_payee_that_is_not_ones_own_or_saves_no_cards_is_refused():
    actor, account, _merchant = household()
    others = MerchantFactory(gateway="cards", supports_recurring=True)
    plain = MerchantFactory(provider=account.provider, gateway="cards", is_default=False)

    for merchant in (others, plain):
        with pytest.raises(bindings.PayeeNotOffered):
            begin(actor, merchant)

    assert not CardBinding.objects.exists()


@pytest.mark.parametrize("trouble", ["down", "lost"])
def test_an_unanswered_call_is_repeated_with_the_same_key(trouble, drawer):
    actor, _account, merchant = household()
    drawer.troubles = [trouble]

    binding = begin(actor, merchant)
    assert (binding.state, binding.acquirer_id) == (BindingState.CREATED, None)
    assert bindings.poll_bindings(at=binding.next_check_at) == 1

    binding.refresh_from_db()
    assert (binding.state, len(drawer.bindings)) == (BindingState.PENDING, 1)


def test_the_poller_learns_of_a_card_whose_person_never_came_back(drawer):
    actor, _account, merchant = household()
    binding = begin(actor, merchant)
    drawer.confirm(binding.acquirer_id)

    assert bindings.poll_bindings(at=NOW) == 0
    assert bindings.poll_bindings(at=NOW + MINUTE) == 1
    assert bindings.poll_bindings(at=NOW + 2 * MINUTE) == 0
    assert SavedCard.objects.get().last4 == "4477"


def test_what_the_bank_refuses_is_said_and_nothing_is_kept(drawer):
    actor, _account, merchant = household()
    binding = begin(actor, merchant)
    drawer.refuse(binding.acquirer_id)

    bindings.ask_bank(binding_id=binding.public_id, at=NOW)

    row = get_card_binding(actor=actor, binding_id=binding.public_id)
    assert (row.state, row.cause) == (BindingState.FAILED, Cause.CARD_DETAILS.label)
    assert not SavedCard.objects.exists()


def test_a_bank_that_will_not_begin_is_said_too(drawer):
    actor, _account, merchant = household()
    drawer.troubles = ["refuse"]

    assert begin(actor, merchant).state == BindingState.FAILED


def test_after_an_hour_it_is_over_and_a_late_card_is_not_kept(drawer):
    actor, _account, merchant = household()
    binding = begin(actor, merchant)

    bindings.ask_bank(binding_id=binding.public_id, at=NOW + bindings.WAITED_FOR)
    drawer.confirm(binding.acquirer_id)
    bindings.ask_bank(binding_id=binding.public_id, at=NOW + bindings.WAITED_FOR)

    binding.refresh_from_db()
    assert (binding.state, binding.cause) == (BindingState.FAILED, Cause.SESSION_OVER)
    assert not SavedCard.objects.exists()
