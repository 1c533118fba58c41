"""How a stand-in runs: an HTTP server on this machine only, begun and ended by ``with``."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


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

    def serve(self) -> None:
        """Serve until stopped."""
        with self:
            self.stopped.wait()

    def stop(self) -> None:
        self.stopped.set()

    def _serve(self) -> None:
        self.server.serve_forever(poll_interval=0.02)
