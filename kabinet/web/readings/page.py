"""The form of readings as the template draws it: one box a register, with its last value, use and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import get_current_tariffs
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import KOPECK, Money
from kabinet.metering.calculations import confirmation, parse_value, use_between
from kabinet.metering.enums import ReadingStatus, Verification
from kabinet.metering.queries import get_readings_summary
from kabinet.metering.registers import RegisterRow
from kabinet.metering.rows import MeterRow, ReadingsSummary
from kabinet.metering.verdicts import Verdict
from kabinet.providers.enums import Feature
from kabinet.ui import formatting
from kabinet.web.readings import sentences
from kabinet.web.readings.answers import Answer, answer_of
from kabinet.web.readings.sent import SentForm, SentValue

Prices = Mapping[tuple[int, str], Decimal]


@dataclass(frozen=True, slots=True)
class RegisterBox:
    """``previous`` is the base of comparison, ``accepted_line`` the older accepted one when it differs (MET-26).

    ``use`` and ``cost`` are of the shown text, so that the page without JavaScript says the same.
    """

    name: str
    label: str
    text: str
    previous: Decimal | None
    previous_line: str
    accepted_line: str
    price: Decimal | None
    use: Decimal | None
    cost: Money | None
    error: str
    confirmation: str
    confirmation_label: str
    confirmed: tuple[str, ...]

    @property
    def element_id(self) -> str:
        return f"id_{self.name}"

    @property
    def previous_figure(self) -> str:
        """For the script: plain digits with a point."""
        return "" if self.previous is None else f"{self.previous:f}"

    @property
    def price_figure(self) -> str:
        return "" if self.price is None else f"{self.price:f}"

    @property
    def price_text(self) -> str:
        """As tariffs are written: at least kopecks, up to four decimals."""
        if self.price is None:
            return ""
        whole = self.price == self.price.quantize(KOPECK)
        return formatting.money(self.price) if whole else formatting.volume(self.price, "₽")

    @property
    def confirmation_name(self) -> str:
        return f"c-{self.name.removeprefix('r-')}"


@dataclass(frozen=True, slots=True)
class MeterBox:
    """``obstacle`` closes the entry and says why; ``warning`` leaves it open."""

    meter: MeterRow
    title: str
    registers: Sequence[RegisterBox]
    obstacle: str
    warning: str
    refusal: str
    tag_kind: str
    tag: str

    @property
    def is_open(self) -> bool:
        return not self.obstacle

    @property
    def tick_name(self) -> str:
        return f"t-{self.meter.public_id}"

    @property
    def input_length(self) -> int:
        """So many signs fit the dial: more are not typed (MET-12)."""
        return self.meter.digits + (self.meter.decimals + 1 if self.meter.decimals else 0)

    @property
    def cost(self) -> Money | None:
        """Of all zones together, when every one is known (BIL-14)."""
        costs = [register.cost for register in self.registers]
        known = [cost for cost in costs if cost is not None]
        return Money.total(known) if len(known) == len(costs) > 1 else None


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """Everything that ``web/readings/_form.html`` draws; also put on the home page."""

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
        return _outcome(self.sent) if self.sent else ("", "")


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
    policy = account.provider.policy
    can_submit = account.opens(Feature.SUBMIT_READINGS)
    closed_reason = _closed_reason(account)
    return ReadingsPage(
        account=account,
        summary=summary,
        answer=answer_of(summary, closed_reason=closed_reason),
        boxes=[_to_box(meter, summary, account, prices, sent) for meter in summary.in_force],
        closed_reason=closed_reason,
        needs_full_access=not can_submit and account.offers(Feature.SUBMIT_READINGS),
        sent=sent,
        asks_date=policy.ask_reading_date,
        date_text=sent.date_text if sent and sent.date_text else today.isoformat(),
        ticks=policy.tick_by_default,
    )


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


def _to_box(
    meter: MeterRow,
    summary: ReadingsSummary,
    account: LinkedAccountRow,
    prices: Prices,
    sent: SentForm | None,
) -> MeterBox:
    window = summary.window
    assert window is not None  # noqa: S101 -- there is a meter, so there is a window
    boxes = [
        _to_register(meter, register, summary, account, (prices, sent))
        for register in meter.registers
    ]
    kind, tag = _tag(meter, sent)
    obstacle = sentences.obstacle(meter.obstacle, meter, window, account) if meter.obstacle else ""
    expired = (
        meter.verification is Verification.EXPIRED and meter.obstacle is not Verdict.VERIF_EXPIRED
    )
    refused = next((row.refused for row in meter.registers if row.refused), None)
    return MeterBox(
        meter=meter,
        title=", ".join(part for part in (meter.service_name, meter.place) if part),
        registers=boxes,
        obstacle=obstacle,
        warning=sentences.verification_warning(meter, account) if expired else "",
        refusal=sentences.refused_by_provider(refused, meter) if refused else "",
        tag_kind=kind,
        tag=tag,
    )


def _tag(meter: MeterRow, sent: SentForm | None) -> tuple[str, str]:
    if meter.is_accepted:
        return "done", _("учтено")
    if meter.is_given:
        just_now = sent is not None and sent.meter_is_stored(meter.public_id)
        return "done", _("передано сейчас") if just_now else _("передано")
    if any(register.refused for register in meter.registers):
        return "late", _("не принято")
    if meter.verification is Verification.EXPIRED:
        return "late", _("поверка просрочена")
    if meter.verification is Verification.SOON:
        return "wait", _("скоро поверка")
    return "", ""


def _to_register(
    meter: MeterRow,
    register: RegisterRow,
    summary: ReadingsSummary,
    account: LinkedAccountRow,
    known: tuple[Prices, SentForm | None],
) -> RegisterBox:
    prices, sent = known
    answer = sent.values.get((meter.public_id, register.zone)) if sent else None
    text = answer.text if answer else _given_text(meter, register)
    use = _use_of(text, meter, register)
    price = prices.get((meter.service_id, register.zone))
    previous, accepted = register.previous, register.accepted
    return RegisterBox(
        name=f"r-{meter.public_id}-{register.zone}",
        label=sentences.zone_name(register.zone, meter),
        text=text,
        previous=previous.value if previous else None,
        previous_line=sentences.previous_line(meter, previous) if previous else "",
        accepted_line=(
            sentences.accepted_line(meter, accepted)
            if accepted and accepted is not previous
            else ""
        ),
        price=price,
        use=use,
        cost=Money.rounded(use * price) if use is not None and price is not None else None,
        error=_error(answer, meter, register, summary, account),
        confirmation=_confirmation(answer, meter),
        confirmation_label=sentences.confirmation_label(answer.verdict, answer.text)
        if answer
        else "",
        confirmed=answer.confirmed if answer else (),
    )


def _given_text(meter: MeterRow, register: RegisterRow) -> str:
    """What was given in this window stands in the box, so that it can be mended (MET-13)."""
    given = register.given
    return sentences.dial_text(given.value, meter) if given else ""


def _use_of(text: str, meter: MeterRow, register: RegisterRow) -> Decimal | None:
    value = parse_value(text, meter.dial)
    if isinstance(value, Verdict) or register.previous is None:
        return None
    if register.given and register.given.status is ReadingStatus.ACCEPTED:
        return None
    if value < register.previous.value:
        return None
    return use_between(register.previous.value, value, meter.dial)


def _error(
    answer: SentValue | None,
    meter: MeterRow,
    register: RegisterRow,
    summary: ReadingsSummary,
    account: LinkedAccountRow,
) -> str:
    if answer is None or answer.verdict is Verdict.OK or summary.window is None:
        return ""
    return sentences.refusal(
        answer.verdict,
        meter=meter,
        register=register,
        use=answer.use,
        window=summary.window,
        account=account,
    )


def _confirmation(answer: SentValue | None, meter: MeterRow) -> str:
    """The value of the tick that answers the question; empty when nothing is asked."""
    if answer is None or not answer.asks:
        return ""
    value = parse_value(answer.text, meter.dial)
    return "" if isinstance(value, Verdict) else confirmation(answer.verdict, value)


def _outcome(sent: SentForm) -> tuple[str, str]:
    if sent.nothing:
        return "late", _(
            "Ни одного показания не введено. Введите цифры хотя бы по одному счётчику."
        )
    if sent.date_is_wrong:
        return "late", _("Проверьте день снятия показаний: такой даты нет.")
    stored = [meter for meter in sent.meters if sent.meter_is_stored(meter)]
    refused = len(sent.meters) - len(stored)
    if not refused:
        return "done", _("Показания переданы поставщику.")
    if not stored:
        return "late", _("Показания не переданы: что поправить, написано у счётчика.")
    return "wait", _("Передано %(stored)s из %(all)s: что поправить, написано у счётчика.") % {
        "stored": len(stored),
        "all": len(sent.meters),
    }
