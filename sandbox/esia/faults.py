"""What may go wrong between a client system and ESIA."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.faults import Fault


@dataclass(slots=True)
class EsiaFault(Fault):
    """mixed answers for markers with the state of another request."""

    KINDS = Fault.KINDS | {"mixed"}
    PLACES = frozenset({"authorize", "token", "person", "contacts"})
