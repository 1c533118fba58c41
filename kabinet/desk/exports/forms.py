from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kabinet.exchange.exports import KINDS, OUT_FILES
from kabinet.exchange.queries import ExchangingProvider

WHAT_WORDS = {
    "readings": _("показания"),
    "payments": _("платежи"),
    "links": _("привязки счетов"),
}


class NewExport(forms.Form):
    """What to give the billing system that no run has given yet (XCH-11)."""

    provider = forms.ChoiceField(label=_("Поставщик"))
    what = forms.ChoiceField(
        label=_("Что выгрузить"), choices=[(what, WHAT_WORDS.get(what, what)) for what in OUT_FILES]
    )
    kind = forms.ChoiceField(label=_("Вид файла"), choices=[(kind, kind.upper()) for kind in KINDS])

    def __init__(self, *args: Any, providers: Sequence[ExchangingProvider], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = [(row.code, row.name) for row in providers]
