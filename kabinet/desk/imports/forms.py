from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kabinet.exchange.enums import ImportMode
from kabinet.exchange.queries import ExchangingProvider


class UploadBundle(forms.Form):
    """A provider's bundle in one file (XCH-01); what is inside is the import's matter."""

    provider = forms.ChoiceField(label=_("Поставщик"))
    bundle = forms.FileField(
        label=_("Пакет"),
        help_text=_("Архив .zip с файлами CSV или книга .xlsx."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,.xlsx"}),
    )
    mode = forms.ChoiceField(
        label=_("Если в строках есть ошибки"),
        choices=[
            (ImportMode.STRICT, _("не загружать ничего")),
            (ImportMode.PARTIAL, _("загрузить верные строки, неверные отдать файлом")),
        ],
        initial=ImportMode.STRICT,
        widget=forms.RadioSelect,
    )
    dry_run = forms.BooleanField(label=_("Только проверить, ничего не менять"), required=False)

    def __init__(self, *args: Any, providers: Sequence[ExchangingProvider], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = [(row.code, row.name) for row in providers]

    def clean_bundle(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["bundle"]
        if not str(upload.name).lower().endswith((".zip", ".xlsx")):
            raise forms.ValidationError(_("Нужен файл .zip или .xlsx."))
        return upload
