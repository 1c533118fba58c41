"""What people type to name themselves, brought to the one form that is stored and compared (IDN-10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from kabinet.identity.enums import IdentifierKind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REGION = "RU"
EMAIL_MAX = 254
PHONE_SIGNS = re.compile(r"\+?[\d\s\u00a0\u202f()\-\u2010-\u2014.]+")
RUSSIAN_DIGITS = 10
# Standards know more: quotes, comments and bare network addresses, by which one mailbox would have many names.
PLAIN_EMAIL = re.compile(r"""[^\s"(),:;<>@\[\\\]]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+""")
LETTERS = re.compile(r"[a-zа-яё]", re.IGNORECASE)


class NotAnIdentifier(ValueError):  # noqa: N818 -- a fact, not an error
    """The text is neither an e-mail address nor a phone number; ``message`` says what is wrong."""

    def __init__(self, message: StrOrPromise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Identifier:
    kind: IdentifierKind
    value: str

    @classmethod
    def of(cls, stored: str) -> Identifier:
        """Give back what was stored by its ``value`` alone."""
        kind = IdentifierKind.EMAIL if "@" in stored else IdentifierKind.PHONE
        return cls(kind, stored)

    @property
    def shown(self) -> str:
        """The form for reading: ``+7 912 345-67-89``."""
        if self.kind is IdentifierKind.EMAIL:
            return self.value
        number = phonenumbers.parse(self.value)
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        return written.replace(" ", "\u00a0")

    @property
    def veiled(self) -> str:
        """A form that its owner knows again and nobody else can use: ``i…@example.ru``, ``+7 … 67-89``."""
        if self.kind is IdentifierKind.EMAIL:
            local, _at, domain = self.value.partition("@")
            return f"{local[:1]}…@{domain}"
        return f"{self.value[:2]}\u00a0…\u00a0{self.value[-4:-2]}-{self.value[-2:]}"


def identify(text: str) -> Identifier:
    """Recognise an e-mail address or a phone number.

    :raises NotAnIdentifier: it is neither.
    """
    text = text.strip()
    if "@" in text:
        return Identifier(IdentifierKind.EMAIL, normalise_email(text))
    if LETTERS.search(text):
        raise NotAnIdentifier(_("Введите адрес почты целиком (имя@пример.ру) или номер телефона."))
    return Identifier(IdentifierKind.PHONE, normalise_phone(text))


def normalise_email(text: str) -> str:
    """Lower-case an address and refuse what no mail server takes.

    Only ASCII: a letter that merely looks Latin would make a second person with the same-looking address.

    :raises NotAnIdentifier: it is not an address.
    """
    address = text.strip().lower()
    wrong = NotAnIdentifier(_("Проверьте адрес почты: он выглядит как имя@example.ru."))
    if len(address) > EMAIL_MAX:
        raise wrong
    if not address.isascii():
        raise NotAnIdentifier(
            _("В адресе почты есть нелатинские буквы. Наберите его латиницей, без пробелов.")
        )
    if PLAIN_EMAIL.fullmatch(address) is None:
        raise wrong
    try:
        validate_email(address)
    except ValidationError:
        raise wrong from None
    return address


def normalise_phone(text: str) -> str:
    """Bring any usual spelling to E.164: ``8 (912) …``, ``912 …`` and ``+7 912 …`` are one number.

    :raises NotAnIdentifier: it is not a phone number.
    """
    wrong = NotAnIdentifier(_("Проверьте номер телефона: нужны 10 цифр после +7."))
    text = text.strip()
    if PHONE_SIGNS.fullmatch(text) is None:
        raise wrong
    digits = re.sub(r"\D", "", text)
    if not text.startswith("+") and len(digits) == RUSSIAN_DIGITS + 1 and digits[0] in "78":
        digits = digits[1:]
    local = not text.startswith("+") and len(digits) == RUSSIAN_DIGITS
    try:
        number = phonenumbers.parse(f"+7{digits}" if local else f"+{digits}", REGION)
    except phonenumbers.NumberParseException:
        raise wrong from None
    if not phonenumbers.is_valid_number(number):
        raise wrong
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
