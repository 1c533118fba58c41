"""One-time codes: issuing, guarding against guessing, and spending (IDN-13, 14)."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import connection
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kabinet.identity import queries
from kabinet.identity.enums import CodePurpose
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import OneTimeCode, User
from kabinet.kernel.errors import Refused

DIGITS = 6
KEPT = timedelta(days=1)
LIFETIME = timedelta(minutes=5)
MAX_TRIES = 5
# How long a confirmed recovery waits for its new password.
CONFIRMED_LIFETIME = timedelta(minutes=15)


class CodeRefused(Refused):
    """The code opens nothing; the message says why and what to do."""


class CodeWrong(CodeRefused):
    def __init__(self, tries_left: int) -> None:
        left = ngettext(
            "Осталась %(count)d попытка.", "Осталось попыток: %(count)d.", tries_left
        ) % {"count": tries_left}
        super().__init__(_("Код не подошёл. %(left)s") % {"left": left})


class CodeBurnt(CodeRefused):
    message = _("Пять неверных попыток: этот код больше не действует. Запросите новый.")


class CodeExpired(CodeRefused):
    message = _("Время этого кода вышло. Запросите новый.")


class CodeTooSoon(Refused):
    """A new code may not be sent yet; ``retry_at`` is when it may."""

    message = _("Код уже отправлен. Новый можно запросить немного позже.")

    def __init__(self, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """``code`` is what goes into the message; it is kept nowhere."""

    public_id: uuid.UUID
    code: str
    expires_at: datetime


class Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    BURNT = "burnt"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    tries_left: int
    row: OneTimeCode | None


def issue(
    *,
    purpose: CodePurpose,
    identifier: Identifier,
    at: datetime,
    is_decoy: bool,
    owner: User | None = None,
) -> IssuedCode:
    """Make a code inside the caller's transaction.

    The limits hold per identifier, whoever asks and from however many browsers.

    :raises CodeTooSoon: less than a minute since the last one, or five within the hour.
    """
    _serialise(purpose, identifier)
    _require_pause(purpose, identifier, at)
    code = "".join(secrets.choice("0123456789") for _digit in range(DIGITS))
    row = OneTimeCode(
        purpose=purpose,
        identifier=identifier.value,
        owner=owner,
        sent_at=at,
        expires_at=at + LIFETIME,
    )
    row.digest = "" if is_decoy else _digest(row, code)
    row.save()
    return IssuedCode(public_id=row.public_id, code=code, expires_at=row.expires_at)


def supersede(*, public_id: uuid.UUID, at: datetime) -> None:
    """Close the code that a new one replaces."""
    OneTimeCode.objects.filter(public_id=public_id, closed_at=None).update(closed_at=at)


def judge(*, public_id: uuid.UUID, purpose: CodePurpose, text: str, at: datetime) -> Judgement:
    """Compare what was typed, count the try and, when it fits, spend the code.

    The row stays locked until the caller's transaction ends, and the caller must let it end well whatever
    the verdict: a rolled-back try would not be counted.
    """
    row = (
        OneTimeCode.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, purpose=purpose)
        .first()
    )
    if row is None or row.closed_at or row.confirmed_at or row.expires_at <= at:
        burnt = row is not None and row.tries >= MAX_TRIES
        return Judgement(Verdict.BURNT if burnt else Verdict.EXPIRED, 0, None)

    row.tries += 1
    fits = bool(row.digest) and constant_time_compare(row.digest, _digest(row, _only_digits(text)))
    if fits:
        row.confirmed_at = at
    if fits or row.tries >= MAX_TRIES:
        row.closed_at = None if fits else at
    row.save(update_fields=["tries", "confirmed_at", "closed_at"])
    if fits:
        return Judgement(Verdict.RIGHT, 0, row)
    verdict = Verdict.BURNT if row.tries >= MAX_TRIES else Verdict.WRONG
    return Judgement(verdict, MAX_TRIES - row.tries, None)


def raise_unless_right(judgement: Judgement) -> None:
    """:raises CodeRefused: the code did not fit, ran out or is burnt."""
    match judgement.verdict:
        case Verdict.WRONG:
            raise CodeWrong(judgement.tries_left)
        case Verdict.BURNT:
            raise CodeBurnt
        case Verdict.EXPIRED:
            raise CodeExpired
        case Verdict.RIGHT:
            pass


def lock_confirmed(*, public_id: uuid.UUID, purpose: CodePurpose, at: datetime) -> OneTimeCode:
    """Lock a code that was typed rightly and not yet used for what it opens.

    :raises CodeExpired: there is none, or it was too long ago.
    """
    row = (
        OneTimeCode.objects.select_for_update(of=("self",))
        .filter(
            public_id=public_id,
            purpose=purpose,
            closed_at=None,
            confirmed_at__gt=at - CONFIRMED_LIFETIME,
        )
        .first()
    )
    if row is None:
        raise CodeExpired
    return row


def forget_old_codes(*, at: datetime) -> int:
    """Delete codes that no limit and no page looks at any more; gives how many."""
    return OneTimeCode.objects.filter(sent_at__lt=at - KEPT).delete()[0]


def _serialise(purpose: CodePurpose, identifier: Identifier) -> None:
    # Two requests at once for one identifier would otherwise both find the pause over.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"one-time code {purpose.value} {identifier.value}"],
        )


def _require_pause(purpose: CodePurpose, identifier: Identifier, at: datetime) -> None:
    free_at = queries.next_code_at(purpose=purpose, identifier=identifier, at=at)
    if at < free_at:
        raise CodeTooSoon(free_at)


def _digest(row: OneTimeCode, code: str) -> str:
    bound = f"{row.public_id}\0{row.purpose}\0{row.identifier}\0{code}"
    return salted_hmac("kabinet.identity.one-time-code", bound, algorithm="sha256").hexdigest()


def _only_digits(text: str) -> str:
    # People copy «123 456» out of a letter.
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())[:20]
