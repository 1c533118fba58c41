from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.tbank.tokens import token
from tests.sandbox.tbank.shop import KEY, Shop, sign

GOOD, WITH_CODE, POOR = "2201382000000021", "2201382000000013", "5000000000000009"


def refusal(answer):
    return answer["Success"], answer["ErrorCode"]


@pytest.mark.parametrize(
    ("fields", "password", "expected"),
    [
        # both are worked examples of the service's own documents
        (
            {
                "TerminalKey": "1234567890DEMO",
                "OrderId": "000000",
                "Success": True,
                "Status": "AUTHORIZED",
                "PaymentId": "0000000",
                "ErrorCode": "0",
                "Amount": 1111,
                "CardId": "000000",
                "Pan": "200000******0000",
                "ExpDate": "1111",
                "RebillId": "000000",
                "Data": {"nested": "takes no part"},
            },
            "11111111111",
            "1c0964277d0213349243065a0d5b838b8e90d2d25f740d0f2767836e710e80c8",
        ),
        (
            {
                "TerminalKey": "1321054611234DEMO",
                "OrderId": "201709",
                "Success": True,
                "Status": "AUTHORIZED",
                "PaymentId": 8742591,
                "ErrorCode": "0",
                "Amount": 9855,
                "CardId": 322264,
                "Pan": "430000******0777",
                "ExpDate": "1122",
                "RebillId": 101709,
            },
            "Dfsfh56dgKl",
            "b906d28e76c6428e37b25fcf86c0adc52c63d503013fdd632e300593d165766b",
        ),
    ],
)
def test_the_signature_is_that_of_the_services_documents(fields, password, expected):
    assert token(fields, password) == expected
    assert sign(fields, password) == expected


def test_a_session_opens_new_with_a_page(shop, sandbox):
    answer = shop.init("order-1", Description="Газ, октябрь")

    page = answer.pop("PaymentURL")
    number = answer.pop("PaymentId")
    assert answer == {
        "Success": True,
        "ErrorCode": "0",
        "TerminalKey": KEY,
        "Status": "NEW",
        "OrderId": "order-1",
        "Amount": 150_000,
    }
    assert page.startswith(f"{sandbox.url}/pay/")
    assert shop.call("GetState", PaymentId=number)["Status"] == "NEW"


def test_an_altered_request_is_refused_and_opens_nothing(shop):
    fields = {"TerminalKey": KEY, "OrderId": "order-1", "Amount": 150_000}
    signed = {**fields, "Token": sign(fields)}

    assert refusal(shop.send("Init", {**signed, "Amount": 100})) == (False, "204")
    assert refusal(shop.send("Init", {**signed, "TerminalKey": "OTHER"})) == (False, "204")
    assert refusal(shop.send("Init", {**signed, "TerminalKey": "nobody"})) == (False, "205")
    assert shop.control("payments") == []
    assert shop.send("Init", signed)["Success"] is True


def test_an_order_number_is_taken_once(shop):
    first = shop.init("order-1")

    again = shop.init("order-1", amount=200)

    assert refusal(again) == (False, "8")
    assert "order_id" in again["Details"]
    assert [one["id"] for one in shop.control("payments")] == [first["PaymentId"]]


@pytest.mark.parametrize("amount", [99, 0, -100, "15000", 100.5, True, None])
def test_a_sum_that_is_no_whole_number_of_kopecks_is_refused(shop, amount):
    assert shop.init("order-1", amount=amount)["Success"] is False
    assert shop.control("payments") == []


def test_a_paid_card_takes_the_money_once_and_says_so_twice(shop, listener):
    number = shop.init("order-1")["PaymentId"]

    shop.pay(number, card=GOOD)

    assert shop.call("GetState", PaymentId=number)["Status"] == "CONFIRMED"
    assert shop.control("books") == {
        "payments": 1,
        "taken": 150_000,
        "returned": 0,
        "left": 150_000,
    }
    assert listener.statuses(2) == ["AUTHORIZED", "CONFIRMED"]
    for notice in listener.heard:
        assert notice["Token"] == sign(notice)
        assert (notice["OrderId"], notice["Amount"], notice["Success"]) == (
            "order-1",
            150_000,
            True,
        )
        assert notice["Pan"] == "220138******0021"


