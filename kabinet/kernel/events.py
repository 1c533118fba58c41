"""Facts that lower apps publish and upper apps react to, inside the publisher's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

Event = TypeVar("Event")
_subscribers: dict[type, list[Callable[[object], None]]] = defaultdict(list)


def subscribe(event_type: type[Event], handler: Callable[[Event], None]) -> None:
    def checked(event: object) -> None:
        assert isinstance(event, event_type)  # noqa: S101 -- narrows the type; publish() guarantees it
        handler(event)

    _subscribers[event_type].append(checked)


def publish(event: object) -> None:
    """Call the subscribers inside the caller's transaction; an error rolls everything back."""
    for handler in _subscribers[type(event)]:
        handler(event)
