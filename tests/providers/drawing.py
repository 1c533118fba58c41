"""Logos as somebody sends them, and what the storage holds of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from django.core.files.storage import default_storage
from PIL import Image

from kabinet.kernel.actors import Actor, ActorKind, Role

BLUE = (20, 60, 160, 255)
RED = (160, 30, 20, 255)


def drawn(size=(300, 100), colour=BLUE, kind="PNG", **options):
    mode = "RGB" if kind == "JPEG" else "RGBA"
    out = BytesIO()
    Image.new(mode, size, colour[: len(mode)]).save(out, kind, **options)
    return out.getvalue()


def kept():
    """Names of the logos in the storage."""
    folder = Path(default_storage.location)
    return sorted(str(path.relative_to(folder)) for path in folder.glob("logos/*/*"))


def administrator_of(*providers, role=Role.ADMINISTRATOR):
    return Actor(ActorKind.STAFF, grants=frozenset((provider.pk, role) for provider in providers))
