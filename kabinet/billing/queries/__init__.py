"""Reads of billing, by topic; import them from here."""

from __future__ import annotations

from kabinet.billing.queries.bills import get_bill_years, get_bills
from kabinet.billing.queries.charges import (
    ChargeHistoryRow,
    MonthRow,
    PeriodSearch,
    get_charge_history,
)
from kabinet.billing.queries.dues import (
    DueRow,
    HomeMoneyRow,
    get_due,
    get_dues,
    get_home_money,
)
from kabinet.billing.queries.lines import LineSums
from kabinet.billing.queries.month import (
    BillBreakdownRow,
    ChargeRow,
    GeneralRow,
    MonthBreakdownRow,
    ServiceRow,
    general_table_of,
    get_month_breakdown,
)
from kabinet.billing.queries.payments import PaymentRow, PaymentSearch, get_payments
from kabinet.billing.queries.rows import BillRow
from kabinet.billing.queries.settlements import (
    ServiceSettlementsRow,
    SettlementRow,
    get_settlement_years,
    get_settlements,
)
from kabinet.billing.queries.tariffs import TariffRow, get_current_tariffs
from kabinet.billing.queries.told import ServiceDueRow, TopDueRow, get_top_due

__all__ = [
    "BillBreakdownRow",
    "BillRow",
    "ChargeHistoryRow",
    "ChargeRow",
    "DueRow",
    "GeneralRow",
    "HomeMoneyRow",
    "LineSums",
    "MonthBreakdownRow",
    "MonthRow",
    "PaymentRow",
    "PaymentSearch",
    "PeriodSearch",
    "ServiceDueRow",
    "ServiceRow",
    "ServiceSettlementsRow",
    "SettlementRow",
    "TariffRow",
    "TopDueRow",
    "general_table_of",
    "get_bill_years",
    "get_bills",
    "get_charge_history",
    "get_current_tariffs",
    "get_due",
    "get_dues",
    "get_home_money",
    "get_month_breakdown",
    "get_payments",
    "get_settlement_years",
    "get_settlements",
    "get_top_due",
]
