"""Yandex SmartCaptcha: a tick, and a task with pictures or sound for whom it doubts (IDN-30, facts §9)."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from kabinet.kernel import http, limits
from kabinet.kernel.limits import Claim, Rule, network
from kabinet.ui.captcha.base import CaptchaNotPassed, use_once

logger = logging.getLogger(__name__)
LIMITS = http.Limits(connect=2.0, whole=3.0)
LONGEST = 4_000
OK = 200
# Every answer costs a request to Yandex, also one that was made up.
ASKED = Rule(
    "captcha.asked", tries=60, quiet=timedelta(minutes=10), blocks=(timedelta(minutes=10),)
)


class SmartCaptcha:
    key = "smartcaptcha"
    field = "smart-token"

    @property
    def origins(self) -> tuple[str, ...]:
        parts = urlsplit(settings.SMARTCAPTCHA_URL)
        return (f"{parts.scheme}://{parts.netloc}",)

    def challenge(self, *, at: datetime) -> str:  # noqa: ARG002 -- the time is Yandex's business
        return str(settings.SMARTCAPTCHA_KEY)

    def require_passed(self, answer: str, *, address: str, at: datetime) -> None:
        """Ask Yandex, three seconds at the longest.

        When it does not answer, the form passes: a fault of somebody else's must not close the cabinet, Yandex
        advises so itself, and every form that shows a captcha counts attempts of its own besides.
        """
        if not answer or len(answer) > LONGEST:
            raise CaptchaNotPassed
        limits.take(Claim(ASKED, network(address)), at=at)
        try:
            verdict = _validate(answer, address)
        except (http.NoAnswer, ValueError) as silence:
            logger.error("SmartCaptcha gave no verdict (%s): let pass under limits", silence)  # noqa: TRY400 -- no news in the trace
            return
        if verdict != ("ok", urlsplit(settings.SITE_URL).hostname):
            raise CaptchaNotPassed
        use_once(hashlib.sha256(answer.encode()).hexdigest(), at=at)


def _validate(token: str, address: str) -> tuple[str, str]:
    """Give the status and the host where the task was solved.

    :raises NoAnswer: none in time.
    :raises ValueError: an answer without a verdict.
    """
    form = {"secret": settings.SMARTCAPTCHA_SECRET, "token": token, "ip": address}
    request = http.Request(
        "POST",
        f"{settings.SMARTCAPTCHA_URL.rstrip('/')}/validate",
        {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode(form).encode(),
    )
    answer = http.send(request, http.Deadline(LIMITS))
    if answer.status != OK:
        raise ValueError(f"status {answer.status}")
    try:
        told = json.loads(answer.body)
        return str(told["status"]), str(told.get("host", "")).partition(":")[0]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("an answer that cannot be read") from None
