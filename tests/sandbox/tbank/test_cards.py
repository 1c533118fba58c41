from __future__ import annotations

import pytest

GOOD, FORGETFUL = "2201382000000021", "2201382000000120"


def saved(shop, card, *, customer="person-1"):
    """Pay once with a card that is to be saved; return what the bank remembers of it."""
    order = shop.init(f"first-{card}-{customer}", CustomerKey=customer, Recurrent="Y")
    shop.pay(order["PaymentId"], card=card)
    return shop.call("GetCardList", CustomerKey=customer)


def test_a_card_is_saved_while_paying_and_charged_later_without_the_person(shop, listener):
    (kept,) = saved(shop, GOOD)
    assert kept == {
        "CardId": kept["CardId"],
        "Pan": "220138******0021",
        "Status": "A",
        "RebillId": kept["RebillId"],
        "CardType": 0,
        "ExpDate": "1230",
    }
    assert {str(one["RebillId"]) for one in listener.wait(2)} == {kept["RebillId"]}

    number = shop.init("month-2", amount=70_000)["PaymentId"]
    answer = shop.call("Charge", PaymentId=number, RebillId=kept["RebillId"])

    assert (answer["Success"], answer["Status"], answer["Amount"]) == (True, "CONFIRMED", 70_000)
    again = shop.call("Charge", PaymentId=number, RebillId=kept["RebillId"])
    assert (again["Success"], again["ErrorCode"]) == (False, "4")
    assert shop.control("books")["taken"] == 150_000 + 70_000


@pytest.mark.parametrize(
    ("card", "error"), [("2201382000000104", "1051"), ("2201382000000112", "1041")]
)
def test_a_later_charge_may_be_refused(shop, card, error):
    (kept,) = saved(shop, card)
    number = shop.init("month-2", amount=70_000)["PaymentId"]

    answer = shop.call("Charge", PaymentId=number, RebillId=kept["RebillId"])

    assert (answer["Success"], answer["Status"], answer["ErrorCode"]) == (False, "REJECTED", error)
    assert shop.control("books")["taken"] == 150_000


def test_a_card_that_cannot_be_saved_still_pays(shop, listener):
    assert saved(shop, FORGETFUL) == []
    assert shop.control("books")["taken"] == 150_000
    assert all("RebillId" not in one for one in listener.wait(2))


def test_without_repeated_charges_asked_for_no_number_for_them_is_given(shop):
    order = shop.init("order-1", CustomerKey="person-1")
    shop.pay(order["PaymentId"], card=GOOD)

    assert [one["RebillId"] for one in shop.call("GetCardList", CustomerKey="person-1")] == [""]


def test_a_removed_card_is_charged_no_more(shop):
    (kept,) = saved(shop, GOOD)

    removed = shop.call("RemoveCard", CustomerKey="person-1", CardId=kept["CardId"])

    assert removed["Status"] == "D"
    number = shop.init("month-2")["PaymentId"]
    assert shop.call("Charge", PaymentId=number, RebillId=kept["RebillId"])["ErrorCode"] == "104"
    assert shop.control("books")["taken"] == 150_000


def test_another_persons_card_is_not_removed(shop):
    (kept,) = saved(shop, GOOD)
    saved(shop, FORGETFUL, customer="person-2")

    refused = shop.call("RemoveCard", CustomerKey="person-2", CardId=kept["CardId"])

    assert refused["ErrorCode"] == "107"
    assert shop.call("GetCardList", CustomerKey="person-1")[0]["Status"] == "A"


def test_a_card_is_bound_without_paying(shop, listener):
    assert shop.call("AddCard", CustomerKey="person-1")["ErrorCode"] == "7"
    shop.call("AddCustomer", CustomerKey="person-1")
    opened = shop.call("AddCard", CustomerKey="person-1", CheckType="3DS")
    assert shop.call("GetAddCardState", RequestKey=opened["RequestKey"])["Status"] == "NEW"

    shop.pay(opened["PaymentId"], card="2201382000000013")

    state = shop.call("GetAddCardState", RequestKey=opened["RequestKey"])
    (kept,) = shop.call("GetCardList", CustomerKey="person-1")
    assert (state["Status"], state["CardId"], state["RebillId"]) == (
        "COMPLETED",
        kept["CardId"],
        kept["RebillId"],
    )
    (notice,) = listener.wait(1)
    assert notice["NotificationType"] == "LINKCARD"
    assert notice["RequestKey"] == opened["RequestKey"]
    assert shop.control("books")["taken"] == 0
    number = shop.init("month-1", amount=70_000)["PaymentId"]
    shop.call("Charge", PaymentId=number, RebillId=kept["RebillId"])
    assert shop.control("books")["taken"] == 70_000


@pytest.mark.parametrize("card", ["5000000000000009", "2201382000000096", FORGETFUL])
def test_a_binding_that_fails_leaves_no_card(shop, card):
    shop.call("AddCustomer", CustomerKey="person-1")
    opened = shop.call("AddCard", CustomerKey="person-1")

    shop.pay(opened["PaymentId"], card=card)

    state = shop.call("GetAddCardState", RequestKey=opened["RequestKey"])
    assert (state["Status"], state["RebillId"]) == ("REJECTED", "")
    assert shop.call("GetCardList", CustomerKey="person-1") == []
