"""The causes of a change in plain Russian: one sentence a cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kabinet.billing.causes import Factor, Part, Reason
from kabinet.billing.enums import VolumeBasis
from kabinet.billing.explanations import Explanation
from kabinet.billing.queries import TariffRow
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.ui import formatting

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# «Газа вы израсходовали …»: what is used up has a word of its own; other services are named as the provider does.
USED: Mapping[str, StrOrPromise] = {
    "gas": _lazy("Газа"),
    "electricity": _lazy("Электроэнергии"),
    "cold_water": _lazy("Холодной воды"),
    "hot_water": _lazy("Горячей воды"),
    "heat": _lazy("Тепла"),
}
# So many tariffs of one day are told in one sentence.
MANY_PRICES = 3
USED_BASES = frozenset({"", VolumeBasis.METER.value})


@dataclass(frozen=True, slots=True)
class Cause:
    """``note`` gives the figures behind the sentence."""

    text: str
    note: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Setting:
    """What the sentences need to know beside the part itself."""

    earlier: Period
    period: Period
    tariffs: Sequence[TariffRow]
    shared_kinds: frozenset[str]


def causes(
    explanation: Explanation, *, earlier: Period, period: Period, tariffs: Sequence[TariffRow]
) -> Sequence[Cause]:
    """The largest first; tariffs that all changed at once are one cause."""
    parts = explanation.parts
    used = Counter(part.kind for part in parts if _is_used_up(part))
    shared = frozenset(kind for kind, count in used.items() if count > 1)
    setting = Setting(earlier, period, tariffs, shared)
    prices = [part for part in parts if part.factor is Factor.PRICE]
    at_once = _changed_at_once(prices, setting)
    told = [_to_cause(part, setting) for part in parts if part not in at_once]
    if at_once:
        told.append(_many_prices(at_once, setting))
    return sorted(told, key=lambda cause: abs(cause.amount), reverse=True)


def _is_used_up(part: Part) -> bool:
    return part.factor is Factor.USE and set(part.bases) <= USED_BASES


def _to_cause(part: Part, setting: Setting) -> Cause:
    text, note = _SENTENCES[part.factor](part, setting)
    return Cause(text, note, part.amount)


def _changed_at_once(prices: Sequence[Part], setting: Setting) -> Sequence[Part]:
    """Tariffs that went the same way on the same day, when they are too many for a line each."""
    groups: dict[tuple[date, bool], list[Part]] = defaultdict(list)
    for part in prices:
        row = _new_tariff(part, setting)
        if row is not None:
            groups[row.valid_from, part.amount.amount > 0].append(part)
    largest = max(groups.values(), key=len, default=[])
    return largest if len(largest) >= MANY_PRICES else []


def _many_prices(parts: Sequence[Part], setting: Setting) -> Cause:
    row = _new_tariff(parts[0], setting)
    assert row is not None  # noqa: S101 -- they were put together by its day
    amount = Money.total(part.amount for part in parts)
    sentence = (
        _("%(since)s выросли тарифы на %(services)s")
        if amount.amount > 0
        else _("%(since)s снизились тарифы на %(services)s")
    )
    since = _since(row.valid_from, setting.period)
    text = sentence % {
        "since": since[:1].upper() + since[1:],
        "services": formatting.plural(len(parts), _("услугу,услуги,услуг")),
    }
    note = "; ".join(f"{part.service} {_pairs(part)}" for part in parts)
    return Cause(text, note, amount)


Sentence = tuple[str, str]


def _more_or_less(part: Part) -> str:
    """«на 34 м³ больше»."""
    assert part.volumes is not None  # noqa: S101 -- the caller has looked
    difference = part.volumes[1] - part.volumes[0]
    told = formatting.volume(abs(difference), part.unit)
    sentence = _("на %(volume)s больше") if difference > 0 else _("на %(volume)s меньше")
    return sentence % {"volume": told}


def _instead(part: Part) -> str:
    if part.volumes is None:
        return ""
    return _("%(now)s вместо %(was)s") % {
        "now": formatting.volume(part.volumes[1], part.unit),
        "was": formatting.volume(part.volumes[0], part.unit),
    }


def _use(part: Part, setting: Setting) -> Sentence:
    if part.volumes is None:
        return _("%(service)s: другой объём") % {"service": part.service}, ""
    if min(part.volumes) < 0:
        taken_back_in = setting.period if part.volumes[1] < 0 else setting.earlier
        text = _("%(service)s: в %(month)s поставщик вычел лишний объём")
        words = {"service": part.service, "month": formatting.month_in(taken_back_in)}
        return text % words, _instead(part)
    used = USED.get(part.kind)
    if used and part.kind not in setting.shared_kinds and _is_used_up(part):
        text = _("%(used)s вы израсходовали %(more)s")
        return text % {"used": used, "more": _more_or_less(part)}, _instead(part)
    text = _("%(service)s: %(more)s")
    return text % {"service": part.service, "more": _more_or_less(part)}, _instead(part)


def _price(part: Part, setting: Setting) -> Sentence:
    if not part.prices:
        text = _("%(service)s: тариф менялся внутри месяца, в среднем он %(other)s")
        other = _("выше") if part.amount.amount > 0 else _("ниже")
        return text % {"service": part.service, "other": other}, ""
    grew = all(now > was for was, now in part.prices)
    fell = all(now < was for was, now in part.prices)
    verb = _("вырос") if grew else _("снизился") if fell else _("изменился")
    row = _new_tariff(part, setting)
    since = f"{_since(row.valid_from, setting.period)} " if row else ""
    text = f"{part.service}: {since}{_('тариф')} {verb} {_pairs(part)}"
    return text, row.document if row else ""


def _pairs(part: Part) -> str:
    """«с 6,94 до 7,55 ₽/м³»."""
    pairs = _(" и ").join(
        _("с %(was)s до %(now)s") % {"was": formatting.price(was), "now": formatting.price(now)}
        for was, now in part.prices
    )
    unit = f"/{part.unit}" if part.unit else ""
    return f"{pairs}{formatting.NBSP}₽{unit}"


def _since(day: date, period: Period) -> str:
    same_year = day.year == period.year
    told = formatting.day(day) if same_year else formatting.day_year(day)
    return _("с %(day)s") % {"day": told}


def _new_tariff(part: Part, setting: Setting) -> TariffRow | None:
    """The tariff that came into force between the two months."""
    prices = {now for _was, now in part.prices}
    return next(
        (
            row
            for row in setting.tariffs
            if row.service_name == part.service
            and row.price in prices
            and setting.earlier.first_day < row.valid_from <= setting.period.last_day
        ),
        None,
    )


def _counted(text: StrOrPromise) -> Callable[[Part, Setting], Sentence]:
    def sentence(part: Part, _setting: Setting) -> Sentence:
        return str(text) % {"service": part.service}, _instead(part)

    return sentence


def _norm(part: Part, _setting: Setting) -> Sentence:
    was, now = part.norms
    text = _("%(service)s: по нормативу положен другой объём") % {"service": part.service}
    if was and now and was != now:
        text = _("%(service)s: норматив %(now)s, был %(was)s") % {
            "service": part.service,
            "now": now,
            "was": was,
        }
    return text, _instead(part)


def _basis(part: Part, _setting: Setting) -> Sentence:
    text = _("%(service)s: объём посчитан иначе: %(now)s, а был %(was)s") % {
        "service": part.service,
        "now": _basis_words(part.bases[1]),
        "was": _basis_words(part.bases[0]),
    }
    return text, _instead(part)


BASIS_WORDS: Mapping[str, StrOrPromise] = {
    VolumeBasis.METER.value: _lazy("по счётчику"),
    VolumeBasis.NORM.value: _lazy("по нормативу"),
    VolumeBasis.AREA.value: _lazy("по площади"),
    VolumeBasis.HEADS.value: _lazy("по числу жильцов"),
    VolumeBasis.AVERAGE.value: _lazy("по среднему расходу"),
}


def _basis_words(basis: str) -> str:
    """Several bases come in one word list when rows of one service were counted in several ways."""
    known = [str(BASIS_WORDS[code]) for code in basis.split(", ") if code in BASIS_WORDS]
    return _(" и ").join(known) or _("другим способом")


def _side(less: StrOrPromise, more: StrOrPromise) -> Callable[[Part, Setting], Sentence]:
    """A sum that stands beside the charge: ``less`` when it lessens what is to be paid, and what it was and is."""

    def sentence(part: Part, _setting: Setting) -> Sentence:
        text = str(less if part.amount.amount < 0 else more)
        return text % {"service": _whose(part)}, _sums(part)

    return sentence


def _recalculation(part: Part, setting: Setting) -> Sentence:
    was, now = part.sums or (None, None)
    if now and not was:
        text = _("%(service)s: сделан перерасчёт")
    elif was and not now:
        text = _("%(service)s: в %(month)s был перерасчёт, теперь его нет")
    else:
        text = _("%(service)s: перерасчёт на другую сумму")
    words = {"service": _whose(part), "month": formatting.month_in(setting.earlier)}
    return text % words, _sums(part)


def _whose(part: Part) -> str:
    return part.service or _("Счёт в целом")


def _sums(part: Part) -> str:
    if part.sums is None:
        return ""
    return _("%(now)s, раньше %(was)s") % {
        "now": formatting.signed_money(part.sums[1]),
        "was": formatting.signed_money(part.sums[0]),
    }


def _appeared(part: Part, setting: Setting) -> Sentence:
    return _not_charged(part, setting.earlier), ""


def _disappeared(part: Part, setting: Setting) -> Sentence:
    return _not_charged(part, setting.period), ""


def _not_charged(part: Part, period: Period) -> str:
    return _("%(service)s: в %(month)s не начисляли") % {
        "service": part.service,
        "month": formatting.month_in(period),
    }


def _other(part: Part, _setting: Setting) -> Sentence:
    assert part.reason is not None  # noqa: S101 -- every part of this factor has one
    text, note = _REASONS[part.reason]
    return str(text) % {"service": part.service}, str(note)


_REASONS: Mapping[Reason, tuple[StrOrPromise, StrOrPromise]] = {
    Reason.ROUNDING: (_lazy("%(service)s: округление до копеек"), ""),
    Reason.NOT_BY_FORMULA: (
        _lazy("%(service)s: сумма поставщика не равна тарифу, умноженному на объём"),
        _lazy("Точнее по данным счёта не сказать: спросите поставщика."),
    ),
    Reason.NO_FIGURES: (
        _lazy("%(service)s: сумма изменилась"),
        _lazy("Поставщик не передал тариф или объём, поэтому причину назвать нельзя."),
    ),
    Reason.OTHER_UNIT: (
        _lazy("%(service)s: сумма изменилась"),
        _lazy("Объём посчитан в других единицах, сравнить его нельзя."),
    ),
    Reason.NO_LINES: (
        _lazy("Начислено по счёту в целом"),
        _lazy("За один из месяцев поставщик передал только общую сумму, без услуг."),
    ),
    Reason.OUTSIDE_LINES: (
        _lazy("Сумма счёта, которой нет в его строках"),
        _lazy("Итог счёта и его строки у поставщика расходятся на эту сумму."),
    ),
}

_SENTENCES: Mapping[Factor, Callable[[Part, Setting], Sentence]] = {
    Factor.USE: _use,
    Factor.PRICE: _price,
    Factor.DAYS: _counted(_lazy("%(service)s: другое число дней")),
    Factor.HEADS: _counted(_lazy("%(service)s: другое число жильцов")),
    Factor.AREA: _counted(_lazy("%(service)s: другая площадь")),
    Factor.NORM: _norm,
    Factor.BASIS: _basis,
    Factor.RECALCULATION: _recalculation,
    Factor.BENEFIT: _side(_lazy("%(service)s: льгота больше"), _lazy("%(service)s: льгота меньше")),
    Factor.QUALITY: _side(
        _lazy("%(service)s: снято за качество больше"),
        _lazy("%(service)s: снято за качество меньше"),
    ),
    Factor.PENALTY: _side(
        _lazy("%(service)s: пеней за просрочку меньше"),
        _lazy("%(service)s: пеней за просрочку больше"),
    ),
    Factor.APPEARED: _appeared,
    Factor.DISAPPEARED: _disappeared,
    Factor.OTHER: _other,
}
