"""One meter of the form of readings as the template draws it: a box a register, and what stands in the way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.money import Money
from kabinet.metering.calculations import confirmation, parse_value, use_between
from kabinet.metering.enums import ReadingStatus, Verification
from kabinet.metering.registers import RegisterRow
from kabinet.metering.rows import MeterRow, ReadingsSummary
from kabinet.metering.slips import Key as SlipKey
from kabinet.metering.verdicts import Verdict
from kabinet.ui import formatting
from kabinet.ui.formatting import NBSP, ROUBLE
from kabinet.web.readings import sentences, slips
from kabinet.web.readings.sent import Key, SentForm, SentValue

Prices = Mapping[tuple[int, str], Decimal]
_SEVERAL = 2


@dataclass(frozen=True)
class Scene:
    """What the boxes of one account share: its meters, prices, and the form that was just sent."""

    account: LinkedAccountRow
    summary: ReadingsSummary
    prices: Prices
    sent: SentForm | None
    can_submit: bool

    @cached_property
    def places(self) -> Mapping[SlipKey, tuple[MeterRow, RegisterRow]]:
        return {
            (meter.public_id, register.zone): (meter, register)
            for meter in self.summary.in_force
            for register in meter.registers
        }

    def answer(self, meter: MeterRow, register: RegisterRow) -> SentValue | None:
        return self.sent.values.get((meter.public_id, register.zone)) if self.sent else None


@dataclass(frozen=True, slots=True)
class SlipBox:
    """What the value looks like; ``fix`` is the button's value, empty when there is nothing to put instead."""

    question: str
    fix: str
    button: str


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
    volume: str
    slip: SlipBox | None

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
        return "" if self.price is None else f"{formatting.price(self.price)}{NBSP}{ROUBLE}"

    @property
    def confirmation_name(self) -> str:
        return f"c-{self.name.removeprefix('r-')}"

    @property
    def volume_name(self) -> str:
        return f"v-{self.name.removeprefix('r-')}"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What is given up by taking the reading back (MET-32)."""

    reading_id: uuid.UUID
    text: str


@dataclass(frozen=True, slots=True)
class MeterBox:
    """``obstacle`` closes the entry and says why; ``warning`` leaves it open; ``days`` is its own window."""

    meter: MeterRow
    title: str
    registers: Sequence[RegisterBox]
    obstacle: str
    warning: str
    refusal: str
    tag_kind: str
    tag: str
    days: str
    withdrawal: Withdrawal | None

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


def to_box(meter: MeterRow, scene: Scene) -> MeterBox:
    account = scene.account
    kind, tag = _tag(meter, scene.sent)
    obstacle = sentences.obstacle(meter.obstacle, meter, account) if meter.obstacle else ""
    expired = (
        meter.verification is Verification.EXPIRED and meter.obstacle is not Verdict.VERIF_EXPIRED
    )
    refused = next((row.refused for row in meter.registers if row.refused), None)
    return MeterBox(
        meter=meter,
        title=sentences.meter_title(meter),
        registers=[_to_register(meter, register, scene) for register in meter.registers],
        obstacle=obstacle,
        warning=sentences.verification_warning(meter, account) if expired else "",
        refusal=sentences.refused_by_provider(refused, meter) if refused else "",
        tag_kind=kind,
        tag=tag,
        days=_own_days(meter, scene),
        withdrawal=_withdrawal(meter, scene),
    )


def _own_days(meter: MeterRow, scene: Scene) -> str:
    """Said only where the meters have different ones (MET-20), and where no obstacle says it already."""
    if len(scene.summary.windows) < _SEVERAL or meter.obstacle is Verdict.OUT_OF_WINDOW:
        return ""
    return sentences.taken_days(meter.window) if meter.takes_readings else ""


def _withdrawal(meter: MeterRow, scene: Scene) -> Withdrawal | None:
    given = meter.withdrawable
    if not given or given[0].portal_id is None or not scene.can_submit:
        return None
    return Withdrawal(given[0].portal_id, sentences.withdrawal(meter))


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


def _to_register(meter: MeterRow, register: RegisterRow, scene: Scene) -> RegisterBox:
    answer = scene.answer(meter, register)
    text = answer.text if answer else _given_text(meter, register)
    is_wrong = answer is not None and not (answer.is_judged and answer.verdict is Verdict.OK)
    use = _use_of(text, meter, register)
    price = scene.prices.get((meter.service_id, register.zone))
    previous, accepted = register.previous, register.accepted
    return RegisterBox(
        name=f"r-{meter.public_id}-{register.zone}",
        label=sentences.zone_name(register.zone, meter),
        text=answer.typed if answer and is_wrong else text,
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
        error=_error(answer, meter, register, scene.account),
        confirmation=_confirmation(answer, meter),
        confirmation_label=(
            sentences.confirmation_label(answer.verdict, answer.text) if answer else ""
        ),
        confirmed=answer.confirmed if answer else (),
        volume=answer.volume if answer and is_wrong else "",
        slip=_slip(answer, (meter.public_id, register.zone), scene),
    )


def _slip(answer: SentValue | None, key: Key, scene: Scene) -> SlipBox | None:
    """A slip of two registers is told once, at the first of them."""
    slip = answer.slip if answer else None
    if answer is None or slip is None:
        return None
    keys = {fix.key for fix in slip.fixes}
    places = {place: pair for place, pair in scene.places.items() if place in keys}
    if len(places) < len(keys) or next(iter(places), key) != key:
        return None
    question = slips.question(slip, answer.text, places)
    fixes = [
        f"r-{meter.public_id}-{register.zone}={sentences.dial_text(fix.value, meter)}"
        for fix in slip.fixes
        for meter, register in [places[fix.key]]
    ]
    return SlipBox(question, ";".join(fixes), slips.button(slip, places))


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
    answer: SentValue | None, meter: MeterRow, register: RegisterRow, account: LinkedAccountRow
) -> str:
    if answer is None or answer.verdict is Verdict.OK:
        return ""
    return sentences.refusal(
        answer.verdict, meter=meter, register=register, use=answer.use, account=account
    )


def _confirmation(answer: SentValue | None, meter: MeterRow) -> str:
    """The value of the tick that answers the question; empty when nothing is asked."""
    if answer is None or not answer.asks:
        return ""
    value = parse_value(answer.text, meter.dial)
    return "" if isinstance(value, Verdict) else confirmation(answer.verdict, value)
