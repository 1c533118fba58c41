"""The cart as its page shows it: every line with what is typed in it and what is said about it (PAY-33, 34)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import NOTHING
from kabinet.payments.queries.cart_rows import (
    CartAccountRow,
    CartLineRow,
    CartPayeeRow,
    CartRow,
    LineState,
)
from kabinet.payments.queries.merchants import MerchantRow
from kabinet.providers.queries import ProviderRow
from kabinet.ui import formatting
from kabinet.web.pay.choosing import Way, ways
from kabinet.web.pay.sums import LONGEST, NotASum, is_same_text, parse_sum, written

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NOT_A_SUM = gettext_lazy("Напишите сумму цифрами, например 941,36.")
NOT_POSITIVE = gettext_lazy("Сумма должна быть больше нуля. Если платить не нужно, уберите строку.")
FALLEN: Mapping[LineState, StrOrPromise] = {
    LineState.SETTLED: gettext_lazy("Платить здесь больше нечего, в сумму строка не вошла."),
    LineState.GONE: gettext_lazy("Поставщик убрал эту строку, в сумму она не вошла."),
    LineState.NO_PAYEE: gettext_lazy(
        "Получатель больше не принимает оплату в кабинете. Реквизиты есть в счёте."
    ),
    LineState.CLOSED: gettext_lazy(
        "Оплата этого счёта в кабинете сейчас выключена. Строка останется в корзине."
    ),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a line's boxes; ``error`` says why it is no sum.

    ``is_typed``: it is not what the page was sent with. Only then does it become the person's own sum: a page that has
    stood open for a day would otherwise keep yesterday's.
    """

    text: str
    penalty_text: str
    is_typed: bool
    amount: Money = NOTHING
    penalty: Money = NOTHING
    error: str = ""


TypedLines = Mapping[uuid.UUID, Typed]


def read_typed(post: QueryDict, lines: Iterable[CartLineRow]) -> TypedLines:
    """Read the boxes of the lines that are still in the cart; one that was not sent keeps its sum."""
    return {line.public_id: _read(post, line) for line in lines if line.is_ready}


def _read(post: QueryDict, line: CartLineRow) -> Typed:
    shown = written(line.service_amount), written(line.penalty)
    text, penalty_text = (
        post.get(f"{box}-{line.public_id}", kept)[:LONGEST]
        for box, kept in zip(("sum", "penalty"), shown, strict=True)
    )
    sent_with = post.get(f"shown-{line.public_id}", "")
    is_typed = not is_same_text(sent_with, f"{text}/{penalty_text}")
    try:
        service, penalty = parse_sum(text), parse_sum(penalty_text)
    except NotASum:
        return Typed(text, penalty_text, is_typed, error=str(NOT_A_SUM))
    amount = (service or NOTHING) + (penalty or NOTHING)
    if not amount:
        return Typed(text, penalty_text, is_typed, error=str(NOT_POSITIVE))
    return Typed(text, penalty_text, is_typed, amount, penalty or NOTHING)


def is_fine(typed: TypedLines) -> bool:
    return not any(line.error for line in typed.values())


def own_sums(typed: TypedLines) -> Mapping[uuid.UUID, tuple[Money, Money]]:
    """The sums that the person has set."""
    fine = {line_id: line for line_id, line in typed.items() if line.is_typed and not line.error}
    return {line_id: (line.amount, line.penalty) for line_id, line in fine.items()}


def seen_sums(typed: TypedLines) -> Mapping[uuid.UUID, tuple[Money, Money]]:
    """All sums that stood on the page when it was sent."""
    return {line_id: (line.amount, line.penalty) for line_id, line in typed.items()}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """``notes`` are told beside the line, ``error`` stands at its box."""

    line: CartLineRow
    text: str
    penalty_text: str
    notes: Sequence[str]
    error: str

    @property
    def sent_with(self) -> str:
        """What comes back with the form to tell a typed sum from one that only stood there."""
        return f"{written(self.line.service_amount)}/{written(self.line.penalty)}"

    @property
    def has_penalty(self) -> bool:
        return bool(self.line.due_penalty or self.line.penalty)

    @property
    def is_bare(self) -> bool:
        """One box needs no label beside the line's own name."""
        return not self.has_penalty


@dataclass(frozen=True, slots=True)
class ShownPayee:
    row: CartPayeeRow
    lines: Sequence[ShownLine]


