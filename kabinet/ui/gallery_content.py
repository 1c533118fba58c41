"""Real-looking content for the gallery page, so that components are judged as people will meet them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kabinet.kernel.money import Money
from kabinet.ui.charts import Bar

_YEAR = (
    ("ноя 2025", "208.4"),
    ("дек", "274"),
    ("янв 2026", "289.5"),
    ("фев", "260"),
    ("мар", "191"),
    ("апр", "110"),
    ("май", "46.2"),
    ("июн", "35"),
    ("июл", None),
    ("авг", "0"),
    ("сен", "138"),
    ("окт 2026", "165"),
)


class SampleForm(forms.Form):
    """One field of each sort that pages use."""

    number = forms.CharField(
        label=_("Номер лицевого счёта"),
        help_text=_("8 цифр: они есть в любой квитанции, справа вверху"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reading = forms.IntegerField(
        label=_("Показание счётчика"),
        help_text=_("прошлое: 01899, 22 октября"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    day = forms.DateField(
        label=_("Дата снятия"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    proof = forms.ChoiceField(
        label=_("Чем подтвердить, что счёт ваш"),
        widget=forms.RadioSelect,
        choices=[
            ("meter", _("Номер счётчика")),
            ("due", _("Сумма из счёта за последние два месяца")),
            ("pin", _("ПИН-код из письма")),
        ],
    )
    provider = forms.ChoiceField(
        label=_("Поставщик"),
        choices=[
            ("", _("Выберите поставщика")),
            ("ozersk", _("Озёрскгаз")),
            ("teplo", _("Теплосеть Озёрска")),
        ],
    )
    services = forms.MultipleChoiceField(
        label=_("Услуги"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("gas", _("газ")), ("water", _("холодная вода")), ("heat", _("отопление"))],
    )
    comment = forms.CharField(
        label=_("Комментарий"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    consent = forms.BooleanField(label=_("Получать счёт на электронную почту вместо бумажного"))

    def clean_reading(self) -> int:
        reading: int = self.cleaned_data["reading"]
        if reading < 1899:  # noqa: PLR2004 -- the sample's own previous reading
            raise forms.ValidationError(
                _(
                    "Показание меньше прошлого: 1899. Проверьте цифры или сообщите о замене счётчика."
                )
            )
        return reading


def content() -> dict[str, object]:
    given = {"number": "33016355", "reading": "1204", "proof": "meter", "services": ["gas"]}
    bad = SampleForm(given, auto_id="bad_%s")
    bad.full_clean()
    bad.add_error(None, _("Показание не принято."))
    return {
        "debt": Money(Decimal("1243.56")),
        "credit": Money(Decimal("-260.00")),
        "nothing": Money.zero(),
        "unknown": None,
        "volume_added": Decimal("192.24"),
        "recalculated": Decimal("-18.40"),
        "use": Decimal("142.5000"),
        "today": date(2026, 11, 21),
        "until": date(2026, 12, 15),
        "at": datetime(2026, 11, 21, 7, 42, tzinfo=UTC),
        "days": 4,
        "form": SampleForm(auto_id="new_%s"),
        "bad": bad,
        "year": [Bar(label, None if use is None else Decimal(use)) for label, use in _YEAR],
        "payments": _PAYMENTS,
        "long_name": "ООО «Региональная энергосбытовая компания Северо-Западного округа»",
    }


_PAYMENTS = [
    {"on": date(2026, 11, 13), "by": "карта •••• 0004", "sum": Decimal("1069.72"), "kind": "done"},
    {"on": date(2026, 10, 14), "by": "СБП", "sum": Decimal("877.48"), "kind": "done"},
    {"on": date(2026, 9, 30), "by": "касса банка", "sum": Decimal("12500.00"), "kind": "wait"},
]
