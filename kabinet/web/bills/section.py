"""What every page of «Счета и платежи» needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import queries
from kabinet.billing.calculations import earliest_period
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from kabinet.ui.asked import whole_number
from kabinet.web.bills.tabs import tabs
from kabinet.web.portal import Portal


def frame(account: LinkedAccountRow, here: str) -> dict[str, object]:
    return {
        "account": account,
        "sign": account.provider.policy.balance_sign,
        "style": account.provider.style,
        "tabs": tabs(account, here),
    }


def this_month(account: LinkedAccountRow) -> Period:
    return Period.of(account.local_date(timezone.now()))


def shown_since(account: LinkedAccountRow) -> Period:
    """The first month that the provider shows (BIL-03)."""
    months = account.provider.policy.bill_history_months
    return earliest_period(account.local_date(timezone.now()), history_months=months)


def due_if_open(portal: Portal, account: LinkedAccountRow) -> queries.DueRow | None:
    if not account.opens(Feature.BALANCE):
        return None
    return queries.get_due(actor=portal.actor, account=account, at=timezone.now())


@dataclass(frozen=True, slots=True)
class Years:
    """The years to choose from, newest first, and the chosen one with its neighbours (BIL-34)."""

    all: Sequence[int]
    chosen: int | None

    @property
    def earlier(self) -> int | None:
        return max((year for year in self.all if self.chosen and year < self.chosen), default=None)

    @property
    def later(self) -> int | None:
        return min((year for year in self.all if self.chosen and year > self.chosen), default=None)


def chosen_year(request: HttpRequest, account: LinkedAccountRow, years: Sequence[int]) -> Years:
    """The year asked for in the address, if there is one, else the newest that has begun, else any."""
    asked = whole_number(request.GET.get("year"))
    if asked in years:
        return Years(years, asked)
    begun = (year for year in years if year <= this_month(account).year)
    return Years(years, next(begun, next(iter(years), None)))


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in a long list, with the addresses of the portions beside it (empty at the ends)."""

    number: int
    last: int
    query: Mapping[str, str]

    @property
    def earlier(self) -> str:
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def later(self) -> str:
        return self._address(self.number + 1) if self.number < self.last else ""

    def _address(self, number: int) -> str:
        return "?" + urlencode({**self.query, "page": number})


def pages(request: HttpRequest, *, number: int, count: int, size: int) -> Pages:
    """Behind the last page stands the last one."""
    kept = {name: request.GET[name] for name in request.GET if name != "page" and request.GET[name]}
    last = max(-(-count // size), 1)
    return Pages(min(number, last), last, kept)
