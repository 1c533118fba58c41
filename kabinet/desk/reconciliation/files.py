"""Differences as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from kabinet.desk.reconciliation.words import STANDING
from kabinet.kernel.money import Money
from kabinet.payments.queries.reconciliation import DiscrepancyRow
from kabinet.ui import formatting

Cell = str | Decimal | None


def discrepancy_table(rows: Iterable[DiscrepancyRow]) -> Iterator[Sequence[Cell]]:
    yield [
        _("День"),
        _("Что не сошлось"),
        _("Состояние"),
        _("Поставщик"),
        _("Получатель"),
        _("Номер в банке"),
        _("Лицевой счёт"),
        _("В банке"),
        _("У нас"),
        _("У поставщика"),
        _("Чем закончилось"),
    ]
    for row in rows:
        yield [
            formatting.short_date(row.day),
            str(row.kind.label),
            str(STANDING[row.standing]),
            row.provider_name,
            row.payee_name,
            row.acquirer_id,
            row.account_number,
            _sum(row.bank_amount),
            _sum(row.own_amount),
            _sum(row.posted_amount),
            row.note,
        ]


def _sum(amount: Money | None) -> Decimal | None:
    return None if amount is None else amount.amount
