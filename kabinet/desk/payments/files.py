"""The register of payments as a table for spreadsheets (OPX-19): a row for each line of each payment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kabinet.payments.queries.register import RegisterLine
from kabinet.ui import formatting

Cell = str | Decimal | None


def register_table(lines: Iterable[RegisterLine]) -> Iterator[Sequence[Cell]]:
    yield [
        _("Когда"),
        _("Состояние"),
        _("Получатель"),
        _("Лицевой счёт"),
        _("За что"),
        _("Поставщик услуги"),
        _("Сумма"),
        _("В том числе пени"),
        _("Комиссия"),
        _("Платёж целиком"),
        _("Возвращено по платежу"),
        _("Способ"),
        _("Карта"),
        _("Номер в банке"),
        _("Номер платежа"),
        _("Часть"),
        _("Причина отказа"),
        _("ФД"),
        _("ФН"),
        _("ФПД"),
    ]
    for line in lines:
        yield _row(line)


def _row(line: RegisterLine) -> Sequence[Cell]:
    row = line.row
    local = row.at.astimezone(ZoneInfo(row.timezone))
    fiscal = row.fiscal
    return [
        f"{formatting.short_date(local)} {local:%H:%M}",
        str(row.state.label),
        row.payee_name,
        line.account_number,
        line.title,
        line.supplier_name,
        line.amount.amount,
        line.penalty.amount,
        line.commission.amount,
        row.whole.amount,
        row.refunded.amount,
        str(row.method.label),
        row.card,
        row.bank_number,
        str(row.checkout_id),
        str(row.part),
        str(row.cause.label) if row.cause else "",
        fiscal.document_number if fiscal else "",
        fiscal.storage_number if fiscal else "",
        fiscal.sign if fiscal else "",
    ]