@pytest.mark.parametrize(
    ("card", "error"),
    [
        (POOR, "1051"),
        ("2201382000000039", "1041"),
        ("2201382000000047", "1054"),
        ("2201382000000054", "1082"),
        ("2201382000000062", "1013"),
        ("2201382000000070", "1005"),
        ("2201382000000088", "1059"),
        ("4000000000000994", "76"),
        ("4300000000000017", "1096"),
        ("2201382000000096", "101"),
    ],
)
def test_a_refused_card_moves_no_money_and_names_the_cause(shop, listener, card, error):
    number = shop.init("order-1")["PaymentId"]

    shop.pay(number, card=card)

    (told,) = shop.call("CheckOrder", OrderId="order-1")["Payments"]
    assert (told["Status"], told["ErrorCode"], told["Success"]) == ("REJECTED", error, False)
    assert told["Message"]
    assert shop.call("GetState", PaymentId=number)["Status"] == "REJECTED"
    assert shop.control("books")["taken"] == 0
    assert listener.wait(1)[0]["ErrorCode"] == error


def test_a_wrong_code_may_be_tried_thrice(shop):
    number = shop.init("order-1")["PaymentId"]

    after = shop.pay(number, card=WITH_CODE, code="000000")

    assert (after["status"], after["error"], after["tries"]) == ("REJECTED", "101", 3)
    assert shop.control("books")["taken"] == 0


def test_a_window_closed_before_the_code_leaves_the_session_open_until_its_time(shop):
    number = shop.init("order-1")["PaymentId"]
    shop.pay(number, card=WITH_CODE, code=None)
    assert shop.call("GetState", PaymentId=number)["Status"] == "3DS_CHECKING"

    shop.control("clock", {"seconds": 25 * 3600})

    assert shop.call("GetState", PaymentId=number)["Status"] == "DEADLINE_EXPIRED"
    assert shop.control("books")["taken"] == 0


def test_the_shop_says_when_the_session_ends(shop):
    due = datetime.now(UTC) + timedelta(minutes=20)
    number = shop.init("order-1", RedirectDueDate=due.isoformat(timespec="seconds"))["PaymentId"]

    shop.control("clock", {"seconds": 19 * 60})
    assert shop.call("GetState", PaymentId=number)["Status"] == "NEW"
    shop.control("clock", {"seconds": 2 * 60})

    assert shop.call("GetState", PaymentId=number)["Status"] == "DEADLINE_EXPIRED"


def test_a_slow_card_is_checked_for_a_while_and_then_paid(shop):
    shop.control("settings", {"linger": 60})
    number = shop.init("order-1")["PaymentId"]
    shop.pay(number, card="5000000000000108")
    assert shop.call("GetState", PaymentId=number)["Status"] == "CONFIRM_CHECKING"
    assert shop.control("books")["taken"] == 0

    shop.control("clock", {"seconds": 61})

    assert shop.call("GetState", PaymentId=number)["Status"] == "CONFIRMED"
    assert shop.control("books")["taken"] == 150_000


def test_two_stages_hold_first_and_take_what_is_confirmed(shop):
    number = shop.init("order-1", PayType="T")["PaymentId"]
    shop.pay(number, card=GOOD)
    assert shop.call("GetState", PaymentId=number)["Status"] == "AUTHORIZED"
    assert shop.control("books")["taken"] == 0

    assert refusal(shop.call("Confirm", PaymentId=number, Amount=150_001)) == (False, "330")
    assert shop.call("Confirm", PaymentId=number, Amount=100_000)["Status"] == "CONFIRMED"

    assert shop.control("books")["taken"] == 100_000
    assert refusal(shop.call("Confirm", PaymentId=number)) == (False, "4")


def test_twenty_hands_on_one_payment_take_its_money_once(shop):
    number = shop.init("order-1")["PaymentId"]

    def try_to_pay():
        Shop(shop.url).request(
            "POST",
            f"/control/payments/{number}/pay",
            json.dumps({"card": GOOD}),
            {"Content-Type": "application/json"},
        )

    hands = [threading.Thread(target=try_to_pay) for _ in range(20)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    assert shop.control("books")["taken"] == 150_000
    assert shop.control(f"payments/{number}")["history"].count("CONFIRMED") == 1


def test_nobody_asks_about_anothers_payment(shop, sandbox):
    number = shop.init("order-1")["PaymentId"]
    other = Shop(sandbox.url, key="OTHER", password="another")

    assert refusal(other.call("GetState", PaymentId=number)) == (False, "255")
    assert refusal(other.call("Cancel", PaymentId=number)) == (False, "255")
    assert refusal(other.call("CheckOrder", OrderId="order-1")) == (False, "335")
    assert shop.call("GetState", PaymentId=number)["Status"] == "NEW"
