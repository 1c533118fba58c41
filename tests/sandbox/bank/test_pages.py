"""The payer's pages, driven by plain HTTP as a browser without JavaScript would."""

from __future__ import annotations

import re

import pytest
from yookassa import Payment, PaymentMethod

from sandbox.bank.paying import CODE
from sandbox.bank.sbp import BANKS, checksum
from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import browse

FORM = {"number": "2202 4743 0132 2987", "expiry": "12/49", "csc": "123"}
WITH_CODE = {**FORM, "number": "2200 0000 0000 0004"}
NBSP = "\u00a0"


def _open(**more):
    payment = Payment.create(samples.payment(**more))
    return payment.id, f"/checkout/{payment.id}"


def _status(payment_id):
    return Payment.find_one(payment_id).status


def _follow(bank, path, form):
    """Send a form, expect a redirect, return the page it leads to."""
    status, headers, _text = browse(bank, path, form)
    assert status == 303
    return browse(bank, headers["Location"])


def test_the_card_page_tells_what_is_paid_to_whom_and_until_when(bank):
    _id, address = _open(payment_order=samples.payment_order())

    status, headers, text = browse(bank, address)

    assert status == 200
    for told in (f"1{NBSP}243,56{NBSP}₽", "АО «Приозёрье-Газ»", "Газ за октябрь", "0 ₽", "мск"):
        assert told in text
    left = int(re.search(r'data-seconds="(\d+)"', text)[1])
    assert 3590 <= left <= 3600
    assert headers["Cache-Control"] == "no-store"


def test_a_card_without_code_pays_and_the_payer_goes_back(bank):
    payment_id, address = _open()

    status, headers, text = _follow(bank, f"{address}/card", FORM)

    assert (status, _status(payment_id)) == (200, "succeeded")
    assert "Оплачено" in text
    assert f'href="{samples.RETURN_URL}"' in text
    assert headers["Refresh"] == f"5; url={samples.RETURN_URL}"


def test_a_card_with_code_asks_for_the_code_that_the_page_tells(bank):
    payment_id, address = _open()

    text = _follow(bank, f"{address}/card", WITH_CODE)[2]
    code = re.search(r'id="right-code">(\d+)<', text)[1]
    assert (code, _status(payment_id)) == (CODE, "pending")
    text = _follow(bank, f"{address}/code", {"code": code})[2]

    assert "Оплачено" in text
    assert Payment.find_one(payment_id).authorization_details.three_d_secure.applied is True


def test_a_wrong_code_may_be_corrected_and_the_third_refuses(bank):
    payment_id, address = _open()
    browse(bank, f"{address}/card", WITH_CODE)

    for tries in ("Осталось 2 попытки.", "Осталась 1 попытка."):
        status, _headers, text = browse(bank, f"{address}/code", {"code": "0000"})
        assert (status, tries in text, _status(payment_id)) == (422, True, "pending")
    text = _follow(bank, f"{address}/code", {"code": "0000"})[2]

    assert "Платёж не прошёл" in text
    assert Payment.find_one(payment_id).cancellation_details.reason == "3d_secure_failed"


def test_the_payer_may_refuse_before_the_code(bank):
    payment_id, address = _open()
    browse(bank, f"{address}/card", WITH_CODE)

    _follow(bank, f"{address}/code", {"action": "cancel"})

    assert Payment.find_one(payment_id).cancellation_details.reason == "3d_secure_failed"


def test_a_refused_card_says_why(bank):
    _id, address = _open()

    form = {**FORM, "number": "2200000000000053"}
    text = _follow(bank, f"{address}/card", form)[2]

    assert "На счёте не хватает денег." in text


WRONG = {
    "number": [{"number": "4242"}, {"number": "2202474301322986"}, {"number": "5105105105105100"}],
    "expiry": [{"expiry": ""}, {"expiry": "13/30"}, {"expiry": "10/26"}],
    "csc": [{"csc": ""}, {"csc": "12"}, {"csc": "abc"}],
}


@pytest.mark.parametrize(
    ("field", "more"), [(field, more) for field, forms in WRONG.items() for more in forms]
)
def test_a_wrong_form_is_shown_again_and_nothing_happens(bank, field, more):
    payment_id, address = _open()

    status, _headers, text = browse(bank, f"{address}/card", FORM | more)

    assert status == 422
    assert 'role="alert"' in text
    invalid = re.search(r'<input id="(\w+)"[^>]*aria-invalid="true"', text)
    assert invalid[1] == field
    assert _status(payment_id) == "pending"
    assert browse(bank, f"{address}/card", FORM)[0] == 303


def test_a_number_of_the_list_fills_the_form(bank):
    _id, address = _open()

    text = browse(bank, f"{address}/card?card=2200000000000053")[2]

    assert 'value="2200 0000 0000 0053"' in text


