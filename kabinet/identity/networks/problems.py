"""What may go wrong between us and a service, in words for the person who wants to come in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


class NetworkProblem(OAuth2Error):  # noqa: N818 -- a fact, not an error
    """What came back is refused, or is not to be believed; its text is for the log and holds nobody's data.

    allauth catches it wherever it catches its own OAuth2Error, and asks our adapter what to show.
    """

    def __init__(self, service: str, happened: str) -> None:
        super().__init__(happened)
        self.service = service

    @property
    def message(self) -> str:
        return _(
            "Войти через %(service)s не получилось. Попробуйте ещё раз или войдите другим способом."
        ) % {"service": self.service}


class NetworkDown(NetworkProblem):
    """No answer, or none that can be read."""

    @property
    def message(self) -> str:
        return _(
            "%(service)s сейчас не отвечает. Войдите другим способом или попробуйте через несколько минут."
        ) % {"service": self.service}


class PersonRefused(NetworkProblem):
    """The person said no on the service's own page."""

    @property
    def message(self) -> str:
        return _("Вы не вошли через %(service)s: вход там отменён. Здесь ничего не изменилось.") % {
            "service": self.service
        }


@contextmanager
def logged() -> Iterator[None]:
    """Tell the log what the person is not told."""
    try:
        yield
    except NetworkProblem as problem:
        logger.warning("%s: %s", problem.service, problem)
        raise
