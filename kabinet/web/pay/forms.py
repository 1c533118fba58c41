"""The lower half of every payment page: with what, where to send the receipt, the rules (PAY-12, 24–26)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kabinet.payments.calculations.splitting import PayLine
from kabinet.payments.enums import Origin
from kabinet.payments.operations.checkouts import CheckoutOrder
from kabinet.providers.enums import PayMethod
from kabinet.web.pay.choosing import SAVED, Way, first_choice


class PayForm(forms.Form):
    """``key`` is the press itself: sent twice it opens one checkout (PAY-46)."""

    rules_page = "pay-rules"

    key = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("Чем заплатить"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Выберите, чем заплатить."),
            "invalid_choice": _("Этого способа здесь нет. Выберите другой."),
        },
    )
    save_card = forms.BooleanField(
        label=_("Запомнить карту, чтобы в следующий раз не вводить её номер"), required=False
    )
    email = forms.EmailField(
        label=_("Почта для чека"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Напишите почту: на неё придёт чек."),
            "invalid": _("Проверьте адрес: нужен вид имя@почта.рф."),
        },
    )
    rules = forms.BooleanField(
        label=_("С правилами оплаты ознакомлен(а)"),
        error_messages={"required": _("Прочитайте правила оплаты и отметьте это.")},
    )
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *, ways: Sequence[Way], saves_cards: bool, email: str = "", posted: Any = None
    ) -> None:
        self.ways = ways
        super().__init__(
            posted,
            initial={"key": uuid.uuid4(), "email": email, "method": first_choice(ways)},
        )
        self.fields["method"].choices = [(way.value, way.title) for way in ways]  # type: ignore[attr-defined]  # a ChoiceField
        if not saves_cards:
            del self.fields["save_card"]

    def keep(self, posted: QueryDict) -> None:
        """Show what was filled in without judging it."""
        kept = {name: posted[name] for name in ("key", "method", "email") if name in posted}
        ticks = {name: name in posted for name in ("save_card", "rules", "again")}
        self.initial = {**self.initial, **ticks, **kept}

    @property
    def chosen(self) -> str:
        """Which radio button stands pressed."""
        return str(self["method"].value() or "")

    def clean_method(self) -> str:
        method: str = self.cleaned_data["method"]
        if any(way.value == method and way.is_down for way in self.ways):
            raise forms.ValidationError(_("Этот способ сейчас не работает. Выберите другой."))
        return method

    def order(self, lines: Sequence[PayLine], origin: Origin) -> CheckoutOrder:
        """What was decided, for a form that is valid."""
        filled = self.cleaned_data
        method: str = filled["method"]
        card = uuid.UUID(method.removeprefix(SAVED)) if method.startswith(SAVED) else None
        return CheckoutOrder(
            key=filled["key"],
            lines=lines,
            method=PayMethod.SAVED_CARD if card else PayMethod(method),
            origin=origin,
            email=filled["email"],
            save_card=bool(filled.get("save_card")) and method == PayMethod.CARD,
            saved_card=card,
            again=filled["again"],
        )