def test_what_is_typed_comes_back_as_text(bank):
    _id, address = _open(description="<b>Газ</b>")

    text = browse(bank, f"{address}/card", {**FORM, "number": '"><script>alert(1)</script>'})[2]

    assert "<script>alert" not in text
    assert "&lt;b&gt;Газ&lt;/b&gt;" in text


def test_the_box_saves_the_card(bank):
    payment_id, address = _open()
    assert 'name="keep"' in browse(bank, address)[2]

    browse(bank, f"{address}/card", {**FORM, "keep": "on"})

    assert Payment.find_one(payment_id).payment_method.saved is True


def test_no_box_is_shown_when_the_shop_has_decided(bank):
    for decision in (True, False):
        _id, address = _open(save_payment_method=decision)
        assert 'name="keep"' not in browse(bank, address)[2]


def test_a_second_press_charges_nothing(bank):
    _id, address = _open()

    for _time in range(3):
        _follow(bank, f"{address}/card", FORM)

    assert bank.get("/books")["totals"]["100500"]["charge"] == "1243.56"


def test_the_payer_chooses_when_the_shop_has_not(bank):
    payment_id, address = _open(payment_method_data=None)
    text = browse(bank, address)[2]
    assert f"{address}/sbp" in text

    _follow(bank, f"{address}/card", FORM)

    assert Payment.find_one(payment_id).payment_method.type == "bank_card"


def test_sbp_shows_a_qr_and_the_banks_and_looks_again(bank):
    _id, address = _open(payment_method_data={"type": "sbp"})

    status, headers, text = browse(bank, address)

    assert (status, headers["Refresh"]) == (200, "3")
    assert "<svg viewBox" in text
    assert [one.name for one in BANKS if one.name not in text] == []


@pytest.mark.parametrize(
    ("action", "status", "reason"),
    [
        ("pay", "succeeded", None),
        ("refuse", "canceled", "general_decline"),
        ("no_money", "canceled", "insufficient_funds"),
    ],
)
def test_the_payer_answers_in_the_banks_app(bank, action, status, reason):
    payment = Payment.create(
        samples.payment(payment_method_data={"type": "sbp"}, confirmation={"type": "qr"})
    )
    text = payment.confirmation.confirmation_data
    head, crc = text.split("&crc=")
    assert checksum(head) == crc
    path = text.removeprefix(bank.address)
    app = re.search(r'href="(/sbp/\w+/\d+)"', browse(bank, path)[2])[1]
    assert 'value="pay"' in browse(bank, app)[2]

    end = _follow(bank, app, {"action": action})[2]

    assert "Эту страницу можно закрыть" in end
    paid = Payment.find_one(payment.id)
    assert paid.status == status
    assert (paid.cancellation_details.reason if reason else None) == reason
    assert browse(bank, app)[0] == 303


def test_a_late_payer_is_told_so(bank):
    _id, address = _open()
    bank.post("/clock", seconds=3601)

    text = _follow(bank, f"{address}/card", FORM)[2]

    assert "Время на оплату вышло." in text
    assert bank.get("/books")["movements"] == []


def test_a_long_check_has_a_page_that_looks_again(bank):
    _id, address = _open()

    _code, headers, text = _follow(bank, f"{address}/card", {**FORM, "number": "2200000000001036"})

    assert "Банк проверяет платёж" in text
    assert headers["Refresh"] == "3"
    bank.post("/clock", seconds=91)
    assert "Оплачено" in browse(bank, address)[2]


def test_a_card_is_bound_on_a_page_like_that(bank):
    confirmation = {"type": "redirect", "return_url": samples.RETURN_URL}
    binding = PaymentMethod.create({"type": "bank_card", "confirmation": confirmation})
    address = binding.confirmation.confirmation_url.removeprefix(bank.address)
    assert "Привязать карту" in browse(bank, address)[2]

    _follow(bank, f"{address}/card", WITH_CODE)
    text = _follow(bank, f"{address}/code", {"code": CODE})[2]

    assert "Способ оплаты привязан." in text
    assert PaymentMethod.find_one(binding.id).status == "active"


def test_the_pages_allow_nothing_foreign_and_carry_no_inline_style_or_script(bank):
    _id, address = _open()
    for path in ("/", address, f"{address}/sbp", "/no-such-page"):
        _code, headers, text = browse(bank, path)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert not re.search(r"<style|style=|<script(?! src=)|\son\w+=", text)
        assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', text) == []


def test_unknown_addresses_have_a_page_too(bank):
    for path in ("/checkout/unknown", "/binding/x", "/sbp/" + "A" * 32, "/etc", "/static/..%2f"):
        status, _headers, text = browse(bank, path)
        assert (status, "Такой страницы нет" in text) == (404, True)
