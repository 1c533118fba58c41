"""The JSON interface for tests: misbehave, spoil a marker, forget."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.esia.people import PEOPLE
from sandbox.serving import NotThere

if TYPE_CHECKING:
    from sandbox.esia.server import Sandbox


def answer(sandbox: Sandbox, verb: str, path: list[str], fields: dict[str, Any]) -> Any:
    """Serve one control request.

    :raises NotThere: no such thing. :raises ValueError: the fields make no sense.
    """
    match (verb, path):
        case ("GET", ["people"]):
            return [asdict(person) for person in PEOPLE.values()]
        case ("GET", ["faults"]):
            return sandbox.faults.listed()
        case ("POST", ["faults"]):
            sandbox.faults.add(fields)
            return sandbox.faults.listed()
        case ("DELETE", ["faults"]):
            sandbox.faults.clear()
            return []
        case ("POST", ["marker"]):
            sandbox.esia.mint.spoil_next(fields)
            return sandbox.esia.mint.ahead()
        case ("POST", ["reset"]):
            sandbox.faults.clear()
            sandbox.esia.forget()
            return {}
        case _:
            raise NotThere
