"""What a person signs in with besides a password: passkeys, an app's codes, spare codes (IDN-29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from kabinet.identity.parts import EntryPart, is_on
from kabinet.identity.queries import person_id
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible


class KeyNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    pk: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeysRow:
    """``codes_left``: spare codes that still open the second step."""

    passkeys: Sequence[PasskeyRow]
    has_totp: bool
    codes_left: int


def own_authenticators(actor: Actor) -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=person_id(actor))
    return found


def get_keys(*, actor: Actor) -> KeysRow:
    """Give all of the person's keys by one query."""
    rows = list(own_authenticators(actor).order_by("created_at", "pk"))
    kinds = Authenticator.Type
    spare = [row for row in rows if row.type == kinds.RECOVERY_CODES]
    return KeysRow(
        passkeys=[_to_passkey(row) for row in rows if row.type == kinds.WEBAUTHN],
        has_totp=any(row.type == kinds.TOTP for row in rows),
        codes_left=sum(len(row.wrap().get_unused_codes()) for row in spare),
    )


def get_passkey(*, actor: Actor, key_id: int) -> PasskeyRow:
    """Give one of the own passkeys.

    :raises KeyNotFound: it is not the person's.
    """
    row = own_authenticators(actor).filter(type=Authenticator.Type.WEBAUTHN, pk=key_id).first()
    if row is None:
        raise KeyNotFound
    return _to_passkey(row)


def _to_passkey(row: Authenticator) -> PasskeyRow:
    return PasskeyRow(row.pk, row.data["name"], row.created_at, row.last_used_at)


def has_passkey(*, actor: Actor) -> bool:
    """Tell whether the person can show a key: they hold one, and keys are a way in here."""
    return (
        is_on(EntryPart.PASSKEY)
        and own_authenticators(actor).filter(type=Authenticator.Type.WEBAUTHN).exists()
    )


def get_spare_codes(*, actor: Actor) -> Sequence[str]:
    """Give the spare codes that are not used up; only for the page right after they were made."""
    row = own_authenticators(actor).filter(type=Authenticator.Type.RECOVERY_CODES).first()
    codes: list[str] = row.wrap().get_unused_codes() if row else []
    return [f"{code[:4]} {code[4:]}" for code in codes]
