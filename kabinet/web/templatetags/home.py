"""How a card of the home page is drawn: one that fails leaves the others alone (ACC-34)."""

from __future__ import annotations

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from kabinet.web.home.blocks import Card, attempt

register = template.Library()


@register.simple_tag(takes_context=True)
def home_card(context: Context, card: Card) -> SafeString:
    """Draw the card; what its builder let through may still trip its template."""
    drawn = attempt(card.block, lambda: _drawn(context, card))
    return _drawn(context, drawn) if isinstance(drawn, Card) else drawn


def _drawn(context: Context, card: Card) -> SafeString:
    page = context.template
    assert page is not None  # noqa: S101 -- a tag is drawn by a template
    with context.push(card=card, **card.context):
        drawn: SafeString = page.engine.get_template(card.template).render(context)
    return drawn
