"""A check that a form comes from a person's browser, where the deployment asks for it (IDN-30).

A template shows it by ``{% captcha "sign-up" %}``; the view calls ``require_passed`` before the form does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest

from kabinet.ui.captcha import patience
from kabinet.ui.captcha.altcha import Altcha
from kabinet.ui.captcha.base import CaptchaNotPassed, Kind
from kabinet.ui.captcha.smartcaptcha import SmartCaptcha

__all__ = ["CaptchaForm", "CaptchaNotPassed", "Offer", "is_on", "offer", "require_passed"]

KINDS: Mapping[str, Kind] = {kind.key: kind for kind in (Altcha(), SmartCaptcha())}


class CaptchaForm(StrEnum):
    """The forms that can ask for it; guests after a block, sign-in after failures."""

    SIGN_UP = "sign-up"
    RECOVERY = "recovery"
    GUEST = "guest"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page shows: the widget's kind and its challenge, and the note for browsers without scripts."""

    kind: str
    challenge: str
    script: str
    stamp: str
    stamp_field: str = patience.FIELD


def is_on(form: CaptchaForm) -> bool:
    return settings.CAPTCHA != "off" and form.value in settings.CAPTCHA_ON


def offer(request: HttpRequest, *, at: datetime) -> Offer:
    """Begin a check on the page that answers this request, and let that page alone load what the widget needs."""
    kind = KINDS[settings.CAPTCHA]
    request.foreign_origins = kind.origins  # type: ignore[attr-defined] # read by SecurityPolicy
    return Offer(
        kind=kind.key,
        challenge=kind.challenge(at=at),
        script=f"{kind.origins[0]}/captcha.js" if kind.origins else "",
        stamp=patience.stamp(at=at),
    )


def require_passed(request: HttpRequest, form: CaptchaForm, *, at: datetime) -> None:
    """Accept what the form was sent with, where this form asks at all. Call outside any transaction.

    :raises CaptchaNotPassed: missing, wrong, too old, or used before.
    :raises TooManyAttempts: too many without scripts from this place, or too many answers for a foreign judge.
    """
    if not is_on(form):
        return
    kind = KINDS[settings.CAPTCHA]
    address = request.META.get("REMOTE_ADDR", "")
    answer = request.POST.get(kind.field, "")
    if answer:
        kind.require_passed(answer, address=address, at=at)
    else:
        patience.require_waited(request.POST.get(patience.FIELD, ""), address=address, at=at)
