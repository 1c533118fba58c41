from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PersonDeleted:
    """A person leaves for good (IDN-48); published before the row goes, in the transaction that deletes it.

    Whoever holds something of theirs destroys or detaches it now, and counts it in ``erased`` by what it was. The
    person's row is locked. ``contacts`` are the addresses and numbers that are the person's.
    """

    user_id: int
    public_id: uuid.UUID
    contacts: frozenset[str]
    at: datetime
    erased: Counter[str] = field(default_factory=Counter)
