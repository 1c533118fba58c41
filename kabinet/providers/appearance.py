"""How a provider shows itself to its customers: a logo and a colour, set by its administrator (IDN-01)."""

from __future__ import annotations

import logging
import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit, files
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers import pictures, scopes
from kabinet.providers.models import Provider
from kabinet.providers.queries import ProviderNotFound
from kabinet.ui.colours import LEAST_CONTRAST, nearest_readable, text_contrast

FOLDER = "logos"
DIGEST = re.compile("[0-9a-f]{64}")
COLOUR = re.compile("#[0-9a-f]{6}")

logger = logging.getLogger(__name__)


class NotAColour(Refused):
    message = _("Напишите цвет знаком # и шестью цифрами или буквами от a до f: #0b6478.")


class UnreadableColour(Refused):
    """``nearest`` is a colour near it that would be taken."""

    def __init__(self, colour: str) -> None:
        self.nearest = nearest_readable(colour)
        # Rounded down: 4.48 is not «4,5».
        ratio = f"{int(text_contrast(colour) * 10) / 10:.1f}".replace(".", ",")
        super().__init__(
            _t(
                "На этом цвете текст плохо читается: контраст %(ratio)s : 1, а нужен 4,5 : 1. "
                "Ближайший подходящий цвет — %(nearest)s."
            )
            % {"ratio": ratio, "nearest": self.nearest}
        )


def set_logo(*, actor: Actor, provider_code: str, content: bytes, at: datetime) -> None:
    """Keep a provider's logo, redrawn by us; the one before it is thrown away. The same one again changes nothing.

    :raises ProviderNotFound: no such provider, or the actor is not its administrator.
    :raises UnfitPicture: the file is no picture that fits.
    """
    # Nobody but an administrator makes the server decode anything.
    if not scopes.administered_providers(actor).filter(code=provider_code).exists():
        raise ProviderNotFound
    picture = pictures.redraw(content)
    key = files.store(picture.content, folder=FOLDER, suffix=".png")
    is_kept = False
    try:
        is_kept = _replace(actor, provider_code, picture, key=key, at=at)
    finally:
        if not is_kept:
            files.discard(key)


@transaction.atomic
def _replace(
    actor: Actor, provider_code: str, picture: pictures.Picture, *, key: str, at: datetime
) -> bool:
    provider = _lock(actor, provider_code)
    digest = files.digest(picture.content)
    if provider.logo_sha256 == digest and _is_whole(provider):
        return False
    _write_logo(provider, key=key, digest=digest, size=(picture.width, picture.height))
    audit.record(actor, "providers.provider.set_logo", provider, at=at, sha256=digest)
    return True


@transaction.atomic
def remove_logo(*, actor: Actor, provider_code: str, at: datetime) -> None:
    """Show the provider by its name alone again; without a logo nothing happens.

    :raises ProviderNotFound: no such provider, or the actor is not its administrator.
    """
    provider = _lock(actor, provider_code)
    if not provider.logo_key:
        return
    digest = provider.logo_sha256
    _write_logo(provider, key="", digest="", size=(0, 0))
    audit.record(actor, "providers.provider.remove_logo", provider, at=at, sha256=digest)


@transaction.atomic
def set_colour(*, actor: Actor, provider_code: str, colour: str, at: datetime) -> None:
    """Paint the provider's strip; "" takes the paint away.

    :raises ProviderNotFound: no such provider, or the actor is not its administrator.
    :raises NotAColour: it is not written «#rrggbb».
    :raises UnreadableColour: neither of our texts has a contrast of 4.5 on it (WCAG 2.2, 1.4.3).
    """
    written = colour.strip().lower()
    provider = _lock(actor, provider_code)
    if written and COLOUR.fullmatch(written) is None:
        raise NotAColour
    if written and text_contrast(written) < LEAST_CONTRAST:
        raise UnreadableColour(written)
    if provider.colour == written:
        return
    provider.colour = written
    provider.save(update_fields=["colour"])
    audit.record(actor, "providers.provider.set_colour", provider, at=at, colour=written)


def read_logo(*, digest: str) -> bytes | None:
    """Give a logo in force, a PNG that everybody may see; None where there is none. One query."""
    if DIGEST.fullmatch(digest) is None:
        return None
    keys = Provider.objects.filter(logo_sha256=digest).order_by("pk")
    for key in keys.values_list("logo_key", flat=True):
        try:
            return files.read(key, sha256=digest)
        except files.FileUnusable as error:
            logger.error("A logo is unusable: %s", error)  # noqa: TRY400 -- no trace needed
    return None


def _lock(actor: Actor, provider_code: str) -> Provider:
    providers = scopes.administered_providers(actor).select_for_update()
    try:
        return providers.get(code=provider_code)
    except Provider.DoesNotExist as error:
        raise ProviderNotFound from error


def _is_whole(provider: Provider) -> bool:
    """A logo that the storage has lost is mended by sending it again."""
    try:
        files.read(provider.logo_key, sha256=provider.logo_sha256)
    except files.FileUnusable:
        return False
    return True


def _write_logo(provider: Provider, *, key: str, digest: str, size: tuple[int, int]) -> None:
    """Put another file, or none, in the place of the one before, which goes once that is certain."""
    before = provider.logo_key
    provider.logo_key, provider.logo_sha256 = key, digest
    provider.logo_width, provider.logo_height = size
    provider.save(update_fields=["logo_key", "logo_sha256", "logo_width", "logo_height"])
    if before:
        transaction.on_commit(lambda: files.discard(before))
