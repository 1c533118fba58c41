"""What may go wrong between a client system and a service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.faults import Fault


@dataclass(slots=True)
class ServiceFault(Fault):
    """answer changes the answer's fields by ``fields``."""

    KINDS = Fault.KINDS | {"answer"}
    PLACES = frozenset({"token", "person"})

    fields: dict[str, Any] | None = None
