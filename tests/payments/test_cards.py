"""Saved cards: kept, made default, removed here and at the bank (PAY-07, 41–43, NOT-21)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.kernel.actors import NOBODY, Actor
from kabinet.kernel.models import AuditEntry
from kabinet.payments.enums import AutopayState
from kabinet.payments.gateways.base import Means
from kabinet.payments.models import Autopay, SavedCard
from kabinet.payments.operations import cards
from kabinet.payments.queries.cards import (
    CardNotFound,
    get_card,
    get_card_payees,
    get_cards,
)
from kabinet.providers.enums import PayMethod
from tests.clock import NOW
from tests.factories import UserFactory
from tests.factories.payments import MerchantFactory, SavedCardFactory
from tests.payments.autopayers import autopay_of, card_of, household, letters, told_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawer")]
MEANS = Means(token="token-1", system="Mir", last4="4477", expiry_year=2030, expiry_month=5)


def keep(actor, merchant, **about):
    means = Means(**{"token": "token-1", "system": "Mir", "last4": "4477", **about})
    return cards.keep_card(user_id=actor.user_id, merchant=merchant, means=means, at=NOW)


def remove(actor, card, *, ends_autopay=False):
    return cards.remove_card(actor=actor, card_id=card.public_id, ends_autopay=ends_autopay, at=NOW)


def test_the_first_card_becomes_the_default_one_and_the_next_does_not():
    actor, _account, merchant = household()

    keep(actor, merchant)
    keep(actor, merchant, token="token-2", last4="1111")

    assert [(row.name, row.is_default) for row in get_cards(actor=actor)] == [
        ("Мир ••\xa04477", True),
        ("Мир ••\xa01111", False),
    ]


def test_the_same_card_saved_again_stays_one():
    actor, _account, merchant = household()

    keep(actor, merchant)
    keep(actor, merchant, expiry_year=2031, expiry_month=7)

    card = SavedCard.objects.get()
    assert (card.expiry_year, card.expiry_month, card.is_default) == (2031, 7, True)


def test_what_the_bank_has_not_saved_is_not_kept():
    actor, _account, merchant = household()

    assert keep(actor, merchant, token="") is None
    assert not SavedCard.objects.exists()


def test_only_mask_and_token_are_kept_however_much_the_bank_says():
    actor, _account, merchant = household()

    keep(actor, merchant, last4="2200000000004477")

    assert SavedCard.objects.get().last4 == "4477"


def test_a_removed_card_loses_its_token_at_once_and_the_bank_is_told(drawer):
    actor, _account, merchant = household()
    keep(actor, merchant)

    assert remove(actor, SavedCard.objects.get()) == []

    card = SavedCard.objects.get()
    assert (card.token, card.last4, card.removed_at) == ("", "4477", NOW)
    assert (get_cards(actor=actor), drawer.forgotten) == ([], [])
    assert ProcrastinateJob.objects.filter(task_name="payments.forget_cards").count() == 1
    assert cards.forget_cards(at=NOW) == 0
    assert drawer.forgotten == [("token-1", f"user-{actor.user_id}")]
    assert cards.forget_cards(at=NOW) == 0
    assert len(drawer.forgotten) == 1


def test_a_bank_that_is_down_is_told_again_later(drawer):
    actor, _account, merchant = household()
    keep(actor, merchant)
    remove(actor, SavedCard.objects.get())
    drawer.troubles = ["down"]

    assert cards.forget_cards(at=NOW) == 1
    assert cards.forget_cards(at=NOW) == 0
    assert drawer.forgotten == [("token-1", f"user-{actor.user_id}")]


def test_a_bank_that_will_not_forget_is_kept_on_record(drawer):
    actor, _account, merchant = household()
    keep(actor, merchant)
    remove(actor, SavedCard.objects.get())
    drawer.troubles = ["refuse"]

    assert cards.forget_cards(at=NOW) == 0
    assert AuditEntry.objects.filter(action="payments.card.forget_refused").count() == 1


def test_a_card_saved_anew_before_the_bank_has_forgotten_it_comes_back(drawer):
    actor, _account, merchant = household()
    first = keep(actor, merchant)
    remove(actor, first)

    again = keep(actor, merchant)

    assert (again.pk, again.token, again.is_default) == (first.pk, "token-1", True)
    assert (cards.forget_cards(at=NOW), drawer.forgotten) == (0, [])


def test_when_the_default_card_goes_the_newest_other_takes_its_place():
    actor, _account, merchant = household()
    first = card_of(actor, merchant, is_default=True)
    second = card_of(actor, merchant)

    remove(actor, first)

    second.refresh_from_db()
    assert second.is_default


def test_another_card_is_made_default():
    actor, _account, merchant = household()
    first = card_of(actor, merchant, is_default=True)
    second = card_of(actor, merchant)

    for _ in range(2):
        cards.make_card_default(actor=actor, card_id=second.public_id, at=NOW)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    assert AuditEntry.objects.filter(action="payments.card.make_default").count() == 1


@pytest.mark.parametrize("who", [Actor.customer(10**6), NOBODY])
def test_another_persons_card_does_not_exist(who):
    actor, _account, merchant = household()
    card = card_of(actor, merchant, is_default=True)

    for act in (
        lambda: remove(who, card),
        lambda: cards.make_card_default(actor=who, card_id=card.public_id, at=NOW),
        lambda: get_card(actor=who, card_id=card.public_id),
    ):
        with pytest.raises(CardNotFound):
            act()
    with pytest.raises(CardNotFound):
        cards.remove_card(actor=actor, card_id=uuid.uuid4(), ends_autopay=True, at=NOW)

    assert get_card(actor=actor, card_id=card.public_id).is_default
    assert SavedCard.objects.get().removed_at is None


def test_a_card_that_serves_an_autopay_is_asked_about_first():
    actor, account, merchant = household()
    autopay = autopay_of(actor, account, merchant)
    told_run(autopay)

    with pytest.raises(cards.CardServesAutopay):
        remove(actor, autopay.card)
    autopay.refresh_from_db()
    assert (autopay.state, SavedCard.objects.get().removed_at) == (AutopayState.ON, None)
    assert get_cards(actor=actor)[0].serves == frozenset([account.public_id])

    assert remove(actor, autopay.card, ends_autopay=True) == [account.public_id]
    autopay.refresh_from_db()
    assert (autopay.state, autopay.ended_at, autopay.runs.count()) == (AutopayState.OFF, NOW, 0)


def test_an_expired_card_is_known_by_its_month():
    actor, _account, merchant = household()
    keep(actor, merchant, expiry_year=2026, expiry_month=11)

    (row,) = get_cards(actor=actor)

    assert row.expiry == "11/26"
    assert not row.is_expired(NOW.date().replace(day=30))
    assert row.is_expired(NOW.date().replace(month=12, day=1))


def test_people_whose_autopay_loses_its_card_this_month_are_told_once():
    actor, account, merchant = household()
    ending = card_of(actor, merchant, expiry_year=2026, expiry_month=11)
    autopay_of(actor, account, merchant, card=ending)
    card_of(actor, merchant, expiry_year=2026, expiry_month=11)

    assert (cards.tell_expiring_cards(at=NOW), cards.tell_expiring_cards(at=NOW)) == (1, 0)
    assert letters() == ["У карты для автоплатежа заканчивается срок"]


def test_cards_are_saved_only_where_the_bank_of_an_own_account_saves_them():
    actor, account, merchant = household()
    MerchantFactory(provider=account.provider, gateway="yookassa", is_default=False)
    MerchantFactory(gateway=merchant.gateway, supports_recurring=True)

    (payee,) = get_card_payees(actor=actor)

    assert payee.public_id == merchant.public_id
    policy = account.provider.policy
    policy.pay_methods, policy.autopay_enabled = [PayMethod.CARD.value], False
    policy.save()
    assert get_card_payees(actor=actor) == []


@pytest.mark.parametrize("count", [1, 3])
def test_cards_come_in_one_query(count, django_assert_num_queries):
    actor, account, merchant = household()
    autopay_of(actor, account, merchant)
    for _ in range(count - 1):
        card_of(actor, merchant)
    SavedCardFactory(user=UserFactory(), merchant=merchant)

    with django_assert_num_queries(1):
        rows = get_cards(actor=actor)

    assert len(rows) == count
    assert Autopay.objects.get().limit == Decimal("3000.00")
