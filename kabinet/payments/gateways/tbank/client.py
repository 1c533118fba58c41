"""Calls of the API for one terminal: signed, once, within the deadline."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from kabinet.payments.gateways.base import GatewayUnavailable, MerchantAccess
from kabinet.payments.gateways.tbank.causes import OK, UNSURE, TBankSaysNo
from kabinet.payments.gateways.tbank.tokens import token_of
from kabinet.payments.gateways.transport import Deadline, Request, send

Content = dict[str, Any]
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class TerminalClient:
    """All calls of one gateway method share its deadline, however many they are."""

    def __init__(self, merchant: MerchantAccess, deadline: Deadline) -> None:
        self.terminal, self._password = merchant.shop_id, merchant.secret
        self._deadline = deadline

    def call(self, method: str, **fields: Any) -> Content:
        """Give the bank's answer.

        :raises GatewayUnavailable: no answer, none that can be read, or one that tells nothing.
        :raises TBankSaysNo: the bank has understood and refused.
        """
        content = self._exchange(method, fields)
        if not isinstance(content, dict):
            raise GatewayUnavailable(f"{method}: another answer than documented")
        return content

    def call_for_list(self, method: str, **fields: Any) -> list[Content]:
        """The same for the one method that answers with a bare list."""
        content = self._exchange(method, fields)
        if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
            raise GatewayUnavailable(f"{method}: another answer than documented")
        return content

    def _exchange(self, method: str, fields: Content) -> Any:
        told = {name: value for name, value in fields.items() if value not in (None, "")}
        body = {"TerminalKey": self.terminal, **told}
        body["Token"] = token_of(body, self._password)
        answer = send(
            Request(
                "POST",
                f"{settings.TBANK_URL.rstrip('/')}/{method}",
                JSON,
                json.dumps(body, ensure_ascii=False).encode(),
            ),
            self._deadline,
        )
        if answer.status != 200:  # noqa: PLR2004 -- HTTP
            raise GatewayUnavailable(
                f"{method}: status {answer.status}", retry_after=answer.retry_after
            )
        content = _read(method, answer.body)
        if isinstance(content, dict):
            _check(method, content)
        return content


def _read(method: str, body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise GatewayUnavailable(f"{method}: an unreadable answer") from None


def _check(method: str, content: Content) -> None:
    code = str(content.get("ErrorCode", ""))
    if content.get("Success") is True and code == OK:
        return
    if content.get("Success") is not False or not code.isdigit() or code == OK or code in UNSURE:
        raise GatewayUnavailable(f"{method}: {code[:20] or 'no error code'}")
    raise TBankSaysNo(method, code)
