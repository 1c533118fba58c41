"""The signed-in session: how it begins, and what it remembers about consents."""

from __future__ import annotations

import time

from allauth.account.utils import perform_login
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse

from kabinet.identity.models import User

CHECKED = "consents_checked_at"
WEAK_PASSWORD = "weak_password"  # noqa: S105 -- the name of a mark
# A new version of a document reaches people who are signed in within this time, at one query per session.
RECHECK_SECONDS = 600


def sign_in(
    request: HttpRequest, *, user_id: int, redirect_url: str, is_new: bool = False
) -> HttpResponse:
    """Sign in somebody who has just proved a contact; the way goes through allauth's stages, as every other."""
    user = User.objects.get(pk=user_id)
    response: HttpResponse = perform_login(request, user, redirect_url=redirect_url, signup=is_new)
    return response


def expect_consent_check(request: HttpRequest) -> None:
    """Have the next page look whether all documents are accepted."""
    request.session[CHECKED] = 0


def needs_consent_check(request: HttpRequest) -> bool:
    checked = request.session.get(CHECKED)
    return checked is not None and time.time() - checked > RECHECK_SECONDS


def note_consents_given(request: HttpRequest) -> None:
    if CHECKED in request.session:
        request.session[CHECKED] = int(time.time())


def note_weak_password(request: HttpRequest) -> None:
    """Remember, until it is changed, that the password used is one that would not be accepted today."""
    request.session[WEAK_PASSWORD] = True


def has_weak_password(request: HttpRequest) -> bool:
    return WEAK_PASSWORD in request.session


def keep_signed_in(request: HttpRequest) -> None:
    """Bind this session to the password that was just set; every other one ends."""
    assert isinstance(request.user, User)  # noqa: S101 -- LoginRequiredMiddleware let the request through
    request.user.refresh_from_db(fields=["password"])
    update_session_auth_hash(request, request.user)
    request.session.pop(WEAK_PASSWORD, None)


def forget_expired() -> None:
    SessionStore.clear_expired()
