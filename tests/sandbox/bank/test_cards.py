"""Each test card ends its payment as written on it, and the page lists them all."""

from __future__ import annotations

import pytest
from yookassa import Payment
from yookassa.domain.models.cancellation_details import CancellationDetailsReasonCode

from sandbox.bank import cards
from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import browse

ALL = list(cards.CARDS.values())
REFUSING = [card for card in ALL if card.outcome not in {"succeeded", "long_pending"}]
PAYING = [card for card in ALL if card.outcome == "succeeded"]
MUST_HAVE = {
    "3d_secure_failed",
    "insufficient_funds",
    "card_expired",
    "invalid_csc",
    "call_issuer",
    "general_decline",
    "fraud_suspected",
    "country_forbidden",
    "issuer_unavailable",
    "payment_method_limit_exceeded",
    "payment_method_restricted",
    "internal_timeout",
    "invalid_card_number",
    "identification_required",
}


def _number(card):
    return card.number


@pytest.mark.parametrize("card", REFUSING, ids=_number)
def test_card_is_refused_with_its_reason(bank, card):
    payment = Payment.create(samples.payment())

    assert bank.pay(payment.id, card.number) == "canceled"

    refused = Payment.find_one(payment.id)
    assert (refused.paid, refused.confirmation) == (False, None)
    details = refused.cancellation_details
    assert (details.party, details.reason) == (card.refused_by, card.outcome)
    assert bank.get("/books")["movements"] == []


@pytest.mark.parametrize("card", PAYING, ids=_number)
def test_card_pays(bank, card):
    payment = Payment.create(samples.payment())

    assert bank.pay(payment.id, card.number) == "succeeded"


def test_there_is_a_card_for_every_refusal():
    assert {card.outcome for card in REFUSING} == MUST_HAVE


def test_the_sdk_knows_every_reason():
    known = vars(CancellationDetailsReasonCode).values()

    assert MUST_HAVE | {card.later for card in PAYING} - {"succeeded"} <= set(known)


@pytest.mark.parametrize("card", ALL, ids=_number)
def test_number_passes_luhn(card):
    assert cards.passes_luhn(card.number)


def test_one_wrong_digit_does_not_pass_luhn():
    assert not cards.passes_luhn("2202474301322986")


def test_the_page_lists_all_cards(bank):
    payment = Payment.create(samples.payment())

    _status, _headers, text = browse(bank, f"/checkout/{payment.id}")

    assert [card.number for card in ALL if f"card={card.number}" not in text] == []


@pytest.mark.parametrize("code", ["wrong"])
def test_three_wrong_codes_refuse_the_payment(bank, code):
    payment = Payment.create(samples.payment())

    assert bank.pay(payment.id, "2200000000000004", code=code) == "canceled"

    assert Payment.find_one(payment.id).cancellation_details.reason == "3d_secure_failed"
