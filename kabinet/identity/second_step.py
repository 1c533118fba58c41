"""The second step of signing in, for those who want one: a code from an app, or a spare code (IDN-29).

allauth's parts with our rules: the step is asked of whoever has an app's codes, however they came in; a passkey is a
way in of its own, never a demand on those who have a password.
"""

from __future__ import annotations

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from kabinet.identity.enums import SignInWay
from kabinet.identity.models import User
from kabinet.kernel import secrets

PENDING, FIRST_STEP = "second_step_secret", "first_step"
# A passkey is a device and a finger at once; a QR code was confirmed by a browser that has made the step.
BOTH_STEPS_AT_ONCE = {SignInWay.PASSKEY, SignInWay.QR}


class MfaAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return str(settings.SITE_NAME)

    def is_mfa_enabled(self, user: AbstractBaseUser, types: object = None) -> bool:  # noqa: ARG002 -- allauth's signature
        """Say whether the person has an app's codes: a passkey alone demands nothing."""
        # The sign-in knows it from the query that found the person.
        known: bool | None = user.__dict__.get("has_totp")
        if known is not None:
            return known
        rows = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP)
        return bool(rows.exists())


class SecondStep(AuthenticateStage):
    """allauth's stage between the proof and the session."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        response, goes_on = super().handle()
        if response is not None:
            user = self.login.user
            assert isinstance(user, User)  # noqa: S101 -- the project's one user model
            # Somebody may have planted the visitor's session, and would share the first step.
            self.request.session.cycle_key()
            self.state[FIRST_STEP] = user.get_session_auth_hash()
        return response, goes_on

    def still_holds(self) -> bool:
        """Tell whether the first step is still worth something: not after a new password, nor for who is shut out."""
        user = self.login.user
        if not isinstance(user, User) or not user.is_active:
            return False
        return constant_time_compare(self.state.get(FIRST_STEP, ""), user.get_session_auth_hash())

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        if user is None:
            return False
        records = get_authentication_records(request, user)
        if records and records[-1]["method"] in BOTH_STEPS_AT_ONCE:
            return False
        return MfaAdapter().is_mfa_enabled(user)


def pending_secret(request: HttpRequest) -> str:
    """Give the secret that the person's app is about to learn; sealed, it waits in the session."""
    if PENDING not in request.session:
        request.session[PENDING] = secrets.seal(generate_totp_secret())
    return secrets.unseal(request.session[PENDING])


def forget_pending_secret(request: HttpRequest) -> None:
    request.session.pop(PENDING, None)


def app_address(request: HttpRequest, secret: str) -> str:
    """Give the secret as the address that apps for codes understand, for a QR code or a tap on the same phone."""
    assert isinstance(request.user, User)  # noqa: S101 -- LoginRequiredMiddleware let the request through
    return str(MfaAdapter(request).build_totp_url(request.user, secret))
