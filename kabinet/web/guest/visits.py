"""What can be done without signing in: the addresses and words of each errand (MET-15–18, PAY-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kabinet.accounts import guests
from kabinet.accounts.guests import GuestProvider
from kabinet.kernel.actors import Errand
from kabinet.payments.queries.guests import get_providers_taking_money
from kabinet.providers.enums import GuestCheck

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Visit:
    """``start`` chooses a provider, ``pages`` find the account, ``goal`` is where what was proved leads."""

    errand: Errand
    start: str
    pages: Mapping[GuestCheck, str]
    goal: str
    title: StrOrPromise
    lead: StrOrPromise
    choice: StrOrPromise
    choose: StrOrPromise
    button: StrOrPromise
    blocked: StrOrPromise

    def providers(self, check: GuestCheck | None = None) -> Sequence[GuestProvider]:
        """Those that let guests do this, by name; who has no contract with a bank cannot be paid here (PAY-01)."""
        found = guests.get_guest_providers(self.errand)
        if found and self.errand is Errand.PAYING:
            taking = get_providers_taking_money()
            found = [row for row in found if row.id in taking]
        return [row for row in found if check in {None, row.check}]


READINGS = Visit(
    errand=Errand.READINGS,
    start="guest-readings",
    pages={
        GuestCheck.INITIALS: "guest-readings-initials",
        GuestCheck.ADDRESS: "guest-readings-address",
    },
    goal="guest-readings-meters",
    title=_("Передача показаний"),
    lead=_("Без входа и регистрации. Найдём счётчики по вашему счёту за услуги."),
    choice=_("Без входа и регистрации. Кому передать?"),
    choose=_("Передать"),
    button=_("Найти"),
    blocked=_("Слишком много неудачных попыток подряд. Показания без входа пока не принимаем."),
)
PAYING = Visit(
    errand=Errand.PAYING,
    start="guest-pay",
    pages={
        GuestCheck.INITIALS: "guest-pay-initials",
        GuestCheck.ADDRESS: "guest-pay-address",
    },
    goal="guest-pay-sums",
    title=_("Оплата по лицевому счёту"),
    lead=_("Без входа и регистрации. Номер лицевого счёта есть в счёте за услуги."),
    choice=_("Без входа и регистрации. Кому заплатить?"),
    choose=_("Оплатить"),
    button=_("Проверить номер"),
    blocked=_("Слишком много неудачных попыток подряд. Оплата без входа пока закрыта."),
)
