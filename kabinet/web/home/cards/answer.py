"""The two cards that no provider leaves out: the sum due, and all accounts of the person at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import DueRow, HomeMoneyRow, ServiceDueRow
from kabinet.kernel.money import Money
from kabinet.providers.enums import Feature
from kabinet.ui import formatting
from kabinet.web.home.blocks import Block
from kabinet.web.home.page import HomePage, Main

SHOWN_SERVICES = 4
SHOWN_ACCOUNTS = 4


@dataclass(frozen=True, slots=True)
class AccountLine:
    account: LinkedAccountRow
    due: DueRow


@dataclass(frozen=True, slots=True)
class TotalsCard:
    """All accounts of the person at a glance; ``rest`` is folded away."""

    total: Money | None
    count: int
    lines: Sequence[AccountLine]
    rest: Sequence[AccountLine]


def _answer(page: HomePage) -> Mapping[str, Any] | None:
    """Where the sum is closed to the reader's level, the way to it; where the provider has none, nothing."""
    account = page.account
    if not account.offers(Feature.BALANCE):
        return None
    context = {"is_one_of_many": len(page.portal.accounts) > 1, "is_closed": False}
    if not account.opens(Feature.BALANCE):
        return context | {"is_closed": True}
    due = page.due
    return context | {
        "due": due,
        "is_main": page.main is Main.PAY,
        "asked_as": "second" if page.totals_first else "",
        "change": page.money.change,
        "services": largest_services(due),
        "more_services": more_services(due) if account.opens(Feature.CHARGES) else "",
    }


def _totals(page: HomePage) -> Mapping[str, Any] | None:
    accounts = page.portal.accounts
    if len(accounts) < 2:  # noqa: PLR2004 -- one account is no sum
        return None
    return {
        "totals": totals(accounts, page.money),
        "accounts": accounts,
        "is_main": page.main is Main.PAY_ALL,
    }


def largest_services(due: DueRow) -> Sequence[ServiceDueRow]:
    return sorted(due.services, key=lambda row: row.amount, reverse=True)[:SHOWN_SERVICES]


def more_services(due: DueRow) -> str:
    """What the link to the services that found no room on the card says."""
    rest = len(due.services) - SHOWN_SERVICES
    if rest <= 0:
        return ""
    return _("и ещё %(services)s") % {"services": formatting.plural(rest, _("услуга,услуги,услуг"))}


def totals(accounts: Sequence[LinkedAccountRow], money: HomeMoneyRow) -> TotalsCard:
    """Where there are many, what is overdue comes first; what finds no room is folded."""
    lines = [AccountLine(account, money.dues[account.id]) for account in accounts]
    if len(lines) > SHOWN_ACCOUNTS:
        lines.sort(key=lambda line: not line.due.is_overdue)
    # One line alone behind a fold would take more room than it saves.
    shown = SHOWN_ACCOUNTS if len(lines) > SHOWN_ACCOUNTS + 1 else len(lines)
    return TotalsCard(total=money.total, count=len(lines), lines=lines[:shown], rest=lines[shown:])


ANSWER = Block(
    name="answer",
    template="web/home/cards/answer.html",
    subject=gettext_lazy("сумму к оплате"),
    build=_answer,
)
TOTALS = Block(
    name="totals",
    template="web/home/cards/totals.html",
    subject=gettext_lazy("все лицевые счета вместе"),
    build=_totals,
)
