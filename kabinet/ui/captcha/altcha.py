"""A captcha that asks the browser for work, not the person for riddles: ALTCHA, self-hosted (IDN-30).

Nothing is seen, heard or solved by hand, and nobody else learns of the visit.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime
from typing import Any

from altcha import create_challenge, verify_solution
from django.utils.crypto import salted_hmac

from kabinet.ui.captcha.base import LIFETIME, CaptchaNotPassed, use_once

# About half a second of a telephone's work; thousands of guesses would be hours.
ALGORITHM, COST, COUNTERS = "PBKDF2/SHA-256", 5_000, range(300, 900)
LONGEST = 4_000


class Altcha:
    key = "altcha"
    field = "captcha"
    origins: tuple[str, ...] = ()

    def challenge(self, *, at: datetime) -> str:
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

    def require_passed(self, answer: str, *, address: str, at: datetime) -> None:  # noqa: ARG002 -- nobody else is asked
        if not answer or len(answer) > LONGEST:
            raise CaptchaNotPassed
        result = verify_solution(answer, _key("challenge"), hmac_key_secret=_key("solution"))
        if not result.verified:
            raise CaptchaNotPassed
        # The signature has been checked, so the parts are those that were given out.
        parameters = _parameters(answer)
        if parameters["data"]["until"] < at.timestamp():
            raise CaptchaNotPassed
        use_once(str(parameters["nonce"]), at=at)


def _parameters(answer: str) -> dict[str, Any]:
    parameters: dict[str, Any] = json.loads(base64.b64decode(answer))["challenge"]["parameters"]
    return parameters


def _key(purpose: str) -> bytes:
    return salted_hmac("kabinet.captcha", purpose, algorithm="sha256").digest()
