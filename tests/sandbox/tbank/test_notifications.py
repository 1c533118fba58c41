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


@pytest.mark.parametrize("answer", [(200, b"ok"), (200, b"<b>OK</b>"), (500, b"OK"), (200, b"")])
def test_a_notification_is_repeated_until_the_shop_says_ok(shop, listener, answer):
    listener.answer = answer
    refused_payment(shop)
    listener.wait(2)

    listener.answer = (200, b"OK")
    heard = len(listener.wait(3))
    time.sleep(0.3)

    assert len(listener.heard) <= heard + 1
    assert len({one["Token"] for one in listener.heard}) == 1
    (told,) = shop.control("notifications")
    assert told["delivered"] is True


def test_a_shop_that_never_answers_is_left_alone_at_last(shop, listener):
    listener.answer = (500, b"")
    refused_payment(shop)

    listener.wait(4)
    time.sleep(0.5)

    (told,) = shop.control("notifications")
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
