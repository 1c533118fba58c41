"""What may go wrong between us and ESIA, in words for the person who wants to come in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)


class EsiaProblem(OAuth2Error):  # noqa: N818 -- a fact, not an error
    """``message`` is for the person, the text of the exception for the log; it holds nobody's data.

    allauth catches it wherever it catches its own OAuth2Error, and asks our adapter what to show.
    """

    message: StrOrPromise = _(
        "Войти через Госуслуги не получилось. Попробуйте ещё раз или войдите другим способом."
    )


class EsiaDown(EsiaProblem):
    """No answer, or none that can be read."""

    message = _(
        "Госуслуги сейчас не отвечают. Войдите другим способом или попробуйте через несколько минут."
    )


class CannotSign(EsiaProblem):
    """Our own signature could not be made: the key, the command or their settings are to blame."""

    message = _(
        "Вход через Госуслуги сейчас не работает по нашей вине. Войдите другим способом, пожалуйста."
    )


class MarkerRefused(EsiaProblem):
    """A marker that is not ESIA's, not for us, not of now, or not about the person who came."""


class NotConfirmed(EsiaProblem):
    message = _(
        "Ваша учётная запись на Госуслугах не подтверждена. Подтвердите её там — например, через банк или в МФЦ — "
        "или войдите в кабинет другим способом."
    )


class PersonRefused(EsiaProblem):
    """The person, or ESIA for the person, said no."""

    message = _("Вы не вошли через Госуслуги: вход там отменён. Здесь ничего не изменилось.")


@contextmanager
def logged() -> Iterator[None]:
    """Tell the log what the person is not told; what people decide themselves is no news."""
    try:
        yield
    except (NotConfirmed, PersonRefused):
        raise
    except EsiaProblem as problem:
        logger.warning("ESIA: %s", problem)
        raise
