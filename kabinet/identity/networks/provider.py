from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.providers.base.provider import Provider, ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.http import HttpRequest

from kabinet.identity.networks.people import NetworkPerson
from kabinet.identity.networks.views import VkAdapter, YandexAdapter


class NetworkAccount(ProviderAccount):
    def to_str(self) -> str:
        return str(self.account.extra_data.get("full_name") or super().to_str())


class NetworkProvider(OAuth2Provider):
    """What both have in common; ``scope`` is what is asked, and nothing more."""

    account_class = NetworkAccount
    scope: tuple[str, ...] = ()

    def get_scope(self) -> list[str]:
        return list(self.scope)

    def get_pkce_params(self) -> dict[str, Any]:
        """Always, by S256: VK refuses to go without (facts §8.2)."""
        return generate_code_challenge()

    def get_auth_params(self) -> dict[str, Any]:
        return {}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out what allauth takes from the address besides: scope and more are not the visitor's to choose."""
        kwargs: dict[str, Any] = Provider.get_redirect_from_request_kwargs(self, request)
        return kwargs

    def extract_uid(self, data: NetworkPerson) -> str:
        return data.uid

    def extract_extra_data(self, data: NetworkPerson) -> dict[str, str]:
        """Keep only by what the person knows the link again."""
        return {"full_name": data.full_name}

    def extract_common_fields(self, data: NetworkPerson) -> dict[str, Any]:
        return {
            "email": data.email or None,
            "email_verified": bool(data.email),
            "phone": data.phone or None,
            "phone_verified": bool(data.phone),
            "last_name": data.surname,
            "first_name": data.name,
            "patronymic": "",
        }

    def extract_email_addresses(self, data: NetworkPerson) -> list[EmailAddress]:
        if not data.email:
            return []
        return [EmailAddress(email=data.email, verified=True, primary=True)]


class VkProvider(NetworkProvider):
    id = "vk"
    name = "VK ID"
    oauth2_adapter_class = VkAdapter
    scope = ("vkid.personal_info", "phone")


class YandexProvider(NetworkProvider):
    id = "yandex"
    name = "Яндекс ID"
    oauth2_adapter_class = YandexAdapter
    scope = ("login:info", "login:email")


provider_classes = [VkProvider, YandexProvider]
