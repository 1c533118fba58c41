from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kabinet.channels.enums import Channel


@dataclass(frozen=True, slots=True)
class ContactUnreachable:
    """Nothing arrives at this address or number any more (NOT-12); told again with every further failure."""

    channel: Channel
    recipient: str
    at: datetime
