from __future__ import annotations

import uuid
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.providers.base.provider import Provider, ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.conf import settings
from django.http import HttpRequest

from kabinet.identity.esia.client import protocol
from kabinet.identity.esia.people import EsiaPerson
from kabinet.identity.esia.views import EsiaAdapter


class EsiaAccount(ProviderAccount):
    def to_str(self) -> str:
        return str(self.account.extra_data.get("full_name") or super().to_str())


class EsiaProvider(OAuth2Provider):
    id = "esia"
    name = "Госуслуги"
    account_class = EsiaAccount
    oauth2_adapter_class = EsiaAdapter

    def get_scope(self) -> list[str]:
        return list(settings.ESIA_SCOPE)

    def get_pkce_params(self) -> dict[str, Any]:
        return generate_code_challenge() if protocol().has_pkce else {}

    def get_auth_params(self) -> dict[str, Any]:
        return {}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out what allauth takes from the address besides: scope and more are not the visitor's to choose."""
        kwargs: dict[str, Any] = Provider.get_redirect_from_request_kwargs(self, request)
        return kwargs

    def stash_redirect_state(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """Keep the state in the session under a UUID, the only form that ESIA takes."""
        kwargs["state_id"] = str(uuid.uuid4())
        state: str = super().stash_redirect_state(request, *args, **kwargs)
        return state

    def extract_uid(self, data: EsiaPerson) -> str:
        return data.oid

    def extract_extra_data(self, data: EsiaPerson) -> dict[str, str]:
        """Keep only by what the person knows the link again."""
        return {"full_name": data.full_name}

    def extract_common_fields(self, data: EsiaPerson) -> dict[str, Any]:
        return {
            "email": data.email or None,
            "email_verified": bool(data.email),
            "phone": data.phone or None,
            "phone_verified": bool(data.phone),
            "last_name": data.surname,
            "first_name": data.name,
            "patronymic": data.patronymic,
        }

    def extract_email_addresses(self, data: EsiaPerson) -> list[EmailAddress]:
        if not data.email:
            return []
        return [EmailAddress(email=data.email, verified=True, primary=True)]


provider_classes = [EsiaProvider]
