"""Words and colours of the daily comparison at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kabinet.payments.enums import DiscrepancyKind
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
        "Банк и мы знаем одну операцию с разными суммами. Сами ничего не меняем: выясните у банка, какая верна."
    ),
    DiscrepancyKind.OTHER_STATE: _(
        "Банк взял деньги, а у нас оплата не закончилась успешно. Плательщику она не засчитана."
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
