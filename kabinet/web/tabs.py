"""The row of pages of one section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Tab:
    """``is_locked`` says that the page is opened by full access only."""

    url: str
    text: StrOrPromise
    is_here: bool
    is_locked: bool = False
