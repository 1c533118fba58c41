from __future__ import annotations

import http.client
import json
import time

import pytest

from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox
from tests.sandbox.tbank.shop import KEY, PASSWORD, Shop, sign


def raw(shop, order_id="order-1"):
    """Ask for Init and return the bare answer."""
    fields = {"TerminalKey": KEY, "OrderId": order_id, "Amount": 150_000}
    return shop.request("POST", "/v2/Init", json.dumps({**fields, "Token": sign(fields)}))


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_connection_closed_before_or_after_the_operation(shop, when, made):
    shop.control("faults", {"kind": "close", "method": "Init", "when": when})

    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        raw(shop)

    assert len(shop.control("payments")) == made
    assert raw(shop, "order-2")[0] == 200


def test_an_error_page_and_garbage_instead_of_an_answer(shop):
    shop.control("faults", {"kind": "status", "method": "Init", "status": 503})
    shop.control("faults", {"kind": "garbage", "method": "Init"})

    assert raw(shop)[0] == 503
    assert raw(shop, "order-2")[2].startswith("\x00")
    assert len(shop.control("payments")) == 2


def test_a_slow_answer(shop):
    shop.control("faults", {"kind": "slow", "method": "*", "seconds": 0.5})
    started = time.monotonic()

    assert raw(shop)[0] == 200

    assert time.monotonic() - started >= 0.5


def test_a_fault_lasts_as_long_as_it_was_told_to_and_only_for_its_method(shop):
    number = shop.init("order-1")["PaymentId"]
    shop.control("faults", {"kind": "status", "method": "Init", "times": 2})

    assert shop.call("GetState", PaymentId=number)["Success"] is True
    assert [raw(shop, f"order-{n}")[0] for n in (2, 3, 4)] == [500, 500, 200]
    assert shop.control("faults") == []


def test_no_such_fault(shop):
    status, _, _ = shop.request(
        "POST", "/control/faults", '{"kind": "earthquake"}', {"Content-Type": "application/json"}
    )

    assert status == 400
    assert shop.control("faults") == []


def test_a_page_elsewhere_cannot_drive_the_controls(shop):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    renamed = {"Content-Type": "application/json", "Host": "evil.example"}

    assert shop.request("POST", "/control/reset", "", form)[0] == 415
    assert shop.request("POST", "/control/reset", "{}", renamed)[0] == 421


def test_a_body_without_end_is_not_read(shop):
    assert shop.request("POST", "/v2/Init", None, {"Content-Length": "999999999"})[0] == 413


def test_what_was_done_is_remembered_by_the_next_run(tmp_path):
    terminal, file = Terminal(KEY, PASSWORD), tmp_path / "tbank.json"
    with Sandbox([terminal], file=file) as first:
        shop = Shop(first.url)
        order = shop.init("order-1", CustomerKey="person-1", Recurrent="Y")
        shop.pay(order["PaymentId"], card="2201382000000021")
        books, cards = shop.control("books"), shop.call("GetCardList", CustomerKey="person-1")

    with Sandbox([terminal], file=file) as second:
        shop = Shop(second.url)
        assert shop.control("books") == books
        assert shop.call("GetCardList", CustomerKey="person-1") == cards
        assert shop.call("CheckOrder", OrderId="order-1")["Payments"][0]["Status"] == "CONFIRMED"
        assert shop.init("order-1")["ErrorCode"] == "8"
