"""Facts that exchange publishes, inside the transaction that makes them true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportFinished:
    """A bundle's data have been taken in; published also when they changed nothing."""

    run_id: int
    provider_id: int
    changed: bool
    files: tuple[str, ...]
