from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.identity import passwords
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import EMAIL_MAX, Identifier, NotAnIdentifier, identify
from kabinet.identity.names import LONGEST, NotAName, PersonName, normalise_name
from kabinet.identity.operations import is_by_link
from kabinet.identity.queries import DocumentRow, provable_identifiers, sign_up_identifiers
from kabinet.kernel.limits import TooManyAttempts
from kabinet.ui.captcha import CaptchaNotPassed

REQUIRED = gettext_lazy("Заполните это поле.")
DOCUMENTS_CHANGED = gettext_lazy("Документы обновились. Прочитайте их и нажмите кнопку ещё раз.")
# Both what browsers fill in by themselves and what keyboard a telephone shows.
KEYBOARDS = {IdentifierKind.EMAIL: "email", IdentifierKind.PHONE: "tel"}


class IdentifierField(forms.CharField):
    """One field for both: what is typed says itself whether it is a phone number or an e-mail address.

    ``kinds`` are those that are asked for here; where it is one, a telephone shows the keyboard for it.
    """

    def __init__(self, kinds: Sequence[IdentifierKind], **kwargs: Any) -> None:
        super().__init__(max_length=EMAIL_MAX, error_messages={"required": REQUIRED}, **kwargs)
        self.widget.attrs.update(
            {
                "autocapitalize": "none",
                "spellcheck": "false",
                "autocomplete": "username",
                **({"inputmode": KEYBOARDS[kinds[0]]} if len(kinds) == 1 else {}),
            }
        )

    def clean(self, value: Any) -> Identifier | None:
        written = super().clean(value)
        if not written:
            return None
        try:
            return identify(written)
        except NotAnIdentifier as wrong:
            raise ValidationError(wrong.message) from None


class NameField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        # The one rule on length is the name's own, which counts after spaces are squeezed.
        super().__init__(error_messages={"required": REQUIRED}, **kwargs)
        self.widget.attrs["maxlength"] = LONGEST

    def clean(self, value: Any) -> str:
        try:
            return normalise_name(super().clean(value))
        except NotAName as wrong:
            raise ValidationError(wrong.message) from None


def identifier_words(kinds: Sequence[IdentifierKind]) -> str:
    """Name what may be typed in this deployment."""
    if IdentifierKind.PHONE not in kinds:
        return _("Электронная почта")
    return _("Телефон или почта") if IdentifierKind.EMAIL in kinds else _("Телефон")


def _any_identifier() -> IdentifierField:
    """One that can be proved here, of whichever kind."""
    kinds = provable_identifiers()
    return IdentifierField(kinds, label=identifier_words(kinds))


def password_field(label: str, *, is_new: bool) -> forms.CharField:
    kind = "new-password" if is_new else "current-password"
    longest = settings.PASSWORD_MAX if is_new else passwords.LONGEST_TRIED
    attributes = {
        "autocomplete": kind,
        "data-reveal": _("Показать"),
        "data-conceal": _("Скрыть"),
        **(_strength_words() if is_new else {}),
    }
    return forms.CharField(
        label=label,
        strip=False,
        max_length=longest,
        help_text=_rule_words() if is_new else "",
        widget=forms.PasswordInput(attrs=attributes),
        error_messages={
            "required": REQUIRED,
            "max_length": _("Пароль длиннее %(most)s знаков: сократите его.") % {"most": longest},
        },
    )


def _rule_words() -> str:
    """Name the length, and the kinds of characters where this deployment wants some."""
    rules = password_validators_help_texts()
    return f"{rules[0]} {rules[-1]}".strip()


def _strength_words() -> dict[str, str]:
    """What the page says while the password is typed; the server judges by rules of its own (IDN-12)."""
    return {
        "data-strength-least": str(settings.PASSWORD_MIN),
        "data-strength-short": _("Добавьте ещё знаков:"),
        "data-strength-plain": _("Слишком однообразный: его легко угадать"),
        "data-strength-fair": _("Годится. Длинная фраза была бы надёжнее"),
        "data-strength-good": _("Хороший пароль"),
    }


