from __future__ import annotations

from django import template
from django.template import Context

from kabinet.identity import sessions
from kabinet.identity.devices import browser_words
from kabinet.identity.parts import EntryPart, is_on
from kabinet.web.entry.keys import NOT_OFFERED

register = template.Library()
register.filter("browser", browser_words)


@register.filter
def is_offered(part: str) -> bool:
    """Ask whether this deployment has a part of the entry page: ``{% if "recovery"|is_offered %}``."""
    return is_on(EntryPart(part))


@register.inclusion_tag("web/entry/_passkey_offer.html", takes_context=True)
def passkey_offer(context: Context) -> dict[str, object]:
    """A calm card after signing in, until it is answered; the session knows, no query is made (MOB-06)."""
    request = context["request"]
    return {
        "is_offered": is_on(EntryPart.PASSKEY)
        and sessions.offers_passkey(request)
        and NOT_OFFERED not in request.COOKIES,
        "here": request.path,
    }
