"""Names of people (IDN-09), at most fifty signs: which letters and signs, KABINET_NAME_ALPHABET says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST = 50


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What a name may hold, and what is said when it holds something else."""

    name: re.Pattern[str]
    refusal: StrOrPromise


ALPHABETS: Mapping[str, Alphabet] = {
    # As manual C has it where people sign up.
    "ru": Alphabet(
        re.compile(r"[А-Яа-яЁё][А-Яа-яЁё\-\u2013\u2014]*"),
        _("Здесь годятся русские буквы, дефис и тире."),
    ),
    # The whole Cyrillic block: Tatar and Bashkir names are Russian citizens' names too.
    "ru+latin": Alphabet(
        re.compile(r"[A-Za-z\u0400-\u04ff][A-Za-z\u0400-\u04ff \-\u2013\u2014'\u2019]*"),
        _("Здесь годятся буквы, дефис, тире, пробел и апостроф."),
    ),
}


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

    :raises NotAName: it is too long or holds other signs than this deployment takes.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > LONGEST:
        raise NotAName(_("Не больше 50 знаков: сократите."))
    alphabet = ALPHABETS[settings.NAME_ALPHABET]
    if name and alphabet.name.fullmatch(name) is None:
        raise NotAName(alphabet.refusal)
    return name
