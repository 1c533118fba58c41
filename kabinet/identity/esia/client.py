"""What goes to ESIA: the address to send a person to, and the two requests that follow the return."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.conf import settings
from django.utils import timezone

from kabinet.identity.esia.flavours import PROTOCOLS, Flavour, Protocol
from kabinet.identity.esia.problems import EsiaDown, EsiaProblem, MarkerRefused, logged
from kabinet.identity.esia.signers import signer
from kabinet.kernel.http import Answer, Deadline, Limits, NoAnswer, Request, send

Fields = dict[str, str]
JSON = {"Accept": "application/json"}
FORM = {**JSON, "Content-Type": "application/x-www-form-urlencoded"}
OK = 200
LIMITS = Limits()


class EsiaClient(OAuth2Client):
    """Every request has a state and a timestamp of its own and is signed anew.

    Both requests after the return share one deadline, so that a sign-in never waits longer than that.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = Deadline(LIMITS)

    @logged()
    def get_redirect_url(
        self, authorization_url: str, scope: Iterable[str], extra_params: Mapping[str, Any]
    ) -> str:
        """:raises CannotSign: there is no signature, so nobody is sent anywhere."""
        fields = self._common(scope, state=str(self.state))
        fields |= {"response_type": "code", "access_type": "online"}
        signed = self._signed(fields, protocol().signed)
        pkce = {name: _text(value) for name, value in extra_params.items()}
        return f"{authorization_url}?{urlencode({**signed, **pkce})}"

    def get_access_token(
        self,
        code: str,
        pkce_code_verifier: str | None = None,
        extra_data: Mapping[str, str] | None = None,  # noqa: ARG002 -- the parent's signature
    ) -> dict[str, Any]:
        """Exchange a code for markers.

        :raises EsiaDown: no answer, or none that can be read. :raises EsiaProblem: ESIA refuses.
        """
        state = str(uuid.uuid4())
        fields = self._common(settings.ESIA_SCOPE, state=state)
        fields |= {"grant_type": "authorization_code", "token_type": "Bearer", "code": code}
        signed = self._signed(fields, protocol().signed_with_code)
        if pkce_code_verifier:
            signed["code_verifier"] = pkce_code_verifier
        body = urlencode(signed).encode()
        content = self._ask(Request("POST", self.access_token_url, FORM, body))
        if content.get("state") != state:
            raise MarkerRefused("the markers answer another request")
        return content

    def get_person(self, oid: str, marker: str) -> dict[str, Any]:
        """Ask for a person's names and contacts.

        :raises EsiaDown: as above. :raises EsiaProblem: ESIA refuses.
        """
        url = f"{address('/rs/prns/')}{oid}?embed=(contacts.elements)"
        return self._ask(Request("GET", url, {**JSON, "Authorization": f"Bearer {marker}"}))

    def _common(self, scope: Iterable[str], *, state: str) -> Fields:
        fields = {
            "client_id": self.consumer_key,
            "redirect_uri": self.callback_url,
            "scope": " ".join(scope),
            "state": state,
            "timestamp": timezone.now().strftime("%Y.%m.%d %H:%M:%S +0000"),
        }
        if protocol().names_certificate:
            fields["client_certificate_hash"] = settings.ESIA_CERTIFICATE_HASH
        return fields

    def _signed(self, fields: Fields, names: Iterable[str]) -> Fields:
        text = "".join(fields[name] for name in names)
        signature = signer().sign(text.encode())
        return {**fields, "client_secret": base64.urlsafe_b64encode(signature).decode()}

    def _ask(self, request: Request) -> dict[str, Any]:
        try:
            answer = send(request, self._deadline)
        except NoAnswer as failure:
            raise EsiaDown(str(failure)) from failure
        content = _read(answer)
        if answer.status != OK:
            raise EsiaProblem(
                f"status {answer.status}: {code_of(content.get('error_description'))}"
            )
        return content


def protocol() -> Protocol:
    return PROTOCOLS[Flavour(settings.ESIA_FLAVOUR)]


def address(path: str) -> str:
    return f"{settings.ESIA_URL.rstrip('/')}{path}"


def code_of(description: object) -> str:
    """Give ESIA's own number of an error, ``ESIA-007014``; the rest of what it says stays out of logs."""
    number = description[:11] if isinstance(description, str) else ""
    digits = number.removeprefix("ESIA-")
    return number if digits != number and digits.isascii() and digits.isdigit() else "no number"


def _read(answer: Answer) -> dict[str, Any]:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise EsiaDown(f"status {answer.status} and no readable answer") from None
    if not isinstance(content, dict):
        raise EsiaDown("another answer than documented")
    return content


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
