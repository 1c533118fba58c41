"""Letters of autopays: a day before, afterwards, and whenever one stops (PAY-17, 18; facts §3.4).

What is to be told is kept in the transaction that learned of it; the text is made by the job that sends it, for a
template that fails may not hold up money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kabinet.accounts.calculations import masked_tail
from kabinet.channels.letters import Letter, register_writer, render_letter, site_link
from kabinet.channels.writing import queue_letter
from kabinet.kernel.money import Money
from kabinet.payments.enums import AutopayWord, Cause
from kabinet.payments.models import Autopay, AutopayLetter
from kabinet.payments.queries.cards import words_of
from kabinet.ui import formatting

TEMPLATE = "payments/letters/autopay"
WRITER = "payments.autopay"


def register_writers() -> None:
    """Called once, when the app is ready."""
    register_writer(WRITER, write)


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
    told = {"payee": payee, "card_expires": card_expires, **_sums(autopay, amount)}
    _queue(autopay, AutopayWord.PLANNED, {**told, "day": _moment(due_at)}, at=at)


def tell_over_limit(
    autopay: Autopay,
    *,
    amount: Money,
    skipped_at: datetime | None,
    may_pay_limit: bool,
    at: datetime,
) -> None:
    """More is owed than the person has allowed: nothing was taken, or (``skipped_at``) nothing will be."""
    told = {"day": _moment(skipped_at), "may_pay_limit": may_pay_limit}
    _queue(autopay, AutopayWord.OVER_LIMIT, {**told, **_sums(autopay, amount)}, at=at)


def tell_paid(autopay: Autopay, *, amount: Money, at: datetime) -> None:
    _queue(autopay, AutopayWord.PAID, _sums(autopay, amount), at=at)


def tell_failed(autopay: Autopay, *, cause: Cause, again_at: datetime | None, at: datetime) -> None:
    """A try has failed: why, and when the next one is."""
    _queue(autopay, AutopayWord.FAILED, {"cause": cause.value, "day": _moment(again_at)}, at=at)


def tell_paused(autopay: Autopay, *, cause: Cause, at: datetime) -> None:
    """Three failures in a row: nothing is tried any more until the person says so."""
    _queue(autopay, AutopayWord.PAUSED, {"cause": cause.value}, at=at)


def tell_unclear(autopay: Autopay, *, at: datetime) -> None:
    _queue(autopay, AutopayWord.UNCLEAR, {}, at=at)


def tell_late(autopay: Autopay, *, at: datetime) -> None:
    _queue(autopay, AutopayWord.LATE, {}, at=at)


def tell_ended(autopay: Autopay, *, why: AutopayWord, at: datetime) -> None:
    """It has gone off by itself."""
    _queue(autopay, why, {}, at=at)


def tell_connected(autopay: Autopay, *, first_at: datetime, at: datetime) -> None:
    told = {"day": _moment(first_at), "month_day": autopay.day, "limit": str(autopay.limit)}
    _queue(autopay, AutopayWord.CONNECTED, told, at=at)


def _queue(autopay: Autopay, kind: AutopayWord, told: Mapping[str, Any], *, at: datetime) -> None:
    if not autopay.email:
        return  # its person has left (IDN-48)
    facts = {**told, "card": words_of(autopay.card) if autopay.card else ""}
    letter = AutopayLetter.objects.create(autopay=autopay, kind=kind, facts=facts, created_at=at)
    queue_letter(recipient=autopay.email, writer=WRITER, about=letter.pk, at=at)


def _sums(autopay: Autopay, amount: Money) -> Mapping[str, str]:
    return {"amount": str(amount.amount), "limit": str(autopay.limit)}


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


@dataclass(frozen=True, slots=True)
class _Told:
    """The facts of a letter as its sentences need them; ``day`` is by the provider's clock, empty for none."""

    autopay: Autopay
    facts: Mapping[str, Any]

    @property
    def number(self) -> str:
        return masked_tail(self.autopay.account.number)

    @property
    def provider(self) -> str:
        return self.autopay.account.provider.name

    @property
    def card(self) -> str:
        return self.facts["card"] or _("банка")

    @property
    def day(self) -> str:
        if not self.facts["day"]:
            return ""
        moment = datetime.fromisoformat(self.facts["day"])
        zone = ZoneInfo(self.autopay.account.provider.timezone)
        return formatting.day(moment.astimezone(zone).date())

    @property
    def sum(self) -> str:
        return formatting.money(Money(Decimal(self.facts["amount"])))

    @property
    def limit(self) -> str:
        return formatting.money(Money(Decimal(self.facts["limit"])))

    @property
    def failure(self) -> str:
        words = _("Оплатить лицевой счёт %(number)s с карты %(card)s не получилось: %(cause)s.")
        cause = Cause(self.facts["cause"]).label
        return words % {"number": self.number, "card": self.card, "cause": cause}


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    sentences: Sequence[str]
    button: str = field(default_factory=lambda: _("Открыть автоплатёж"))
    view: str = "autopay"


