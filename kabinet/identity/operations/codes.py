"""One-time codes: issuing, guarding against guessing, and spending (IDN-13, 14)."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kabinet.identity import limits, queries
from kabinet.identity.enums import CodePurpose
from kabinet.identity.identifiers import Identifier
from kabinet.identity.limits import CodeLine
from kabinet.identity.models import OneTimeCode, User
from kabinet.kernel import locks
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim

DIGITS = 6
KEPT = timedelta(days=1)
# A link that is over still says so, and offers a new one.
LINK_KEPT = timedelta(days=4)
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
    message = _("Слишком много неверных попыток: этот код больше не действует. Запросите новый.")


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


@dataclass(frozen=True, slots=True)
class LongSecret:
    """What is sent instead of six digits; ``payload`` waits for it where no browser session can (IDN-17)."""

    text: str
    lifetime: timedelta
    payload: Mapping[str, object] = field(default_factory=dict)


def issue(
    *,
    line: CodeLine,
    at: datetime,
    is_decoy: bool,
    owner: User | None = None,
    long: LongSecret | None = None,
) -> IssuedCode:
    """Make a code, or keep a long secret, inside the caller's transaction.

    The limits hold per line: per identifier, whoever asks and from however many browsers.

    :raises CodeTooSoon: the pause since the last one is not over, or the hour has had its share.
    """
    _serialise(line)
    _require_pause(line, at)
    code = long.text if long else "".join(secrets.choice("0123456789") for _digit in range(DIGITS))
    row = OneTimeCode(
        purpose=line.purpose,
        identifier=line.identifier.value,
        device=line.device,
        owner=owner,
        is_link=long is not None,
        payload=dict(long.payload) if long else {},
        sent_at=at,
        expires_at=at + (long.lifetime if long else lifetime(line.purpose)),
    )
    row.digest = "" if is_decoy else _digest(row, code)
    row.save()
    return IssuedCode(public_id=row.public_id, code=code, expires_at=row.expires_at)


def supersede(*, public_id: uuid.UUID, at: datetime) -> None:
    """Close the code that a new one replaces."""
    OneTimeCode.objects.filter(public_id=public_id, closed_at=None).update(closed_at=at)


def close_own(*, owner: User, at: datetime) -> None:
    """Close what was sent to a person's contacts to come in by: it was asked for while another password held."""
    OneTimeCode.objects.filter(
        owner=owner, purpose__in=(CodePurpose.RECOVERY, CodePurpose.SIGN_IN), closed_at=None
    ).update(closed_at=at)


def claims(*, actor: Actor, public_id: uuid.UUID, purpose: CodePurpose) -> tuple[Claim, ...]:
    """Give the counts that a try at this code falls under: those of the visitor's place, and of the code's line.

    A browser by which the contact's owner is known answers for its own line alone.
    """
    place = limits.of_address(limits.CODE_ADDRESS, actor.address)
    row = OneTimeCode.objects.filter(public_id=public_id, purpose=purpose).first()
    if row is None:
        return (place,)
    guesses = CodeLine(purpose, Identifier.of(row.identifier), row.device).guesses
    return (guesses,) if row.device else (place, guesses)


def judge(
    *, public_id: uuid.UUID, purpose: CodePurpose, text: str, at: datetime
) -> OneTimeCode | CodeRefused:
    """Compare what was typed, count the try and, when it fits, spend the code.

    The refusal is given back and not raised: the caller raises it once its transaction has ended well, for a
    rolled-back try would not be counted. The row stays locked until then.
    """
    row = (
        OneTimeCode.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, purpose=purpose, is_link=False)
        .first()
    )
    if row is not None and row.tries >= settings.CODE_TRIES and not row.confirmed_at:
        return CodeBurnt()
    if row is None or row.closed_at or row.confirmed_at or row.expires_at <= at:
        return CodeExpired()

    row.tries += 1
    if row.digest and constant_time_compare(row.digest, _digest(row, _only_digits(text))):
        row.confirmed_at = at
    elif row.tries >= settings.CODE_TRIES:
        row.closed_at = at
    row.save(update_fields=["tries", "confirmed_at", "closed_at"])
    if row.confirmed_at:
        return row
    return CodeBurnt() if row.closed_at else CodeWrong(settings.CODE_TRIES - row.tries)


def fits(row: OneTimeCode, secret: str) -> bool:
    """Compare a long secret in constant time; whether it still holds is the caller's question."""
    return bool(row.digest) and constant_time_compare(row.digest, _digest(row, secret))


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


def lifetime(purpose: CodePurpose) -> timedelta:
    found: timedelta = {
        CodePurpose.SIGN_UP: settings.CODE_LIFETIME_SIGN_UP,
        CodePurpose.RECOVERY: settings.CODE_LIFETIME_RECOVERY,
        CodePurpose.SIGN_IN: settings.CODE_LIFETIME_SIGN_IN,
        CodePurpose.CONTACT: settings.CODE_LIFETIME_CONTACT,
        CodePurpose.PROOF: settings.CODE_LIFETIME_CONTACT,
    }[purpose]
    return found


def forget_old_codes(*, at: datetime) -> int:
    """Delete codes that no limit and no page looks at any more; gives how many."""
    over = Q(is_link=False, sent_at__lt=at - KEPT) | Q(sent_at__lt=at - LINK_KEPT)
    return OneTimeCode.objects.filter(over).delete()[0]


def _serialise(line: CodeLine) -> None:
    # Two requests at once for one identifier would otherwise both find the pause over.
    locks.wait_until_commit(f"one-time code {line.purpose.value} {line.identifier.value}")


def _require_pause(line: CodeLine, at: datetime) -> None:
    free_at = queries.next_code_at(line=line, at=at)
    if at < free_at:
        raise CodeTooSoon(free_at)


def _digest(row: OneTimeCode, code: str) -> str:
    bound = f"{row.public_id}\0{row.purpose}\0{row.identifier}\0{code}"
    return salted_hmac("kabinet.identity.one-time-code", bound, algorithm="sha256").hexdigest()


def _only_digits(text: str) -> str:
    # People copy «123 456» out of a letter.
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())[:20]
