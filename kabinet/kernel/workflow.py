from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from django.utils.translation import gettext_lazy as _

from kabinet.kernel.errors import Refused


class TransitionRefused(Refused):
    """The object is not in a state from which this step is possible."""

    message = _("Это действие сейчас невозможно: состояние уже изменилось. Обновите страницу.")


def require_transition(table: Mapping[str, AbstractSet[str]], *, current: str, target: str) -> None:
    """:raises TransitionRefused: the table has no step from ``current`` to ``target``."""
    if target not in table[current]:
        raise TransitionRefused
