"""Why a payment did not go through, in plain words, and what to do next (PAY-40)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kabinet.payments.enums import Cause

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Explanation:
    what: StrOrPromise
    next_step: StrOrPromise


_OTHER_CARD = _("Заплатите другой картой или через СБП.")

EXPLANATIONS: Mapping[Cause, Explanation] = {
    Cause.TOO_SMALL: Explanation(
        _("Сумма меньше, чем принимает банк."), _("Увеличьте сумму и попробуйте снова.")
    ),
    Cause.TOO_LARGE: Explanation(
        _("Сумма больше, чем разрешено за один раз."), _("Разделите платёж на части.")
    ),
    Cause.NO_MONEY: Explanation(
        _("На карте не хватило денег."), _("Пополните карту или заплатите другой.")
    ),
    Cause.CARD_BLOCKED: Explanation(
        _("Карта заблокирована, или оплата в интернете по ней закрыта."),
        _("Включите такие платежи в приложении своего банка или заплатите другой картой."),
    ),
    Cause.CARD_UNSUPPORTED: Explanation(_("Такие карты банк не принимает."), _OTHER_CARD),
    Cause.CARD_FOREIGN: Explanation(
        _("Карта выпущена не в России."),
        _("Нужна карта российского банка, или оплатите через СБП."),
    ),
    Cause.CARD_EXPIRED: Explanation(_("Срок действия карты закончился."), _OTHER_CARD),
    Cause.CARD_DETAILS: Explanation(
        _("Номер карты, срок или код с оборота введены с ошибкой."),
        _("Попробуйте ещё раз и сверьте цифры с картой."),
    ),
    Cause.CODE_FAILED: Explanation(
        _("Код подтверждения не ввели, или он не подошёл."),
        _("Попробуйте ещё раз: банк пришлёт новый код."),
    ),
    Cause.CALL_ISSUER: Explanation(
        _("Банк, выпустивший карту, не разрешил платёж."),
        _("Позвоните в свой банк или заплатите другой картой."),
    ),
    Cause.SUSPECTED: Explanation(
        _("Банк счёл платёж подозрительным и остановил его."),
        _("Позвоните в свой банк или заплатите другой картой."),
    ),
    Cause.LIMIT: Explanation(
        _("Превышен лимит платежей по карте или кошельку."),
        _("Поднимите лимит в приложении банка или заплатите другой картой."),
    ),
    Cause.SESSION_OVER: Explanation(
        _("Время на оплату вышло, деньги не списаны."), _("Начните оплату снова.")
    ),
    Cause.CANCELED: Explanation(
        _("Платёж отменён, деньги не списаны."), _("Если передумали, начните оплату снова.")
    ),
    Cause.REVOKED: Explanation(
        _("В банке отключили списания с этой карты."),
        _("Привяжите карту заново или возьмите другую."),
    ),
    Cause.BANK_DOWN: Explanation(
        _("Банк не ответил, деньги не списаны."), _("Попробуйте через несколько минут.")
    ),
    Cause.DUPLICATE: Explanation(
        _("Такой платёж уже есть."), _("Посмотрите его в списке платежей.")
    ),
    Cause.OTHER: Explanation(
        _("Банк отказал и не объяснил почему."),
        _("Попробуйте другую карту. Не выходит — позвоните поставщику и назовите код отказа."),
    ),
}
