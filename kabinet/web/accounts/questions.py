"""The words of each proof: what is asked and where the answer is found (ACC-07–13, 16–18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kabinet.providers.enums import Proof

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Question:
    label: StrOrPromise
    hint: StrOrPromise


QUESTIONS: Mapping[Proof, Question] = {
    Proof.METER: Question(
        _("Заводской номер счётчика"),
        _("Выбит на счётчике и стоит в его паспорте."),
    ),
    Proof.LAST_CHARGE: Question(
        _("Последнее начисление в копейках"),
        _("Только цифры: 314 руб. 72 коп. — это 31472."),
    ),
    Proof.DUE: Question(
        _("Сумма к оплате или переплата из счёта"),
        _("Из любого счёта за последние два месяца, например 1243,56."),
    ),
    Proof.PAYMENT: Question(
        _("Сумма любого платежа за последний год"),
        _("Например 1069,72."),
    ),
    Proof.PIN: Question(
        _("ПИН-код"),
        _("Бывает напечатан на квитанции; выдаётся и в абонентском отделе. Зависит от региона."),
    ),
    Proof.SURNAME: Question(
        _("Фамилия собственника или нанимателя"),
        _("Как в квитанции; большие буквы и «ё» не важны."),
    ),
    Proof.INITIALS: Question(
        _("Первые буквы фамилии, имени и отчества"),
        _("Подряд, без точек: Абрамов Борис Васильевич — это АБВ."),
    ),
    Proof.ADDRESS: Question(
        _("Номер дома и квартиры"),
        _("Например: 12 корп. 1, кв. 5."),
    ),
}
