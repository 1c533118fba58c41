"""«Мои данные»: what every app holds about a person, section by section (152-ФЗ, ст. 14; IDN-46).

An app registers its sections when it is ready; ``identity`` packs them without knowing what they are about. A section
holds this person's own data and nobody else's: no other holder of an account, no secret, no token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Row = Sequence[object]
Rows = Callable[[int], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Section:
    """``name`` is the file's, in Latin letters; ``columns`` are headings; ``rows`` is given the person's row id."""

    name: str
    title: StrOrPromise
    columns: tuple[StrOrPromise, ...]
    rows: Rows


_sections: dict[str, Section] = {}
_subjects: list[Callable[[int], Iterable[str]]] = []
_hindrances: list[Callable[[int], bool]] = []


def register(*sections: Section) -> None:
    """Called once, when the app above is ready."""
    for section in sections:
        _sections[section.name] = section


def registered() -> Sequence[Section]:
    return tuple(_sections.values())


def register_subjects(named: Callable[[int], Iterable[str]]) -> None:
    """Have an app say which things in the trail are a person's own, as the trail names them: ``app.Model:id``."""
    _subjects.append(named)


def subjects_of(user_id: int) -> Sequence[str]:
    return [subject for named in _subjects for subject in named(user_id)]


def register_hindrance(holds: Callable[[int], bool]) -> None:
    """Have an app say which people it needs: whoever works for a provider is not deleted in the cabinet."""
    _hindrances.append(holds)


def is_needed(user_id: int) -> bool:
    return any(holds(user_id) for holds in _hindrances)
