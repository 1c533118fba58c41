"""What a person decides about an autopay (PAY-16): limit, day, address, card, what happens above the limit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.kernel.money import Money
from kabinet.payments.calculations.autopay_days import FIRST_DAY, LAST_DAY
from kabinet.payments.operations.autopay.connecting import AutopayTerms, TermsRefused
from kabinet.payments.queries.cards import SavedCardRow
from kabinet.providers.enums import OverLimit
from kabinet.providers.queries import PolicyRow
from kabinet.ui import formatting

NEW_CARD = "new"
DIGITS, PLACES = 14, 2
SPACES = str.maketrans({" ": "", "\u00a0": "", "\u202f": "", ",": "."})


class RoubleField(forms.DecimalField):
    """A sum as people type it: with a comma, with spaces between thousands."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.translate(SPACES) if isinstance(value, str) else value)


class TermsForm(forms.Form):
    """``key`` is the press itself: sent twice it connects once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    limit = RoubleField(
        label=gettext_lazy("Предел на месяц, ₽"),
        max_digits=DIGITS,
        decimal_places=PLACES,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Укажите предел."),
            "invalid": gettext_lazy("Нужна сумма цифрами, например 3000 или 2 500,50."),
            "max_decimal_places": gettext_lazy("После запятой — не больше двух цифр."),
        },
    )
    day = forms.TypedChoiceField(
        label=gettext_lazy("Какого числа платить"),
        help_text=gettext_lazy("С 10 до 20 часов; за сутки мы напишем."),
        coerce=int,
        choices=[(str(day), str(day)) for day in range(FIRST_DAY, LAST_DAY + 1)],
        error_messages={
            "required": gettext_lazy("Выберите день."),
            "invalid_choice": gettext_lazy("День — от 1 до 28: такой есть в каждом месяце."),
        },
    )
    email = forms.EmailField(
        label=gettext_lazy("Почта для предупреждений и чеков"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Укажите почту: на неё придут предупреждения и чеки."),
            "invalid": gettext_lazy("Проверьте адрес: нужен вид имя@почта.рф."),
        },
    )
    over_limit = forms.ChoiceField(
        label=gettext_lazy("Если к оплате больше предела"),
        choices=[
            (OverLimit.SKIP.value, gettext_lazy("не платить и предупредить меня")),
            (OverLimit.PAY_LIMIT.value, gettext_lazy("заплатить, сколько позволяет предел")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Выберите, что делать.")},
    )
    card = forms.ChoiceField(
        label=gettext_lazy("С какой карты"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Выберите карту."),
            "invalid_choice": gettext_lazy("Этой карты нет. Выберите другую."),
        },
    )

    def __init__(
        self,
        posted: Any = None,
        *,
        policy: PolicyRow,
        cards: Sequence[SavedCardRow],
        takes_new_card: bool,
        initial: dict[str, Any],
    ) -> None:
        super().__init__(posted, initial={"key": uuid.uuid4(), **initial})
        self.fields["limit"].help_text = bounds_words(policy)
        if policy.autopay_over_limit != OverLimit.PAY_LIMIT:
            del self.fields["over_limit"]
        choices = [(str(card.public_id), _card_words(card)) for card in cards]
        if takes_new_card:
            words = _("новая карта: введу её на странице банка, спишется 1,00\u00a0₽ в счёт оплаты")
            choices.append((NEW_CARD, words))
        self.fields["card"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if choices and not self.initial.get("card"):
            self.initial["card"] = choices[0][0]

    def terms(self) -> AutopayTerms:
        """For a form that is valid."""
        filled = self.cleaned_data
        return AutopayTerms(
            limit=Money(filled["limit"].quantize(Decimal("0.01"))),
            day=filled["day"],
            email=filled["email"],
            pays_up_to_limit=filled.get("over_limit") == OverLimit.PAY_LIMIT,
        )

    def chosen_card(self) -> uuid.UUID | None:
        chosen: str = self.cleaned_data["card"]
        return None if chosen == NEW_CARD else uuid.UUID(chosen)

    def show_refusal(self, refusal: TermsRefused) -> None:
        """Say it beside the field that it is about."""
        field = "over_limit" if refusal.field == "pays_up_to_limit" else refusal.field
        self.add_error(field if field in self.fields else None, str(refusal))


class ConnectForm(TermsForm):
    consents = forms.BooleanField(
        label=gettext_lazy("Подтверждаю подключение автоплатежа на этих условиях"),
        error_messages={"required": gettext_lazy("Прочитайте условия и подтвердите их.")},
    )


def _card_words(card: SavedCardRow) -> str:
    if not card.expiry:
        return card.name
    return _("%(card)s, до %(expiry)s") % {"card": card.name, "expiry": card.expiry}


def bounds_words(policy: PolicyRow) -> str:
    """What the limit means, and which ones the provider takes (PAY-03)."""
    meaning = _("Больше этой суммы за месяц не спишется, комиссия входит в неё.")
    least, most = formatting.money(policy.pay_min), formatting.money(policy.pay_max)
    if policy.pay_max:
        bounds = _("От %(least)s до %(most)s.") % {"least": least, "most": most}
    else:
        bounds = _("Не меньше %(least)s.") % {"least": least}
    return f"{meaning} {bounds}"