def write(letter_id: int) -> Letter:
    """Make the text of a letter that was queued."""
    kept = AutopayLetter.objects.select_related("autopay__account__provider").get(pk=letter_id)
    words = _WORDS[AutopayWord(kept.kind)](_Told(kept.autopay, kept.facts))
    is_own_page = words.view == "autopay"
    arguments = {"account_id": kept.autopay.account.public_id} if is_own_page else {}
    return render_letter(
        TEMPLATE,
        subject=words.subject,
        context={
            "sentence": words.sentences[0],
            "note": " ".join(words.sentences[1:]),
            "button_text": words.button,
            "action_url": site_link(words.view, **arguments),
        },
    )


def _planned(told: _Told) -> _Words:
    sentence = _(
        "%(day)s после 10 часов с карты %(card)s спишется %(sum)s по лицевому счёту %(number)s (%(payee)s)."
    )
    expires = _("У карты заканчивается срок действия: выберите другую.")
    return _Words(
        subject=_("%(day)s — автоплатёж") % {"day": told.day},
        sentences=[
            sentence
            % {
                "day": told.day,
                "card": told.card,
                "sum": told.sum,
                "number": told.number,
                "payee": told.facts["payee"],
            },
            _("Если сумма к оплате до того дня изменится, спишется новая, но не больше %(limit)s.")
            % {"limit": told.limit},
            _("Не хотите платить в этом месяце — нажмите кнопку и пропустите его."),
            *([expires] if told.facts["card_expires"] else []),
        ],
        button=_("Пропустить или изменить"),
    )


def _over_limit(told: _Told) -> _Words:
    is_ahead = bool(told.day)
    sentence = (
        _(
            "К оплате по лицевому счёту %(number)s %(sum)s — больше предела автоплатежа %(limit)s, поэтому %(day)s мы "
            "ничего не спишем."
        )
        if is_ahead
        else _(
            "К оплате по лицевому счёту %(number)s %(sum)s — больше предела автоплатежа %(limit)s, поэтому мы ничего "
            "не списали."
        )
    )
    advice = (
        _("Оплатите счёт сами, поднимите предел или разрешите платить, сколько позволяет предел.")
        if told.facts["may_pay_limit"]
        else _("Оплатите счёт сами или поднимите предел.")
    )
    named = {"number": told.number, "sum": told.sum, "limit": told.limit, "day": told.day}
    return _Words(
        subject=_("Автоплатёж пропустит месяц: сумма больше предела")
        if is_ahead
        else _("Автоплатёж пропущен: сумма больше предела"),
        sentences=[sentence % named, advice],
    )


def _paid(told: _Told) -> _Words:
    return _Words(
        subject=_("Автоплатёж прошёл: %(sum)s") % {"sum": told.sum},
        sentences=[
            _("Мы оплатили лицевой счёт %(number)s с карты %(card)s: %(sum)s.")
            % {"number": told.number, "card": told.card, "sum": told.sum},
            _("Чек придёт на этот же адрес; платёж виден в кабинете."),
        ],
    )


