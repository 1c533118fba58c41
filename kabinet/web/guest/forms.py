"""What a guest fills in to come to the meters of an account: of system B, and of system D (MET-15, 17)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.guests import LONGEST_NUMBER, Filling, GuestProvider
from kabinet.providers.enums import GuestCheck

REQUIRED = gettext_lazy("Заполните это поле.")
LONGEST = 40


def _text(label: str, *, required: bool = True, hint: str = "", longest: int = LONGEST) -> Any:
    field = forms.CharField(
        label=label,
        required=required,
        max_length=longest,
        help_text=hint,
        error_messages={
            "required": REQUIRED,
            "max_length": _("Не больше %(most)s знаков.") % {"most": longest},
        },
    )
    field.widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})
    return field


class Find(forms.Form):
    """``first_wrong`` is the field beside which a refusal of the fact is shown."""

    check: GuestCheck
    first_wrong: str

    def __init__(self, *args: Any, providers: Sequence[GuestProvider], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hints = dict.fromkeys(provider.number_hint for provider in providers)
        self.fields["number"] = _text(
            _("Номер лицевого счёта"),
            hint=", ".join(hints).capitalize() if len(hints) == 1 else "",
            longest=LONGEST_NUMBER,
        )
        self.fields["number"].widget.attrs["inputmode"] = "text"

    def filling(self) -> Filling:
        return Filling(check=self.check, **self.cleaned_data)


class ByInitials(Find):
    check, first_wrong = GuestCheck.INITIALS, "initials"

    def __init__(self, *args: Any, providers: Sequence[GuestProvider], **kwargs: Any) -> None:
        super().__init__(*args, providers=providers, **kwargs)
        regions = sorted({region for provider in providers for region in provider.regions})
        choices = [(region, region) for region in regions]
        if len(choices) > 1:
            choices.insert(0, ("", _("Выберите регион")))
        region = forms.ChoiceField(
            label=_("Регион"),
            choices=choices,
            error_messages={
                "required": _("Выберите регион из списка."),
                "invalid_choice": _("Выберите регион из списка."),
            },
        )
        self.fields = {"region": region, **self.fields}
        self.fields["initials"] = _text(
            _("Первые буквы фамилии, имени и отчества"),
            hint=_("Подряд, как в счёте: Абрамов Борис Васильевич — АБВ"),
            longest=10,
        )
        self.fields["initials"].widget.attrs["autocapitalize"] = "characters"


class ByAddress(Find):
    check, first_wrong = GuestCheck.ADDRESS, "house"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["house"] = _text(
            _("Номер дома"), hint=_("С корпусом, если он есть: 12 корп. 1")
        )
        self.fields["flat"] = _text(
            _("Номер квартиры"), required=False, hint=_("Если дом многоквартирный")
        )
