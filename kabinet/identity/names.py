"""Names of people (IDN-09): Russian or Latin letters, hyphen, dash, space and apostrophe, at most fifty signs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST = 50
# The whole Cyrillic block: Tatar and Bashkir names are Russian citizens' names too.
NAME = re.compile(r"[A-Za-z\u0400-\u04ff][A-Za-z\u0400-\u04ff \-\u2013\u2014'\u2019]*")


class NotAName(ValueError):  # noqa: N818 -- a fact, not an error
    """The text is no name; ``message`` says what is wrong."""

    def __init__(self, message: StrOrPromise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class PersonName:
    """What a person wants to be called; all may be empty."""

    name: str = ""
    surname: str = ""
    patronymic: str = ""


NAMELESS = PersonName()


def normalise_name(text: str) -> str:
    """Bring a name to one spelling: composed letters, single spaces.

    :raises NotAName: it is too long or holds other signs.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > LONGEST:
        raise NotAName(_("Не больше 50 знаков: сократите."))
    if name and NAME.fullmatch(name) is None:
        raise NotAName(_("Здесь годятся буквы, дефис, тире, пробел и апостроф."))
    return name
