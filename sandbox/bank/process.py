"""Starts the bank as a process of its own and drives it by its control API; for tests and benchmarks."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

START_SECONDS = 20
TIMEOUT_SECONDS = 90


class ControlRefusedError(Exception):
    """The control API answered with an error."""


class RunningBank:
    """A bank that listens; ``api_url`` is what the SDK is configured with."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.api_url = f"{address}/v3"

    def get(self, path: str, /) -> Any:
        """Read below /control, as ``get("/books")``."""
        return self._ask("GET", path, None)

    def post(self, path: str, /, **body: Any) -> Any:
        """Act below /control, as ``post("/clock", seconds=3600)``."""
        return self._ask("POST", path, body)

    def pay(self, payment_id: str, card: str = "2202474301322987", **more: Any) -> str:
        """Pay as the payer would with the card; returns the payment's status."""
        status: str = self.post("/pay", payment_id=payment_id, card=card, **more)["status"]
        return status

    def pay_by_sbp(self, payment_id: str, action: str = "pay") -> str:
        answer = self.post("/pay", payment_id=payment_id, bank="100000000901", action=action)
        status: str = answer["status"]
        return status

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        line = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=TIMEOUT_SECONDS)
        try:
            line.request(method, f"/control{path}", body=json.dumps(body) if body else None)
            answer = line.getresponse()
            content = json.loads(answer.read())
        finally:
            line.close()
        if answer.status != 200:
            raise ControlRefusedError(content)
        return content


@contextmanager
def running_bank(arguments: Sequence[str]) -> Iterator[RunningBank]:
    """Start ``python -m sandbox.bank`` with the arguments on a free port, and stop it at the end.

    :raises RuntimeError: it didn't start.
    """
    command = [sys.executable, "-m", "sandbox.bank", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own program
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "http" not in line:
                raise RuntimeError(f"the bank did not start: {line}")
            yield RunningBank(line.split()[-1])
        finally:
            process.terminate()
            process.wait(START_SECONDS)
