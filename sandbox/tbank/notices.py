"""Sending notifications: each wants HTTP 200 with the body OK and is repeated until it gets it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

# The real service repeats hourly for a day, then daily for a month.
GAPS = (2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
PATIENCE = 10.0


@dataclass(slots=True)
class Notice:
    number: int
    url: str
    fields: dict[str, Any]
    due_at: float
    answers: list[str] = field(default_factory=list)
    delivered: bool = False
    given_up: bool = False


class Sender:
    """Posts from threads of its own, so that notifications overtake one another as they do in life.

    ``mode``: on, off (written down, not sent), doubled.
    """

    def __init__(self, gaps: tuple[float, ...] = GAPS) -> None:
        self.gaps = gaps
        self.mode = "on"
        self.delay = 0.0
        self.url = ""  # when set, all go here instead
        self.notices: list[Notice] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="notice")
        self._loop = threading.Thread(target=self._run, name="notices", daemon=True)
        self._loop.start()

    def add(self, url: str, fields: dict[str, Any]) -> None:
        with self._lock:
            for _copy in range(2 if self.mode == "doubled" else 1):
                notice = Notice(len(self.notices) + 1, url, fields, time.monotonic() + self.delay)
                notice.given_up = self.mode == "off"
                self.notices.append(notice)
        self._wake.set()

    def again(self, payment_id: str) -> int:
        """Send everything said about a payment once more; return how many."""
        with self._lock:
            same = [one for one in self.notices if str(one.fields.get("PaymentId")) == payment_id]
            for notice in same:
                notice.given_up = notice.delivered = False
                notice.due_at = time.monotonic()
        self._wake.set()
        return len(same)

    def forget(self) -> None:
        with self._lock:
            self.notices.clear()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._loop.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(0.2)
            self._wake.clear()
            now = time.monotonic()
            with self._lock:
                due = [
                    one
                    for one in self.notices
                    if not one.delivered and not one.given_up and one.due_at <= now
                ]
                for notice in due:
                    notice.due_at = now + PATIENCE + 1  # nobody else takes it meanwhile
            for notice in due:
                self._pool.submit(self._send, notice)

    def _send(self, notice: Notice) -> None:
        answer = post(self.url or notice.url, notice.fields)
        with self._lock:
            notice.answers.append(answer)
            if answer == "200 OK":
                notice.delivered = True
            elif len(notice.answers) > len(self.gaps):
                notice.given_up = True
            else:
                notice.due_at = time.monotonic() + self.gaps[len(notice.answers) - 1]
        self._wake.set()


def post(url: str, fields: dict[str, Any]) -> str:
    """Return «status body» of the shop's answer, or what went wrong."""
    parts = urlsplit(url)
    https = parts.scheme == "https"
    make = http.client.HTTPSConnection if https else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request(
            "POST",
            parts.path + (f"?{parts.query}" if parts.query else ""),
            body=json.dumps(fields, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json"},
        )
        response = connection.getresponse()
        return f"{response.status} {response.read(100).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as failed:
        return f"{type(failed).__name__}: {failed}"
    finally:
        connection.close()