class SignIn(LoginForm):
    """allauth's form with our fields; a phone number is understood in any spelling."""

    refusal: TooManyAttempts | None = None
    asks_captcha = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _any_identifier()
        self.fields["password"] = password_field(_("Пароль"), is_new=False)
        self.fields["remember"] = forms.BooleanField(
            label=_("Запомнить меня на этом устройстве"),
            required=False,
            help_text=_("Не отмечайте на чужом компьютере."),
        )

    def clean_login(self) -> str:
        identifier: Identifier = self.cleaned_data["login"]
        self.identifier = identifier
        return identifier.value

    def user_credentials(self) -> dict[str, str]:
        return {
            self.identifier.kind.value: self.identifier.value,
            "password": self.cleaned_data["password"],
            "shows_captcha": True,
        }

    def clean(self) -> Any:
        try:
            return super().clean()  # type: ignore[no-untyped-call]  # allauth is not typed
        except CaptchaNotPassed as refusal:
            self.asks_captcha = True
            raise ValidationError(str(refusal)) from None
        except TooManyAttempts as refusal:
            self.refusal = refusal
            raise ValidationError(str(refusal)) from None


def document_name(row: DocumentRow) -> str:
    """Give the name by which a page sends that this very version stood on it and is accepted."""
    return f"{row.slug}-{row.version}"


