"""Saved cards and accounts: kept while paying or by themselves, charged without the payer."""

from __future__ import annotations

import pytest
from yookassa import Payment, PaymentMethod
from yookassa.domain.exceptions import BadRequestError

from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import UTILITIES_SHOP, ask


def _save(bank, card="2202474301322987", **more):
    payment = Payment.create(samples.payment(save_payment_method=True, **more))
    bank.pay(payment.id, card)
    return Payment.find_one(payment.id).payment_method


def _bind(**more):
    confirmation = {"type": "redirect", "return_url": samples.RETURN_URL}
    return PaymentMethod.create({"type": "bank_card", "confirmation": confirmation, **more})


def test_a_card_saved_while_paying_is_charged_without_confirmation(bank):
    method = _save(bank)
    assert method.saved is True

    charge = Payment.create(samples.by_saved(method.id, "99.90"))

    assert (charge.status, charge.paid, charge.confirmation) == ("succeeded", True, None)
    assert (charge.payment_method.id, charge.payment_method.card.last4) == (method.id, "2987")
    assert bank.get("/books")["totals"]["100500"]["charge"] == "1343.46"


def test_a_card_is_saved_when_the_payer_ticks_the_box(bank):
    ticked, plain, refused = (
        Payment.create(samples.payment(save_payment_method=asked)) for asked in (None, None, False)
    )

    bank.pay(ticked.id, keep=True)
    bank.pay(plain.id)
    bank.pay(refused.id, keep=True)

    saved = [Payment.find_one(one.id).payment_method.saved for one in (ticked, plain, refused)]
    assert saved == [True, False, False]


def test_a_card_of_a_refused_payment_is_not_saved(bank):
    method = _save(bank, "2200000000000053")

    assert method.saved is False
    with pytest.raises(BadRequestError):
        Payment.create(samples.by_saved(method.id))


def test_an_sbp_account_is_saved_too(bank):
    payment = Payment.create(
        samples.payment(save_payment_method=True, payment_method_data={"type": "sbp"})
    )
    bank.pay_by_sbp(payment.id)

    charge = Payment.create(samples.by_saved(payment.id))

    assert (charge.status, charge.payment_method.type) == ("succeeded", "sbp")


LATER = {
    "2200000000001044": "permission_revoked",
    "2200000000001051": "insufficient_funds",
    "2200000000001069": "card_expired",
}


@pytest.mark.parametrize(("card", "reason"), LATER.items(), ids=LATER)
def test_a_saved_card_may_refuse_later(bank, card, reason):
    method = _save(bank, card)

    charge = Payment.create(samples.by_saved(method.id))

    assert (charge.status, charge.cancellation_details.reason) == ("canceled", reason)
    assert bank.get("/books")["totals"]["100500"]["charge"] == "1243.56"


def test_what_a_saved_card_does_later_is_a_switch(bank):
    method = _save(bank)
    bank.post("/later", payment_method_id=method.id, outcome="issuer_unavailable")
    refused = Payment.create(samples.by_saved(method.id))
    bank.post("/later", payment_method_id=method.id, outcome="succeeded")

    assert refused.cancellation_details.reason == "issuer_unavailable"
    assert Payment.create(samples.by_saved(method.id)).status == "succeeded"


def test_a_charge_may_stay_pending_for_a_while(bank):
    method = _save(bank)
    bank.post("/settings", autopay_seconds=30)

    charge = Payment.create(samples.by_saved(method.id))
    assert (charge.status, charge.confirmation) == ("pending", None)
    bank.post("/clock", seconds=31)

    assert Payment.find_one(charge.id).status == "succeeded"


def test_another_shops_card_is_not_charged(bank):
    method = _save(bank)
    request = samples.by_saved(method.id, "10.00", payment_order=samples.payment_order("10.00"))

    status, answer = ask(bank, "POST", "/payments", request, key="k", shop=UTILITIES_SHOP)

    assert (status, answer["parameter"]) == (400, "payment_method_id")
    assert list(bank.get("/books")["totals"]) == ["100500"]


def test_a_card_is_bound_without_a_payment(bank):
    binding = _bind(metadata={"binding": "b1"})
    assert (binding.status, binding.saved) == ("pending", False)
    assert binding.confirmation.confirmation_url == f"{bank.address}/binding/{binding.id}"
    with pytest.raises(BadRequestError):
        Payment.create(samples.by_saved(binding.id))

    bank.post("/pay", payment_method_id=binding.id, card="2200000000000004")

    bound = PaymentMethod.find_one(binding.id)
    assert (bound.status, bound.saved, bound.title) == ("active", True, "Bank card *0004")
    assert (bound.card["last4"], bound.holder.account_id) == ("0004", "100500")
    assert bank.get("/books")["movements"] == []
    assert Payment.create(samples.by_saved(binding.id)).status == "succeeded"


@pytest.mark.parametrize("card", ["2200000000000053", "2200000000000012"])
def test_a_refused_card_is_not_bound(bank, card):
    binding = _bind()

    bank.post("/pay", payment_method_id=binding.id, card=card)

    assert PaymentMethod.find_one(binding.id).status == "inactive"


def test_a_binding_left_alone_expires(bank):
    binding = _bind()

    bank.post("/clock", seconds=3601)

    assert PaymentMethod.find_one(binding.id).status == "inactive"


def test_a_saved_method_is_read_by_itself(bank):
    method = _save(bank)

    read = PaymentMethod.find_one(method.id)

    assert (read.type, read.status, read.card["last4"]) == ("bank_card", "active", "2987")
