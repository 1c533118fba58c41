"""One request, one answer, in time."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from kabinet.kernel import http
from kabinet.payments.gateways.base import GatewayUnavailable
from kabinet.payments.gateways.transport import Deadline, Limits, Request, send
from tests.payments.gateways import bad_servers
from tests.payments.gateways.bad_servers import HEAD, SERVERS, serve

UNREADABLE = {"sends another page", "sends a list", "sends nothing known", "redirects"}
QUICK = Limits(connect=0.3, whole=0.5)
# Much less than the servers hold whoever waits (5 s and more), much more than a busy machine may need.
SLACK = 3


def ask(url, limits=QUICK, body=None):
    method = "GET" if body is None else "POST"
    return send(Request(method, url, {"Accept": "*/*"}, body), Deadline(limits))


@pytest.mark.parametrize("name", sorted(set(SERVERS) - UNREADABLE))
def test_a_server_without_a_whole_answer_is_given_up_in_time(name):
    with SERVERS[name]() as url:
        started = time.monotonic()

        with pytest.raises(GatewayUnavailable):
            ask(url)

        assert time.monotonic() - started < QUICK.whole + SLACK


def test_names_that_are_looked_up_for_ever_hold_nobody(monkeypatch):
    released = threading.Event()

    def look_up(*_args, **_more):
        released.wait(5)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    started = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        ask("http://bank.example/")

    assert time.monotonic() - started < QUICK.connect + SLACK
    released.set()


def test_nothing_is_sent_after_giving_up(monkeypatch):
    """The connection stands at last, but nobody waits any more: no payment may follow."""
    seen, let_through, before = [], threading.Event(), _talking()
    connect = socket.create_connection

    def connect_late(*args, **more):
        let_through.wait(5)
        return connect(*args, **more)

    with serve(bad_servers.be_silent, seen) as url:
        monkeypatch.setattr(socket, "create_connection", connect_late)
        with pytest.raises(GatewayUnavailable):
            ask(url, body=b"{}")
        let_through.set()
        _wait_until_nobody_talks(before)

    assert seen == []


def test_a_thread_that_nobody_waits_for_ends_by_itself():
    before = _talking()
    with SERVERS["trickles its body"]() as url:
        with pytest.raises(GatewayUnavailable):
            ask(url)

        _wait_until_nobody_talks(before)


def test_an_answer_is_given_as_it_came():
    head = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 3\r\n\r\n"

    with serve(lambda line: line.sendall(head + b"abc")) as url:
        answer = ask(f"{url}/path?a=1")

    assert (answer.status, answer.body, answer.retry_after) == (429, b"abc", 7.0)


@pytest.mark.parametrize("wish", [b"soon", b"-1", "٧".encode(), b"1.5"])
def test_a_wish_to_wait_that_is_no_number_is_none(wish):
    head = HEAD + b"Retry-After: " + wish + b"\r\nContent-Length: 0\r\n\r\n"

    with serve(lambda line: line.sendall(head)) as url:
        assert ask(url).retry_after is None


def test_path_query_headers_and_body_arrive_as_they_are():
    seen = []

    with serve(lambda line: line.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}"), seen) as url:
        ask(f"{url}/v3/payments?limit=100&created_at.gte=2026-11-21T00%3A00", body=b'{"a": 1}')

    head, _blank, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(
        b"POST /v3/payments?limit=100&created_at.gte=2026-11-21T00%3A00 HTTP/1.1\r\n"
    )
    assert body == b'{"a": 1}'


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    with serve(lambda line: line.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")) as url:
        assert ask(url).body == b"{}"


def test_a_server_without_the_right_certificate_is_refused():
    with serve(lambda line: line.sendall(HEAD)) as url, pytest.raises(GatewayUnavailable):
        ask(url.replace("http://", "https://"))

    assert http._tls().check_hostname
    assert http._tls().verify_mode.name == "CERT_REQUIRED"


def test_several_requests_share_one_deadline():
    deadline = Deadline(QUICK)
    time.sleep(QUICK.whole)

    with serve(lambda line: line.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")) as url:
        started = time.monotonic()
        with pytest.raises(GatewayUnavailable):
            send(Request("GET", url, {}), deadline)

    assert time.monotonic() - started < SLACK


def test_what_was_sent_and_got_is_not_shown():
    request = Request("POST", "https://bank.example/", {"Authorization": "Basic c2VjcmV0"}, b"card")

    assert "c2VjcmV0" not in repr(request)
    assert "card" not in repr(request)
    assert "card" not in repr(http.Answer(200, b"card"))


def _talking():
    """Threads that speak to a bank now; other tests may have left some with a slow name server."""
    return {thread for thread in threading.enumerate() if thread.name == "http"}


def _wait_until_nobody_talks(before):
    deadline = time.monotonic() + 5
    while _talking() - before:
        assert time.monotonic() < deadline, "a thread still talks to the bank"
        time.sleep(0.02)
