"""The talk with a browser about a passkey: «sign this challenge with the key that you hold» (WebAuthn, IDN-29).

The challenge waits in the session, for one answer, one purpose and a few minutes. Keys are bound to the host of
``SITE_URL`` and answers are taken from that very origin, so no look-alike page can pass an answer on.
"""

from __future__ import annotations

import json
import struct
import time
import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kabinet.identity import sessions
from kabinet.identity.enums import SignInWay
from kabinet.identity.models import User
from kabinet.identity.own_keys import own_authenticators
from kabinet.identity.parts import EntryPart, require_on
from kabinet.identity.queries import person_id
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused

WAY = SignInWay.PASSKEY
STATE, COUNT = "passkey", "sign_count"
STATE_SECONDS = 300
LONGEST_ANSWER = 20_000
EXTENSIONS = {"credProps": True}
# What fido2 raises about answers that no browser would give.
MALFORMED = (
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
REQUIRED = UserVerificationRequirement.REQUIRED


class PasskeyRefused(Refused):
    message = _("Не получилось: устройство ответило не так, как нужно. Попробуйте ещё раз.")


class Purpose(StrEnum):
    ADD = "add"
    SIGN_IN = "sign-in"
    PROVE = "prove"


def begin_adding(request: HttpRequest, *, actor: Actor) -> str:
    """Give what the browser needs to make a key for the person, as JSON.

    :raises PartOff: keys are no way in here.
    """
    require_on(EntryPart.PASSKEY)
    user = User.objects.get(pk=person_id(actor))
    known = [_credential(row) for row in _passkeys(actor)]
    shown = str(user)
    options, state = _server().register_begin(
        # A random number: a device tells it to whoever asks, and the row's own number is nobody's business.
        user=PublicKeyCredentialUserEntity(id=user.public_id.bytes, name=shown, display_name=shown),
        credentials=known,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=REQUIRED,
        extensions=EXTENSIONS,
    )
    _remember(request, Purpose.ADD, state)
    return json.dumps(dict(options))


def finish_adding(request: HttpRequest, *, answer: str) -> Mapping[str, object]:
    """Check the answer of a browser that has made a key; gives what is to be kept of it.

    :raises PasskeyRefused: it answers another challenge, comes from elsewhere, or is no answer at all.
    """
    server = _server()
    state = _recall(request, Purpose.ADD)
    try:
        response = RegistrationResponse.from_dict(_parsed(answer))
        kept = server.register_complete(state, response).credential_data
    except MALFORMED:
        raise PasskeyRefused from None
    algorithms = {known.alg for known in server.allowed_algorithms}
    if kept is None or kept.public_key.ALGORITHM not in algorithms:
        raise PasskeyRefused
    plain: dict[str, object] = json.loads(json.dumps(dict(response)))
    # The rest is signed; these are a browser's own words, and may hold signs that no database takes.
    plain.pop("clientExtensionResults", None)
    return plain


def begin_asking(request: HttpRequest, *, actor: Actor | None = None) -> str:
    """Give what the browser needs to show a key: any that it holds, or one of the person's; as JSON.

    :raises PartOff: keys are no way in here.
    """
    require_on(EntryPart.PASSKEY)
    known = [_credential(row) for row in _passkeys(actor)] if actor else []
    options, state = _server().authenticate_begin(credentials=known, user_verification=REQUIRED)
    _remember(request, Purpose.PROVE if actor else Purpose.SIGN_IN, state)
    return json.dumps(dict(options))


def sign_in(request: HttpRequest, *, answer: str, redirect_url: str) -> HttpResponse:
    """Sign in whoever holds the key that answers.

    :raises PartOff: keys are no way in here.
    :raises PasskeyRefused: it is nobody's key here, or answers another challenge.
    """
    require_on(EntryPart.PASSKEY)
    state = _recall(request, Purpose.SIGN_IN)
    try:
        response = AuthenticationResponse.from_dict(_parsed(answer))
        handle = response.response.user_handle
        owner = uuid.UUID(bytes=handle or b"")
    except MALFORMED:
        raise PasskeyRefused from None
    used = _require_answer(_passkeys_and_owner(owner), state, response)
    return sessions.sign_in_person(request, user=used.user, way=WAY, redirect_url=redirect_url)


def prove(request: HttpRequest, *, actor: Actor, answer: str) -> None:
    """Check that whoever sits here holds a key of the person who is signed in.

    :raises PartOff: keys are no way in here.
    :raises PasskeyRefused: it is another key, or answers another challenge.
    """
    require_on(EntryPart.PASSKEY)
    state = _recall(request, Purpose.PROVE)
    try:
        response = AuthenticationResponse.from_dict(_parsed(answer))
    except MALFORMED:
        raise PasskeyRefused from None
    _require_answer(_passkeys(actor), state, response)


def _require_answer(
    rows: list[Authenticator], state: Mapping[str, Any], response: AuthenticationResponse
) -> Authenticator:
    by_credential = {_credential(row).credential_id: row for row in rows}
    try:
        used = _server().authenticate_complete(state, [_credential(row) for row in rows], response)
    except MALFORMED:
        raise PasskeyRefused from None
    row = by_credential[used.credential_id]
    _note_use(row, response.response.authenticator_data.counter)
    return row


def _note_use(row: Authenticator, count: int) -> None:
    """Keep how often the device has signed; most of today say 0 for ever.

    :raises PasskeyRefused: it counts backwards or not on, so it is a copy, or has one (WebAuthn, 6.1.1).
    """
    kept = row.data.get(COUNT, row.wrap().authenticator_data.counter)
    if (count or kept) and count <= kept:
        raise PasskeyRefused
    row.data[COUNT], row.last_used_at = count, timezone.now()
    row.save(update_fields=["data", "last_used_at"])


def _passkeys(actor: Actor) -> list[Authenticator]:
    return list(own_authenticators(actor).filter(type=Authenticator.Type.WEBAUTHN))


def _passkeys_and_owner(public_id: uuid.UUID) -> list[Authenticator]:
    """Give somebody's passkeys, each with its owner, by one query: signing in asks for nothing else."""
    own = Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN)
    rows = list(own.filter(user__public_id=public_id).select_related("user"))
    for row in rows:
        row.user.has_passkey = True
    return rows


def _credential(row: Authenticator) -> AttestedCredentialData:
    found = row.wrap().authenticator_data.credential_data
    assert isinstance(found, AttestedCredentialData)  # noqa: S101 -- none was kept without it
    return found


def _server() -> Fido2Server:
    site = urlsplit(settings.SITE_URL)
    own_origin = f"{site.scheme}://{site.netloc}"
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=site.hostname, name=settings.SITE_NAME),
        verify_origin=lambda origin: origin == own_origin,
    )


def _remember(request: HttpRequest, purpose: Purpose, state: Mapping[str, Any]) -> None:
    request.session[STATE] = {
        "purpose": purpose.value,
        "at": int(time.time()),
        "state": {**state, "user_verification": REQUIRED.value},
    }


def _recall(request: HttpRequest, purpose: Purpose) -> Mapping[str, Any]:
    """Take the challenge out of the session: it is worth one answer.

    :raises PasskeyRefused: there is none for this purpose, or it waited too long.
    """
    kept = request.session.pop(STATE, None)
    if not kept or kept["purpose"] != purpose.value or time.time() - kept["at"] > STATE_SECONDS:
        raise PasskeyRefused
    state: Mapping[str, Any] = kept["state"]
    return state


def _parsed(answer: str) -> Mapping[str, Any]:
    parsed = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    if not isinstance(parsed, dict):
        raise TypeError(parsed)
    return parsed
