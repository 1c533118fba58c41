from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kabinet.accounts import proofs
from kabinet.providers.enums import Proof
from kabinet.web.accounts.questions import QUESTIONS

TEXT: Mapping[str, str] = {"autocomplete": "off", "spellcheck": "false"}


def _text(
    label: Any, *, hint: Any = "", required: bool = True, longest: int = 100, **attributes: str
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=longest,
        widget=forms.TextInput(attrs={**TEXT, **attributes}),
    )


class NumberForm(forms.Form):
    """The account number and the facts that the provider wants before it looks for the account."""

    def __init__(
        self, data: Any = None, *, hint: str, asked: Sequence[Proof], initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["number"] = _text(
            _("Номер лицевого счёта"),
            hint=hint,
            longest=64,
            inputmode="numeric",
            autofocus="autofocus",
        )
        self._asked = asked
        if Proof.ADDRESS in asked:
            self.fields["house"] = _text(_("Номер дома"), hint=_("Например, 12 или 12 корп. 1."))
            self.fields["flat"] = _text(
                _("Номер квартиры"), hint=_("Обязателен для многоквартирного дома."), required=False
            )
        for proof in asked:
            if proof is not Proof.ADDRESS:
                question = QUESTIONS[proof]
                self.fields[proof.value] = _text(question.label, hint=question.hint)

    def search(self) -> dict[Proof, str]:
        """Answers to the search proofs; a house and a flat are one of them."""
        given = self.cleaned_data
        return {
            proof: (
                f"{given['house']} {given['flat']}"
                if proof is Proof.ADDRESS
                else given[proof.value]
            )
            for proof in self._asked
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("house", *(proof.value for proof in self._asked)):
            if name in cleaned:
                _check(self, Proof.ADDRESS if name == "house" else Proof(name), name, cleaned[name])
        return cleaned


class ProofForm(forms.Form):
    """One question of the person's choice and its answer."""

    def __init__(self, data: Any = None, *, offered: Sequence[Proof]) -> None:
        super().__init__(data)
        only = QUESTIONS[offered[0]] if len(offered) == 1 else None
        self.fields["proof"] = forms.TypedChoiceField(
            label=_("Что вам проще назвать?"),
            choices=[(proof.value, _choice(proof)) for proof in offered],
            coerce=Proof,
            initial=offered[0] if offered else None,
            widget=forms.HiddenInput if only else forms.RadioSelect,
            error_messages={
                "required": _("Выберите вопрос."),
                "invalid_choice": _("Выберите вопрос."),
            },
        )
        self.fields["answer"] = _text(
            only.label if only else _("Ваш ответ"), hint=only.hint if only else "", longest=64
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "proof" in cleaned and "answer" in cleaned:
            _check(self, cleaned["proof"], "answer", cleaned["answer"])
        return cleaned


class TicksForm(forms.Form):
    """What is ticked at the end of linking: the main account (ACC-25), and the consent that some ask (ACC-07)."""

    def __init__(self, data: Any = None, *, asks_primary: bool, asks_consent: bool) -> None:
        super().__init__(data)
        if asks_primary:
            self.fields["make_primary"] = forms.BooleanField(
                label=_("Сделать основным: открывать первым после входа"), required=False
            )
        if asks_consent:
            self.fields["consents"] = forms.BooleanField(
                label=_("Согласен на обработку данных этого лицевого счёта в кабинете"),
                error_messages={"required": _("Без согласия привязать счёт нельзя.")},
            )


class ApplicationForm(forms.Form):
    """What a person tells the provider's staff about themselves (ACC-13)."""

    name = forms.CharField(
        label=_("Ваше имя, как его знает поставщик"),
        help_text=_("Например, Абрамов Борис Васильевич."),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    comment = forms.CharField(
        label=_("Комментарий"),
        help_text=_("Что поможет вас узнать: номер договора, кем вы приходитесь владельцу."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NameForm(forms.Form):
    alias = forms.CharField(
        label=_("Название счёта"),
        help_text=_("До 50 знаков; видите только вы. Пустое название — показываем номер."),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Например, «Дача»")}),
    )


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Название или регион"),
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


def _choice(proof: Proof) -> SafeString:
    question = QUESTIONS[proof]
    return format_html('{}<br><span class="quiet">{}</span>', question.label, question.hint)


def _check(form: forms.Form, proof: Proof, name: str, answer: str) -> None:
    try:
        proofs.require_answerable(proof, answer)
    except proofs.BadAnswer as refusal:
        form.add_error(name, str(refusal))
