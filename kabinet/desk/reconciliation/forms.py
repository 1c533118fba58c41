from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kabinet.desk.payments.forms import DayField
from kabinet.desk.reconciliation.words import STANDING, WAYS
from kabinet.payments.enums import DiscrepancyKind, Outcome
from kabinet.payments.operations.disputes.deciding import Decision
from kabinet.payments.operations.reconciliation.closing import LONGEST_NOTE
from kabinet.payments.operations.refunds import LONGEST_WHY
from kabinet.payments.queries.reconciliation import DiscrepancySearch, Standing
from kabinet.payments.queries.register import MerchantChoice


class DiscrepancyForm(forms.Form):
    """Which differences to show; nothing chosen shows what waits for people."""

    kind = forms.ChoiceField(
        label=_("Что не сошлось"),
        choices=[("", _("всё")), *DiscrepancyKind.choices],
        required=False,
    )
    standing = forms.ChoiceField(
        label=_("Состояние"), choices=[*STANDING.items(), ("all", _("любое"))], required=False
    )
    payee = forms.ChoiceField(label=_("Получатель"), required=False)
    first = DayField(label=_("С дня"), required=False)
    last = DayField(label=_("По день"), required=False)

    def __init__(
        self, *arguments: Any, merchants: Sequence[MerchantChoice], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        payee = self.fields["payee"]
        assert isinstance(payee, forms.ChoiceField)  # noqa: S101 -- declared above
        payee.choices = [("", _("все")), *((str(row.id), row.payee_name) for row in merchants)]

    def search(self) -> DiscrepancySearch:
        asked = self.cleaned_data
        standing = asked["standing"] or Standing.OPEN
        return DiscrepancySearch(
            standing=None if standing == "all" else Standing(standing),
            kind=DiscrepancyKind(asked["kind"]) if asked["kind"] else None,
            merchant_id=int(asked["payee"]) if asked["payee"] else None,
            first=asked["first"],
            last=asked["last"],
        )


class CloseForm(forms.Form):
    """How a difference ended."""

    note = forms.CharField(
        label=_("Чем закончилось"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Напишите, чем закончилось: до 300 знаков.")},
    )
    settles_entry = forms.BooleanField(
        label=_("Больше не вычитать остаток из суммы к оплате"), required=False
    )

    def __init__(self, *arguments: Any, may_settle: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not may_settle:
            del self.fields["settles_entry"]


class DecisionForm(forms.Form):
    """What becomes of the money behind a difference, and why; the first page asks, the second one is sure."""

    way = forms.ChoiceField(
        label=_("Что сделать"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Выберите, что сделать.")},
    )
    why = forms.CharField(
        label=_("Почему так"),
        max_length=LONGEST_WHY,
        help_text=_("Что сказал банк, номер заявления. При возврате это увидит и плательщик."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    mark = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *arguments: Any, discrepancy_id: int, ways: Sequence[Outcome], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.discrepancy_id = discrepancy_id
        self.initial.setdefault("key", uuid.uuid4())
        field = self.fields["way"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = [(way.value, WAYS[way]) for way in ways]

    def decision(self) -> Decision:
        return Decision(
            discrepancy_id=self.discrepancy_id,
            way=Outcome(self.cleaned_data["way"]),
            why=self.cleaned_data["why"],
            mark=self.cleaned_data["mark"],
            key=self.cleaned_data["key"],
        )
