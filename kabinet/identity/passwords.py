"""Which passwords are accepted (IDN-12): long enough, not well known, not the login itself; any alphabet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.kernel.errors import Refused

# Nothing longer is ever hashed or compared, whatever the deployment allows for new passwords: ten thousand characters
# cost nothing.
LONGEST_TRIED = 128
SHORTEST_TELLING_PART = 4


class Named(Protocol):
    """What the rules need of a person; a ``User`` fits, and so does ``Newcomer``."""

    email: str | None
    phone: str | None


class Newcomer:
    def __init__(self, identifier: Identifier) -> None:
        is_email = identifier.kind is IdentifierKind.EMAIL
        self.email = identifier.value if is_email else None
        self.phone = None if is_email else identifier.value


class PasswordRefused(Refused):
    """The password breaks rules; ``messages`` name each of them."""

    def __init__(self, messages: Iterable[object]) -> None:
        self.messages = [str(message) for message in messages]
        super().__init__(" ".join(self.messages))


def require_acceptable(password: str, person: Named) -> None:
    """:raises PasswordRefused: the password breaks at least one rule."""
    if len(password) > settings.PASSWORD_MAX:
        raise PasswordRefused([too_long()])
    broken = _broken_rules(password, person)
    if broken:
        raise PasswordRefused(broken)


def is_weak(password: str, person: Named) -> bool:
    """Tell whether a password that was accepted once would be refused as too easy today (IDN-12)."""
    return bool(_broken_rules(password, person))


def too_long() -> str:
    return _("Пароль длиннее %(most)s знаков: сократите его.") % {"most": settings.PASSWORD_MAX}


def _broken_rules(password: str, person: Named) -> Sequence[str]:
    try:
        validate_password(password, person)  # type: ignore[arg-type]  # the rules read two attributes
    except ValidationError as error:
        return error.messages
    return []


class MinimumLength:
    def validate(self, password: str, _person: Named | None = None) -> None:
        if len(password) < settings.PASSWORD_MIN:
            raise ValidationError(
                _("Пароль короче %(least)s знаков: добавьте ещё несколько.")
                % {"least": settings.PASSWORD_MIN}
            )

    def get_help_text(self) -> str:
        return _("Не меньше %(least)s знаков. Хорошо подходит фраза из нескольких слов.") % {
            "least": settings.PASSWORD_MIN
        }


class NotTheLogin:
    """Refuse a password made of the e-mail address or the phone number."""

    def validate(self, password: str, person: Named | None = None) -> None:
        if person is None:
            return
        squeezed = re.sub(r"[^a-zа-яё0-9]", "", password.lower())
        if any(self._tells(part, squeezed) for part in _parts(person)):
            raise ValidationError(_("Пароль похож на вашу почту или телефон: придумайте другой."))

    def get_help_text(self) -> str:
        return _("Не повторяйте в нём почту и телефон.")

    @staticmethod
    def _tells(part: str, squeezed: str) -> bool:
        return part in squeezed and len(part) * 2 >= len(squeezed)


class NotTooSimple:
    """Refuse one repeated sign and plain runs such as 1234567890 or йцукенгшщз."""

    RUNS = (
        "01234567890123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm",
        "йцукенгшщзхъфывапролджэячсмитьбю",
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    )
    FEWEST_SIGNS = 4

    def validate(self, password: str, _person: Named | None = None) -> None:
        lowered = password.lower()
        is_run = any(lowered in run or lowered[::-1] in run for run in self.RUNS)
        if len(set(lowered)) < self.FEWEST_SIGNS or is_run:
            raise ValidationError(_("Такой пароль легко угадать: разнообразьте знаки."))

    def get_help_text(self) -> str:
        return _("Не берите подряд идущие знаки.")


class Classes:
    """Ask for kinds of characters where the deployment wants them (IDN-12, manual C); by default for none."""

    KINDS: ClassVar[Mapping[str, tuple[Callable[[str], bool], Any]]] = {
        "lower": (str.islower, gettext_lazy("строчная буква")),
        "upper": (str.isupper, gettext_lazy("заглавная буква")),
        "digit": (str.isdigit, gettext_lazy("цифра")),
        "sign": (lambda sign: not sign.isalnum(), gettext_lazy("знак: ! $ # % или другой")),
    }

    def validate(self, password: str, _person: Named | None = None) -> None:
        lacking = [
            str(words)
            for fits, words in map(self.KINDS.__getitem__, settings.PASSWORD_CLASSES)
            if not any(map(fits, password))
        ]
        if lacking:
            raise ValidationError(_("Не хватает: %(kinds)s.") % {"kinds": ", ".join(lacking)})

    def get_help_text(self) -> str:
        kinds = ", ".join(str(self.KINDS[kind][1]) for kind in settings.PASSWORD_CLASSES)
        return _("Нужны: %(kinds)s.") % {"kinds": kinds} if kinds else ""


def _parts(person: Named) -> Iterable[str]:
    email = (person.email or "").lower()
    local, _at, domain = email.partition("@")
    phone = (person.phone or "").lstrip("+")
    texts = (email, local, domain.partition(".")[0], phone, phone[1:])
    parts = (re.sub(r"[^a-z0-9]", "", text) for text in texts)
    return [part for part in parts if len(part) >= SHORTEST_TELLING_PART]
