from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kabinet.providers.pictures import MAX_BYTES, TooHeavy


class LogoForm(forms.Form):
    """What is inside the file is the operation's matter; its name is nobody's."""

    logo = forms.FileField(
        label=_("Файл логотипа"),
        help_text=_(
            "PNG, JPEG или WebP до 1 МБ, для светлого фона. Лучше всего PNG с прозрачным фоном "
            "высотой от 192 точек."
        ),
        error_messages={
            "required": _("Выберите файл."),
            "empty": _("Файл пуст. Выберите другой."),
            "missing": _("Выберите файл."),
            "invalid": _("Файл не дошёл. Отправьте его ещё раз."),
        },
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp"}),
    )

    def clean_logo(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["logo"]
        if (upload.size or 0) > MAX_BYTES:
            # Not even read into memory.
            raise forms.ValidationError(str(TooHeavy.message))
        return upload


class ColourForm(forms.Form):
    colour = forms.CharField(
        label=_("Цвет полосы"),
        max_length=40,
        help_text=_("Как в вашем фирменном стиле: # и шесть знаков, например #0b6478."),
        error_messages={"required": _("Напишите цвет, например #0b6478.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
