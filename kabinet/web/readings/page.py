"""The form of readings as the template draws it: one box a register, with its last value, use and cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import get_current_tariffs
from kabinet.kernel.actors import Actor
from kabinet.metering.queries import get_readings_summary
from kabinet.metering.rows import ReadingsSummary
from kabinet.providers.enums import Feature
from kabinet.web.readings import sentences
from kabinet.web.readings.answers import Answer, answer_of
from kabinet.web.readings.boxes import MeterBox, Prices, Scene, to_box
from kabinet.web.readings.sent import SentForm


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """Everything that ``web/readings/_form.html`` draws; also put on the home page.

    ``action`` is where the form goes. A guest's page has no links into the account: ``has_links`` is off.
    """

    account: LinkedAccountRow
    summary: ReadingsSummary
    answer: Answer
    boxes: Sequence[MeterBox]
    closed_reason: str
    needs_full_access: bool
    sent: SentForm | None
    asks_date: bool
    date_text: str
    ticks: bool
    by_volume: bool
    action: str
    has_links: bool = True
    is_one_of_several: bool = False

    @property
    def date_name(self) -> str:
        """Its own in a form of several accounts."""
        return date_name(self.account) if self.is_one_of_several else "taken_on"

    @property
    def is_open(self) -> bool:
        """There is something to type and a button to press."""
        return (
            not self.closed_reason
            and not self.needs_full_access
            and any(box.is_open for box in self.boxes)
        )

    @property
    def replaces(self) -> bool:
        """All was given already: the same form now mends it."""
        return all(box.meter.is_given for box in self.boxes if box.is_open)

    @property
    def outcome(self) -> tuple[str, str]:
        """Kind and words of the notice above the form, after it was sent."""
        return outcome_of(self.sent) if self.sent else ("", "")


def build_page(
    *,
    actor: Actor,
    account: LinkedAccountRow,
    at: datetime,
    sent: SentForm | None = None,
    summary: ReadingsSummary | None = None,
) -> ReadingsPage:
    """Three queries: meters, their readings, prices; one when the meters are given."""
    if summary is None:
        summary = get_readings_summary(actor=actor, account_id=account.id, at=at)
    today = account.local_date(at)
    prices = _prices(actor, account, today) if summary.meters else {}
    return page_of(account, summary, prices, at=at, sent=sent)


def page_of(
    account: LinkedAccountRow,
    summary: ReadingsSummary,
    prices: Prices,
    *,
    at: datetime,
    sent: SentForm | None = None,
    is_one_of_several: bool = False,
) -> ReadingsPage:
    """Put together what was read; no queries."""
    policy, closed_reason = account.provider.policy, _closed_reason(account)
    can_submit = account.opens(Feature.SUBMIT_READINGS)
    scene = Scene(account, summary, prices, sent, can_submit)
    return ReadingsPage(
        account=account,
        summary=summary,
        answer=answer_of(summary, closed_reason=closed_reason),
        boxes=[to_box(meter, scene) for meter in summary.in_force],
        closed_reason=closed_reason,
        needs_full_access=not can_submit and account.offers(Feature.SUBMIT_READINGS),
        sent=sent,
        asks_date=policy.ask_reading_date,
        date_text=sent.date_text if sent and sent.date_text else account.local_date(at).isoformat(),
        ticks=policy.tick_by_default,
        by_volume=policy.ask_reading_volume,
        action=reverse("readings", kwargs={"account_id": account.public_id}),
        is_one_of_several=is_one_of_several,
    )


def date_name(account: LinkedAccountRow) -> str:
    return f"taken_on-{account.public_id}"


def _prices(actor: Actor, account: LinkedAccountRow, today: date) -> Prices:
    tariffs = get_current_tariffs(actor=actor, account_id=account.id, today=today)
    return {(row.service_id, row.zone): row.price for row in tariffs}


def _closed_reason(account: LinkedAccountRow) -> str:
    if not account.is_closed:
        if account.offers(Feature.SUBMIT_READINGS):
            return ""
        return (
            _("Поставщик не принимает показания через кабинет.")
            + " "
            + sentences.call_provider(account)
        )
    return (
        _("Лицевой счёт закрыт, показания по нему не принимают.")
        + " "
        + sentences.call_provider(account)
    )


def outcome_of(sent: SentForm) -> tuple[str, str]:
    """Kind and words of the notice above a form that was sent."""
    if sent.nothing and not sent.problem:
        return "late", _(
            "Ни одного показания не введено. Введите цифры хотя бы по одному счётчику."
        )
    stored = [meter for meter in sent.meters if sent.meter_is_stored(meter)]
    wrong_day = _("Проверьте день снятия показаний: такой даты нет.") if sent.date_is_wrong else ""
    of_all = " ".join(text for text in (wrong_day, sent.problem) if text)
    if not stored:
        return "late", of_all or _("Показания не переданы: что поправить, написано у счётчика.")
    if len(stored) == len(sent.meters) and not of_all:
        return "done", _("Показания переданы поставщику.")
    told = _("Передано %(stored)s из %(all)s: что поправить, написано у счётчика.") % {
        "stored": len(stored),
        "all": len(sent.meters),
    }
    return "wait", f"{told} {of_all}".strip()
