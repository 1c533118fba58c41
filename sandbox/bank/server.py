"""The bank's HTTP door: a thread for each connection, this machine only."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.bank import api, control, pages
from sandbox.bank.api import Request
from sandbox.bank.errors import ApiError, processing
from sandbox.bank.faults import Fault
from sandbox.bank.fields import Fields
from sandbox.bank.program import Program
from sandbox.bank.replies import Answer, as_error, as_json
from sandbox.bank.visits import Visit

ADDRESS = "127.0.0.1"
LARGEST_BODY = 1_000_000
IDLE_SECONDS = 30
GARBAGE = "<html><body><h1>Технические работы</h1>".encode()


class BankServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, program: Program, port: int) -> None:
        super().__init__((ADDRESS, port), Handler)
        self.program = program


class Handler(BaseHTTPRequestHandler):
    server: BankServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_DELETE(self) -> None:
        self._take()

    def do_HEAD(self) -> None:
        self._take()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
        """Say nothing: requests are listed by the control API."""

    def _take(self) -> None:
        told = self.headers.get("Content-Length") or "0"
        length = int(told) if told.isascii() and told.isdigit() else LARGEST_BODY + 1
        if length > LARGEST_BODY:
            self.close_connection = True
            self._send(as_error(ApiError(413, "The body is too large")))
            return
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=self.headers,
            body=self.rfile.read(length),
        )
        answer = route(self.server.program, request)
        if answer is None:
            self.close_connection = True
            return
        try:
            self._send(answer)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

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


def route(program: Program, request: Request) -> Answer | None:
    """Return the answer, or None to close the connection without one."""
    if request.path.startswith(f"{api.PREFIX}/"):
        answer = _call_api(program, request)
        program.visits.note(
            Visit(
                method=request.method,
                path=request.path,
                key=request.headers.get("Idempotence-Key", ""),
                status=answer.status if answer else 0,
            )
        )
        return answer
    if request.path.startswith(f"{control.PREFIX}/"):
        return _call_control(program, request)
    return pages.answer(program.bank, request)


def _call_api(program: Program, request: Request) -> Answer | None:
    limit = program.bank.settings.rate_limit
    if program.visits.is_over_limit(request.headers.get("Authorization", ""), limit):
        return as_error(ApiError(429, "Too many requests"))
    fault = program.faults.take(request.method, request.path)
    if fault is None:
        return _carry_out(program, request)
    return _answer_with_fault(program, request, fault)


def _carry_out(program: Program, request: Request) -> Answer:
    try:
        return as_json(200, api.answer(program.bank, request))
    except ApiError as error:
        return as_error(error)


def _answer_with_fault(program: Program, request: Request, fault: Fault) -> Answer | None:
    answer = _carry_out(program, request) if fault.done else None
    time.sleep(fault.seconds)
    if fault.kind == "slow":
        return answer or _carry_out(program, request)
    if fault.kind == "closed":
        return None
    if fault.kind == "garbage":
        return Answer(200, GARBAGE, "text/html; charset=utf-8")
    return as_error(
        {
            "processing": processing(),
            "too_many_requests": ApiError(429, "Too many requests"),
            "internal_server_error": ApiError(500, "Internal server error"),
        }[fault.kind]
    )


def _call_control(program: Program, request: Request) -> Answer:
    try:
        body = Fields(json.loads(request.body or b"{}"))
        return as_json(200, control.answer(program, request.method, request.path, body))
    except ApiError as error:
        return as_error(error)
    except ValueError:
        return as_error(ApiError(400, "The body is not JSON"))
