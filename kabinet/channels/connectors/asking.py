"""One question to an SMS gateway and its JSON answer. Nothing of either goes into a refusal: it may hold a code."""

from __future__ import annotations

import json
from typing import Any

from kabinet.channels.connectors.base import NotSent
from kabinet.kernel import http


def deadline() -> http.Deadline:
    """Three seconds to connect, ten for one piece of work however many questions it takes."""
    return http.Deadline(http.Limits())


def ask(request: http.Request, until: http.Deadline) -> tuple[int, Any]:
    """Give the status and what the body says.

    :raises NotSent: no answer in time, or none that can be read; the gateway may have taken the message all the same.
    """
    try:
        answer = http.send(request, until)
    except http.NoAnswer as silence:
        raise NotSent(str(silence)) from silence
    try:
        return answer.status, json.loads(answer.body)
    except ValueError:
        raise NotSent(f"status {answer.status} and nothing readable") from None


def digits(recipient: str) -> str:
    """+79123456789 as gateways want it."""
    return recipient.removeprefix("+")
