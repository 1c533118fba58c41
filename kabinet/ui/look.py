"""What a person chose about the look, kept in a cookie so that it holds before signing in and without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

COOKIE = "kb_look"
THEMES = ("auto", "light", "dark")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Look:
    """``auto`` follows the system; ``large`` makes all type a quarter larger; ``wide`` puts the menu away (ACC-30)."""

    theme: str = "auto"
    large: bool = False
    wide: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Look:
        """Read the cookie; nonsense in it means the plain look."""
        theme, size, menu, *_rest = [*request.COOKIES.get(COOKIE, "").split("."), "", ""]
        return cls(theme if theme in THEMES else "auto", size == "large", menu == "away")

    @property
    def painted(self) -> str:
        """The theme that the server paints; for ``auto`` the script or the style sheet turn it dark."""
        return "dark" if self.theme == "dark" else "light"

    def keep(self, response: HttpResponse, *, secure: bool) -> None:
        size = "large" if self.large else "plain"
        menu = "away" if self.wide else "there"
        response.set_cookie(
            COOKIE,
            f"{self.theme}.{size}.{menu}",
            max_age=_YEAR,
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
