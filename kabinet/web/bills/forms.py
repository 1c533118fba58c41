from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kabinet.billing.queries import PaymentSearch, PeriodSearch
from kabinet.kernel.period import Period
from kabinet.web.bills.search import (
    MonthText,
    NotUnderstood,
    PaymentText,
    parse_month_text,
    parse_payment_text,
    parse_period,
)

REVERSED = _("Начало позже конца: поменяйте их местами.")
DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y")


class PeriodField(forms.CharField):
    """A month; browsers without a month picker let it be typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"type": "month"}), **options)

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Period) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_period(text)
        except NotUnderstood as error:
            raise forms.ValidationError(_("Напишите месяц и год, например 05.2026.")) from error


class ChargeSearchForm(forms.Form):
    """Months by text, or by a period set by hand (BIL-11)."""

    text = forms.CharField(label=_("Месяц или год"), required=False, max_length=40)
    first = PeriodField(label=_("С месяца"), required=False, max_length=10)
    last = PeriodField(label=_("По месяц"), required=False, max_length=10)

    def clean_text(self) -> MonthText | None:
        text = self.cleaned_data["text"]
        try:
            return parse_month_text(text) if text else None
        except NotUnderstood as error:
            raise forms.ValidationError(
                _("Напишите месяц, год или то и другое: «май», «2026», «май 2026».")
            ) from error

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("last", REVERSED)

    def search(self, *, since: Period) -> PeriodSearch:
        """What to look for, never further back than ``since`` (BIL-03)."""
        first, last, month = self._range()
        return PeriodSearch(first=max(first or since, since), last=last, month=month)

    def reaches_beyond(self, since: Period) -> bool:
        first, _last, _month = self._range()
        return first is not None and first < since

    def _range(self) -> tuple[Period | None, Period | None, int | None]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        text = self.cleaned_data.get("text")
        if text is None:
            return first, last, None
        if text.year is None:
            return first, last, text.month
        named = Period(text.year, text.month or 1), Period(text.year, text.month or 12)
        return max(named[0], first or named[0]), min(named[1], last or named[1]), None


class PaymentSearchForm(forms.Form):
    """Payments by date or sum as text, or between two days (BIL-12)."""

    text = forms.CharField(label=_("Дата или сумма"), required=False, max_length=40)
    first = forms.DateField(
        label=_("С даты"),
        required=False,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Напишите дату: 03.05.2026.")},
    )
    last = forms.DateField(
        label=_("По дату"),
        required=False,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Напишите дату: 03.05.2026.")},
    )

    def clean_text(self) -> PaymentText | None:
        text = self.cleaned_data["text"]
        try:
            return parse_payment_text(text) if text else None
        except NotUnderstood as error:
            raise forms.ValidationError(
                _("Напишите дату или сумму: «03.05.2026», «май 2026», «1 082,36».")
            ) from error

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("last", REVERSED)

    def search(self, *, since: date) -> PaymentSearch:
        text = self.cleaned_data.get("text") or PaymentText()
        firsts = [day for day in (text.first_day, self.cleaned_data.get("first")) if day]
        lasts = [day for day in (text.last_day, self.cleaned_data.get("last")) if day]
        return PaymentSearch(
            first_day=max([*firsts, since]),
            last_day=min(lasts, default=None),
            amount=text.amount,
            whole_roubles=text.whole_roubles,
        )

    def reaches_beyond(self, since: date) -> bool:
        text = self.cleaned_data.get("text") or PaymentText()
        days = (text.first_day, self.cleaned_data.get("first"))
        return any(day is not None and day < since for day in days)


class TariffMonthForm(forms.Form):
    """Of which month the prices are asked for (BIL-22)."""

    month = PeriodField(label=_("Месяц"), required=False, max_length=10)
