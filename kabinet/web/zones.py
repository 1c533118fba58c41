"""The words for day zones, said alike on every page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

_OF_TWO = {"T1": _("день"), "T2": _("ночь")}
_OF_THREE = {"T1": _("пик"), "T2": _("ночь"), "T3": _("полупик")}


def zone_name(zone: str, count: int) -> str:
    """The customary word beside the provider's code, «T1, день»; ``count`` is how many zones there are (MET-35)."""
    words = _OF_TWO if count <= len(_OF_TWO) else _OF_THREE
    return f"{zone}, {words[zone]}" if zone in words else zone
