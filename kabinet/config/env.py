"""The only reader of the environment; every variable is named once, in settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


class Env:
    """Typed look-ups that refuse nonsense at start instead of guessing."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self._source = source

    def text(self, name: str, default: str | None = None) -> str:
        value = self._source.get(name, default)
        if value is None:
            raise ImproperlyConfigured(f"{name} is not set")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        words = {"on": True, "off": False}
        value = self._source.get(name, "on" if default else "off")
        if value not in words:
            raise ImproperlyConfigured(f"{name}={value!r}; write 'on' or 'off'")
        return words[value]

    def number(self, name: str, default: int) -> int:
        value = self._source.get(name, str(default))
        if not value.isascii() or not value.isdigit():
            raise ImproperlyConfigured(f"{name}={value!r}; write a whole number")
        return int(value)

    def words(self, name: str, default: str = "") -> list[str]:
        return [word for word in self._source.get(name, default).split(",") if word]

    def secret(self, name: str, default: str | None = None) -> str:
        """Read the variable, or the file that ``NAME_FILE`` points at (a mounted secret)."""
        path = self._source.get(f"{name}_FILE")
        return Path(path).read_text().strip() if path else self.text(name, default)
