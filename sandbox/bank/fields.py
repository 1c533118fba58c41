"""Reads the fields of a request and words what is wrong with them as the real API does."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from sandbox.bank import money
from sandbox.bank.errors import ApiError, invalid

METADATA_KEYS, METADATA_KEY, METADATA_VALUE = 16, 32, 512


class Fields:
    """One JSON object of a request; every method raises ApiError naming the parameter."""

    def __init__(self, source: Any, path: str = "") -> None:
        if not isinstance(source, dict):
            raise invalid("Expected an object", path or "body")
        self.source: dict[str, Any] = source
        self.path = path

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        return self.source.get(name) is not None

    def wrong(self, name: str, why: str) -> ApiError:
        return invalid(f"Incorrect {name}. {why}", self.where(name))

    def required(self, name: str) -> Any:
        value = self.source.get(name)
        if value is None:
            raise invalid(f"The {name} is missing", self.where(name))
        return value

    def text(self, name: str, *, limit: int, shortest: int = 1) -> str:
        value = self.required(name)
        if not isinstance(value, str) or not shortest <= len(value) <= limit:
            raise self.wrong(name, f"Expected a string of {shortest} to {limit} characters")
        return value

    def optional_text(self, name: str, *, limit: int) -> str | None:
        return self.text(name, limit=limit, shortest=0) if self.has(name) else None

    def matching(self, name: str, pattern: str) -> str:
        value = self.required(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.wrong(name, f"Expected {pattern}")
        return value

    def choice(self, name: str, allowed: Collection[str]) -> str:
        value = self.required(name)
        if value not in allowed:
            raise self.wrong(name, "Expected one of: " + ", ".join(sorted(allowed)))
        return str(value)

    def integer(self, name: str, lowest: int, highest: int) -> int:
        value = self.required(name)
        if type(value) is not int or not lowest <= value <= highest:
            raise self.wrong(name, f"Expected a whole number from {lowest} to {highest}")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.source.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "Expected true or false")
        return value

    def object(self, name: str) -> Fields:
        return Fields(self.required(name), self.where(name))

    def array(self, name: str) -> list[Any]:
        value = self.required(name)
        if not isinstance(value, list):
            raise self.wrong(name, "Expected an array")
        return value

    def amount(self, name: str = "amount", *, lowest: int = 1) -> int:
        """Return the kopecks of ``{"value": "1.00", "currency": "RUB"}``."""
        amount = self.object(name)
        if amount.required("currency") != money.CURRENCY:
            raise amount.wrong("currency", "The shop takes roubles only")
        value = amount.required("value")
        try:
            kopecks = money.read_value(value)
        except (TypeError, ValueError):
            raise amount.wrong("value", 'Expected a string like "1234.56"') from None
        if kopecks < lowest:
            raise amount.wrong("value", f"Must be at least {money.write_value(lowest)}")
        return kopecks

    def url(self, name: str, *, limit: int) -> str:
        value = self.text(name, limit=limit)
        parts = urlsplit(value)
        has_space = not value.isprintable() or " " in value
        if parts.scheme not in {"http", "https"} or not parts.hostname or has_space:
            raise self.wrong(name, "Expected an absolute URL")
        return value

    def metadata(self) -> dict[str, str] | None:
        if not self.has("metadata"):
            return None
        pairs = self.object("metadata")
        if len(pairs.source) > METADATA_KEYS:
            raise self.wrong("metadata", f"At most {METADATA_KEYS} keys are allowed")
        for key, value in pairs.source.items():
            if len(key) > METADATA_KEY:
                raise self.wrong("metadata", f"A key may have {METADATA_KEY} characters")
            if value is not None and (not isinstance(value, str) or len(value) > METADATA_VALUE):
                raise pairs.wrong(key, f"Expected a string of at most {METADATA_VALUE} characters")
        return pairs.source

    def client_ip(self) -> None:
        if self.has("client_ip"):
            try:
                ipaddress.ip_address(self.required("client_ip"))
            except ValueError:
                raise self.wrong("client_ip", "Expected an IP address") from None

    def email(self, name: str) -> str:
        return self.matching(name, r"(?=.{3,254}$)[^@\s]+@[^@\s]+\.[^@\s]+")
