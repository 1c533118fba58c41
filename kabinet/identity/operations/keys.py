"""Adding and removing what a person signs in with, and the second step itself (IDN-29)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kabinet.identity import limits, messages
from kabinet.identity.models import User
from kabinet.identity.own_keys import KeyNotFound, own_authenticators
from kabinet.identity.parts import EntryPart, require_on
from kabinet.identity.queries import person_id
from kabinet.kernel import audit, secrets
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, forget, take

PASSKEYS_MOST = 20
LONGEST_NAME = 80
LONGEST_CODE = 20
# Until when an app's codes count as used: the number of the last half-minute whose code was taken.
USED = "used_counter"
Kind = Authenticator.Type


class TooManyPasskeys(Refused):
    message = gettext_lazy("Устройств уже слишком много. Удалите то, которым не пользуетесь.")


class KeyNameless(Refused):
    message = gettext_lazy("Назовите это устройство.")


class SecondStepIsOn(Refused):
    message = gettext_lazy("Второй шаг уже включён.")


class SecondStepIsOff(Refused):
    message = gettext_lazy("Сначала включите второй шаг: запасные коды нужны только с ним.")


class AppCodeRefused(Refused):
    message = gettext_lazy(
        "Код не подошёл. Введите шесть цифр, которые приложение показывает сейчас, и проверьте часы телефона."
    )


class SecondStepRefused(Refused):
    def __init__(self, tries_left: int) -> None:
        left = ngettext(
            "Осталась %(count)d попытка.", "Осталось попыток: %(count)d.", tries_left
        ) % {"count": tries_left}
        super().__init__(_("Код не подошёл. %(left)s") % {"left": left})


@transaction.atomic
def add_passkey(*, actor: Actor, name: str, credential: Mapping[str, object], at: datetime) -> None:
    """Keep a passkey whose browser has proved to hold it (``passkeys.finish_adding``), and tell the owner.

    :raises PartOff: keys are no way in here.
    :raises TooManyPasskeys: the person has enough.
    """
    require_on(EntryPart.PASSKEY)
    user = _lock(actor)
    if own_authenticators(actor).filter(type=Kind.WEBAUTHN).count() >= PASSKEYS_MOST:
        raise TooManyPasskeys
    WebAuthn.add(user, name[:LONGEST_NAME], dict(credential))
    audit.record(actor, "identity.passkey.add", user, at=at, name=name[:LONGEST_NAME])
    messages.tell_keys_changed(
        user=user,
        subject=_("Добавлен вход по отпечатку, лицу или ПИН-коду"),
        sentence=_("В ваш личный кабинет теперь можно войти с устройства: %(name)s.")
        % {"name": name[:LONGEST_NAME]},
        at=at,
    )


@transaction.atomic
def remove_passkey(*, actor: Actor, key_id: int, at: datetime) -> None:
    """Forget one of the own passkeys, and tell the owner.

    :raises KeyNotFound: it is not the person's.
    """
    user = _lock(actor)
    row = own_authenticators(actor).filter(type=Kind.WEBAUTHN, pk=key_id).first()
    if row is None:
        raise KeyNotFound
    name = row.data["name"]
    row.delete()
    audit.record(actor, "identity.passkey.remove", user, at=at, name=name)
    messages.tell_keys_changed(
        user=user,
        subject=_("Удалён вход по отпечатку, лицу или ПИН-коду"),
        sentence=_(
            "В ваш личный кабинет больше нельзя войти одним касанием с устройства: %(name)s."
        )
        % {"name": name},
        at=at,
    )


@transaction.atomic
def rename_passkey(*, actor: Actor, key_id: int, name: str, at: datetime) -> None:
    """Call one of the own passkeys as its owner likes; what it opens stays the same, so nobody is written to.

    :raises KeyNotFound: it is not the person's.
    :raises KeyNameless: there is nothing but spaces in the name.
    """
    _lock(actor)
    row = own_authenticators(actor).filter(type=Kind.WEBAUTHN, pk=key_id).first()
    if row is None:
        raise KeyNotFound
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called:
        raise KeyNameless
    if called == row.data["name"]:
        return
    row.data["name"] = called
    row.save(update_fields=["data"])
    audit.record(actor, "identity.passkey.rename", row, at=at, name=called)


@transaction.atomic
def turn_on_second_step(*, actor: Actor, secret: str, code: str, at: datetime) -> None:
    """Ask from now on for a code of the app that holds ``secret``; spare codes are made along with it.

    :raises SecondStepIsOn: it is on already.
    :raises AppCodeRefused: the app shows another code, so it would lock its owner out.
    """
    user = _lock(actor)
    if own_authenticators(actor).filter(type=Kind.TOTP).exists():
        raise SecondStepIsOn
    counter = _fitting_counter(secret, _only_digits(code), after=-1, at=at)
    if counter is None:
        raise AppCodeRefused
    row = TOTP.activate(user, secret).instance
    row.data[USED] = counter
    row.save(update_fields=["data"])
    _make_spare_codes(actor, user)
    audit.record(actor, "identity.second_step.turn_on", user, at=at)
    messages.tell_keys_changed(
        user=user,
        subject=_("Включён второй шаг при входе"),
        sentence=_("При входе в личный кабинет теперь нужен ещё и код из приложения."),
        at=at,
    )


@transaction.atomic
def turn_off_second_step(*, actor: Actor, at: datetime) -> None:
    """Ask for no more codes and forget the spare ones; nothing happens when it is off."""
    user = _lock(actor)
    kinds = (Kind.TOTP, Kind.RECOVERY_CODES)
    if not own_authenticators(actor).filter(type__in=kinds).delete()[0]:
        return
    audit.record(actor, "identity.second_step.turn_off", user, at=at)
    messages.tell_keys_changed(
        user=user,
        subject=_("Второй шаг при входе выключен"),
        sentence=_("При входе в личный кабинет код из приложения больше не нужен."),
        at=at,
    )


@transaction.atomic
def renew_spare_codes(*, actor: Actor, at: datetime) -> None:
    """Make new spare codes; the former ones open nothing any more.

    :raises SecondStepIsOff: there is nothing for which they would be spare.
    """
    user = _lock(actor)
    if not own_authenticators(actor).filter(type=Kind.TOTP).exists():
        raise SecondStepIsOff
    _make_spare_codes(actor, user)
    audit.record(actor, "identity.spare_codes.renew", user, at=at)
    messages.tell_keys_changed(
        user=user,
        subject=_("Новые запасные коды"),
        sentence=_("Для входа в личный кабинет сделаны новые запасные коды, прежние не действуют."),
        at=at,
    )


def pass_second_step(*, user_id: int, code: str, at: datetime) -> int | None:
    """Check the code of somebody who has made the first step; gives how many spare codes are left if it was one.

    Counted per person: only whoever has made the first step can use the tries up. No code fits twice.

    :raises TooManyAttempts: too many were wrong; this one was not looked at.
    :raises SecondStepRefused: it is no code of this person's.
    """
    claim = Claim(limits.SECOND_STEP, str(user_id))
    left = take(claim, at=at)
    is_right, codes_left = _spend(user_id, _only_digits(code), at)
    if not is_right:
        raise SecondStepRefused(left)
    forget(claim)
    return codes_left


@transaction.atomic
def _spend(user_id: int, code: str, at: datetime) -> tuple[bool, int | None]:
    # Locked: two browsers with one code at once would both find it unused.
    own = Authenticator.objects.select_for_update(of=("self",)).filter(user_id=user_id)
    if len(code) == app_settings.TOTP_DIGITS:
        row = own.filter(type=Kind.TOTP).first()
        return row is not None and _spend_app_code(row, code, at), None
    row = own.filter(type=Kind.RECOVERY_CODES).first()
    if row is None or not row.wrap().validate_code(code):
        return False, None
    row.refresh_from_db()
    return True, len(row.wrap().get_unused_codes())


def _spend_app_code(row: Authenticator, code: str, at: datetime) -> bool:
    secret = secrets.unseal(row.data["secret"])
    counter = _fitting_counter(secret, code, after=row.data.get(USED, -1), at=at)
    if counter is None:
        return False
    row.data[USED], row.last_used_at = counter, at
    row.save(update_fields=["data", "last_used_at"])
    return True


def _fitting_counter(secret: str, code: str, *, after: int, at: datetime) -> int | None:
    """Find the half-minute whose code this is, next to now and later than the last one used (RFC 6238)."""
    now = int(at.timestamp()) // app_settings.TOTP_PERIOD
    around = range(now - app_settings.TOTP_TOLERANCE, now + app_settings.TOTP_TOLERANCE + 1)
    fitting = [
        counter
        for counter in around
        if constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code)
    ]
    return next((counter for counter in fitting if counter > after), None)


def _make_spare_codes(actor: Actor, user: User) -> None:
    own_authenticators(actor).filter(type=Kind.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)


def _lock(actor: Actor) -> User:
    """Take the person's row: two windows at once change one after the other."""
    return User.objects.select_for_update(of=("self",)).get(pk=person_id(actor))


def _only_digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())[:LONGEST_CODE]
