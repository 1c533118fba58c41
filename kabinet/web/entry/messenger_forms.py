from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.identity.enums import Messenger
from kabinet.identity.messengers.offered import offered_messengers
from kabinet.web.entry.forms import Recovery

CONTACT = "contact"


class SignInCode(Recovery):
    """The contact, and where its code is to go: the choice is everybody's, so it tells of nobody (IDN-28)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = offered_messengers()
        if offered:
            choices = [(CONTACT, _("На эту почту или телефон"))]
            choices += [(row.value, _("В %(name)s") % {"name": row.label}) for row in offered]
            self.fields["where"] = forms.ChoiceField(
                label=_("Куда прислать код"),
                choices=choices,
                initial=CONTACT,
                widget=forms.RadioSelect,
            )

    @property
    def asks_where(self) -> bool:
        return "where" in self.fields

    @property
    def messenger(self) -> Messenger | None:
        """What was chosen in a form that is valid; nothing is the contact itself."""
        chosen = self.cleaned_data.get("where")
        return Messenger(chosen) if chosen and chosen != CONTACT else None


class Number(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Число от бота"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
