"""What happens with somebody whom another service vouches for: VK, Yandex, Gosuslugi alike (IDN-07, 24, 26, 27).

Known here: in. Not known: the identity waits in the session, proved and for a few minutes, until its owner says what
to do with it. Nothing is ever merged because an address looks the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.base.provider import Provider
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from kabinet.identity import newcomers, operations, sessions
from kabinet.identity.enums import Service
from kabinet.identity.models import User
from kabinet.identity.names import NotAName, normalise_name
from kabinet.identity.newcomers import Newcomer
from kabinet.identity.parts import EntryPart, require_on
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002 -- the parent's signature
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[SocialApp]:
        """Give what the settings name; the database holds no such rows and is not asked."""
        return [
            SocialApp(provider=name, **app)
            for name, configured in settings.SOCIALACCOUNT_PROVIDERS.items()
            if provider in {None, name}
            for app in configured.get("APPS", [])
            if client_id in {None, app["client_id"]}
        ]

    def populate_user(
        self,
        request: HttpRequest,  # noqa: ARG002 -- the parent's signature
        sociallogin: SocialLogin,
        data: Mapping[str, Any],
    ) -> User:
        """Fill in the names that our rules take; a strange one is left for the person to write."""
        user = sociallogin.user
        assert isinstance(user, User)  # noqa: S101 -- the project's one user model
        fields = (("surname", "last_name"), ("name", "first_name"), ("patronymic", "patronymic"))
        for ours, theirs in fields:
            setattr(user, ours, _name(data.get(theirs)))
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let a known person in; link or ask about everybody else (raises ImmediateHttpResponse).

        :raises PartOff: other services are no way in here.
        """
        require_on(EntryPart.OUTSIDE)
        connects = sociallogin.state.get("process") == AuthProcess.CONNECT
        assert sociallogin.user is not None  # noqa: S101 -- looked up, or filled in above
        if sociallogin.user.pk is not None and not connects:
            return
        newcomer = _newcomer(sociallogin)
        # Asked again at the return: what the visitor sends decides how it begins, and it must not decide this.
        if connects and request.user.is_authenticated and sessions.is_recently_proved(request):
            raise ImmediateHttpResponse(_linked(request, newcomer))
        newcomers.keep(request, newcomer)
        address = reverse("outside-link" if connects else "outside-newcomer")
        wanted = sociallogin.state.get("next")
        query = f"?{urlencode({'next': wanted})}" if wanted else ""
        raise ImmediateHttpResponse(redirect(f"{address}{query}"))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,  # noqa: ARG002 -- the parent's signature
    ) -> None:
        """Say it in words, where the person came from."""
        said = getattr(exception, "message", None) or _(
            "Войти через %(service)s не получилось. Попробуйте ещё раз или войдите другим способом."
        ) % {"service": Service(provider.id).label}
        level = messages.INFO if error == AuthError.CANCELLED else messages.ERROR
        messages.add_message(request, level, said)
        raise ImmediateHttpResponse(
            redirect("profile" if request.user.is_authenticated else "account_login")
        )


def _linked(request: HttpRequest, newcomer: Newcomer) -> HttpResponse:
    """Link what the person went to prove, from the profile (IDN-27)."""
    assert request.user.pk is not None  # noqa: S101 -- asked by the caller
    actor = Actor.customer(
        request.user.pk,
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )
    try:
        operations.link_service(actor=actor, newcomer=newcomer, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said_linked(newcomer))
    return redirect("profile")


def said_linked(newcomer: Newcomer) -> str:
    return _("Готово: теперь в кабинет можно входить через %(service)s.") % {
        "service": newcomer.service.label
    }


def _newcomer(login: SocialLogin) -> Newcomer:
    """Take over what the service has proved, and no more."""
    proved = [row.email for row in login.email_addresses if row.verified]
    told = login.account.extra_data
    user = login.user
    assert isinstance(user, User)  # noqa: S101 -- the project's one user model
    return Newcomer(
        service=Service(login.account.provider),
        uid=login.account.uid,
        called=str(login.provider.wrap_account(login.account)),
        told=told if isinstance(told, dict) else {},
        email=proved[0].lower() if proved else "",
        phone=login.phone if login.phone and login.phone_verified else "",
        surname=user.surname,
        name=user.name,
        patronymic=user.patronymic,
    )


def _name(told: object) -> str:
    try:
        return normalise_name(told) if isinstance(told, str) else ""
    except NotAName:
        return ""
