"""One request to another system and its answer, never longer than the limits, whatever the other side does.

No redirects, no repeats, no proxies from the environment, no connections kept for later: what is sent once is sent
once, and only to the address asked for.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 10.0
MOST_BYTES = 4 * 1024 * 1024


class NoAnswer(Exception):  # noqa: N818 -- a fact, not an error
    """No connection, no whole answer in time, or none that is HTTP: the other side may have done what was asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: for a connection to stand (names, addresses and TLS included), and for everything."""

    connect: float = CONNECT_SECONDS
    whole: float = WHOLE_SECONDS


class Deadline:
    """The moment at which one piece of work with others is given up, however many requests it takes."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._ends = time.monotonic() + limits.whole

    @property
    def left(self) -> float:
        return max(0.0, self._ends - time.monotonic())


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """``retry_after``: the header of that name, in seconds, where one was sent."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None


def send(request: Request, deadline: Deadline) -> Answer:
    """Send the request once and give the whole answer.

    The socket's own timeouts are not enough: they know nothing of slow name servers, of several dead addresses and
    of a server that sends a byte a second. So another thread talks, and this one leaves when the time has come.

    :raises NoAnswer: no connection, no whole answer in time, or one that is no HTTP or has no end.
    """
    exchange = _Exchange(request, deadline)
    threading.Thread(target=exchange.run, name="http", daemon=True).start()
    if not exchange.connected.wait(min(deadline.limits.connect, deadline.left)):
        exchange.give_up()
        raise NoAnswer("no connection in time")
    if not exchange.done.wait(deadline.left):
        exchange.give_up()
        raise NoAnswer("no whole answer in time")
    if exchange.answer is None:
        raise NoAnswer(exchange.failure)
    return exchange.answer


class _Exchange:
    """What the talking thread and the waiting one share."""

    def __init__(self, request: Request, deadline: Deadline) -> None:
        self._request, self._deadline = request, deadline
        self._connection = _connection(request.url, deadline.limits.connect)
        self._lock = threading.Lock()
        self._given_up = False
        self.connected, self.done = threading.Event(), threading.Event()
        self.answer: Answer | None = None
        self.failure = "no answer"

    def run(self) -> None:
        try:
            self.answer = self._talk()
        except (OSError, HTTPException, ValueError) as error:
            # Its name alone: texts of errors may quote what was sent.
            self.failure = f"no answer: {type(error).__name__}"
        finally:
            self._connection.close()
            self.connected.set()
            self.done.set()

    def give_up(self) -> None:
        """End the other thread's waiting; a request that is not sent yet never is."""
        with self._lock:
            self._given_up = True
            if self._connection.sock is not None:
                self._hang_up()

    def _talk(self) -> Answer:
        self._connection.connect()
        with self._lock:
            if self._given_up:
                raise TimeoutError
            self._connection.sock.settimeout(max(0.001, self._deadline.left))
        self.connected.set()
        parts = urlsplit(self._request.url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._connection.request(
            self._request.method, target, self._request.body, dict(self._request.headers)
        )
        with self._connection.getresponse() as response:
            body = response.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES or (response.length or 0) > 0:
                raise HTTPException
            return Answer(response.status, body, _seconds(response.getheader("Retry-After")))

    def _hang_up(self) -> None:
        try:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself in the meantime


def _connection(url: str, timeout: float) -> HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=timeout, context=_tls())
    return HTTPConnection(host, parts.port, timeout=timeout)


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates takes longer than a whole request: once is enough."""
    return ssl.create_default_context()
