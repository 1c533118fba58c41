from __future__ import annotations

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kabinet.identity import sessions
from kabinet.identity.devices import browser_words
from kabinet.identity.parts import EntryPart, is_on
from kabinet.web.entry.keys import NOT_OFFERED

register = template.Library()
register.filter("browser", browser_words)

# A paragraph of a document may begin with what it is about: «Срок. Согласие действует…».
LEAD_MOST = 40


@register.filter
def is_offered(part: str) -> bool:
    """Ask whether this deployment has a part of the entry page: ``{% if "recovery"|is_offered %}``."""
    return is_on(EntryPart(part))


@register.filter
def with_lead(paragraph: str) -> SafeString:
    """Make the short heading at the beginning of a document's paragraph stand out."""
    lead, _stop, rest = paragraph.partition(". ")
    if not rest or len(lead) > LEAD_MOST:
        return format_html("{}", paragraph)
    return format_html("<b>{}.</b> {}", lead, rest)


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
