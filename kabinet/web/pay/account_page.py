"""The page that pays one account: what is ticked and typed, in the manner of the provider (PAY-02, 04, 12, 22, 23)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.kernel.money import Money
from kabinet.payments.calculations.sharing import Owed, Share, share, share_apart
from kabinet.payments.calculations.splitting import (
    NOTHING,
    PartKey,
    PayLine,
    below_minimum,
    is_above,
)
from kabinet.payments.operations.cart import TypedLine
from kabinet.payments.queries.means import BesideRow
from kabinet.payments.queries.merchants import MerchantRow
from kabinet.payments.queries.payables import AccountPayables, PayableLine
from kabinet.providers.enums import Style
from kabinet.providers.queries import ProviderRow
from kabinet.ui import formatting
from kabinet.web.pay.cart_page import NOT_A_SUM
from kabinet.web.pay.choosing import Way, ways
from kabinet.web.pay.sums import LONGEST, NotASum, parse_sum, written

NOT_TICKED = gettext_lazy("Отметьте эту строку, чтобы её оплатить, или сотрите сумму.")
TICKED_EMPTY = gettext_lazy("Напишите сумму или снимите отметку.")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form with the provider's lines behind it; where ``is_apart``, penalties have a box of their own."""

    number: int
    title: str
    note: str
    lines: tuple[PayableLine, ...]
    is_apart: bool = False

    @property
    def payee(self) -> MerchantRow | None:
        return self.lines[0].payee

    @property
    def is_whole(self) -> bool:
        return not self.is_apart

    @property
    def due(self) -> Money:
        return Money.total(line.due for line in self.lines)

    @property
    def penalty(self) -> Money:
        return Money.total(line.penalty for line in self.lines)

    @property
    def boxed(self) -> Money:
        """What stands in the first box when the page opens."""
        return self.due - self.penalty if self.is_apart else self.due

    def shares(self, amount: Money, penalty: Money) -> Sequence[Share]:
        owed = [Owed(line.due - line.penalty, line.penalty) for line in self.lines]
        return share_apart(owed, amount, penalty) if self.is_apart else share(owed, amount)


def rows_of(payables: AccountPayables) -> Sequence[Row]:
    """A and D pay by service, B services and penalties as two sums, C by supplier (PAY-02)."""
    style = payables.account.provider.style
    if style == Style.B:
        return grouped(payables, lambda line: line.payee.id if line.payee else 0, _by_account)
    if style == Style.C:
        return grouped(payables, lambda line: line.supplier_id or 0, _by_supplier)
    return [
        Row(number, line.title, line.supplier_name or line.receipt, (line,))
        for number, line in enumerate(payables.lines)
    ]


def grouped(
    payables: AccountPayables,
    key: Callable[[PayableLine], int],
    make: Callable[[int, tuple[PayableLine, ...]], Row],
) -> Sequence[Row]:
    """One row for all lines of the same key, in the order of the first of them."""
    groups: dict[int, list[PayableLine]] = defaultdict(list)
    for line in payables.lines:
        groups[key(line)].append(line)
    return [make(number, tuple(lines)) for number, lines in enumerate(groups.values())]


def _by_account(number: int, lines: tuple[PayableLine, ...]) -> Row:
    names = ", ".join(dict.fromkeys(line.title for line in lines))
    return Row(number, _("Услуги"), names, lines, is_apart=True)


def _by_supplier(number: int, lines: tuple[PayableLine, ...]) -> Row:
    names = ", ".join(dict.fromkeys(line.title for line in lines))
    return Row(number, lines[0].supplier_name or names, names, lines)


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in a row: as it was typed, and as sums."""

    row: Row
    is_ticked: bool
    text: str
    penalty_text: str
    amount: Money = NOTHING
    penalty: Money = NOTHING
    error: str = ""

    @property
    def whole(self) -> Money:
        return self.amount + self.penalty

    @property
    def is_paid(self) -> bool:
        return self.is_ticked and not self.error and bool(self.whole)

    @property
    def shares(self) -> Sequence[tuple[PayableLine, Share]]:
        if not self.is_paid:
            return []
        parts = self.row.shares(self.amount, self.penalty)
        return [pair for pair in zip(self.row.lines, parts, strict=True) if pair[1].amount]


def fresh(row: Row, *, is_only: bool, supplier: str) -> Filled:
    """A row as the page opens: everything that is due is ticked, or one supplier's rows where the address names it."""
    is_meant = not supplier or any(line.supplier_name == supplier for line in row.lines)
    is_ticked = row.payee is not None and (is_only or (bool(row.due) and is_meant))
    return Filled(
        row,
        is_ticked,
        written(row.boxed) if row.boxed else "",
        written(row.penalty) if row.penalty else "",
        row.boxed,
        row.penalty if row.is_apart else NOTHING,
    )


