"""The bank's HTTP door: a thread for each connection, this machine only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.bank import api
from sandbox.bank.api import Request
from sandbox.bank.bank import Bank
from sandbox.bank.errors import ApiError

ADDRESS = "127.0.0.1"
LARGEST_BODY = 1_000_000
IDLE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(status: int, body: Any) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode())


class BankServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, bank: Bank, port: int) -> None:
        super().__init__((ADDRESS, port), Handler)
        self.bank = bank


class Handler(BaseHTTPRequestHandler):
    server: BankServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
        """Say nothing: requests are listed by the control API."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            self._send(as_json(413, ApiError(413, "The body is too large").body()))
            return
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=self.headers,
            body=self.rfile.read(length),
        )
        try:
            self._send(self._route(request))
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _route(self, request: Request) -> Answer:
        try:
            return as_json(200, api.answer(self.server.bank, request))
        except ApiError as error:
            return as_json(error.status, error.body())

    def _send(self, answer: Answer) -> None:
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
            *(["Connection: close"] if self.close_connection else []),
        ]
        head = "\r\n".join(lines) + "\r\n\r\n"
        self.wfile.write(head.encode() + (b"" if self.command == "HEAD" else answer.body))
