from __future__ import annotations

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.base.provider import Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from kabinet.identity.networks.client import NetworkClient
from kabinet.identity.networks.people import NetworkPerson, NotAPerson, read_vk, read_yandex
from kabinet.identity.networks.problems import (
    NetworkDown,
    NetworkProblem,
    PersonRefused,
    logged,
)

CANCELLED = "access_denied"
BUSY = frozenset({"server_error", "temporarily_unavailable"})
LONGEST_PAYLOAD = 4096


class NetworkAdapter(OAuth2Adapter, ABC):
    """What both have in common; a subclass knows the addresses and how the person is asked for."""

    client_class = NetworkClient
    login_cancelled_error = CANCELLED
    service = ""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        if self.provider_id not in settings.SOCIALACCOUNT_PROVIDERS:
            raise Http404(f"this installation is not known to {self.provider_id}")

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002 -- the parent's signature
        """Give the address that is registered there, whatever name the visitor has called this host by."""
        return f"{settings.SITE_URL.rstrip('/')}{reverse(f'{self.provider_id}_callback')}"

    @logged()
    def get_access_token_data(
        self,
        request: HttpRequest,
        app: SocialApp,  # noqa: ARG002 -- the parent's signature
        client: NetworkClient,
        pkce_code_verifier: str | None = None,
    ) -> dict[str, Any]:
        client.service = self.service
        self._client = client
        more = self.besides_code(request.GET)
        answer = client.get_access_token(request.GET["code"], pkce_code_verifier, more)
        if "state" in answer and answer["state"] != more.get("state"):
            raise NetworkProblem(self.service, "the markers answer another request")
        return answer

    def parse_token(self, data: dict[str, Any]) -> SocialToken:  # noqa: ARG002 -- the parent's signature
        """Give allauth an empty one: it keeps what it is given in the session while a person signs up."""
        return SocialToken(token="")

    @logged()
    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,
        token: SocialToken,  # noqa: ARG002 -- the parent's signature
        **kwargs: Any,
    ) -> SocialLogin:
        """Say who has come.

        :raises NetworkProblem: the answers are not to be trusted.
        """
        marker = kwargs["response"].get("access_token")
        if not isinstance(marker, str) or not marker.isascii() or not marker.isprintable():
            raise NetworkProblem(self.service, "no access_token")
        try:
            person = self.ask_person(app, marker, kwargs["response"])
        except NotAPerson as wrong:
            raise NetworkDown(self.service, str(wrong)) from wrong
        provider: Provider = super().get_provider()  # type: ignore[no-untyped-call]  # allauth is untyped
        login: SocialLogin = provider.sociallogin_from_response(request, person)
        return login

    def besides_code(self, told: QueryDict) -> dict[str, str]:  # noqa: ARG002 -- VK's needs it
        """What goes with the code besides what the protocol wants."""
        return {}

    @abstractmethod
    def ask_person(self, app: SocialApp, marker: str, response: dict[str, Any]) -> NetworkPerson:
        """Ask the service who has come.

        :raises NotAPerson: it answers with none that can be read.
        """


class VkAdapter(NetworkAdapter):
    provider_id = "vk"
    service = "VK ID"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        base = settings.VK_URL.rstrip("/")
        self.authorize_url = f"{base}/authorize"
        self.access_token_url = f"{base}/oauth2/auth"
        self._person_url = f"{base}/oauth2/user_info"

    def besides_code(self, told: QueryDict) -> dict[str, str]:
        """The device must be named again, and the state of this request comes back with the markers (facts §8.2)."""
        device = told.get("device_id", "")
        if not device:
            raise NetworkProblem(self.service, "no device_id")
        return {"device_id": device, "state": str(uuid.uuid4())}

    def ask_person(self, app: SocialApp, marker: str, response: dict[str, Any]) -> NetworkPerson:
        fields = {"client_id": app.client_id, "access_token": marker}
        person = read_vk(self._client.post(self._person_url, fields))
        if "user_id" in response and str(response["user_id"]) != person.uid:
            raise NetworkProblem(self.service, "the marker is about somebody else")
        return person


class YandexAdapter(NetworkAdapter):
    provider_id = "yandex"
    service = "Яндекс ID"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        base = settings.YANDEX_URL.rstrip("/")
        self.authorize_url = f"{base}/authorize"
        self.access_token_url = f"{base}/token"

    def ask_person(
        self,
        app: SocialApp,
        marker: str,
        response: dict[str, Any],  # noqa: ARG002 -- VK's needs it
    ) -> NetworkPerson:
        content = self._client.get(f"{settings.YANDEX_INFO_URL}?format=json", f"OAuth {marker}")
        if content.get("client_id", app.client_id) != app.client_id:
            raise NetworkProblem(self.service, "the marker was given to another system")
        return read_yandex(content)


class NetworkCallbackView(OAuth2CallbackView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.GET = _unfolded(request.GET)  # type: ignore[assignment]  # a copy that nobody changes any more
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def _get_state(
        self, request: HttpRequest, provider: Any
    ) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        """Take the state out of the session, and end here when the service says no.

        An error without the state of this browser is nobody's answer and shows nothing of what it says.
        """
        state, response = super()._get_state(request, provider)
        if response is not None or not request.GET.get("error"):
            return state, response
        problem = _problem(provider.name, request.GET["error"])
        cancelled = isinstance(problem, PersonRefused)
        return None, render_authentication_error(
            request,
            provider,
            error=AuthError.CANCELLED if cancelled else AuthError.UNKNOWN,
            exception=problem,
            extra_context={"state": state},
        )


def _problem(service: str, error: str) -> NetworkProblem:
    if error == CANCELLED:
        return PersonRefused(service, error)
    return (NetworkDown if error in BUSY else NetworkProblem)(service, "sent somebody back")


def _unfolded(told: QueryDict) -> QueryDict:
    """VK may put what it says into one ``payload`` of JSON instead (facts §8.2)."""
    text = told.get("payload", "")
    if "code" in told or not text or len(text) > LONGEST_PAYLOAD:
        return told
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return told
    if not isinstance(payload, dict):
        return told
    unfolded = told.copy()
    for name in ("code", "state", "device_id"):
        value = payload.get(name)
        # JSON may hold halves of signs that nothing else can write.
        if isinstance(value, str) and value.isascii() and value.isprintable():
            unfolded[name] = value
    return unfolded


def _callback(adapter: type[NetworkAdapter]) -> Callable[..., HttpResponse]:
    view: Callable[..., HttpResponse] = NetworkCallbackView.adapter_view(adapter)  # type: ignore[no-untyped-call]  # allauth is untyped
    return view


vk_callback = _callback(VkAdapter)
yandex_callback = _callback(YandexAdapter)