class Ticks(forms.Form):
    """A tick of its own, never set beforehand, for every document that must be accepted (152-ФЗ, ст. 9)."""

    def __init__(self, *args: Any, documents: Sequence[DocumentRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents = {document_name(row): row for row in documents}
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
    """What this deployment asks of a newcomer (IDN-08): contacts, maybe a name, a password once or twice, ticks."""

    def __init__(self, *args: Any, documents: Sequence[DocumentRow], **kwargs: Any) -> None:
        asks_ticks = settings.CONSENT_MODE == "tick"
        super().__init__(*args, documents=documents if asks_ticks else (), **kwargs)
        # Pressing the button accepts what stands above it; on a screen of its own nothing is accepted here.
        self.by_button = {
            document_name(row): row for row in documents if settings.CONSENT_MODE == "button"
        }
        self.fields = {
            "identifier": IdentifierField(
                sign_up_identifiers(),
                label=identifier_words(sign_up_identifiers()),
                help_text=_proof_words(),
            ),
            **_second_field(),
            **_name_fields(),
            "password": password_field(_("Придумайте пароль"), is_new=True),
            **({"repeat": _repeat_field(_("Пароль ещё раз"))} if _asks_twice() else {}),
            **self.fields,
        }

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields above the ticks, in their order."""
        return [self[name] for name in self.fields if name not in self.documents]

    @property
    def meant(self) -> list[str]:
        """What pressing the button means, where that is how documents are accepted."""
        return [_tick_label(row) for row in self.by_button.values()]

    @property
    def accepted(self) -> frozenset[int]:
        return self.ticked | {row.pk for row in self.by_button.values()}

    @property
    def called(self) -> PersonName:
        answers = self.cleaned_data
        return PersonName(name=answers.get("name", ""), surname=answers.get("surname", ""))

    def clean(self) -> dict[str, Any]:
        if not self.by_button.keys() <= self.data.keys():
            self.add_error(None, DOCUMENTS_CHANGED)
        return _with_acceptable(self, "password")

    def clean_repeat(self) -> str:
        return _same_twice(self, "password")

    def clean_second(self) -> Identifier | None:
        second: Identifier | None = self.cleaned_data["second"]
        first = self.cleaned_data.get("identifier")
        if second is not None and first is not None and first.kind is second.kind:
            is_phone = first.kind is IdentifierKind.PHONE
            raise ValidationError(
                _("Здесь нужен адрес почты.") if is_phone else _("Здесь нужен номер телефона.")
            )
        return second


def _proof_words() -> str:
    by_link = [is_by_link(Identifier(kind, "")) for kind in sign_up_identifiers()]
    if not any(by_link):
        return _("Сюда придёт код подтверждения.")
    if all(by_link):
        return _("Сюда придёт письмо со ссылкой.")
    return _("На почту придёт письмо со ссылкой, на телефон — код.")


def _second_field() -> dict[str, forms.Field]:
    if settings.SIGN_UP_SECOND_CONTACT == "off":
        return {}
    first = sign_up_identifiers()
    kinds = [kind for kind in IdentifierKind if [kind] != list(first)]
    label = _("Второй контакт: почта или телефон")
    if len(kinds) == 1:
        is_phone = kinds[0] is IdentifierKind.PHONE
        label = _("Мобильный телефон") if is_phone else _("Электронная почта")
    second = IdentifierField(
        kinds,
        label=label,
        required=settings.SIGN_UP_SECOND_CONTACT == "required",
        help_text=_("Подтвердить можно позже, в профиле."),
    )
    second.widget.attrs["autocomplete"] = KEYBOARDS[kinds[0]] if len(kinds) == 1 else "on"
    return {"second": second}


def _asks_twice() -> bool:
    return bool(settings.SIGN_UP_PASSWORD_REPEAT)


def _name_fields() -> dict[str, forms.Field]:
    if settings.SIGN_UP_NAME == "off":
        return {}
    name = NameField(label=_("Имя"), required=settings.SIGN_UP_NAME == "required")
    name.widget.attrs["autocomplete"] = "given-name"
    surname = NameField(label=_("Фамилия"), required=False)
    surname.widget.attrs["autocomplete"] = "family-name"
    return {"name": name, "surname": surname}


def _repeat_field(label: str) -> forms.CharField:
    repeat = password_field(label, is_new=False)
    repeat.widget.attrs["autocomplete"] = "new-password"
    return repeat


def _same_twice(form: forms.Form, first: str) -> str:
    repeat: str = form.cleaned_data["repeat"]
    if first in form.cleaned_data and form.cleaned_data[first] != repeat:
        raise ValidationError(_("Пароли не совпали. Наберите второй раз то же самое."))
    return repeat


def _with_acceptable(form: forms.Form, field: str) -> dict[str, Any]:
    """Judge a new password with the rest of the form: a captcha is asked for once, and not spent on what is refused."""
    answers = form.cleaned_data
    if "identifier" in answers and field in answers:
        try:
            passwords.require_acceptable(answers[field], passwords.Newcomer(answers["identifier"]))
        except passwords.PasswordRefused as refusal:
            form.add_error(field, refusal.messages)
    return answers


class OwnPassword(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = password_field(_("Ваш пароль"), is_new=False)


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
    asks_password = is_temporary = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identifier"] = _any_identifier()


class RecoveryByTemporary(Recovery):
    """A temporary password is sent, and nothing else is asked (IDN-34)."""

    is_temporary = True


class RecoveryWithPassword(Recovery):
    """The new password is typed before the code (IDN-33)."""

    asks_password = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"] = password_field(_("Новый пароль"), is_new=True)
        self.fields["repeat"] = _repeat_field(_("Новый пароль ещё раз"))

    def clean_repeat(self) -> str:
        return _same_twice(self, "new")

    def clean(self) -> dict[str, Any]:
        return _with_acceptable(self, "new")


class NewPassword(forms.Form):
    """The new password twice: what was mistyped now would lock the person out (IDN-35, 43)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"] = password_field(_("Новый пароль"), is_new=True)
        self.fields["repeat"] = _repeat_field(_("Новый пароль ещё раз"))

    def clean_repeat(self) -> str:
        return _same_twice(self, "new")


class ChangePassword(NewPassword):
    field_order = ("current", "new", "repeat")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["current"] = password_field(_("Текущий пароль"), is_new=False)
        self.order_fields(self.field_order)
