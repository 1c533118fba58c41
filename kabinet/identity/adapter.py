"""Where allauth's ways differ from ours: limits, wording, and where people go next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from kabinet.identity import devices, operations, sessions
from kabinet.identity.enums import OnboardingStep
from kabinet.identity.identifiers import NotAnIdentifier, identify
from kabinet.identity.limits import (
    sign_in_known,
    sign_in_needs_captcha,
    sign_in_pair,
    sign_in_wide,
)
from kabinet.identity.models import User
from kabinet.identity.queries import known_device
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, TooManyAttempts, forget, give_back, take
from kabinet.ui import captcha
from kabinet.ui.captcha import CaptchaForm

NOT_SIGNED_IN = _(
    "Войти не получилось: почта или телефон и пароль не подошли друг к другу. "
    "Проверьте раскладку клавиатуры и заглавные буквы."
)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": NOT_SIGNED_IN,
        "phone_password_mismatch": NOT_SIGNED_IN,
        "username_password_mismatch": NOT_SIGNED_IN,
        "invalid_login": NOT_SIGNED_IN,
    }

    def get_login_stages(self) -> list[str]:
        """Give the one stage that anybody meets here; contacts are proven before there is a person."""
        return ["kabinet.identity.second_step.SecondStep"]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave allauth's own count out: its key takes all phone numbers for one."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check a password. ``shows_captcha``: the page asked can show one, and learns here when it must.

        :raises TooManyAttempts: it was tried too often; the password was not looked at.
        :raises CaptchaNotPassed: it was wrong three times, and now a captcha goes with it; not counted.
        """
        shows_captcha = credentials.pop("shows_captcha", False)
        named = str(credentials.get("email") or credentials.get("phone") or "")
        address = request.META.get("REMOTE_ADDR", "")
        claims: tuple[Claim, ...] = (sign_in_pair(named, address), *sign_in_wide(named, address))
        try:
            left = take(*claims, at=timezone.now())
        except TooManyAttempts:
            claims = _own_claims(request, named)
            if not claims:
                raise
            left = take(*claims, at=timezone.now())
        if shows_captcha and sign_in_needs_captcha(left):
            _require_captcha(request, *claims)
        request.sign_in_tries_left = left  # type: ignore[attr-defined] # read by the page
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            forget(*claims)
        return user

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        with _still_here(request, user):
            super().login(request, user)

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse:
        sessions.expect_consent_check(request)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        assert isinstance(user, User)  # noqa: S101 -- the project's one user model
        if response.headers.get("Location") == reverse("home") and is_newcomer(user):
            # Whoever was on the way to some page goes there first; the rest come back to where they left.
            response.headers["Location"] = reverse("onboarding")
        with _still_here(request, user):
            sessions.begin(request, response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        key = request.session.session_key
        super().logout(request)
        if key is not None:
            operations.note_ended(session_key=key, at=timezone.now())

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Say nothing of «signed in as …»: the page that opens says it by itself."""
        if message_template is None:
            super().add_message(request, level, message_template, *args, **kwargs)

    def is_safe_url(self, url: str | None) -> bool:
        """Follow ``next`` only within the host that was asked."""
        request = self.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )


def _own_claims(request: HttpRequest, named: str) -> tuple[Claim, ...]:
    """Give the count that strangers can't use up, where the person has signed in by this browser before."""
    try:
        identifier = identify(named)
    except NotAnIdentifier:
        return ()
    device = known_device(identifier=identifier, device=devices.known_mark(request))
    return (sign_in_known(identifier.value, device),) if device else ()


@contextmanager
def _still_here(request: HttpRequest, user: AbstractBaseUser) -> Iterator[None]:
    """Send whoever has just left for good, in another window, back to the entry page instead of failing."""
    try:
        yield
    except DatabaseError:
        if User.objects.filter(pk=user.pk).exists():
            raise
        request.session.flush()
        raise ImmediateHttpResponse(redirect("account_login")) from None


def is_newcomer(user: User) -> bool:
    """Tell whether the person has not gone through the first steps; staff need none (IDN-20)."""
    return user.onboarding != OnboardingStep.DONE and not user.is_staff


def _require_captcha(request: HttpRequest, *claims: Claim) -> None:
    """Nothing was guessed while it is missing, so the attempt is given back."""
    try:
        captcha.require_passed(request, CaptchaForm.SIGN_IN, at=timezone.now())
    except Refused:
        give_back(*claims)
        raise
