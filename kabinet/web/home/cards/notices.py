"""«Сейчас важно»: what a person should know or do now, from facts only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import DueRow
from kabinet.metering.enums import Verification
from kabinet.metering.rows import MeterRow
from kabinet.providers.enums import Feature, HomeBlock
from kabinet.ui import formatting
from kabinet.web.home.blocks import Block, register
from kabinet.web.home.page import HomePage


@dataclass(frozen=True, slots=True)
class Notice:
    """``kind`` is the colour of the tag; without ``url`` there is nothing to do but know."""

    kind: str
    tag: str
    text: str
    detail: str = ""
    url: str = ""
    action: str = ""


def notices(
    *, account: LinkedAccountRow, due: DueRow, meters: Sequence[MeterRow], at: datetime
) -> Sequence[Notice]:
    """The most pressing first."""
    return [
        *_of_debt(account, due),
        *_of_account(account),
        *_of_meters(account, meters, account.local_date(at)),
        *_of_age(account, due, at),
    ]


def _of_debt(account: LinkedAccountRow, due: DueRow) -> Iterable[Notice]:
    if not due.is_overdue or due.due_on is None or due.amount is None:
        return
    yield Notice(
        "late",
        _("просрочено"),
        _("Не оплачено %(amount)s") % {"amount": formatting.money(due.amount)},
        _("Срок был %(day)s; на просроченное начисляют пени.")
        % {"day": formatting.day_year(due.due_on)},
        _address("charges-month", account, month=str(due.period))
        if due.period and account.opens(Feature.CHARGES)
        else "",
        _("Из чего сумма"),
    )


def _of_account(account: LinkedAccountRow) -> Iterable[Notice]:
    if account.closed_on is not None:
        yield Notice(
            "plain",
            _("закрыт"),
            _("Лицевой счёт закрыт %(day)s") % {"day": formatting.day_year(account.closed_on)},
            _("История остаётся здесь; новых начислений не будет."),
        )
    elif account.missing_since is not None:
        yield Notice(
            "wait",
            _("нет данных"),
            _("Поставщик больше не передаёт данные по этому счёту"),
            _("История остаётся здесь. Если счёт ваш и действует, позвоните поставщику."),
        )
    if not account.is_extended:
        yield Notice(
            "wait",
            _("ограниченный доступ"),
            _("Откройте полный доступ к счёту"),
            _("Станут видны счета, начисления и данные абонента."),
            _address("account-upgrade", account),
            _("Открыть доступ"),
        )


def _of_meters(
    account: LinkedAccountRow, meters: Sequence[MeterRow], today: date
) -> Iterable[Notice]:
    """Verifications that are near or past (MET-28)."""
    if account.is_closed:
        return
    for meter in meters:
        until = meter.next_verification_on
        if until is None or meter.verification is Verification.FINE:
            continue
        expired = meter.verification is Verification.EXPIRED
        text = (
            _("Срок поверки счётчика истёк %(day)s")
            if expired
            else _("Счётчик пора поверить до %(day)s")
        )
        left = formatting.plural((until - today).days, _("день,дня,дней"))
        yield Notice(
            "late" if expired else "wait",
            _("поверка"),
            text % {"day": formatting.day_year(until)},
            _meter_words(meter) + ("" if expired else " · " + _("ещё %(left)s") % {"left": left}),
            _address("meter-history", account, meter_id=str(meter.public_id)),
            _("О счётчике"),
        )


def _meter_words(meter: MeterRow) -> str:
    place = f", {meter.place}" if meter.place else ""
    return f"{meter.service_name}{place}, № {meter.serial}"


def _of_age(account: LinkedAccountRow, due: DueRow, at: datetime) -> Iterable[Notice]:
    if due.as_of is None or not due.is_stale or account.is_closed:
        return
    yield Notice(
        "wait",
        _("старые данные"),
        _("Поставщик обновлял данные %(ago)s назад")
        % {"ago": formatting.plural((at - due.as_of).days or 1, _("день,дня,дней"))},
        _("Недавних платежей в сумме может не быть."),
    )


def _address(name: str, account: LinkedAccountRow, **arguments: str) -> str:
    """The page's address, or nothing where this installation has no such page."""
    try:
        return reverse(name, kwargs={"account_id": account.public_id, **arguments})
    except NoReverseMatch:
        return ""


def _build(page: HomePage) -> Mapping[str, Any] | None:
    found = notices(account=page.account, due=page.due, meters=page.meters, at=page.at)
    return {"notices": found} if found else None


register(
    Block(
        name=HomeBlock.NOTICES,
        template="web/home/cards/notices.html",
        subject=gettext_lazy("то, что сейчас важно"),
        build=_build,
    )
)
