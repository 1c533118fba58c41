"""The only reader of the environment; every variable is named once, in settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def as_host(name: str) -> str:
    """Write a host name as it goes over the wire (IDN, RFC 3490)."""
    return name if name.isascii() else name.encode("idna").decode()


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

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        value = self._source.get(name, str(default))
        if not value.isascii() or not value.isdigit():
            raise ImproperlyConfigured(f"{name}={value!r}; write a whole number")
        if int(value) < least or (most is not None and int(value) > most):
            bounds = f"from {least}" if most is None else f"from {least} to {most}"
            raise ImproperlyConfigured(f"{name}={value!r}; write a number {bounds}")
        return int(value)

    def seconds(self, name: str, default: int, *, least: int, most: int) -> timedelta:
        return timedelta(seconds=self.number(name, default, least=least, most=most))

    def minutes(self, name: str, default: int, *, least: int, most: int) -> timedelta:
        return timedelta(minutes=self.number(name, default, least=least, most=most))

    def words(self, name: str, default: str = "") -> list[str]:
        return [word for word in self._source.get(name, default).split(",") if word]

    def choice(self, name: str, default: str, *, known: Sequence[str]) -> str:
        value = self._source.get(name, default)
        if value not in known:
            raise ImproperlyConfigured(f"{name}={value!r}; write one of: {', '.join(known)}")
        return value

    def choices(self, name: str, default: str, *, known: Sequence[str]) -> list[str]:
        """Read one or more of the known words, separated by commas."""
        chosen = [word.strip() for word in self.words(name, default)]
        if not chosen or not set(chosen) <= set(known):
            raise ImproperlyConfigured(
                f"{name}={','.join(chosen)!r}; write at least one of: {', '.join(known)}"
            )
        return chosen

    def address(self, name: str, default: str) -> str:
        """Read a site's address; a host in Cyrillic letters becomes what browsers send, ``xn--…``."""
        value = self.text(name, default)
        parts = urlsplit(value)
        host = parts.hostname or ""
        return value if host.isascii() else value.replace(host, as_host(host), 1)

    def hosts(self, name: str, default: str) -> list[str]:
        return [as_host(word) for word in self.words(name, default)]

    def some_of(self, name: str, default: str, *, known: Sequence[str]) -> list[str]:
        """Read any number of the known words, separated by commas; ``none`` stands for none of them."""
        value = self._source.get(name, default)
        return self.choices(name, default, known=known) if value not in {"", "none"} else []

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Read ``name=https://…`` pairs, separated by commas."""
        found = [word.partition("=") for word in self.words(name)]
        if not all(title.strip() and url.startswith("https://") for title, _sign, url in found):
            raise ImproperlyConfigured(f"{name}: write «name=https://…», separated by commas")
        return [(title.strip(), url.strip()) for title, _sign, url in found]

    def secret(self, name: str, default: str | None = None) -> str:
        """Read the variable, or the file that ``NAME_FILE`` points at (a mounted secret)."""
        path = self._source.get(f"{name}_FILE")
        return Path(path).read_text().strip() if path else self.text(name, default)
