from __future__ import annotations

import time

import pytest

from tests.sandbox.tbank.shop import sign

GOOD, POOR = "2201382000000021", "5000000000000009"


def refused_payment(shop):
    """One notification, not two."""
    number = shop.init("order-1")["PaymentId"]
    shop.pay(number, card=POOR)
    return number


def outcome(shop):
    """The one notification when all is over: what the shop answered is written down a moment after it answers."""
    until = time.monotonic() + 5
    while True:
        (told,) = shop.control("notifications")
        if told["delivered"] or told["given_up"] or time.monotonic() > until:
            return told
        time.sleep(0.01)


@pytest.mark.parametrize("answer", [(200, b"ok"), (200, b"<b>OK</b>"), (500, b"OK"), (200, b"")])
def test_a_notification_is_repeated_until_the_shop_says_ok(shop, listener, answer):
    listener.first = [answer, answer]
    refused_payment(shop)

    assert outcome(shop)["delivered"] is True
    time.sleep(0.2)
    assert len(listener.heard) == 3
    assert len({one["Token"] for one in listener.heard}) == 1


def test_a_shop_that_never_answers_is_left_alone_at_last(shop, listener):
    listener.answer = (500, b"")
    refused_payment(shop)

    told = outcome(shop)
    time.sleep(0.2)

    assert len(listener.heard) == 4
    assert (told["delivered"], told["given_up"], len(told["answers"])) == (False, True, 4)


def test_notifications_off_are_only_written_down(shop, listener):
    shop.control("notifications", {"mode": "off"})
    number = refused_payment(shop)
    time.sleep(0.3)
    assert listener.heard == []

    shop.control(f"payments/{number}/notify", {})

    assert listener.statuses(1) == ["REJECTED"]


def test_notifications_doubled(shop, listener):
    shop.control("notifications", {"mode": "doubled"})
    refused_payment(shop)

    assert listener.statuses(2) == ["REJECTED", "REJECTED"]


def test_a_payment_may_name_an_address_of_its_own(shop, listener):
    number = shop.init("order-1", NotificationURL=f"{listener.url}/own")["PaymentId"]
    shop.pay(number, card=POOR)

    listener.wait(1)

    assert [one["url"] for one in shop.control("notifications")] == [f"{listener.url}/own"]


def test_numbers_are_numbers_in_notifications_and_the_signature_counts_them(shop, listener):
    number = refused_payment(shop)

    (notice,) = listener.wait(1)

    assert notice["PaymentId"] == int(number)
    assert notice["Success"] is False
    assert notice["Token"] == sign(notice)
    assert notice["Token"] != sign(notice | {"Amount": notice["Amount"] + 1})