def _failed(told: _Told) -> _Words:
    after = (
        _("Попробуем ещё раз %(day)s. Проверьте карту или выберите другую.") % {"day": told.day}
        if told.day
        else _("Оплатите счёт сами: больше в этом месяце мы не пробуем.")
    )
    return _Words(subject=_("Автоплатёж не прошёл"), sentences=[told.failure, after])


def _paused(told: _Told) -> _Words:
    after = _(
        "Это третья неудача подряд, поэтому автоплатёж приостановлен. Оплатите счёт сами, проверьте карту и "
        "возобновите автоплатёж в кабинете."
    )
    return _Words(
        subject=_("Автоплатёж приостановлен"),
        sentences=[told.failure, after],
        button=_("Возобновить автоплатёж"),
    )


def _unclear(told: _Told) -> _Words:
    return _Words(
        subject=_("Автоплатёж проверяется"),
        sentences=[
            _("Банк ответил на автоплатёж по лицевому счёту %(number)s противоречиво.")
            % {"number": told.number},
            _(
                "Мы разбираемся и повторно ничего не спишем. Прежде чем платить самим, посмотрите, не ушли ли деньги с "
                "карты."
            ),
        ],
    )


def _late(told: _Told) -> _Words:
    return _Words(
        subject=_("Автоплатёж в этом месяце не состоялся"),
        sentences=[
            _(
                "Мы не успели предупредить вас за сутки и поэтому не стали платить лицевой счёт %(number)s."
            )
            % {"number": told.number},
            _("Оплатите его сами. В следующем месяце автоплатёж пойдёт как обычно."),
        ],
    )


def _connected(told: _Told) -> _Words:
    sentence = _(
        "Лицевой счёт %(number)s (%(provider)s) оплачивается сам: %(day)s числа каждого месяца с карты %(card)s, "
        "не больше %(limit)s."
    )
    return _Words(
        subject=_("Автоплатёж подключён"),
        sentences=[
            sentence
            % {
                "number": told.number,
                "provider": told.provider,
                "day": told.facts["month_day"],
                "card": told.card,
                "limit": told.limit,
            },
            _("Первый платёж — %(day)s; за сутки до него мы напишем.") % {"day": told.day},
            _("Отключить автоплатёж можно в любой момент на его странице."),
        ],
    )


def _ended(told: _Told, why: str) -> _Words:
    return _Words(
        subject=_("Автоплатёж отключён"),
        sentences=[
            _("Автоплатёж по лицевому счёту %(number)s (%(provider)s) отключён.")
            % {"number": told.number, "provider": told.provider},
            why,
        ],
        button=_("Открыть кабинет"),
        view="home",
    )


def _unlinked(told: _Told) -> _Words:
    return _ended(
        told, _("Лицевой счёт отвязан от вашего кабинета, и платить за него мы перестали.")
    )


def _not_saved(told: _Told) -> _Words:
    why = _(
        "Платёж прошёл, но банк не сохранил карту, и автоплатёж не подключился. Попробуйте другую карту."
    )
    return _ended(told, why)


def _revoked(told: _Told) -> _Words:
    why = _(
        "Банк сообщил, что карта для него отвязана. Чтобы платить автоматически и дальше, подключите автоплатёж "
        "заново."
    )
    return _ended(told, why)


_WORDS: Mapping[AutopayWord, Callable[[_Told], _Words]] = {
    AutopayWord.PLANNED: _planned,
    AutopayWord.OVER_LIMIT: _over_limit,
    AutopayWord.PAID: _paid,
    AutopayWord.FAILED: _failed,
    AutopayWord.PAUSED: _paused,
    AutopayWord.UNCLEAR: _unclear,
    AutopayWord.LATE: _late,
    AutopayWord.CONNECTED: _connected,
    AutopayWord.UNLINKED: _unlinked,
    AutopayWord.NOT_SAVED: _not_saved,
    AutopayWord.REVOKED: _revoked,
}
