"""Tests talk to this machine only: a forgotten stand-in fails here instead of reaching somebody's server."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

_connect = socket.socket.connect


class NetworkForbiddenError(Exception):
    pass


def connect_locally(self: socket.socket, address: Any) -> None:
    if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_local(address[0]):
        raise NetworkForbiddenError(f"a test wants to reach {address[0]}")
    _connect(self, address)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
