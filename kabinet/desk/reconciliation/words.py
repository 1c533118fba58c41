"""Words and colours of the daily comparison at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kabinet.payments.enums import DiscrepancyKind, Outcome
from kabinet.payments.queries.reconciliation import Standing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STANDING: Mapping[Standing, StrOrPromise] = {
    Standing.OPEN: _("открыто"),
    Standing.CLOSED: _("закрыто"),
    Standing.GONE: _("пропало само"),
}
STANDING_KINDS: Mapping[Standing, str] = {
    Standing.OPEN: "late",
    Standing.CLOSED: "done",
    Standing.GONE: "plain",
}
# What to do about it, for whoever opens one.
ADVICE: Mapping[DiscrepancyKind, StrOrPromise] = {
    DiscrepancyKind.MISSING_HERE: _(
        "Банк взял деньги, а у нас такой оплаты нет. Найдите её в кабинете банка: чаще всего это платёж не через"
        " личный кабинет или другой магазин с тем же ключом."
    ),
    DiscrepancyKind.MISSING_THERE: _(
        "У нас оплата есть, а в списке банка её нет. Проверьте номер в кабинете банка; плательщику она засчитана."
    ),
    DiscrepancyKind.OTHER_SUM: _(
        "Банк и мы знаем одну операцию по-разному. Сами ничего не меняем: выясните у банка, что верно, и решите."
    ),
    DiscrepancyKind.OTHER_STATE: _(
        "У банка операция закончилась иначе, чем у нас. Сами ничего не меняем: выясните у банка, что верно."
    ),
    DiscrepancyKind.UNKNOWN_THERE: _(
        "Банк принял от нас заказ, а теперь отвечает, что такого платежа не знает. Плательщику он не засчитан и держит"
        " его счёт: проверьте номер в кабинете банка."
    ),
    DiscrepancyKind.NOT_POSTED: _(
        "Срок учёта прошёл, а поставщик не прислал эту оплату с её номером. Пока её нет в его учёте, она вычтена из"
        " суммы, которую видит плательщик."
    ),
    DiscrepancyKind.POSTED_OTHER_SUM: _(
        "Поставщик учёл другую сумму. Неучтённый остаток по-прежнему вычтен из суммы, которую видит плательщик."
    ),
    DiscrepancyKind.POSTED_UNKNOWN: _(
        "Поставщик прислал платёж с номером, которого на этом лицевом счёте у нас нет."
    ),
}
# What staff choose between, and what the button of the second page says.
WAYS: Mapping[Outcome, StrOrPromise] = {
    Outcome.ACCEPTED: _("Учесть столько, сколько взял банк"),
    Outcome.RETURNED: _("Вернуть деньги плательщику"),
    Outcome.BY_HAND: _("Закрыть: улажено вне кабинета"),
    Outcome.ENDED: _("Закончить: возврата в банке не было"),
    Outcome.AGAIN: _("Попросить банк ещё раз, с новым ключом"),
    Outcome.BOOKED: _("Учесть столько, сколько вернул банк"),
    Outcome.LEFT: _("Закрыть: улажено вне кабинета"),
}
DONE: Mapping[Outcome, StrOrPromise] = {
    Outcome.ACCEPTED: _("Учтено столько, сколько взял банк."),
    Outcome.RETURNED: _(
        "Возврат передан в банк. Обычно он отвечает за несколько секунд: обновите страницу."
    ),
    Outcome.BY_HAND: _("Расхождение закрыто, платёж больше ничего не держит."),
    Outcome.ENDED: _("Возврат закончен, деньги снова числятся оплаченными."),
    Outcome.AGAIN: _("Банк получит новый запрос на возврат."),
    Outcome.BOOKED: _("Учтено столько, сколько вернул банк."),
    Outcome.LEFT: _("Расхождение закрыто, возврат больше ничего не держит."),
}
