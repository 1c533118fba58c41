from __future__ import annotations

from django import template
from django.template import Context

from kabinet.identity import sessions
from kabinet.identity.devices import browser_words
from kabinet.web.entry.keys import NOT_OFFERED

register = template.Library()
register.filter("browser", browser_words)


@register.inclusion_tag("web/entry/_passkey_offer.html", takes_context=True)
def passkey_offer(context: Context) -> dict[str, object]:
    """A calm card after signing in, until it is answered; the session knows, no query is made (MOB-06)."""
    request = context["request"]
    return {
        "is_offered": sessions.offers_passkey(request) and NOT_OFFERED not in request.COOKIES,
        "here": request.path,
    }
