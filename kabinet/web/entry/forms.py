from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.identity import passwords
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import EMAIL_MAX, Identifier, NotAnIdentifier, identify
from kabinet.identity.queries import DocumentRow, open_identifiers
from kabinet.kernel.limits import TooManyAttempts

REQUIRED = gettext_lazy("Заполните это поле.")


class IdentifierField(forms.CharField):
    """One field for both: what is typed says itself whether it is a phone number or an e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=EMAIL_MAX, error_messages={"required": REQUIRED}, **kwargs)
        self.widget.attrs.update(
            {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "username"}
        )

    def clean(self, value: Any) -> Identifier:
        try:
            return identify(super().clean(value))
        except NotAnIdentifier as wrong:
            raise ValidationError(wrong.message) from None


def identifier_words() -> str:
    """Name what may be typed in this deployment."""
    has_phone = IdentifierKind.PHONE in open_identifiers()
    return _("Телефон или почта") if has_phone else _("Электронная почта")


def password_field(label: str, *, is_new: bool) -> forms.CharField:
    kind = "new-password" if is_new else "current-password"
    attributes = {
        "autocomplete": kind,
        "data-reveal": _("Показать"),
        "data-conceal": _("Скрыть"),
        **(_strength_words() if is_new else {}),
    }
    return forms.CharField(
        label=label,
        strip=False,
        max_length=passwords.MAX_LENGTH,
        help_text=password_validators_help_texts()[0] if is_new else "",
        widget=forms.PasswordInput(attrs=attributes),
        error_messages={
            "required": REQUIRED,
            "max_length": _("Пароль длиннее 128 знаков: сократите его."),
        },
    )


def _strength_words() -> dict[str, str]:
    """What the page says while the password is typed; the server judges by rules of its own (IDN-12)."""
    return {
        "data-strength-short": _("Добавьте ещё знаков:"),
        "data-strength-plain": _("Слишком однообразный: его легко угадать"),
        "data-strength-fair": _("Годится. Длинная фраза была бы надёжнее"),
        "data-strength-good": _("Хороший пароль"),
    }


class SignIn(LoginForm):
    """allauth's form with our fields; a phone number is understood in any spelling."""

    refusal: TooManyAttempts | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = IdentifierField(label=identifier_words())
        self.fields["password"] = password_field(_("Пароль"), is_new=False)

    def clean_login(self) -> str:
        identifier: Identifier = self.cleaned_data["login"]
        self.identifier = identifier
        return identifier.value

    def user_credentials(self) -> dict[str, str]:
        return {
            self.identifier.kind.value: self.identifier.value,
            "password": self.cleaned_data["password"],
        }

    def clean(self) -> Any:
        try:
            return super().clean()  # type: ignore[no-untyped-call]  # allauth is not typed
        except TooManyAttempts as refusal:
            self.refusal = refusal
            raise ValidationError(str(refusal)) from None


class Ticks(forms.Form):
    """A tick of its own, never set beforehand, for every document that must be accepted (152-ФЗ, ст. 9)."""

    def __init__(self, *args: Any, documents: Sequence[DocumentRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents = {f"{row.slug}-{row.version}": row for row in documents}
        for name, row in self.documents.items():
            self.fields[name] = forms.BooleanField(
                label=_tick_label(row),
                error_messages={"required": _("Без этой отметки продолжить нельзя.")},
            )

    @property
    def ticks(self) -> list[forms.BoundField]:
        return [self[name] for name in self.documents]

    @property
    def ticked(self) -> frozenset[int]:
        return frozenset(
            row.pk for name, row in self.documents.items() if self.cleaned_data.get(name)
        )


def _tick_label(row: DocumentRow) -> str:
    verb = _("Даю") if row.is_consent else _("Принимаю")
    address = f"{reverse('legal-document', args=[row.slug])}?version={row.version}"
    title = row.title[:1].lower() + row.title[1:]
    return format_html('{} <a href="{}" target="_blank">{}</a>', verb, address, title)


class SignUp(Ticks):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticks = self.fields
        self.fields = {
            "identifier": IdentifierField(
                label=identifier_words(), help_text=_("Сюда придёт код подтверждения.")
            ),
            "password": password_field(_("Придумайте пароль"), is_new=True),
            **ticks,
        }


class Code(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Шесть цифр"),
        max_length=20,
        error_messages={"required": gettext_lazy("Введите шесть цифр из сообщения.")},
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "form-control kb-digits kb-code",
            }
        ),
    )


class Recovery(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identifier"] = IdentifierField(label=identifier_words())


class NewPassword(forms.Form):
    """The new password twice: what was mistyped now would lock the person out (IDN-35, 43)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"] = password_field(_("Новый пароль"), is_new=True)
        repeat = password_field(_("Новый пароль ещё раз"), is_new=False)
        repeat.widget.attrs["autocomplete"] = "new-password"
        self.fields["repeat"] = repeat

    def clean_repeat(self) -> str:
        repeat: str = self.cleaned_data["repeat"]
        if "new" in self.cleaned_data and self.cleaned_data["new"] != repeat:
            raise ValidationError(_("Пароли не совпали. Наберите второй раз то же самое."))
        return repeat


class ChangePassword(NewPassword):
    field_order = ("current", "new", "repeat")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["current"] = password_field(_("Текущий пароль"), is_new=False)
        self.order_fields(self.field_order)
