"""The error bodies of API v3."""

from __future__ import annotations

import uuid
from typing import Any

CODES = {
    400: "invalid_request",
    401: "invalid_credentials",
    403: "forbidden",
    404: "not_found",
    405: "invalid_request",
    410: "gone",
    413: "invalid_request",
    415: "invalid_request",
    429: "too_many_requests",
    500: "internal_server_error",
}
RETRY_AFTER = 1800


class ApiError(Exception):
    """An answer other than 200, as the real API words it."""

    def __init__(self, status: int, description: str, parameter: str | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameter = parameter

    def body(self) -> dict[str, Any]:
        if self.status == 202:
            return {
                "type": "processing",
                "description": self.description,
                "retry_after": RETRY_AFTER,
            }
        body: dict[str, Any] = {
            "type": "error",
            "id": str(uuid.uuid4()),
            "code": CODES[self.status],
            "description": self.description,
        }
        if self.parameter:
            body["parameter"] = self.parameter
        if self.status == 429:
            body["retry_after"] = RETRY_AFTER
        return body


def invalid(description: str, parameter: str) -> ApiError:
    return ApiError(400, description, parameter)


def forbidden(description: str, parameter: str | None = None) -> ApiError:
    return ApiError(403, description, parameter)


def not_found(what: str, parameter: str) -> ApiError:
    return ApiError(404, f"{what} doesn't exist or access denied", parameter)


def processing() -> ApiError:
    return ApiError(
        202, "Request accepted, but not processed yet. Retry it with the same Idempotence-Key"
    )


def unauthorized() -> ApiError:
    return ApiError(
        401,
        "Error in shopId or secret key. Check their validity. "
        "You can reissue the key in the Merchant Profile",
        "Authorization",
    )
