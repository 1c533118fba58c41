from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from kabinet.identity.operations.keys import LONGEST_NAME

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as _StrOrPromise


def _code_field(label: _StrOrPromise, missing: _StrOrPromise) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=20,
        error_messages={"required": missing},
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "form-control kb-digits kb-code",
            }
        ),
    )


class KeyName(forms.Form):
    name = forms.CharField(
        label=_("Как называть это устройство"),
        max_length=LONGEST_NAME,
        help_text=_("Например: мой телефон."),
        error_messages={
            "required": _("Назовите это устройство."),
            "max_length": _("Не больше 80 знаков: сократите."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AppCode(forms.Form):
    code = _code_field(
        _("Шесть цифр из приложения"), _("Введите шесть цифр, которые показывает приложение.")
    )


class SecondStepCode(forms.Form):
    code = _code_field(
        _("Код из приложения или запасной код"),
        _("Введите код: шесть цифр из приложения или восемь цифр запасного кода."),
    )
