"""The two requests that follow a return: markers for the code, then the person; both share one deadline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.providers.oauth2.client import OAuth2Client

from kabinet.identity.networks.problems import NetworkDown, NetworkProblem
from kabinet.kernel.http import Answer, Deadline, Limits, NoAnswer, Request, send

JSON = {"Accept": "application/json"}
FORM = {**JSON, "Content-Type": "application/x-www-form-urlencoded"}
OK, BROKEN = 200, 500
LIMITS = Limits()
LONGEST_ERROR = 40


class NetworkClient(OAuth2Client):
    """allauth's own sends by a session without timeouts, and quotes whole answers in its errors."""

    service = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = Deadline(LIMITS)

    def get_access_token(
        self,
        code: str,
        pkce_code_verifier: str | None = None,
        extra_data: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Exchange a code for markers.

        :raises NetworkDown: no answer, or none that can be read. :raises NetworkProblem: the service refuses.
        """
        if not pkce_code_verifier:
            raise NetworkProblem(self.service, "nothing proves who has asked for this code")
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.consumer_key,
            "client_secret": self.consumer_secret,
            "redirect_uri": self.callback_url,
            "code_verifier": pkce_code_verifier,
            **(extra_data or {}),
        }
        return self.post(self.access_token_url, fields)

    def post(self, url: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """:raises NetworkDown: as above. :raises NetworkProblem: the service refuses."""
        told = {name: text for name, text in fields.items() if text}
        return self._ask(Request("POST", url, FORM, urlencode(told).encode()))

    def get(self, url: str, authorization: str) -> dict[str, Any]:
        """:raises NetworkDown: as above. :raises NetworkProblem: the service refuses."""
        return self._ask(Request("GET", url, {**JSON, "Authorization": authorization}))

    def _ask(self, request: Request) -> dict[str, Any]:
        try:
            answer = send(request, self._deadline)
        except NoAnswer as failure:
            raise NetworkDown(self.service, str(failure)) from failure
        content = self._read(answer)
        if answer.status >= BROKEN:
            raise NetworkDown(self.service, f"status {answer.status}")
        # VK reports some refusals under 200
        if answer.status != OK or "error" in content:
            raise NetworkProblem(self.service, f"status {answer.status}: {error_of(content)}")
        return content

    def _read(self, answer: Answer) -> dict[str, Any]:
        try:
            content = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise NetworkDown(
                self.service, f"status {answer.status} and no readable answer"
            ) from None
        if not isinstance(content, dict):
            raise NetworkDown(self.service, "another answer than documented")
        return content


def error_of(content: Mapping[str, Any]) -> str:
    """Give the protocol's own word for an error, ``invalid_grant``; the rest of what is said stays out of logs."""
    error = content.get("error")
    known = isinstance(error, str) and error.isascii() and error.replace("_", "").isalpha()
    return error[:LONGEST_ERROR] if known and isinstance(error, str) else "no word for it"
