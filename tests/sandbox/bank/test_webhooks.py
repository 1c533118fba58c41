"""Notifications: each event once, again until the shop answers 200, and in any disorder a test orders."""

from __future__ import annotations

import json

from yookassa import Payment, PaymentMethod, Refund
from yookassa.domain.notification import WebhookNotificationFactory

from sandbox.bank.courier import pause_after
from tests.sandbox.bank import samples

DAY = 24 * 3600


def _quiet(bank):
    assert bank.post("/webhooks/wait") == {"quiet": True}


def test_success_is_announced_as_the_payment_stands(bank, door):
    payment = Payment.create(samples.payment())
    bank.pay(payment.id)
    _quiet(bank)

    assert door.events == ["payment.succeeded"]
    notice = WebhookNotificationFactory().create(door.came[0])
    assert (door.came[0]["type"], notice.event) == ("notification", "payment.succeeded")
    assert notice.object.json() == Payment.find_one(payment.id).json()


def test_every_event_of_the_bank_is_announced(bank, door):
    held = Payment.create(samples.payment("10.00", capture=False))
    bank.pay(held.id)
    Payment.capture(held.id)
    refused = Payment.create(samples.payment("20.00"))
    bank.pay(refused.id, "2200000000000053")
    Refund.create({"payment_id": held.id, "amount": samples.money("1.00")})
    binding = PaymentMethod.create(
        {
            "type": "bank_card",
            "confirmation": {"type": "redirect", "return_url": samples.RETURN_URL},
        }
    )
    bank.post("/pay", payment_method_id=binding.id, card="2202474301322987")
    abandoned = Payment.create(samples.payment("30.00"))
    bank.post("/clock", seconds=3601)
    _quiet(bank)

    assert sorted((one["event"], one["object"]["id"]) for one in door.came) == sorted(
        [
            ("payment.waiting_for_capture", held.id),
            ("payment.succeeded", held.id),
            ("payment.canceled", refused.id),
            ("refund.succeeded", next(iter(bank.get("/books")["refunds"]))["id"]),
            ("payment_method.active", binding.id),
            ("payment.canceled", abandoned.id),
        ]
    )


def test_an_event_happens_by_itself_when_its_time_comes(bank, door):
    bank.post("/settings", expiry_seconds=0.3)
    payment = Payment.create(samples.payment())

    assert door.somebody_came.wait(10)
    assert [(one["event"], one["object"]["id"]) for one in door.came] == [
        ("payment.canceled", payment.id)
    ]


def test_it_comes_again_until_the_shop_answers_200(bank, door):
    door.answers = [500, 302, 404]
    payment = Payment.create(samples.payment())
    bank.pay(payment.id)

    for wait in (1, 2, 4):
        _quiet(bank)
        bank.post("/clock", seconds=wait)
    _quiet(bank)

    assert door.events == ["payment.succeeded"] * 4
    (sent,) = bank.get("/webhooks")["finished"]
    assert (sent["state"], sent["attempts"]) == ("delivered", 4)


def test_the_pauses_grow_to_an_hour():
    seconds = [pause_after(attempts) / 1000 for attempts in (1, 2, 3, 10, 12, 13, 40)]

    assert seconds == [1, 2, 4, 512, 2048, 3600, 3600]


def test_the_bank_gives_up_after_a_day(bank, door):
    door.answers = [500] * 100
    bank.pay(Payment.create(samples.payment()).id)
    _quiet(bank)
    bank.post("/clock", seconds=DAY)
    _quiet(bank)

    (sent,) = bank.get("/webhooks")["finished"]
    assert (sent["state"], sent["last_answer"]) == ("given_up", "500")


def test_a_closed_door_is_tried_again(bank, door):
    bank.post("/webhook", url="http://127.0.0.1:1/")
    bank.pay(Payment.create(samples.payment()).id)
    _quiet(bank)
    assert bank.get("/webhooks")["waiting"][0]["last_answer"] == "ConnectionRefusedError"

    bank.post("/webhook", url=door.url)
    bank.post("/clock", seconds=1)
    _quiet(bank)

    assert door.events == ["payment.succeeded"]


def test_the_money_is_taken_and_the_notification_is_lost(bank, door):
    payment = Payment.create(samples.payment())
    bank.pay(payment.id, "2200000000001028")
    _quiet(bank)

    assert Payment.find_one(payment.id).status == "succeeded"
    assert door.came == []


def test_notifications_may_be_withheld_and_let_go_in_any_order(bank, door):
    bank.post("/webhooks", on=False)
    ids = [Payment.create(samples.payment()).id for _time in range(3)]
    for payment_id in ids:
        bank.pay(payment_id)
    withheld = bank.get("/webhooks")["withheld"]
    assert [row["object_id"] for row in withheld] == ids
    assert door.came == []

    for row in reversed(withheld):
        bank.post("/webhooks/release", ids=[row["id"]])
        _quiet(bank)

    assert [one["object"]["id"] for one in door.came] == ids[::-1]


def test_withheld_notifications_may_be_taken_to_deliver_them_by_hand(bank, door):
    bank.post("/webhooks", on=False)
    payment = Payment.create(samples.payment())
    bank.pay(payment.id)

    (taken,) = bank.post("/webhooks/take")["taken"]

    assert json.loads(taken["body"])["object"]["id"] == payment.id
    assert bank.post("/webhooks/release") == {"released": []}
    assert door.came == []


def test_notifications_may_be_doubled(bank, door):
    bank.post("/webhooks", copies=3)
    bank.pay(Payment.create(samples.payment()).id)
    _quiet(bank)

    assert door.events == ["payment.succeeded"] * 3


def test_notifications_may_be_late(bank, door):
    bank.post("/webhooks", delay_seconds=60)
    bank.pay(Payment.create(samples.payment()).id)
    _quiet(bank)
    assert door.came == []

    bank.post("/clock", seconds=61)
    _quiet(bank)

    assert door.events == ["payment.succeeded"]


def test_notifications_may_come_in_disorder(bank, door):
    bank.post("/webhooks", shuffle_seconds=3600)
    ids = [Payment.create(samples.payment()).id for _time in range(12)]
    for payment_id in ids:
        bank.pay(payment_id)

    for _hour in range(60):
        bank.post("/clock", seconds=60)
        _quiet(bank)
    bank.post("/clock", seconds=60)
    _quiet(bank)

    came = [one["object"]["id"] for one in door.came]
    assert sorted(came) == sorted(ids)
    assert came != ids


def test_a_shop_without_an_address_is_told_nothing(bank):
    bank.pay(Payment.create(samples.payment()).id)

    assert bank.get("/webhooks") == {"waiting": [], "withheld": [], "finished": []}
