from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.calculations import roubles
from kabinet.desk.payments.words import SHOWN
from kabinet.kernel.money import Money
from kabinet.payments.operations.refunds import LONGEST_WHY, RefundOrder
from kabinet.payments.queries.register import MerchantChoice, RegisterSearch, Shown
from kabinet.payments.queries.served_payment import ServedPayment
from kabinet.providers.enums import PayMethod
from kabinet.ui import formatting

DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y")
MOST = Decimal("999999999999.99")
# The days beside the calendar's last one cannot be counted on from.
YEARS = range(2000, 2200)
NOT_A_SUM = _("Напишите сумму в рублях, например 1243,56.")


class SumField(forms.CharField):
    """Roubles as people type them; nothing typed is None."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if not text:
            return None
        amount = roubles(text)
        # A sign would be dropped: who types one means something else.
        if amount is None or amount > MOST or not text[0].isdigit():
            raise forms.ValidationError(NOT_A_SUM)
        return Money(amount)


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_formats=DAY_FORMATS,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            **options,
        )

    def to_python(self, value: Any) -> date | None:
        day: date | None = super().to_python(value)
        if day is not None and day.year not in YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class RegisterForm(forms.Form):
    """What of the register is looked for (OPX-19)."""

    shown = forms.ChoiceField(label=_("Показать"), choices=list(SHOWN.items()), required=False)
    first = DayField(label=_("С дня"), required=False)
    last = DayField(label=_("По день"), required=False)
    payee = forms.ChoiceField(label=_("Получатель"), required=False)
    method = forms.ChoiceField(
        label=_("Способ"), choices=[("", _("любой")), *PayMethod.choices], required=False
    )
    account = forms.CharField(label=_("Лицевой счёт"), max_length=64, required=False)
    amount = SumField(label=_("Сумма"), max_length=24, required=False)
    number = forms.CharField(label=_("Номер в банке или у нас"), max_length=64, required=False)

    def __init__(self, *args: Any, merchants: Sequence[MerchantChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["payee"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = [("", _("все")), *((str(row.id), row.payee_name) for row in merchants)]

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("last", _("Начало позже конца: поменяйте их местами."))

    def search(self) -> RegisterSearch:
        asked = self.cleaned_data
        return RegisterSearch(
            shown=Shown(asked.get("shown") or Shown.PAID),
            first=asked.get("first"),
            last=asked.get("last"),
            merchant_id=int(asked["payee"]) if asked.get("payee") else None,
            method=PayMethod(asked["method"]) if asked.get("method") else None,
            account_number=asked.get("account", "").strip(),
            amount=asked.get("amount"),
            number=asked.get("number", "").strip(),
        )


class RefundForm(forms.Form):
    """How much of each line goes back, and why; the boxes hold all that is left (OPX-31)."""

    why = forms.CharField(
        label=_("Почему возвращаются деньги"),
        max_length=LONGEST_WHY,
        help_text=_("Номер заявления и причина. Это увидит и плательщик."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = None

    def __init__(self, *args: Any, payment: ServedPayment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment = payment
        self.initial.setdefault("key", uuid.uuid4())
        lines = [line for line in payment.lines if line.left]
        for line in lines:
            self.fields[self.box(line.position)] = SumField(
                label=_t("%(title)s, ЛС %(number)s")
                % {"title": line.title, "number": line.account_number},
                help_text=_t("Можно вернуть до %(left)s") % {"left": formatting.money(line.left)},
                initial=",".join(formatting.split_money(line.left)),
                max_length=24,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
        self.order_fields([*(self.box(line.position) for line in lines), "why", "key"])

    @staticmethod
    def box(position: int) -> str:
        return f"sum-{position}"

    def clean(self) -> None:
        for line in self.payment.lines:
            amount = self.cleaned_data.get(self.box(line.position))
            if amount is not None and amount > line.left:
                words = _t("По этой строке осталось %(left)s.")
                self.add_error(
                    self.box(line.position), words % {"left": formatting.money(line.left)}
                )

    @property
    def sums(self) -> Mapping[int, Money]:
        return {
            line.position: amount
            for line in self.payment.lines
            if (amount := self.cleaned_data.get(self.box(line.position)))
        }

    def order(self) -> RefundOrder:
        return RefundOrder(
            checkout_id=self.payment.checkout_id,
            part=self.payment.part,
            why=self.cleaned_data["why"],
            key=self.cleaned_data["key"],
            sums=self.sums,
        )