def read(post: QueryDict, row: Row, *, is_only: bool) -> Filled:
    text = post.get(f"sum-{row.number}", "")[:LONGEST]
    penalty_text = post.get(f"penalty-{row.number}", "")[:LONGEST] if row.is_apart else ""
    is_ticked = row.payee is not None and (is_only or f"tick-{row.number}" in post)
    try:
        amount, penalty = parse_sum(text) or NOTHING, parse_sum(penalty_text) or NOTHING
    except NotASum:
        error = str(NOT_A_SUM) if is_ticked else ""
        return Filled(row, is_ticked, text, penalty_text, error=error)
    error = ""
    if is_ticked and not is_only and not amount + penalty:
        error = str(TICKED_EMPTY)
    if not is_ticked and row.payee and amount and amount != row.boxed:
        error = str(NOT_TICKED)
    return Filled(row, is_ticked, text, penalty_text, amount, penalty, error)


@dataclass
class AccountPage:
    """``filled`` are the rows as the person sees them."""

    payables: AccountPayables
    beside: BesideRow
    filled: Sequence[Filled]
    errors: dict[int, str] = field(default_factory=dict)

    @property
    def provider(self) -> ProviderRow:
        return self.payables.account.provider

    @property
    def providers(self) -> Sequence[ProviderRow]:
        return [self.provider]

    @property
    def has_ticks(self) -> bool:
        return sum(1 for row in self.filled if row.row.payee) > 1

    @property
    def is_advance(self) -> bool:
        """Nothing is due: what is paid is paid ahead (PAY-23)."""
        return not self.payables.due

    @cached_property
    def lines(self) -> Sequence[PayLine]:
        return [
            PayLine(
                account_id=line.account_id,
                service_id=line.service_id,
                supplier_id=line.supplier_id,
                title=line.title,
                amount=part.amount,
                penalty=part.penalty,
                due=line.due,
                receipt=line.receipt,
            )
            for filled in self.filled
            for line, part in filled.shares
        ]

    @property
    def typed_lines(self) -> Sequence[TypedLine]:
        return [
            TypedLine(line.place, line.receipt, part.amount, part.penalty)
            for filled in self.filled
            for line, part in filled.shares
        ]

    @property
    def total(self) -> Money:
        return Money.total(line.amount for line in self.lines)

    @property
    def sums(self) -> Mapping[PartKey, Money]:
        sums: dict[PartKey, Money] = defaultdict(Money.zero)
        for filled in self.filled:
            for line, part in filled.shares:
                if line.payee:
                    sums[line.payee.part_key(line.account_id)] += part.amount
        return sums

    @property
    def payees(self) -> Sequence[tuple[MerchantRow, ProviderRow]]:
        """All whom the page could pay: what is ticked may change without asking the server."""
        found = {line.payee.id: line.payee for line in self.payables.lines if line.payee}
        ticked = {pk: found[pk] for pk, _account in self.sums}
        return [(row, self.provider) for row in (ticked or found).values()]

    @cached_property
    def ways(self) -> Sequence[Way]:
        return ways(self.payees, self.beside.means, self.sums)

    @property
    def version(self) -> str:
        """Whether the provider's figures, the payees and the commissions are still those that were shown (PAY-37)."""
        told = [
            (line.place, line.receipt, line.due, line.penalty, line.payee and line.payee.id)
            for line in self.payables.lines
        ]
        policy = self.provider.policy
        costs = str(policy.commission_card), str(policy.commission_sbp)
        return hashlib.sha256(repr((told, costs)).encode()).hexdigest()[:20]

    @property
    def is_fine(self) -> bool:
        return not any(row.error for row in self.filled)

    @property
    def bounds(self) -> Sequence[str]:
        """What the provider will not take, said with its bound (PAY-03)."""
        policy = self.provider.policy
        least, most = Money(policy.pay_min), Money(policy.pay_max)
        found = []
        if below_minimum(self.lines, least):
            found.append(
                _("Одному получателю можно заплатить не меньше %(sum)s.")
                % {"sum": formatting.money(least)}
            )
        if is_above(self.total, most):
            found.append(
                _("За один раз можно заплатить не больше %(sum)s. Разделите платёж на части.")
                % {"sum": formatting.money(most)}
            )
        return found

    @property
    def why_not(self) -> str:
        if not self.payables.can_be_paid:
            return _(
                "Оплатить этот счёт здесь нельзя: поставщик не подключил оплату. Реквизиты для банка есть в счёте."
            )
        if not self.ways:
            return _("Поставщик пока не включил ни одного способа оплаты.")
        if all(way.is_down for way in self.ways):
            return _("Банк сейчас не отвечает. Попробуйте через несколько минут.")
        return ""
