"""The signed-in session of a request: how it begins, how long it holds, and what it remembers."""

from __future__ import annotations

import time

from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kabinet.identity import devices, queries
from kabinet.identity.enums import OnboardingStep, SignInWay
from kabinet.identity.models import User
from kabinet.identity.operations import listing

CHECKED = "consents_checked_at"
REMEMBER, LIFETIME, SEEN = "remember", "lifetime", "seen"
SEEN_EVERY_SECONDS = 300
OFFERS_PASSKEY = "offers_passkey"
CONTACT_CHECK = "contact_check"
# To whoever has just typed a password or a code, a passkey is offered.
TYPED = (SignInWay.PASSWORD, SignInWay.CODE, SignInWay.SIGN_UP, SignInWay.RECOVERY)
WEAK_PASSWORD = "weak_password"  # noqa: S105 -- the name of a mark
MUST_CHANGE = "must_change_password"
# A new version of a document reaches people who are signed in within this time, at one query per session.
RECHECK_SECONDS = 600


def sign_in(
    request: HttpRequest,
    *,
    user_id: int,
    way: SignInWay,
    redirect_url: str,
    is_new: bool = False,
) -> HttpResponse:
    """Sign in somebody who has just proved a contact; the way goes through allauth's stages, as every other."""
    user = queries.with_keys(User.objects.all()).get(pk=user_id)
    return sign_in_person(request, user=user, way=way, redirect_url=redirect_url, is_new=is_new)


def sign_in_person(
    request: HttpRequest,
    *,
    user: User,
    way: SignInWay,
    redirect_url: str,
    is_new: bool = False,
) -> HttpResponse:
    """As ``sign_in``, where the person's row is at hand already."""
    record_authentication(request, user, method=way.value)
    response: HttpResponse = perform_login(request, user, redirect_url=redirect_url, signup=is_new)
    return response


def offers_passkey(request: HttpRequest) -> bool:
    return OFFERS_PASSKEY in request.session


def stop_offering_passkey(request: HttpRequest) -> None:
    request.session.pop(OFFERS_PASSKEY, None)


def remember(request: HttpRequest, *, is_own_device: bool) -> None:
    """Note before sign-in whether the session may outlive a pause (IDN-38)."""
    request.session[REMEMBER] = is_own_device


def begin(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Write the new session down and give the browser its device mark; the last step of every way in."""
    way = _way_of(request, user)
    is_kept = request.session.pop(REMEMBER, way is SignInWay.PASSKEY)
    request.session[LIFETIME] = int(
        (settings.SESSION_REMEMBERED if is_kept else settings.SESSION_IDLE).total_seconds()
    )
    keep_lifetime(request)
    request.session[SEEN] = int(time.time())
    request.session[CONTACT_CHECK] = True
    if user.must_change_password:
        request.session[MUST_CHANGE] = True
    if way is not SignInWay.QR:
        # Who has just come in need not prove the same again a minute later; a QR code proves a phone, not this screen.
        note_proved(request, way)
    if request.session.session_key is None:
        request.session.cycle_key()
    if way in TYPED and user.__dict__.get("has_passkey") is False:
        request.session[OFFERS_PASSKEY] = True
    key = request.session.session_key
    assert key is not None  # noqa: S101 -- cycle_key has given one
    browser = listing.Browser(
        session_key=key,
        device_digest=devices.mark(request, response),
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )
    listing.begin_session(user_id=user.pk, browser=browser, way=way, at=timezone.now())


def is_recently_proved(request: HttpRequest) -> bool:
    """Tell whether the person showed in the last minutes that it is still they who sit here (IDN-38)."""
    assert isinstance(request.user, User)  # noqa: S101 -- LoginRequiredMiddleware let the request through
    now = time.time()
    records = get_authentication_records(request, request.user)
    return any(
        record.get("reauthenticated")
        and now - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        for record in records
    )


def has_password(request: HttpRequest) -> bool:
    """Tell whether the person can sign in by a password; who came through another service has none."""
    assert isinstance(request.user, User)  # noqa: S101 -- LoginRequiredMiddleware let the request through
    return request.user.has_usable_password()


def note_proved(request: HttpRequest, way: SignInWay) -> None:
    assert isinstance(request.user, User)  # noqa: S101 -- only whoever is signed in proves it again
    record_authentication(request, request.user, method=way.value, reauthenticated=True)


def keep_lifetime(request: HttpRequest) -> None:
    """Let the session end so long after the last visit as was settled at sign-in."""
    if LIFETIME in request.session:
        request.session.set_expiry(request.session[LIFETIME])


def note_visit(request: HttpRequest) -> None:
    """Move the session's end on, at most once in a few minutes: a write for every page would cost too much."""
    seen = request.session.get(SEEN)
    if seen is None or time.time() - seen < SEEN_EVERY_SECONDS:
        return
    request.session[SEEN] = int(time.time())
    listing.note_seen(session_key=str(request.session.session_key), at=timezone.now())


def _way_of(request: HttpRequest, user: User) -> SignInWay:
    """Say by what the person came in: the second step records nothing, and what was begun before was left off."""
    records = get_authentication_records(request, user)
    last = records[-1] if records else {}
    named = last.get("method")
    if named == "socialaccount":
        named = last.get("provider")
    return SignInWay(named) if named in SignInWay.values else SignInWay.PASSWORD


def expect_consent_check(request: HttpRequest) -> None:
    """Have the next page look whether all documents are accepted."""
    request.session[CHECKED] = 0


def needs_consent_check(request: HttpRequest) -> bool:
    checked = request.session.get(CHECKED)
    return checked is not None and time.time() - checked > RECHECK_SECONDS


def note_consents_given(request: HttpRequest) -> None:
    if CHECKED in request.session:
        request.session[CHECKED] = int(time.time())


def take_contact_check(request: HttpRequest) -> bool:
    """Tell once after a sign-in that it is time to look for contacts that are not proved (IDN-15)."""
    return bool(CONTACT_CHECK in request.session and request.session.pop(CONTACT_CHECK))


def note_weak_password(request: HttpRequest) -> None:
    """Remember, until it is changed, that the password used is one that would not be accepted today."""
    request.session[WEAK_PASSWORD] = True


def has_weak_password(request: HttpRequest) -> bool:
    return WEAK_PASSWORD in request.session


def must_change_password(request: HttpRequest) -> bool:
    """Tell whether this session began with a temporary password that is not replaced yet (IDN-32, B)."""
    return MUST_CHANGE in request.session


def onboarding_step(request: HttpRequest) -> OnboardingStep:
    """Say where a newcomer's acquaintance with the cabinet stands; staff need none (IDN-20)."""
    assert isinstance(request.user, User)  # noqa: S101 -- LoginRequiredMiddleware let the request through
    if request.user.is_staff:
        return OnboardingStep.DONE
    return OnboardingStep(request.user.onboarding)


def keep_signed_in(request: HttpRequest) -> None:
    """Bind this session to the password that was just set; every other one ends."""
    assert isinstance(request.user, User)  # noqa: S101 -- LoginRequiredMiddleware let the request through
    request.user.refresh_from_db(fields=["password"])
    former = request.session.session_key
    update_session_auth_hash(request, request.user)
    if former is not None:
        listing.keep_going(former=former, current=str(request.session.session_key))
    request.session.pop(WEAK_PASSWORD, None)
    request.session.pop(MUST_CHANGE, None)


def forget_expired() -> None:
    SessionStore.clear_expired()
