"""Readings of all accounts in one form: those whose window is open today (MET-19, 20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import get_prices
from kabinet.kernel.errors import Refused
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.operations import submit_readings
from kabinet.metering.queries import get_readings_summaries
from kabinet.metering.rows import ReadingsSummary
from kabinet.providers.enums import Feature
from kabinet.ui import formatting
from kabinet.web.portal import Portal
from kabinet.web.readings import sent, sentences, typed
from kabinet.web.readings.page import ReadingsPage, date_name, outcome_of, page_of
from kabinet.web.readings.sent import SentForm

SEVERAL = 2


@dataclass(frozen=True, slots=True)
class ClosedLine:
    """An account that takes nothing today, and when it will."""

    account: LinkedAccountRow
    text: str


@dataclass(frozen=True, slots=True)
class AllReadingsPage:
    """``open`` has a form of each account; ``closed`` are the others that take readings at all."""

    open: Sequence[ReadingsPage]
    closed: Sequence[ClosedLine]
    sent: SentForm | None

    @property
    def title(self) -> str:
        if not self.open:
            return _("Сегодня показания не принимают")
        waiting = sum(bool(page.summary.waiting) for page in self.open)
        if not waiting:
            return _("Показания по всем счетам переданы")
        accounts = formatting.plural(waiting, _("счёту,счетам,счетам"))
        return _("Передайте показания по %(accounts)s") % {"accounts": accounts}

    @property
    def outcome(self) -> tuple[str, str]:
        return outcome_of(self.sent) if self.sent else ("", "")

    @property
    def replaces(self) -> bool:
        return all(page.replaces for page in self.open)


def offers_all(portal: Portal) -> bool:
    """Offered to people with more than one account that takes readings from them."""
    return len(taking_accounts(portal)) >= SEVERAL


def taking_accounts(portal: Portal) -> Sequence[LinkedAccountRow]:
    return [
        account
        for account in portal.accounts
        if not account.is_closed
        and account.opens(Feature.METERS)
        and account.opens(Feature.SUBMIT_READINGS)
    ]


def build_all(portal: Portal, *, at: datetime, form: SentForm | None = None) -> AllReadingsPage:
    """Five queries, however many accounts there are: meters, their readings, and three for prices."""
    accounts = taking_accounts(portal)
    ids = [account.id for account in accounts]
    summaries = get_readings_summaries(actor=portal.actor, account_ids=ids, at=at)
    open_today = [account for account in accounts if _is_open(summaries[account.id])]
    prices = get_prices(
        actor=portal.actor, days={account.id: account.local_date(at) for account in open_today}
    )
    return AllReadingsPage(
        open=[
            page_of(
                account,
                summaries[account.id],
                prices.get(account.id, {}),
                at=at,
                sent=form.of_account(account.public_id) if form else None,
                is_one_of_several=True,
            )
            for account in open_today
        ],
        closed=[
            ClosedLine(account, _closed(summaries[account.id]))
            for account in accounts
            if account not in open_today and summaries[account.id].taking
        ],
        sent=form,
    )


def _is_open(summary: ReadingsSummary) -> bool:
    return any(meter.window.is_open for meter in summary.taking)


def _closed(summary: ReadingsSummary) -> str:
    """When every meter's days are, and when the next ones come (MET-20)."""
    days = "; ".join(sentences.window_days(window) for window in summary.windows)
    window = summary.window
    opens = formatting.day(window.next_opens_on) if window else ""
    return _("Показания принимают %(days)s. Приём откроется %(day)s.") % {
        "days": days,
        "day": opens,
    }


def submit_all(post: QueryDict, portal: Portal, *, at: datetime) -> SentForm:
    """Every account on its own: what one refuses does not hold back the others (MET-08, 19)."""
    accounts = taking_accounts(portal)
    ids = [account.id for account in accounts]
    summaries = get_readings_summaries(actor=portal.actor, account_ids=ids, at=at)
    return sent.joined(
        {
            account.public_id: _submit(post, portal, account, summaries[account.id], at)
            for account in accounts
            if _is_open(summaries[account.id])
        }
    )


def _submit(
    post: QueryDict,
    portal: Portal,
    account: LinkedAccountRow,
    summary: ReadingsSummary,
    at: datetime,
) -> SentForm:
    form = typed.read(
        post,
        policy=account.provider.policy,
        get_meters=lambda: summary.meters,
        only={meter.public_id for meter in summary.meters},
        date_name=date_name(account),
    )
    if not form.values or form.date_is_wrong:
        return form.unsent
    try:
        results = submit_readings(
            actor=portal.actor,
            account_id=account.id,
            values=form.values,
            route=SubmissionRoute.PORTAL,
            at=at,
            taken_on=form.taken_on,
        )
    except Refused as refusal:
        return SentForm(problem=f"{account.title}: {refusal}")
    return sent.of_results(results, form.values, date_text=form.date_text)
