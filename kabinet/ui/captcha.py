"""A captcha that asks the browser for work, not the person for riddles: ALTCHA, self-hosted (IDN-30).

Nothing is seen, heard or solved by hand, and nobody else learns of the visit. ``new_challenge`` goes into
``ui/captcha.html``; what the widget sends back goes to ``require_passed``.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from altcha import create_challenge, verify_solution
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import limits
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, Rule

FIELD = "captcha"
# About half a second of a telephone's work; thousands of guesses would be hours.
ALGORITHM, COST, COUNTERS = "PBKDF2/SHA-256", 5_000, range(300, 900)
LIFETIME = timedelta(hours=1)
LONGEST = 4_000
# A solution is good for one attempt: the first use leaves one try, any later one fewer.
USED = Rule("captcha.used", tries=2, quiet=2 * LIFETIME, blocks=(LIFETIME,))


class CaptchaNotPassed(Refused):
    message = _("Проверка не пройдена или устарела. Дождитесь новой отметки и отправьте ещё раз.")


def is_on() -> bool:
    return bool(settings.CAPTCHA != "off")


def new_challenge(*, at: datetime) -> str:
    """Give a signed challenge as JSON, good for an hour and one use."""
    challenge = create_challenge(
        ALGORITHM,
        COST,
        counter=secrets.choice(COUNTERS),
        data={"until": int((at + LIFETIME).timestamp())},
        hmac_secret=_key("challenge"),
        hmac_key_secret=_key("solution"),
    )
    return json.dumps(challenge.to_dict())


def require_passed(solution: str, *, at: datetime) -> None:
    """Accept a solution once. Call outside any transaction.

    :raises CaptchaNotPassed: it is missing, wrong, too old, or was used before.
    """
    if not solution or len(solution) > LONGEST:
        raise CaptchaNotPassed
    result = verify_solution(solution, _key("challenge"), hmac_key_secret=_key("solution"))
    if not result.verified:
        raise CaptchaNotPassed
    # The signature has been checked, so the parts are those that were given out.
    parameters = _parameters(solution)
    if parameters["data"]["until"] < at.timestamp():
        raise CaptchaNotPassed
    _use(str(parameters["nonce"]), at)


def _use(nonce: str, at: datetime) -> None:
    try:
        left = limits.take(Claim(USED, nonce), at=at)
    except limits.TooManyAttempts as used:
        raise CaptchaNotPassed from used
    if left != USED.tries - 1:
        raise CaptchaNotPassed


def _parameters(solution: str) -> dict[str, Any]:
    parameters: dict[str, Any] = json.loads(base64.b64decode(solution))["challenge"]["parameters"]
    return parameters


def _key(purpose: str) -> bytes:
    return salted_hmac("kabinet.captcha", purpose, algorithm="sha256").digest()
