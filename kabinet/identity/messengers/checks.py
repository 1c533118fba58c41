"""What the start refuses of bots, and what it warns of."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 -- Django's own name

# What both messengers take as a secret; we ask for enough of it that nobody guesses it.
SECRET = re.compile(r"[A-Za-z0-9_-]{24,256}")
BOT = re.compile(r"[A-Za-z0-9_]{3,64}")


@register
def check_messengers(**_kwargs: object) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in settings.MESSENGERS:
        prefix = f"KABINET_{name.upper()}"
        bot, token, secret = (_of(name, part) for part in ("BOT", "TOKEN", "HOOK_SECRET"))
        if not (BOT.fullmatch(bot) and token):
            hint = f"Set {prefix}_BOT (without «@») and {prefix}_TOKEN."
            found.append(Error(f"The bot in {name} is not named.", hint=hint, id="identity.E001"))
        if not SECRET.fullmatch(secret):
            hint = f"Set {prefix}_HOOK_SECRET: 24 to 256 Latin letters, digits, «_» or «-»."
            found.append(Error(f"News from {name} could be forged.", hint=hint, id="identity.E002"))
    return found


@register(deploy=True)
def check_bots_speak_encrypted(**_kwargs: object) -> list[CheckMessage]:
    """The bot's token and every code travel there; the news comes to our own address."""
    addresses = {f"KABINET_{name.upper()}_URL": _of(name, "URL") for name in settings.MESSENGERS}
    if addresses:
        addresses["KABINET_URL"] = settings.SITE_URL
    return [
        Warning(f"{variable} is {address}: codes leave unencrypted.", id="identity.W002")
        for variable, address in addresses.items()
        if not (address.startswith("https:") or settings.DEMO)
    ]


def _of(name: str, part: str) -> str:
    return str(getattr(settings, f"{name.upper()}_{part}"))
