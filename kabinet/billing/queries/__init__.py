"""Reads of billing, by topic; import them from here."""

from __future__ import annotations

from kabinet.billing.queries.bills import ArchiveRow, get_archive, get_bill_years, get_bills
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
from kabinet.billing.queries.events import (
    EventKind,
    EventMonthRow,
    EventRow,
    EventsRow,
    get_event_span,
    get_events,
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
from kabinet.billing.queries.owed import ServiceDueRow
from kabinet.billing.queries.payments import (
    PaymentRow,
    PaymentSearch,
    PaymentsPageRow,
    PaymentState,
    get_payments,
)
from kabinet.billing.queries.prices import get_prices
from kabinet.billing.queries.readings import BilledServiceRow, get_billed_service
from kabinet.billing.queries.rows import BillRow
from kabinet.billing.queries.settlements import (
    SettlementGroupRow,
    SettlementLineRow,
    SettlementRow,
    get_settlement_years,
    get_settlements,
)
from kabinet.billing.queries.tariffs import (
    ServiceTariffsRow,
    TariffRow,
    get_current_tariffs,
    get_tariff_history,
)
from kabinet.billing.queries.told import TopDueRow, get_top_due

__all__ = [
    "ArchiveRow",
    "BillBreakdownRow",
    "BillRow",
    "BilledServiceRow",
    "ChargeHistoryRow",
    "ChargeRow",
    "DueRow",
    "EventKind",
    "EventMonthRow",
    "EventRow",
    "EventsRow",
    "GeneralRow",
    "HomeMoneyRow",
    "LineSums",
    "MonthBreakdownRow",
    "MonthRow",
    "PaymentRow",
    "PaymentSearch",
    "PaymentState",
    "PaymentsPageRow",
    "PeriodSearch",
    "ServiceDueRow",
    "ServiceRow",
    "ServiceTariffsRow",
    "SettlementGroupRow",
    "SettlementLineRow",
    "SettlementRow",
    "TariffRow",
    "TopDueRow",
    "general_table_of",
    "get_archive",
    "get_bill_years",
    "get_billed_service",
    "get_bills",
    "get_charge_history",
    "get_current_tariffs",
    "get_due",
    "get_dues",
    "get_event_span",
    "get_events",
    "get_home_money",
    "get_month_breakdown",
    "get_payments",
    "get_prices",
    "get_settlement_years",
    "get_settlements",
    "get_tariff_history",
    "get_top_due",
]
