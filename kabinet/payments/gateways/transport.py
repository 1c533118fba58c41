"""One request to a bank and its answer, in a gateway's words; how it goes over the wire is the kernel's part."""

from __future__ import annotations

from kabinet.kernel import http
from kabinet.kernel.http import Answer, Deadline, Limits, Request
from kabinet.payments.gateways.base import GatewayUnavailable

__all__ = ["Answer", "Deadline", "Limits", "Request", "send"]


def send(request: Request, deadline: Deadline) -> Answer:
    """Send the request once and give the whole answer.

    :raises GatewayUnavailable: no connection, no whole answer in time, or one that is no HTTP or has no end.
    """
    try:
        return http.send(request, deadline)
    except http.NoAnswer as failure:
        raise GatewayUnavailable(str(failure)) from failure
