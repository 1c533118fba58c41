"""Servers that a bank must never be, each on a port of its own."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TRICKLE_SECONDS = 0.05


@contextmanager
def serve(
    behave: Callable[[socket.socket], None], seen: list[bytes] | None = None
) -> Iterator[str]:
    """Let ``behave`` answer whoever asks; it need not care for hang-ups. ``seen`` gets the requests."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    threads: list[threading.Thread] = []
    came = [] if seen is None else seen

    def answer(line: socket.socket) -> None:
        with line, suppress(OSError):
            line.settimeout(5)
            request = _request_of(line)
            if request:
                came.append(request)
                behave(line)

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _address = listener.accept()
                threads.append(threading.Thread(target=answer, args=(line,), daemon=True))
                threads[-1].start()

    threads.append(threading.Thread(target=accept, daemon=True))
    threads[0].start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join(6)


def _request_of(line: socket.socket) -> bytes:
    """All of it: head and body may come in packets of their own. Empty: the other side hung up."""
    got = b""
    while not _is_whole(got):
        packet = line.recv(65536)
        if not packet:
            break
        got += packet
    return got


def _is_whole(request: bytes) -> bool:
    head, blank, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(blank) and len(body) >= (int(length[1]) if length else 0)


def be_silent(line: socket.socket) -> None:
    """Until the other side hangs up."""
    line.recv(65536)


def trickle(line: socket.socket, *, first: bytes) -> None:
    """A byte at a time, always soon enough for a socket's own timeout."""
    line.sendall(first)
    for _byte in range(200):
        line.sendall(b"x")
        time.sleep(TRICKLE_SECONDS)


def send(line: socket.socket, *, content: bytes) -> None:
    line.sendall(content)


def pour(line: socket.socket) -> None:
    """Without an end."""
    line.sendall(HEAD + b"Connection: close\r\n\r\n")
    while True:
        line.sendall(b"[" * 65536)


@contextmanager
def nobody_there() -> Iterator[str]:
    """A port that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def nobody_accepts() -> Iterator[str]:
    """A full queue of connections: the next one waits without a word."""
    waiting = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        try:
            for _place in range(4):
                waiting.append(socket.socket())
                waiting[-1].setblocking(False)
                with suppress(BlockingIOError):
                    waiting[-1].connect(full.getsockname())
            yield f"http://127.0.0.1:{full.getsockname()[1]}"
        finally:
            for line in waiting:
                line.close()


@contextmanager
def no_such_name() -> Iterator[str]:
    yield "http://bank.invalid"


SERVERS: Mapping[str, Callable[[], AbstractContextManager[str]]] = {
    "refuses": nobody_there,
    "never accepts": nobody_accepts,
    "has no such name": no_such_name,
    "is silent": partial(serve, be_silent),
    "trickles its head": partial(serve, partial(trickle, first=b"HTTP/1.1 200 OK\r\nX: ")),
    "trickles its body": partial(
        serve, partial(trickle, first=HEAD + b"Content-Length: 9999\r\n\r\n")
    ),
    "pours without an end": partial(serve, pour),
    "hangs up at once": partial(serve, partial(send, content=b"")),
    "hangs up in the middle": partial(
        serve, partial(send, content=HEAD + b'Content-Length: 99\r\n\r\n{"id": ')
    ),
    "speaks no HTTP": partial(serve, partial(send, content=b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
    "sends another page": partial(
        serve, partial(send, content=HEAD + b"Connection: close\r\n\r\n<html>\xff</html>")
    ),
    "sends a list": partial(serve, partial(send, content=HEAD + b"Content-Length: 2\r\n\r\n[]")),
    "sends nothing known": partial(
        serve, partial(send, content=HEAD + b'Content-Length: 15\r\n\r\n{"id": {}, "a":')
    ),
    "redirects": partial(
        serve,
        partial(
            send,
            content=b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\n{}",
        ),
    ),
}
