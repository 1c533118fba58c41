"""Who lives behind an account, how they pay, and what is special about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

from demo.people import Address, Person, draw_address, draw_person
from demo.providers import ProviderSpec
from demo.reference import BRANCHES

STEP = 50_000  # people who round up pay whole five hundreds


class Payer(Enum):
    EXACT = auto()
    ROUND = auto()
    LATE = auto()
    PARTIAL = auto()
    DEBTOR = auto()
    AHEAD = auto()


class Fate(Enum):
    """What has become of the account's meter."""

    NORMAL = auto()
    DUE_SOON = auto()
    EXPIRED = auto()
    REPLACED = auto()
    BROKEN = auto()
    NONE = auto()


PAYERS = (Payer.EXACT, Payer.ROUND, Payer.LATE, Payer.PARTIAL, Payer.DEBTOR, Payer.AHEAD)
PAYER_WEIGHTS = (54, 16, 14, 6, 6, 4)
# How likely somebody who owes pays at all this month.
HABIT = {
    Payer.EXACT: 0.97,
    Payer.ROUND: 0.95,
    Payer.LATE: 0.4,
    Payer.PARTIAL: 1.0,
    Payer.DEBTOR: 0.2,
    Payer.AHEAD: 1.0,
}
FATES = (Fate.NORMAL, Fate.DUE_SOON, Fate.EXPIRED, Fate.REPLACED, Fate.BROKEN, Fate.NONE)
FATE_WEIGHTS = (74, 4, 3, 4, 2, 13)


@dataclass(slots=True)
class Household:
    """One account's people and traits.

    ``first`` and ``last`` are indexes into the months of the history: bills stand for the months between them.
    ``opened`` is true where the account was opened within the history; ``kind`` is the utility's own word for
    what is connected. ``house_areas`` are the house's in hundredths of m², drawn by the address where none are given.
    ``silent`` people have not given this month's reading yet.
    """

    number: str
    rng: Random
    person: Person
    address: Address
    branch: str
    payer: Payer
    fate: Fate
    first: int
    last: int
    in_block: bool
    residents: int
    area: int
    kind: str = ""
    opened: bool = False
    closed: bool = False
    silent: bool = False
    benefit: bool = False
    separate: bool = False
    pin: str = ""
    serial: str = ""
    gaps: frozenset[str] = field(default_factory=frozenset)
    house_areas: tuple[int, ...] = ()


def draw_household(
    spec: ProviderSpec, number: str, rng: Random, *, months: int, block_percent: int
) -> Household:
    branches = BRANCHES[spec.code]
    branch = branches[0] if rng.random() < 0.7 else branches[-1]
    in_block = rng.randrange(100) < block_percent
    first = rng.randrange(1, months) if months > 1 and rng.random() < 0.03 else 0
    closed = months > first + 1 and rng.random() < 0.02
    luck = rng.random()
    return Household(
        number=number,
        rng=rng,
        person=draw_person(rng, number),
        address=draw_address(rng, branch.city, in_block=in_block),
        branch=branch.code if luck > 0.02 else "",
        payer=rng.choices(PAYERS, PAYER_WEIGHTS)[0],
        fate=Fate.NORMAL if first else rng.choices(FATES, FATE_WEIGHTS)[0],
        first=first,
        last=rng.randrange(first, months - 1) if closed else months - 1,
        in_block=in_block,
        residents=rng.choices((1, 2, 3, 4, 5, 7), (26, 32, 21, 14, 5, 2))[0],
        area=rng.randrange(280, 920 if in_block else 2100) * 10,
        opened=first > 0,
        closed=closed,
        benefit=rng.random() < 0.07,
        separate=rng.random() < 0.25,
        pin=f"{rng.randrange(10**6):06d}" if rng.random() < 0.8 else "",
        gaps=frozenset({"area", "residents", "rooms"}) if luck < 0.04 else frozenset(),
    )


def amount_to_pay(rng: Random, payer: Payer, owed: int) -> int:
    """Decide what is paid this month by somebody who owes so much; never negative."""
    if owed <= 0 or rng.random() >= HABIT[payer]:
        return 0
    if payer is Payer.ROUND:
        return _in_steps(owed)
    if payer is Payer.PARTIAL:
        return owed * rng.randrange(40, 96) // 100
    if payer is Payer.DEBTOR:
        return owed // 4
    return _in_steps(owed * 3) if payer is Payer.AHEAD else owed


def _in_steps(amount: int) -> int:
    return -(-amount // STEP) * STEP


def opening_factor(payer: Payer) -> int:
    """How many percent of a usual month were owed when the history starts."""
    return {Payer.LATE: 200, Payer.DEBTOR: 300, Payer.PARTIAL: 130, Payer.AHEAD: -150}.get(
        payer, 100
    )
