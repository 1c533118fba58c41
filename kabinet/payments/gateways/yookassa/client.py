"""The SDK's client for one call of one shop, without what the SDK does for a whole process (facts §3.8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn
from urllib.parse import urlencode

from django.conf import settings
from yookassa.client import ApiClient
from yookassa.domain.common import UserAgent
from yookassa.domain.exceptions import (
    ApiError,
    BadRequestError,
    ForbiddenError,
    GoneError,
    NotFoundError,
)

from kabinet.payments.gateways.base import GatewayUnavailable, MerchantAccess
from kabinet.payments.gateways.transport import Answer, Deadline, Request, send

# Only these say that the bank has understood and will not. After a wrong key (401), too many requests or a failure
# of its own an earlier call may well have been carried out.
REFUSALS: Mapping[int, type[ApiError]] = {
    error.HTTP_CODE: error for error in (BadRequestError, ForbiddenError, NotFoundError, GoneError)
}
KEY_HEADER = "Idempotence-Key"
LONGEST_WISH = 3600.0


class Quiet(dict[str, Any]):
    """What may hold a key or a token: reports of errors print the names that were in use, and these say nothing."""

    def __repr__(self) -> str:
        return "<not shown>"


class ShopClient(ApiClient):
    """Authenticates and words requests as the SDK does; is configured by its arguments alone and ends in time.

    Bodies are plain dictionaries: the SDK's objects take sums through float and send empty lists of their own.
    """

    def __init__(self, merchant: MerchantAccess, deadline: Deadline) -> None:
        # Not the base's constructor: it takes the shop from the configuration of the process.
        self.endpoint = settings.YOOKASSA_URL.rstrip("/")
        self.shop_id, self.shop_password = merchant.shop_id, merchant.secret
        self.auth_token = None
        self.user_agent = _user_agent()
        self.deadline = deadline

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.request("GET", path, query)

    def post(self, path: str, body: Quiet, *, key: str) -> dict[str, Any]:
        """The key is always ours: the SDK would make one up, and a repeated call would be a second payment."""
        return self.request("POST", path, None, {KEY_HEADER: key}, body)

    def request(
        self,
        method: str = "",
        path: str = "",
        query_params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Give the object that the bank answers with; sums in it are still texts.

        :raises GatewayUnavailable: no answer, or none that can be read.
        :raises ApiError: the bank has understood and refused.
        """
        answer = self.execute(
            body, method, path, query_params, self.prepare_request_headers(headers)
        )
        content = _read(answer)
        if answer.status != 200:  # noqa: PLR2004 -- HTTP
            _refuse(answer, content)
        if content.get("type") == "processing":
            raise GatewayUnavailable("still processing", retry_after=_wish(answer, content))
        return content

    def execute(
        self,
        body: Mapping[str, Any] | None,
        method: str,
        path: str,
        query_params: Mapping[str, str] | None,
        request_headers: Mapping[str, str],
    ) -> Answer:
        url = f"{self.endpoint}{path}"
        if query_params:
            url = f"{url}?{urlencode(query_params)}"
        return send(Request(method, url, request_headers, _written(body)), self.deadline)

    def prepare_request_headers(self, headers: Mapping[str, str] | None) -> Quiet:
        prepared = super().prepare_request_headers(headers)  # type: ignore[no-untyped-call]  # the SDK's own
        return Quiet(prepared)


def _written(body: Mapping[str, Any] | None) -> bytes | None:
    return None if body is None else json.dumps(body, ensure_ascii=False).encode()


def _read(answer: Answer) -> dict[str, Any]:
    try:
        content = json.loads(answer.body, parse_float=Decimal, object_hook=Quiet)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise GatewayUnavailable(
            f"an unreadable answer, status {answer.status}", retry_after=answer.retry_after
        )
    return content


def _refuse(answer: Answer, content: dict[str, Any]) -> NoReturn:
    refusal = REFUSALS.get(answer.status)
    is_worded = content.get("type") == "error" and isinstance(content.get("code"), str)
    # The key has made something else: what it made stands at the bank.
    is_about_the_key = content.get("parameter") == KEY_HEADER
    if refusal is None or not is_worded or is_about_the_key:
        raise GatewayUnavailable(f"status {answer.status}", retry_after=_wish(answer, content))
    raise refusal(content)


def _wish(answer: Answer, content: Mapping[str, Any]) -> float | None:
    """How long the bank asks us to wait, in seconds; its bodies say it in milliseconds."""
    told = content.get("retry_after")
    if isinstance(told, bool) or not isinstance(told, int | Decimal) or not told >= 0:
        return answer.retry_after
    return min(float(told) / 1000, LONGEST_WISH)


@cache
def _user_agent() -> UserAgent:
    """Made once: it asks the operating system for its name."""
    return UserAgent()
