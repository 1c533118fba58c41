"""Attempts counted in PostgreSQL: guesses at a secret stay few however many processes take them (IDN-31).

An attempt is taken *before* its answer is checked, in one statement that commits on its own. Six requests at once
therefore get five tries, a crash in between costs a try, and the refusal that follows can't roll the count back.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kabinet.kernel.errors import Refused
from kabinet.kernel.models import AttemptLimit

# ``due``: the block is served or the failures are too old, so counting starts anew.
_TAKE = """
WITH rule (purpose, key, at, tries, quiet, blocks) AS (VALUES {rules})
INSERT INTO attempt_limit AS old (purpose, key, failures, strikes, started_at)
SELECT purpose, key, 1, 0, at FROM rule ORDER BY key
ON CONFLICT (purpose, key) DO UPDATE SET (failures, strikes, started_at, blocked_until) = (
    SELECT
        CASE WHEN due THEN 1 ELSE old.failures + 1 END,
        CASE WHEN forgiven THEN 0 WHEN full_now THEN old.strikes + 1 ELSE old.strikes END,
        CASE WHEN due THEN at ELSE old.started_at END,
        CASE
            WHEN forgiven THEN NULL
            WHEN full_now THEN at + blocks[least(old.strikes + 1, cardinality(blocks))]
            ELSE old.blocked_until
        END
    FROM rule
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN old.failures >= tries THEN coalesce(old.blocked_until <= at, false)
            ELSE old.started_at + quiet <= at
        END AS due
    ) AS a
    CROSS JOIN LATERAL (
        SELECT
            due AND coalesce(old.blocked_until + quiet <= at, true) AS forgiven,
            NOT due AND old.failures + 1 >= tries AND coalesce(old.blocked_until <= at, true) AS full_now
    ) AS b
    WHERE rule.purpose = old.purpose AND rule.key = old.key
)
RETURNING key, failures, blocked_until
"""
_RULE = "(%s::text, %s::text, %s::timestamptz, %s::int, %s::interval, %s::interval[])"

_SETTLE = """
WITH rule (purpose, key, tries, proved) AS (VALUES {rules}),
mine AS (
    SELECT id, tries, proved FROM attempt_limit JOIN rule USING (purpose, key) ORDER BY key FOR UPDATE OF attempt_limit
),
forgotten AS (
    DELETE FROM attempt_limit USING mine WHERE attempt_limit.id = mine.id AND proved
)
UPDATE attempt_limit AS old SET
    failures = greatest(least(failures, tries) - 1, 0),
    strikes = CASE WHEN failures >= tries THEN greatest(strikes - 1, 0) ELSE strikes END,
    blocked_until = CASE WHEN failures >= tries THEN NULL ELSE blocked_until END
