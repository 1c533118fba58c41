"""What the cards of one home page share: each read is made once, when the first card asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kabinet.accounts.queries import AccountCard, LinkedAccountRow, Part, get_account_card
from kabinet.billing.queries import DueRow, HomeMoneyRow, get_home_money
from kabinet.metering.rows import MeterRow
from kabinet.payments.queries import PayWay, get_pay_way
from kabinet.providers.enums import Feature, HomeBlock
from kabinet.ui import formatting
from kabinet.web.pay.sums_of_all import sum_of_all
from kabinet.web.portal import Portal
from kabinet.web.readings.page import ReadingsPage, build_page

# Lists that only these cards show; without them their subqueries are left out of the statement.
PARTS = {
    HomeBlock.EQUIPMENT: (Part.APPLIANCES, Feature.SUBSCRIBER),
    HomeBlock.CONTRACTS: (Part.CONTRACTS, Feature.CONTRACTS),
}


class Main(Enum):
    """What the page's filled button does."""

    PAY_ALL = auto()
    PAY = auto()
    READINGS = auto()


@dataclass
class HomePage:
    portal: Portal
    account: LinkedAccountRow
    at: datetime
    totals_first: bool = False

    @property
    def main(self) -> Main:
        """The page's one filled button: the first of these that there is reason for."""
        if self.totals_first and self.pays_all:
            return Main.PAY_ALL
        is_open = get_pay_way(self.account) is PayWay.OPEN and self.account.opens(Feature.BALANCE)
        if is_open and self.due.amount and self.due.amount.amount > 0:
            return Main.PAY
        return Main.READINGS

    @cached_property
    def pays_all(self) -> bool:
        """Several accounts owe something and can be paid (PAY-27)."""
        return sum_of_all(self.portal.accounts) is not None

    @property
    def today(self) -> date:
        return self.account.local_date(self.at)

    @cached_property
    def money(self) -> HomeMoneyRow:
        """Dues of all accounts, bills and months of this one; one query."""
        return get_home_money(
            actor=self.portal.actor,
            accounts=self.portal.accounts,
            account=self.account,
            at=self.at,
        )

    @property
    def due(self) -> DueRow:
        return self.money.dues[self.account.id]

    @cached_property
    def readings(self) -> ReadingsPage | None:
        """The form of readings, where the account has meters and this person may see them; three queries."""
        if not self.account.opens(Feature.METERS):
            return None
        page = build_page(actor=self.portal.actor, account=self.account, at=self.at)
        return page if page.boxes else None

    @property
    def meters(self) -> Sequence[MeterRow]:
        return self.readings.summary.in_force if self.readings else ()

    @cached_property
    def card(self) -> AccountCard:
        """The account's own data, as far as the provider's blocks show them; one query."""
        blocks = self.account.provider.policy.home_blocks
        parts = (
            part
            for block, (part, feature) in PARTS.items()
            if block in blocks and self.account.opens(feature)
        )
        return get_account_card(
            actor=self.portal.actor,
            account_id=self.account.id,
            today=self.today,
            parts=frozenset(parts),
        )

    @cached_property
    def as_of_words(self) -> str:
        """Every block of the account's data says how fresh it is (ACC-42)."""
        account = self.account
        told = _("Данные поставщика на %(at)s.") % {
            "at": formatting.moment(account.as_of, ZoneInfo(account.provider.timezone))
        }
        return f"{told} {_('Он давно их не обновлял.')}" if account.is_stale(self.at) else told
