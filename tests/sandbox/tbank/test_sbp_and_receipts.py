from __future__ import annotations

import pytest

from sandbox.tbank import qr

ITEM = {
    "Name": "Газ, октябрь 2026",
    "Price": 150_000,
    "Quantity": 1,
    "Amount": 150_000,
    "Tax": "vat22",
    "PaymentMethod": "full_payment",
    "PaymentObject": "service",
}
RECEIPT = {"Email": "a@example.com", "Taxation": "osn", "FfdVersion": "1.05", "Items": [ITEM]}
GOOD = "2201382000000021"


def test_the_check_digits_are_those_of_real_links():
    """A link of НСПК seen in public code."""
    link = "https://qr.nspk.ru/AS10003P3RH0LJ2A9ROO038L6NT5RU1M?type=01&bank=000000000001&sum=10000&cur=RUB"

    assert f"{qr.checksum(link):04X}" == "F3D0"


def test_a_session_has_one_sbp_link_of_its_sum(shop, sandbox):
    number = shop.init("order-1")["PaymentId"]

    first, again = shop.call("GetQr", PaymentId=number), shop.call("GetQr", PaymentId=number)

    link, _, digits = first["Data"].partition("&crc=")
    assert link.startswith(f"{sandbox.url}/qr/AD")
    assert "&sum=150000&cur=RUB" in link
    assert digits == f"{qr.checksum(link):04X}"
    assert again["Data"] == first["Data"]
    assert shop.call("GetQr", PaymentId=number, DataType="IMAGE")["Data"].count("<svg") == 1


def test_a_payment_by_sbp(shop, listener):
    number = shop.init("order-1")["PaymentId"]
    shop.call("GetQr", PaymentId=number)

    shop.pay(number, sbp="pay")

    state = shop.call("GetState", PaymentId=number)
    assert state["Status"] == "CONFIRMED"
    assert {"Key": "Source", "Value": "qrsbp"} in state["Params"]
    assert shop.control("books")["taken"] == 150_000
    assert listener.statuses(1) == ["CONFIRMED"]


def test_a_bank_of_the_payer_that_refuses_three_times_ends_it(shop):
    number = shop.init("order-1")["PaymentId"]
    shop.call("GetQr", PaymentId=number)

    shop.pay(number, sbp="no-money")

    (told,) = shop.call("CheckOrder", OrderId="order-1")["Payments"]
    assert (told["Status"], told["ErrorCode"]) == ("REJECTED", "5060")
    assert shop.control("books")["taken"] == 0


def test_a_bank_of_the_list_gives_a_link_into_its_app(shop):
    number = shop.init("order-1")["PaymentId"]
    members = shop.call("QrMembersList", PaymentId=number)["Members"]
    bank = members[0]["MemberId"]

    link = shop.call("GetQr", PaymentId=number, BankId=bank)["Data"]

    assert link.startswith(f"bank{bank}://")


def test_too_little_for_sbp(shop):
    number = shop.init("order-1", amount=999)["PaymentId"]

    assert shop.call("GetQr", PaymentId=number)["ErrorCode"] == "3016"


def test_a_receipt_is_printed_for_a_payment_and_for_its_refund(shop, listener):
    number = shop.init("order-1", Receipt=RECEIPT)["PaymentId"]
    shop.pay(number, card=GOOD)
    shop.call("Cancel", PaymentId=number)

    printed = [one for one in listener.wait(5) if one["Status"] == "RECEIPT"]

    assert sorted(one["Type"] for one in printed) == ["Income", "IncomeReturn"]
    assert {one["Amount"] for one in printed} == {150_000}
    assert sorted(one["FiscalDocumentNumber"] for one in printed) == [1, 2]


def test_a_till_that_fails_says_so(shop, listener):
    shop.control("settings", {"till": "fails"})
    number = shop.init("order-1", Receipt=RECEIPT)["PaymentId"]
    shop.pay(number, card=GOOD)

    (told,) = [one for one in listener.wait(3) if one["Status"] == "RECEIPT"]

    assert (told["Success"], told["ErrorCode"]) == (False, "311")
    assert "FiscalDocumentNumber" not in told


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"Taxation": "none"}, "309"),
        ({"Email": ""}, "201"),
        ({"Items": []}, "309"),
        ({"Items": [ITEM | {"Amount": 149_999, "Price": 149_999}]}, "334"),
        ({"Items": [ITEM | {"Price": 150_001}]}, "308"),
        ({"Items": [ITEM | {"Name": "я" * 129}]}, "309"),
        ({"Items": [ITEM | {"Tax": "vat18"}]}, "309"),
        ({"Items": [ITEM | {"PaymentMethod": "later"}]}, "309"),
        ({"FfdVersion": "1.2"}, "201"),
    ],
)
def test_a_receipt_that_the_till_would_not_print_stops_the_payment(shop, wrong, error):
    refused = shop.init("order-1", Receipt=RECEIPT | wrong)

    assert (refused["Success"], refused["ErrorCode"]) == (False, error)
    assert shop.control("payments") == []
    assert shop.init("order-1", Receipt=RECEIPT)["Success"] is True


def test_an_advance_is_closed_by_a_receipt_of_its_own(shop, listener):
    advance = RECEIPT | {"Items": [ITEM | {"PaymentMethod": "advance", "PaymentObject": "payment"}]}
    number = shop.init("order-1", Receipt=advance)["PaymentId"]
    shop.pay(number, card=GOOD)

    assert shop.call("SendClosingReceipt", PaymentId=number, Receipt=RECEIPT)["Success"] is True

    plain = shop.init("order-2", Receipt=RECEIPT)["PaymentId"]
    shop.pay(plain, card=GOOD)
    refused = shop.call("SendClosingReceipt", PaymentId=plain, Receipt=RECEIPT)
    assert refused["ErrorCode"] == "4"