@dataclass(frozen=True, slots=True)
class ShownAccount:
    row: CartAccountRow
    payees: Sequence[ShownPayee]


@dataclass
class CartPage:
    """``typed`` is what the person has sent, where the page answers a form."""

    cart: CartRow
    typed: TypedLines

    @property
    def payees(self) -> Sequence[tuple[MerchantRow, ProviderRow]]:
        """Who is paid by the lines that count, each once."""
        found = {
            payee.payee.id: (payee.payee, account.account.provider)
            for account in self.cart.accounts
            for payee in account.payees
            if payee.payee and any(line.is_ready for line in payee.lines)
        }
        return list(found.values())

    @property
    def providers(self) -> Sequence[ProviderRow]:
        rows = {provider.id: provider for _merchant, provider in self.payees}
        return list(rows.values())

    @cached_property
    def ways(self) -> Sequence[Way]:
        return ways(self.payees, self.cart.beside.means, self.cart.sums)

    @cached_property
    def accounts(self) -> Sequence[ShownAccount]:
        return [
            ShownAccount(
                account,
                [
                    ShownPayee(payee, [self._shown(line, account) for line in payee.lines])
                    for payee in account.payees
                ],
            )
            for account in self.cart.accounts
        ]

    def _shown(self, line: CartLineRow, account: CartAccountRow) -> ShownLine:
        least = Money(account.account.provider.policy.pay_min)
        typed = self.typed.get(line.public_id)
        return ShownLine(
            line=line,
            text=typed.text if typed else written(line.service_amount),
            penalty_text=typed.penalty_text if typed else written(line.penalty),
            notes=list(_notes(line, least)),
            error=typed.error if typed else "",
        )

    @property
    def bounds(self) -> Sequence[str]:
        """Sums that a provider will not take, said before the press (PAY-03)."""
        words = _(
            "%(provider)s принимает за один раз не больше %(most)s, а набралось %(sum)s. Разделите платёж на части."
        )
        return [
            words
            % {
                "provider": bound.provider_name,
                "most": formatting.money(bound.maximum),
                "sum": formatting.money(bound.amount),
            }
            for bound in self.cart.too_large
        ] + [
            _(
                "Получателю %(payee)s можно заплатить не меньше %(least)s. Увеличьте сумму или уберите строку."
            )
            % {"payee": payee, "least": formatting.money(least)}
            for payee, least in self._too_small
        ]

    @property
    def _too_small(self) -> Sequence[tuple[str, Money]]:
        """The payees to whom less goes than they take, each with that least sum."""
        return list(
            dict.fromkeys(
                (line.payee.payee_name, Money(account.account.provider.policy.pay_min))
                for account in self.cart.accounts
                for payee in account.payees
                for line in payee.lines
                if line.payee and line.is_ready and line.is_too_small
            )
        )

    @property
    def why_not(self) -> str:
        """Why the cart cannot be paid as it is, whatever is typed; nothing where it can."""
        cart = self.cart
        if cart.stopped:
            return _("Часть корзины сейчас оплатить нельзя. Уберите её — остальное оплатите сразу.")
        if not cart.ready:
            return _("В корзине нет строк, за которые нужно платить.")
        if not self.ways:
            return _(
                "У получателей в корзине нет общего способа оплаты. Оплатите их по очереди: уберите лишние строки."
            )
        if all(way.is_down for way in self.ways):
            return _(
                "Банк сейчас не отвечает. Корзина сохранена, попробуйте через несколько минут."
            )
        return ""

    @property
    def can_be_paid(self) -> bool:
        fits = not self.cart.too_large and not any(line.is_too_small for line in self.cart.ready)
        return fits and not self.why_not


def _notes(line: CartLineRow, least: Money) -> Iterable[str]:
    if not line.is_ready:
        yield str(FALLEN[line.state])
        return
    if line.was is not None:
        yield _("Сумма изменилась: было %(before)s, стало %(now)s.") % {
            "before": formatting.money(line.was),
            "now": formatting.money(line.due),
        } + (" " + _("Ваша сумма осталась прежней.") if line.is_edited else "")
    elif line.is_edited:
        yield _("По данным поставщика: %(sum)s.") % {"sum": formatting.money(line.due)}
    if line.is_too_small:
        yield _("Этому получателю можно заплатить не меньше %(sum)s.") % {
            "sum": formatting.money(least)
        }
