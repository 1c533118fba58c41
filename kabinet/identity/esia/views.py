from __future__ import annotations

import logging
from typing import Any

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.base.provider import Provider
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2Adapter,
    OAuth2CallbackView,
)
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from kabinet.identity.esia.client import EsiaClient, address, code_of, protocol
from kabinet.identity.esia.markers import read_marker
from kabinet.identity.esia.people import read_person
from kabinet.identity.esia.problems import (
    EsiaDown,
    EsiaProblem,
    MarkerRefused,
    NotConfirmed,
    PersonRefused,
    logged,
)

logger = logging.getLogger(__name__)

CANCELLED = "access_denied"
NOT_CONFIRMED = "ESIA-007055"
BUSY = frozenset({"ESIA-007007", "ESIA-007008"})


class EsiaAdapter(OAuth2Adapter):
    provider_id = "esia"
    client_class = EsiaClient
    login_cancelled_error = CANCELLED

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        if not settings.ESIA_CLIENT_ID:
            raise Http404("this installation is not known to ESIA")
        self.authorize_url = address(protocol().authorize)
        self.access_token_url = address(protocol().token)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002 -- the parent's signature
        """Give the address that is registered with ESIA, whatever name the visitor has called this host by."""
        return f"{settings.SITE_URL.rstrip('/')}{reverse('esia_callback')}"

    @logged()
    def get_access_token_data(
        self,
        request: HttpRequest,
        app: SocialApp,  # noqa: ARG002 -- the parent's signature
        client: EsiaClient,
        pkce_code_verifier: str | None = None,
    ) -> dict[str, Any]:
        self._client = client
        return client.get_access_token(request.GET["code"], pkce_code_verifier)

    def parse_token(self, data: dict[str, Any]) -> SocialToken:  # noqa: ARG002 -- the parent's signature
        """Give allauth an empty one: it keeps what it is given in the session while a person signs up."""
        return SocialToken(token="")

    @logged()
    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,  # noqa: ARG002 -- the parent's signature
        token: SocialToken,  # noqa: ARG002 -- the parent's signature
        **kwargs: Any,
    ) -> SocialLogin:
        """Say who has come, by ESIA's marker and ESIA's data.

        :raises EsiaProblem: one of the two is not to be trusted, or the account is not confirmed.
        """
        subject = read_marker(_marker(kwargs["response"], "id_token"))
        if not subject.is_confirmed:
            raise NotConfirmed("the account is not confirmed")
        access = _marker(kwargs["response"], "access_token")
        person = read_person(subject, self._client.get_person(subject.oid, access))
        provider: Provider = super().get_provider()  # type: ignore[no-untyped-call]  # allauth is untyped
        login: SocialLogin = provider.sociallogin_from_response(request, person)
        return login


class EsiaCallbackView(OAuth2CallbackView):
    def _get_state(
        self, request: HttpRequest, provider: Any
    ) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        """Take the state out of the session, and end here when ESIA says no.

        An error without the state of this browser is nobody's answer and shows nothing of what it says.
        """
        state, response = super()._get_state(request, provider)
        if response is not None or not request.GET.get("error"):
            return state, response
        problem = _problem(request.GET)
        error = AuthError.CANCELLED if isinstance(problem, PersonRefused) else AuthError.UNKNOWN
        return None, render_authentication_error(
            request, provider, error=error, exception=problem, extra_context={"state": state}
        )


def _problem(told: QueryDict) -> EsiaProblem:
    number = code_of(told.get("error_description"))
    if number == NOT_CONFIRMED:
        return NotConfirmed(number)
    if told["error"] != CANCELLED:
        logger.warning("ESIA sent somebody back: %s", number)
    if number in BUSY:
        return EsiaDown(number)
    return PersonRefused(number) if told["error"] == CANCELLED else EsiaProblem(number)


def _marker(response: dict[str, Any], name: str) -> str:
    marker = response.get(name)
    if not isinstance(marker, str) or not marker.isascii():
        raise MarkerRefused(f"no {name}")
    return marker


oauth2_callback = EsiaCallbackView.adapter_view(EsiaAdapter)  # type: ignore[no-untyped-call]  # allauth is untyped