FROM mine WHERE old.id = mine.id AND NOT proved
"""
_SETTLED = "(%s::text, %s::text, %s::int, %s::boolean)"


@dataclass(frozen=True, slots=True)
class Rule:
    """``tries`` attempts in a row, then a block: the first of ``blocks``, next time the second …, at last the last.

    Failures, and blocks already served, are forgotten after ``quiet`` without trouble.
    """

    purpose: str
    tries: int
    quiet: timedelta
    blocks: tuple[timedelta, ...]

    def __post_init__(self) -> None:
        if self.tries < 2 or not self.blocks:  # noqa: PLR2004 -- the first attempt never blocks
            raise ValueError("a limit needs at least two tries and one block")


@dataclass(frozen=True, slots=True)
class Claim:
    """One count that an attempt falls under.

    The key of a secret names who asks *and* what about, so that nobody can lock a stranger out; wider counts
    (a person, an address) get a rule with more tries.
    """

    rule: Rule
    key: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.rule.purpose}\0{self.key}".encode()).hexdigest()


class TooManyAttempts(Refused):
    """The attempt was not allowed; its answer must not be looked at."""

    def __init__(self, *, until: datetime, at: datetime) -> None:
        self.until = until
        super().__init__(
            _("Слишком много попыток. Попробуйте снова через %(time)s.")
            % {"time": spoken_wait(until - at)}
        )


def take(*claims: Claim, at: datetime) -> int:
    """Count one attempt under every claim and say how many are left after it.

    Call before the answer is checked and outside any transaction; afterwards ``give_back`` or ``forget``
    when the answer was right.

    :raises TooManyAttempts: a claim is blocked.
    """
    rules = {claim.digest: claim.rule for claim in claims}
    # One statement, which takes the rows in one order everywhere: attempts under the same claims never wait in a ring.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            _TAKE.format(rules=", ".join([_RULE] * len(rules))),
            [
                value
                for key, rule in rules.items()
                for value in (rule.purpose, key, at, rule.tries, str(rule.quiet), list(rule.blocks))
            ],
        )
        counted = [
            (rules[key].tries - failures, until) for key, failures, until in cursor.fetchall()
        ]
    blocked: list[datetime] = [until for left, until in counted if left < 0 and until]
    if blocked:
        raise TooManyAttempts(until=max(blocked), at=at)
    left: list[int] = [left for left, _until in counted]
    return min(left)


def give_back(*claims: Claim) -> None:
    """Undo one attempt: it turned out right, or was no guess."""
    _settle(dict.fromkeys(claims, False))


def forget(proved: Claim, *wide: Claim) -> None:
    """Clear the count of the secret that was proved and undo the attempt under the wider counts.

    One statement, so that it takes the rows in the order of ``take``. Never with a wider count in the first place, or
    a guesser would clear it with a secret of his own between guesses.
    """
    _settle({proved: True, **dict.fromkeys(wide, False)})


def _settle(claims: Mapping[Claim, bool]) -> None:
    """Close an attempt under every claim; the value says whether the claim's own secret was proved."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE.format(rules=", ".join([_SETTLED] * len(claims))),
            [
                value
                for claim, is_proved in claims.items()
                for value in (claim.rule.purpose, claim.digest, claim.rule.tries, is_proved)
            ],
        )


def blocked_until(first: Claim, *others: Claim, at: datetime) -> datetime | None:
    """Say until when an attempt under the claims is blocked, without counting anything."""
    full = Q()
    for claim in (first, *others):
        full |= _row_of(claim) & Q(failures__gte=claim.rule.tries, blocked_until__gt=at)
    ends = AttemptLimit.objects.filter(full).values_list("blocked_until", flat=True)
    return max((end for end in ends if end), default=None)


def was_blocked(first: Claim, *others: Claim, at: datetime) -> bool:
    """Say whether any of the claims has earned a block that is not forgotten yet; counts nothing."""
    earned = Q()
    for claim in (first, *others):
        earned |= _row_of(claim) & Q(strikes__gt=0, blocked_until__gt=at - claim.rule.quiet)
    return AttemptLimit.objects.filter(earned).exists()


def _row_of(claim: Claim) -> Q:
    return Q(purpose=claim.rule.purpose, key=claim.digest)


def sweep(*, before: datetime) -> int:
    """Delete the counts begun before a moment and no longer blocking; returns how many."""
    stale = AttemptLimit.objects.filter(started_at__lt=before).exclude(blocked_until__gte=before)
    return stale.delete()[0]


def network(address: str) -> str:
    """Give what one household holds: an IPv4 address, or the first 64 bits of an IPv6 one.

    An IPv4 address in the clothes of IPv6 (``::ffff:203.0.113.7``, as a socket for both has it) is the IPv4 one: else
    all of that internet would be one household.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def spoken_wait(wait: timedelta) -> str:
    """Write a wait as «23 ч 59 мин», rounded up to a minute."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    hours, minutes = divmod(minutes, 60)
    parts = [_("%(n)s ч") % {"n": hours}] if hours else []
    if minutes:
        parts.append(_("%(n)s мин") % {"n": minutes})
    return "\N{NO-BREAK SPACE}".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)
