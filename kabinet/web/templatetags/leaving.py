"""The profile's block about the person's own data and about leaving (IDN-46, 47)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from kabinet.identity import archives
from kabinet.identity.operations.leaving import get_planned_deletion
from kabinet.web.portal import actor_of

register = template.Library()


@register.inclusion_tag("web/entry/_profile_data.html", takes_context=True)
def own_data(context: Context) -> Mapping[str, Any]:
    """Two queries: the newest archive, and whether a deletion is planned."""
    actor = actor_of(context["request"])
    return {
        "archive": archives.get_newest(actor=actor, at=timezone.now()),
        "due_at": get_planned_deletion(actor=actor),
        "csrf_token": context.get("csrf_token"),
    }
