"""How a stand-in runs and answers: an HTTP server on this machine only, begun and ended by ``with``."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sys
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from sandbox.faults import Fault

OURS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\Z")
JSON = "application/json"
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
}
Fields = dict[str, str]
Files = dict[str, tuple[str, bytes]]
Control = Callable[[Any, str, list[str], dict[str, Any]], Any]
"""Takes the stand-in, the verb, the parts of the path and the fields; raises NotThere or ValueError."""


class NotThere(Exception):  # noqa: N818 -- HTTP 404
    pass


class Server(ThreadingHTTPServer):
    """A thread for each connection; its handler finds the stand-in as ``server.sandbox``."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self, address: tuple[str, int], sandbox: Any, handler: type[BaseHTTPRequestHandler]
    ) -> None:
        self.sandbox = sandbox
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news; anything else is a fault of ours and is shown."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Served:
    """Something with a server: ``with it: it.url``, or ``serve()`` until another thread says ``stop()``."""

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.server = Server(("127.0.0.1", port), self, handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.stopped = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, name=type(self).__module__, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()

    def run(self, name: str) -> None:
        """Say where it is, and serve until the process is asked to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        sys.stdout.write(f"{name} sandbox: {self.url}\n")
        sys.stdout.flush()
        self.serve()

    def serve(self) -> None:
        """Serve until stopped."""
        with self:
            self.stopped.wait()

    def stop(self) -> None:
        self.stopped.set()

    def _serve(self) -> None:
        self.server.serve_forever(poll_interval=0.02)


class Handler(BaseHTTPRequestHandler):
    """One request: its body read within limits and its host checked, then ``answer``, which sends."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    server: Server
    body_limit = 64 * 1024
    files: ClassVar[Files] = {}
    """What lies below /static/; see ``static_files``."""

    @abstractmethod
    def answer(self, verb: str, path: str, body: bytes) -> None:
        """Send the answer to a request that is within limits and meant for this machine."""

    def do_GET(self) -> None:
        self._begin("GET")

    def do_POST(self) -> None:
        self._begin("POST")

    def do_DELETE(self) -> None:
        self._begin("DELETE")

    def log_message(self, *_: object) -> None:
        """Quiet: addresses and bodies hold codes and signatures."""

    def _begin(self, verb: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > self.body_limit:
            self.close_connection = True
            self.send(413, "text/plain", b"")
            return
        body = self.rfile.read(length)
        if OURS.match(self.headers.get("Host", "")):
            self.answer(verb, urlsplit(self.path).path, body)
        else:
            # another site's page must not reach in by a name of its own
            self.send(421, "text/plain", b"")

    # --- what was asked ---

    def query(self) -> Fields:
        return read_fields(urlsplit(self.path).query)

    def control(self, act: Control, verb: str, path: str, body: bytes) -> None:
        """Serve the JSON interface for tests, below /control/."""
        if verb != "GET" and self.headers.get_content_type() != JSON:
            # what a form on another site's page can send
            self.send(415, "text/plain", JSON.encode())
            return
        try:
            told = act(self.server.sandbox, verb, path.strip("/").split("/")[1:], read_json(body))
        except NotThere:
            self.json(404, {"error": "no such thing"})
        except (ValueError, KeyError) as wrong:
            self.json(400, {"error": f"{type(wrong).__name__}: {wrong}"})
        else:
            self.json(200, told)

    # --- what is answered ---

    def misbehave(self, fault: Fault | None, content: bytes = b"") -> bool:
        """Do the wrong thing; True when nothing more is to be answered."""
        if fault is None:
            return False
        if fault.kind == "close":
            self.close_connection = True
        elif fault.kind == "status":
            self.send(fault.status, "text/html", b"<html><h1>Error</h1></html>")
        elif fault.kind == "garbage":
            self.send(200, JSON, b"\x00\xff{not json")
        elif fault.kind == "trickle":
            self._trickle(content, fault.seconds)
        else:
            if fault.kind == "slow":
                time.sleep(fault.seconds)
            return False
        return True

    def _trickle(self, content: bytes, gap: float) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(max(len(content), 1000)))
        self.end_headers()
        with contextlib.suppress(OSError):
            for byte in content.ljust(1000):
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(gap)

    def has_sent_file(self, verb: str, path: str) -> bool:
        name = path.removeprefix("/static/")
        if verb != "GET" or name == path or name not in self.files:
            return False
        self.send(200, *self.files[name])
        return True

    def html(self, status: int, text: str, more: Fields | None = None) -> None:
        self.send(status, "text/html; charset=utf-8", text.encode(), more)

    def json(self, status: int, content: Any) -> None:
        self.send(status, JSON, json.dumps(content, ensure_ascii=False).encode())

    def go(self, address: str, more: Fields | None = None) -> None:
        self.send(303, "text/plain", b"", {"Location": address, **(more or {})})

    def send(self, status: int, kind: str, content: bytes, more: Fields | None = None) -> None:
        self.send_response(status)
        told = {"Content-Type": kind, "Content-Length": str(len(content)), **HEADERS}
        for name, value in (told | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def static_files(beside: str, *names: str) -> Files:
    """Read the files of ``static/`` beside a module."""
    folder = Path(beside).parent / "static"
    return {name: (TYPES[Path(name).suffix], (folder / name).read_bytes()) for name in names}


def read_fields(text: str) -> Fields:
    """Read a query or a form; a name that comes twice comes as nothing, which no check lets pass."""
    pairs = parse_qsl(text, keep_blank_values=True)
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object in a request's body; anything else counts as no fields at all."""
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
