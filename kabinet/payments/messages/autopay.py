"""Letters of autopays: a day before, afterwards, and whenever one stops (PAY-17, 18; facts §3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kabinet.accounts.calculations import masked_tail
from kabinet.channels.letters import render_letter, site_link
from kabinet.channels.operations import send_email
from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.models import Autopay
from kabinet.payments.queries.cards import words_of
from kabinet.ui import formatting

TEMPLATE = "payments/letters/autopay"


def tell_planned(
    autopay: Autopay,
    *,
    amount: Money,
    payee: str,
    due_at: datetime,
    card_expires: bool,
    at: datetime,
) -> None:
    """At least a day before: how much, from which card, on which day, how to refuse."""
    _send(
        autopay,
        subject=_("%(day)s — автоплатёж") % {"day": _day(autopay, due_at)},
        sentences=[
            _(
                "%(day)s после 10 часов с карты %(card)s спишется %(sum)s по лицевому счёту %(number)s (%(payee)s)."
            )
            % {
                "day": _day(autopay, due_at),
                "card": _card(autopay),
                "sum": formatting.money(amount),
                "number": masked_tail(autopay.account.number),
                "payee": payee,
            },
            _("Если сумма к оплате до того дня изменится, спишется новая, но не больше %(limit)s.")
            % {"limit": formatting.money(autopay.limit)},
            _("Не хотите платить в этом месяце — нажмите кнопку и пропустите его."),
            *([_("У карты заканчивается срок действия: выберите другую.")] if card_expires else []),
        ],
        button=_("Пропустить или изменить"),
        at=at,
    )


def tell_over_limit(
    autopay: Autopay,
    *,
    amount: Money,
    skipped_at: datetime | None,
    may_pay_limit: bool,
    at: datetime,
) -> None:
    """More is owed than the person has allowed: nothing was taken, or (``skipped_at``) nothing will be."""
    sentence = (
        _(
            "К оплате по лицевому счёту %(number)s %(sum)s — больше предела автоплатежа %(limit)s, поэтому %(day)s мы "
            "ничего не спишем."
        )
        if skipped_at
        else _(
            "К оплате по лицевому счёту %(number)s %(sum)s — больше предела автоплатежа %(limit)s, поэтому мы ничего "
            "не списали."
        )
    )
    advice = (
        _("Оплатите счёт сами, поднимите предел или разрешите платить, сколько позволяет предел.")
        if may_pay_limit
        else _("Оплатите счёт сами или поднимите предел.")
    )
    _send(
        autopay,
        subject=_("Автоплатёж пропустит месяц: сумма больше предела")
        if skipped_at
        else _("Автоплатёж пропущен: сумма больше предела"),
        sentences=[
            sentence
            % {
                "number": masked_tail(autopay.account.number),
                "sum": formatting.money(amount),
                "limit": formatting.money(autopay.limit),
                "day": _day(autopay, skipped_at) if skipped_at else "",
            },
            advice,
        ],
        button=_("Открыть автоплатёж"),
        at=at,
    )


def tell_paid(autopay: Autopay, *, amount: Money, at: datetime) -> None:
    _send(
        autopay,
        subject=_("Автоплатёж прошёл: %(sum)s") % {"sum": formatting.money(amount)},
        sentences=[
            _("Мы оплатили лицевой счёт %(number)s с карты %(card)s: %(sum)s.")
            % {
                "number": masked_tail(autopay.account.number),
                "card": _card(autopay),
                "sum": formatting.money(amount),
            },
            _("Чек придёт на этот же адрес; платёж виден в кабинете."),
        ],
        button=_("Открыть автоплатёж"),
        at=at,
    )


def tell_failed(autopay: Autopay, *, cause: Cause, again_at: datetime | None, at: datetime) -> None:
    """A try has failed: why, and when the next one is."""
    after = (
        _("Попробуем ещё раз %(day)s. Проверьте карту или выберите другую.")
        % {"day": _day(autopay, again_at)}
        if again_at
        else _("Оплатите счёт сами: больше в этом месяце мы не пробуем.")
    )
    _send(
        autopay,
        subject=_("Автоплатёж не прошёл"),
        sentences=[_failure(autopay, cause), after],
        button=_("Открыть автоплатёж"),
        at=at,
    )


def tell_paused(autopay: Autopay, *, cause: Cause, at: datetime) -> None:
    """Three failures in a row: nothing is tried any more until the person says so."""
    _send(
        autopay,
        subject=_("Автоплатёж приостановлен"),
        sentences=[
            _failure(autopay, cause),
            _(
                "Это третья неудача подряд, поэтому автоплатёж приостановлен. Оплатите счёт сами, проверьте карту и "
                "возобновите автоплатёж в кабинете."
            ),
        ],
        button=_("Возобновить автоплатёж"),
        at=at,
    )


def tell_unclear(autopay: Autopay, *, at: datetime) -> None:
    _send(
        autopay,
        subject=_("Автоплатёж проверяется"),
        sentences=[
            _("Банк ответил на автоплатёж по лицевому счёту %(number)s противоречиво.")
            % {"number": masked_tail(autopay.account.number)},
            _(
                "Мы разбираемся и повторно ничего не спишем. Прежде чем платить самим, посмотрите, не ушли ли деньги с "
                "карты."
            ),
        ],
        button=_("Открыть автоплатёж"),
        at=at,
    )


def tell_late(autopay: Autopay, *, at: datetime) -> None:
    _send(
        autopay,
        subject=_("Автоплатёж в этом месяце не состоялся"),
        sentences=[
            _(
                "Мы не успели предупредить вас за сутки и поэтому не стали платить лицевой счёт %(number)s."
            )
            % {"number": masked_tail(autopay.account.number)},
            _("Оплатите его сами. В следующем месяце автоплатёж пойдёт как обычно."),
        ],
        button=_("Открыть автоплатёж"),
        at=at,
    )


def tell_ended(autopay: Autopay, *, why: str, at: datetime) -> None:
    """It has gone off by itself; ``why`` is a whole sentence."""
    _send(
        autopay,
        subject=_("Автоплатёж отключён"),
        sentences=[
            _("Автоплатёж по лицевому счёту %(number)s (%(provider)s) отключён.")
            % {
                "number": masked_tail(autopay.account.number),
                "provider": autopay.account.provider.name,
            },
            why,
        ],
        button=_("Открыть кабинет"),
        at=at,
        view="home",
    )


def tell_connected(autopay: Autopay, *, first_day: str, at: datetime) -> None:
    _send(
        autopay,
        subject=_("Автоплатёж подключён"),
        sentences=[
            _(
                "Лицевой счёт %(number)s (%(provider)s) оплачивается сам: %(day)s числа каждого месяца с карты %(card)s, "
                "не больше %(limit)s."
            )
            % {
                "number": masked_tail(autopay.account.number),
                "provider": autopay.account.provider.name,
                "day": autopay.day,
                "card": _card(autopay),
                "limit": formatting.money(autopay.limit),
            },
            _("Первый платёж — %(day)s; за сутки до него мы напишем.") % {"day": first_day},
            _("Отключить автоплатёж можно в любой момент на его странице."),
        ],
        button=_("Открыть автоплатёж"),
        at=at,
    )


def _failure(autopay: Autopay, cause: Cause) -> str:
    words = _("Оплатить лицевой счёт %(number)s с карты %(card)s не получилось: %(cause)s.")
    return words % {
        "number": masked_tail(autopay.account.number),
        "card": _card(autopay),
        "cause": cause.label,
    }


def _card(autopay: Autopay) -> str:
    return words_of(autopay.card) if autopay.card else _("банка")


def _day(autopay: Autopay, moment: datetime) -> str:
    return formatting.day(moment.astimezone(ZoneInfo(autopay.account.provider.timezone)).date())


def _send(
    autopay: Autopay,
    *,
    subject: str,
    sentences: Sequence[str],
    button: str,
    at: datetime,
    view: str = "autopay",
) -> None:
    if not autopay.email:
        return  # its person has left (IDN-48)
    arguments = {"account_id": autopay.account.public_id} if view == "autopay" else {}
    letter = render_letter(
        TEMPLATE,
        subject=subject,
        context={
            "sentence": sentences[0],
            "note": " ".join(sentences[1:]),
            "button_text": button,
            "action_url": site_link(view, **arguments),
        },
    )
    send_email(recipient=autopay.email, letter=letter, at=at)
