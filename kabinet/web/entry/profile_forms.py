"""The small forms of the profile: one thing each (IDN-41, 44, 45)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import (
    EMAIL_MAX,
    Identifier,
    NotAnIdentifier,
    normalise_email,
    normalise_phone,
)
from kabinet.identity.names import PersonName
from kabinet.web.entry.forms import REQUIRED, NameField


class ContactField(forms.CharField):
    """An address or a number, in any usual spelling, and nothing of the other kind."""

    def __init__(self, kind: IdentifierKind) -> None:
        self.kind = kind
        is_email = kind is IdentifierKind.EMAIL
        super().__init__(
            label=_("Новый адрес почты") if is_email else _("Новый номер телефона"),
            max_length=EMAIL_MAX,
            error_messages={"required": REQUIRED},
        )
        # No type="email": browsers turn what is typed into another spelling before we see it.
        self.widget.attrs.update(
            {
                "autocapitalize": "none",
                "spellcheck": "false",
                "autocomplete": "email" if is_email else "tel",
                "inputmode": "email" if is_email else "tel",
            }
        )

    def clean(self, value: Any) -> Identifier:
        normalise = normalise_email if self.kind is IdentifierKind.EMAIL else normalise_phone
        try:
            return Identifier(self.kind, normalise(super().clean(value)))
        except NotAnIdentifier as wrong:
            raise ValidationError(wrong.message) from None


class NewContact(forms.Form):
    def __init__(self, *args: Any, kind: IdentifierKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"] = ContactField(kind)


class OwnName(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = (
            ("surname", _("Фамилия"), "family-name"),
            ("name", _("Имя"), "given-name"),
            ("patronymic", _("Отчество"), "additional-name"),
        )
        for key, label, autocomplete in asked:
            self.fields[key] = NameField(label=label, required=False)
            self.fields[key].widget.attrs["autocomplete"] = autocomplete

    @property
    def called(self) -> PersonName:
        return PersonName(**self.cleaned_data)
