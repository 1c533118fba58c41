"""What operators should know about meters: readings left without an answer, verification due (MET-29, 32)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kabinet.desk.access import Desk, staff_required
from kabinet.exchange.waiting import WaitingReadingRow, open_waiting_readings
from kabinet.kernel import spreadsheets
from kabinet.kernel.actors import Role
from kabinet.metering.operations import open_due_verifications, take_due_verifications
from kabinet.metering.queries import DueVerificationRow
from kabinet.ui import formatting
from kabinet.ui.asked import page_number
from kabinet.ui.files import private_file

WITHIN_DAYS = 30

account_staff = staff_required(Role.OPERATOR, Role.ADMINISTRATOR)


@require_safe
@account_staff
def show_waiting(request: HttpRequest, desk: Desk) -> HttpResponse:
    number = page_number(request)
    page = open_waiting_readings(actor=desk.actor, at=timezone.now(), page=number)
    context = {
        "page": page,
        "rows": list(_waiting_lines(page.rows)),
        **_turns(number, has_more=page.has_more),
    }
    return render(request, "desk/meters/waiting.html", context)


def _waiting_lines(rows: Iterable[WaitingReadingRow]) -> Iterator[dict[str, object]]:
    """Moments by the clock of the provider."""
    for row in rows:
        zone = ZoneInfo(row.timezone)
        yield {
            "reading": row,
            "value": formatting.number(row.value),
            "given": formatting.moment(row.submitted_at, zone),
            "delivered": formatting.moment(row.delivered_at, zone) if row.delivered_at else "",
        }


@require_safe
@account_staff
def show_verifications(request: HttpRequest, desk: Desk) -> HttpResponse:
    number = page_number(request)
    page = open_due_verifications(
        actor=desk.actor, at=timezone.now(), within_days=WITHIN_DAYS, page=number
    )
    context = {"page": page, "days": WITHIN_DAYS, **_turns(number, has_more=page.has_more)}
    return render(request, "desk/meters/verifications.html", context)


@require_safe
@account_staff
def download_verifications(_request: HttpRequest, desk: Desk) -> HttpResponse:
    rows = take_due_verifications(actor=desk.actor, at=timezone.now(), within_days=WITHIN_DAYS)
    return private_file(
        spreadsheets.as_csv(_table(rows)), name="verifications.csv", content_type=spreadsheets.CSV
    )


def _table(rows: Iterable[DueVerificationRow]) -> Iterator[Sequence[str | Decimal | None]]:
    yield [
        _("Поставщик"),
        _("Лицевой счёт"),
        _("Адрес"),
        _("Услуга"),
        _("Номер счётчика"),
        _("Модель"),
        _("Место"),
        _("Поверить до"),
        _("Просрочено"),
    ]
    for row in rows:
        yield [
            row.provider_name,
            row.account_number,
            row.address,
            row.service_name,
            row.serial,
            row.model,
            row.place,
            formatting.short_date(row.due_on),
            _("да") if row.is_expired else _("нет"),
        ]


def _turns(number: int, *, has_more: bool) -> dict[str, object]:
    return {"earlier": number - 1, "later": number + 1 if has_more else 0}
