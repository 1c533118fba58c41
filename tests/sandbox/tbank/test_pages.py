from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from sandbox.tbank.cards import CARDS
from tests.sandbox.tbank.shop import Shop

GOOD, WITH_CODE, POOR = "2201382000000021", "2201382000000013", "5000000000000009"
CARD = {"expires": "12/30", "cvc": "123"}


@pytest.fixture
def order(shop):
    answer = shop.init(
        "order-1",
        amount=123_456,
        Description="Газ <октябрь>",
        SuccessURL="http://shop.example/good?x=1",
        FailURL="http://shop.example/bad",
    )
    answer["page"] = urlsplit(answer["PaymentURL"]).path
    return answer


def status_of(shop, order):
    return shop.call("GetState", PaymentId=order["PaymentId"])["Status"]


def test_the_page_shows_the_sum_the_purpose_and_every_test_card(shop, order):
    status, headers, page = shop.get(order["page"])

    assert status == 200
    assert "1\N{NO-BREAK SPACE}234,56\N{NO-BREAK SPACE}₽" in page
    assert "Газ &lt;октябрь&gt;" in page
    assert all(card.grouped in page for card in CARDS.values())
    assert "<script" not in page
    assert "style=" not in page
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert status_of(shop, order) == "FORM_SHOWED"


def test_a_card_with_a_code_pays_and_leads_back_to_the_shop(shop, order):
    _, asked, _ = shop.fill(order["page"], number="2201 3820 0000 0013", **CARD)
    code_page = asked["Location"]
    assert code_page.startswith("/3ds/")
    assert "123456" in shop.get(code_page)[2]
    assert status_of(shop, order) == "3DS_CHECKING"

    status, _, page = shop.fill(code_page, code="111111", do="confirm")
    assert (status, "не подошёл" in page) == (422, True)
    status, done, _ = shop.fill(code_page, code=" 123456 ", do="confirm")

    assert status == 303
    assert done["Location"] == (
        f"http://shop.example/good?x=1&Success=true&ErrorCode=0&OrderId=order-1"
        f"&PaymentId={order['PaymentId']}&Amount=123456"
    )
    assert status_of(shop, order) == "CONFIRMED"


def test_a_refused_code_and_a_refused_card_lead_to_the_shops_page_of_failure(shop, order):
    _, asked, _ = shop.fill(order["page"], number=WITH_CODE, **CARD)
    _, done, _ = shop.fill(asked["Location"], do="refuse")
    assert done["Location"].startswith("http://shop.example/bad?Success=false&ErrorCode=101")

    second = shop.init("order-2", FailURL="http://shop.example/bad")
    _, done, _ = shop.fill(urlsplit(second["PaymentURL"]).path, number=POOR, **CARD)
    assert "ErrorCode=1051" in done["Location"]
    assert shop.control("books")["taken"] == 0


@pytest.mark.parametrize(
    "wrong",
    [{"number": "4111111111111111"}, {"expires": "13/30"}, {"expires": ""}, {"cvc": "abc"}],
)
def test_a_form_filled_wrongly_is_shown_again_and_nothing_happens(shop, order, wrong):
    status, _, page = shop.fill(order["page"], **{"number": GOOD, **CARD, **wrong})

    assert (status, 'role="alert"' in page) == (422, True)
    assert status_of(shop, order) in {"NEW", "FORM_SHOWED"}
    assert shop.fill(order["page"], number=GOOD, **CARD)[0] == 303
    assert status_of(shop, order) == "CONFIRMED"


def test_a_second_press_shows_the_result_and_takes_nothing(shop, order):
    shop.fill(order["page"], number=GOOD, **CARD)

    _, again, _ = shop.fill(order["page"], number=GOOD, **CARD)

    assert again["Location"].startswith("/done/")
    assert "Оплачено" in shop.get(again["Location"])[2]
    assert "Оплачено" in shop.get(order["page"])[2]
    assert shop.control("books")["taken"] == 123_456


def test_leaving_the_page_leaves_the_session_open(shop, order):
    _, back, _ = shop.fill(order["page"].replace("/pay/", "/leave/"))

    assert back["Location"].startswith("http://shop.example/bad")
    assert shop.fill(order["page"], number=GOOD, **CARD)[0] == 303


def test_sbp_goes_from_the_code_through_the_payers_bank(shop, order):
    _, _, page = shop.get(order["page"].replace("/pay/", "/sbp/"))
    link = re.search(r'href="(http[^"]+/qr/[^"]+)"', page)[1].replace("&amp;", "&")
    picture = re.search(r'src="(/picture/[^"]+)"', page)[1]
    assert "<svg" in shop.get(picture)[2]
    own_bank = urlsplit(link).path
    assert "Заплатить" in shop.get(own_bank)[2]

    refused = shop.fill(own_bank, do="no-money")
    paid = shop.fill(own_bank, do="pay")

    assert "отказал" in refused[2]
    assert "Оплачено" in paid[2]
    assert shop.call("GetState", PaymentId=order["PaymentId"])["Params"][1]["Value"] == "qrsbp"
    assert shop.control("books")["taken"] == 123_456


def test_a_card_is_bound_and_leads_to_the_shops_first_page(shop, listener):
    shop.call("AddCustomer", CustomerKey="person-1")
    opened = shop.call("AddCard", CustomerKey="person-1")
    page = urlsplit(opened["PaymentURL"]).path
    assert "Деньги не спишутся" in shop.get(page)[2]

    _, done, _ = shop.fill(page, number=GOOD, **CARD)

    home = listener.url.removesuffix("notices")
    assert done["Location"].startswith(f"{home}?Success=true&ErrorCode=0")
    assert "Карта привязана" in shop.get(page)[2]


def test_nothing_at_an_unknown_address(shop):
    assert shop.get("/pay/nothing")[0] == 404
    assert shop.get("/nothing")[0] == 404
    assert shop.get("/v2/Init")[0] == 404
    assert shop.json("POST", "/v2/Init", {})["ErrorCode"] == "203"
    assert shop.get("/")[0] == 200


def test_it_runs_as_a_program(tmp_path):
    command = [sys.executable, "-m", "sandbox.tbank", "--port", "0", "--terminal", "K:secret"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--file", str(tmp_path / "books.json")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as program:
        try:
            url = program.stdout.readline().rpartition(" ")[2].strip()
            assert Shop(url, key="K", password="secret").init("order-1")["Success"] is True
        finally:
            program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0
