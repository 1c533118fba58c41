"""A provider's own colour and logo: in the strip under the header and on the entry page, nowhere else (looks/README)."""

from __future__ import annotations

from typing import Protocol

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kabinet.ui.colours import LIGHT_TEXT, text_on

# Width and height in CSS pixels that a logo is shown within.
STRIP_BOX = (144, 30)
SIGN_BOX = (240, 64)
NOTHING = mark_safe("")


class Logo(Protocol):
    @property
    def digest(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class Branded(Protocol):
    """A provider's row, of whatever app; ``colour`` is "#rrggbb" or ""."""

    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def logo(self) -> Logo | None: ...


def strip(provider: Branded | None) -> SafeString:
    """Whose page it is, right under the header; nothing for a provider that has neither a logo nor a colour."""
    if provider is None or not (provider.logo or provider.colour):
        return NOTHING
    return format_html(
        '<section class="kb-strip{}" aria-label="{}">{}<div class="kb-strip-in">{}{}</div></section>',
        _text_class(provider.colour),
        _("Поставщик"),
        _paint(provider.colour),
        _plate(provider, STRIP_BOX),
        _name(provider, "kb-strip-name"),
    )


def sign(provider: Branded) -> SafeString:
    """Whose cabinet somebody is about to enter: the logo large, the name under it."""
    return format_html(
        '<div class="kb-sign">{}{}</div>',
        _plate(provider, SIGN_BOX),
        _name(provider, "kb-provider"),
    )


def _text_class(colour: str) -> str:
    if not colour:
        return ""
    return " on-dark" if text_on(colour) == LIGHT_TEXT else " on-pale"


def _paint(colour: str) -> SafeString:
    """The policy allows no inline styles; an attribute of a drawing is none."""
    if not colour:
        return NOTHING
    return format_html(
        '<svg class="kb-strip-paint" aria-hidden="true" focusable="false">'
        '<rect width="100%" height="100%" fill="{}"/></svg>',
        colour,
    )


def _plate(provider: Branded, box: tuple[int, int]) -> SafeString:
    """The logo on white, in the dark as well: it was drawn for paper."""
    if provider.logo is None:
        return NOTHING
    width, height = _within(provider.logo, box)
    return format_html(
        '<span class="kb-plate"><img src="{}" alt="{}" width="{}" height="{}"></span>',
        reverse("provider-logo", args=[provider.logo.digest]),
        provider.name,
        width,
        height,
    )


def _name(provider: Branded, look: str) -> SafeString:
    """The logo beside it already says the name to those who listen."""
    hidden = mark_safe(' aria-hidden="true"') if provider.logo else NOTHING
    return format_html('<p class="{}"{}>{}</p>', look, hidden, provider.name)


def _within(logo: Logo, box: tuple[int, int]) -> tuple[int, int]:
    share = min(box[0] / logo.width, box[1] / logo.height, 1)
    return max(round(logo.width * share), 1), max(round(logo.height * share), 1)
