"""The way through for a browser that runs no scripts: ten seconds between the page and the form, a few times an hour.

Whoever writes a form by hand takes longer anyway; a machine gets three forms an hour from one place out of it.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from django.core import signing
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import limits
from kabinet.kernel.limits import Claim, Rule, network
from kabinet.ui.captcha.base import LIFETIME, CaptchaNotPassed, use_once

FIELD = "captcha-opened"
WAIT = timedelta(seconds=10)
LONGEST = 200
SALT = "kabinet.captcha.patience"
PLACE = Rule("captcha.patience", tries=3, quiet=LIFETIME, blocks=(LIFETIME,))


class TooQuick(CaptchaNotPassed):
    message = _("Это было слишком быстро. Подождите десять секунд и отправьте ещё раз.")


def stamp(*, at: datetime) -> str:
    """Give a signed note of when the page was opened."""
    opened = {"at": int(at.timestamp()), "nonce": secrets.token_urlsafe(9)}
    return signing.dumps(opened, salt=SALT)


def require_waited(note: str, *, address: str, at: datetime) -> None:
    """Accept a page's note once. Call outside any transaction.

    :raises CaptchaNotPassed: it is not ours, too old, too young, or was used before.
    :raises TooManyAttempts: this place has used up its hour's share.
    """
    if not note or len(note) > LONGEST:
        raise CaptchaNotPassed
    try:
        opened = signing.loads(note, salt=SALT)
    except signing.BadSignature as forged:
        raise CaptchaNotPassed from forged
    waited = at - datetime.fromtimestamp(opened["at"], tz=UTC)
    if waited < WAIT:
        raise TooQuick
    if waited > LIFETIME:
        raise CaptchaNotPassed
    use_once(opened["nonce"], at=at)
    limits.take(Claim(PLACE, network(address)), at=at)
