"""What the page says of a slip of the hand: a question in plain words, and the button that mends it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.metering.registers import RegisterRow
from kabinet.metering.rows import MeterRow
from kabinet.metering.slips import Fix, Key, Slip, SlipKind
from kabinet.ui.formatting import NBSP
from kabinet.web.readings import sentences

Places = Mapping[Key, tuple[MeterRow, RegisterRow]]

_INSTEAD = {
    SlipKind.EXTRA_DIGIT: gettext_lazy("Похоже, лишняя цифра: %(typed)s вместо %(meant)s?"),
    SlipKind.MISSING_DIGIT: gettext_lazy("Похоже, пропущена цифра: %(typed)s вместо %(meant)s?"),
    SlipKind.SWAPPED_DIGITS: gettext_lazy(
        "Похоже, две цифры переставлены: %(typed)s вместо %(meant)s?"
    ),
    SlipKind.FRACTION: gettext_lazy(
        "Похоже, введены и цифры после запятой: %(typed)s вместо %(meant)s?"
    ),
}
_UNSURE = {
    SlipKind.EXTRA_DIGIT: gettext_lazy("Похоже, лишняя цифра. Посмотрите на счётчик ещё раз."),
    SlipKind.MISSING_DIGIT: gettext_lazy("Похоже, пропущена цифра. Посмотрите на счётчик ещё раз."),
    SlipKind.SWAPPED_DIGITS: gettext_lazy(
        "Похоже, две цифры переставлены. Посмотрите на счётчик ещё раз."
    ),
    SlipKind.FRACTION: gettext_lazy(
        "Похоже, введены и цифры после запятой. Посмотрите на счётчик ещё раз."
    ),
}


def question(slip: Slip, typed: str, places: Places) -> str:
    if not slip.fixes:
        return str(_UNSURE[slip.kind])
    told = [_told(fix, *places[fix.key]) for fix in _in_order(slip, places)]
    if slip.kind is SlipKind.SWAPPED_ZONES:
        return _("Похоже, перепутаны зоны. Должно быть так: %(told)s?") % {"told": "; ".join(told)}
    if slip.kind is SlipKind.SWAPPED_METERS:
        return _("Похоже, показания двух счётчиков перепутаны. Должно быть так: %(told)s?") % {
            "told": "; ".join(told)
        }
    (fix,) = slip.fixes
    meant = sentences.dial_text(fix.value, places[fix.key][0])
    return str(_INSTEAD[slip.kind]) % {"typed": typed, "meant": meant}


def button(slip: Slip, places: Places) -> str:
    if not slip.fixes:
        return ""
    if slip.kind in {SlipKind.SWAPPED_ZONES, SlipKind.SWAPPED_METERS}:
        return _("Поменять местами и передать")
    (fix,) = slip.fixes
    return _("Передать %(meant)s") % {"meant": sentences.dial_text(fix.value, places[fix.key][0])}


def _in_order(slip: Slip, places: Places) -> list[Fix]:
    """As the registers stand on the page."""
    fixes = {fix.key: fix for fix in slip.fixes}
    return [fixes[key] for key in places]


def _told(fix: Fix, meter: MeterRow, register: RegisterRow) -> str:
    name = (
        sentences.zone_name(register.zone, meter)
        if meter.is_multi_zone
        else f"{sentences.meter_title(meter)}, №{NBSP}{meter.serial}"
    )
    return f"{name} — {sentences.dial_text(fix.value, meter)}"
