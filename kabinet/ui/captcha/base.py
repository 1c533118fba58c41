from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from kabinet.kernel import limits
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, Rule

LIFETIME = timedelta(hours=1)
# An answer is good for one attempt: the first use leaves one try, any later one fewer.
USED = Rule("captcha.used", tries=2, quiet=2 * LIFETIME, blocks=(LIFETIME,))


class CaptchaNotPassed(Refused):
    message = _("Проверка не пройдена или устарела. Дождитесь новой отметки и отправьте ещё раз.")


class Kind(Protocol):
    """What is asked of a browser, and how its answer is judged.

    ``field``: the name under which the page sends the answer. ``origins``: the foreign hosts whose script and frame
    the page needs.
    """

    key: str
    field: str

    @property
    def origins(self) -> tuple[str, ...]: ...

    def challenge(self, *, at: datetime) -> str:
        """Give what the page's widget needs to begin."""

    def require_passed(self, answer: str, *, address: str, at: datetime) -> None:
        """Accept an answer once. Called outside any transaction.

        :raises CaptchaNotPassed: it is wrong, too old, or was used before.
        """


def use_once(token: str, *, at: datetime) -> None:
    """:raises CaptchaNotPassed: the token was used before."""
    try:
        left = limits.take(Claim(USED, token), at=at)
    except limits.TooManyAttempts as used:
        raise CaptchaNotPassed from used
    if left != USED.tries - 1:
        raise CaptchaNotPassed
