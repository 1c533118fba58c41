"""What the pages of readings say: every refusal with its next step (looks: nothing is a dead end)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.metering.calculations import Window
from kabinet.metering.enums import VERDICT_WORDS, MeterState
from kabinet.metering.registers import ReadingRow, RegisterRow
from kabinet.metering.rows import MeterRow
from kabinet.metering.verdicts import Verdict
from kabinet.ui import formatting
from kabinet.web import zones


def zone_name(zone: str, meter: MeterRow) -> str:
    return zones.zone_name(zone, len(meter.registers))


def dial_text(value: Decimal, meter: MeterRow) -> str:
    """As the dial shows it: «01899», «00012,345»."""
    whole, _point, fraction = f"{value:.{meter.decimals}f}".partition(".")
    padded = whole.zfill(meter.digits)
    return f"{padded},{fraction}" if fraction else padded


def meter_title(meter: MeterRow) -> str:
    """A resource that the cabinet does not know has the provider's own name, or none (MET-36)."""
    return ", ".join(part for part in (meter.service_name or _("Счётчик"), meter.place) if part)


def withdrawal(meter: MeterRow) -> str:
    """What becomes of a reading that is taken back."""
    told = _("Поставщик ещё не забрал показание, его можно отозвать. В истории оно останется.")
    if meter.window.is_open:
        until = _("Новое можно передать до %(until)s.") % {
            "until": formatting.day(meter.window.closes_on)
        }
        return f"{told} {until}"
    opens = _("Приём закрыт: новое можно будет передать с %(opens)s.") % {
        "opens": formatting.day(meter.window.next_opens_on)
    }
    return f"{told} {opens}"


def call_provider(account: LinkedAccountRow) -> str:
    """The next step when the cabinet itself cannot help."""
    if not account.provider.phone:
        return _("Обратитесь к поставщику: %(name)s.") % {"name": account.provider.name}
    return _("Позвоните поставщику: %(phone)s.") % {"phone": _whole(account.provider.phone)}


def window_days(window: Window) -> str:
    return _("с %(first)s по %(last)s") % {
        "first": window.opens_on.day,
        "last": formatting.day(window.closes_on),
    }


def taken_days(window: Window) -> str:
    """The meter's own window, where the others have different ones (MET-20)."""
    if window.is_whole_month:
        return _("Показания этого счётчика принимают весь месяц.")
    return _("Показания этого счётчика принимают %(days)s.") % {"days": window_days(window)}


def obstacle(verdict: Verdict, meter: MeterRow, account: LinkedAccountRow) -> str:
    """Why this meter takes nothing now."""
    window = meter.window
    next_step = call_provider(account)
    if verdict is Verdict.METER_NOT_ACTIVE:
        return f"{_out_of_force(meter)} {next_step}"
    if verdict is Verdict.VERIF_EXPIRED:
        return f"{verification_expired(meter)} {_('Показания не принимают, пока счётчик не поверен.')} {next_step}"
    if verdict is Verdict.OUT_OF_WINDOW:
        return _("Показания принимают %(days)s. Приём откроется %(day)s.") % {
            "days": window_days(window),
            "day": formatting.day(window.next_opens_on),
        }
    if verdict in {Verdict.ALREADY_ACCEPTED, Verdict.GIVEN_BY_HOLDER}:
        return already_given(verdict, meter, account)
    if verdict is Verdict.NO_METER_DATA:
        return _("Поставщик не передал данные, по которым принимают показания.") + f" {next_step}"
    return f"{str(VERDICT_WORDS[verdict]).capitalize()}. {next_step}"


def _out_of_force(meter: MeterRow) -> str:
    if meter.state is MeterState.BROKEN:
        return _("Счётчик неисправен, показания по нему не принимают.")
    if meter.charging_to is not None:
        return _("Счётчик снят с расчёта %(day)s, показания по нему не принимают.") % {
            "day": formatting.day_year(meter.charging_to)
        }
    return _("Счётчик не в работе, показания по нему не принимают.")


def verification_expired(meter: MeterRow) -> str:
    day = meter.next_verification_on
    return _("Срок поверки истёк %(day)s.") % {"day": formatting.day_year(day) if day else ""}


def already_given(verdict: Verdict, meter: MeterRow, account: LinkedAccountRow) -> str:
    sentence = _("Показание за %(month)s уже передано, поставщик не разрешает его заменять.")
    if verdict is Verdict.GIVEN_BY_HOLDER:
        sentence = _(
            "Показание за %(month)s уже передано из личного кабинета. Без входа его не заменить: войдите в кабинет."
        )
    elif meter.is_accepted:
        sentence = _("Показание за %(month)s уже учтено. Если в нём ошибка, сообщите поставщику.")
    return f"{sentence % {'month': formatting.month_name(meter.window.month)}} {call_provider(account)}"


def refusal(
    verdict: Verdict,
    *,
    meter: MeterRow,
    register: RegisterRow,
    use: Decimal | None,
    account: LinkedAccountRow,
) -> str:
    """What is wrong with what was typed, and what to do about it."""
    write = _WRONG_VALUE.get(verdict)
    if write is None:
        return obstacle(verdict, meter, account)
    sentence = write(meter, register, use)
    if verdict in _NEEDS_A_PERSON and not (verdict is Verdict.LESS_THAN_PREVIOUS and use):
        return f"{sentence} {_if_right(account)}"
    return sentence


def _if_right(account: LinkedAccountRow) -> str:
    """The way on when the cabinet does not take what the dial says."""
    if not account.provider.phone:
        return _("Если цифры верны, обратитесь к поставщику: %(name)s.") % {
            "name": account.provider.name
        }
    return _("Если цифры верны, позвоните поставщику: %(phone)s.") % {
        "phone": _whole(account.provider.phone)
    }


def _whole(number: str) -> str:
    """A telephone number that holds together, so that the page makes it one to call (``with_phones``)."""
    return number.replace(" ", formatting.NBSP)


def _base(meter: MeterRow, register: RegisterRow) -> str:
    previous = register.previous
    return dial_text(previous.value, meter) if previous else ""


def _not_integer(meter: MeterRow, _register: RegisterRow, _use: Decimal | None) -> str:
    if not meter.decimals:
        return _("Введите целое число: только цифры до запятой.")
    digits = formatting.plural(meter.decimals, _("цифры,цифр,цифр"))
    return _("После запятой не больше %(digits)s.") % {"digits": digits}


def _too_many(meter: MeterRow, _register: RegisterRow, _use: Decimal | None) -> str:
    digits = formatting.plural(meter.digits, _("цифра,цифры,цифр"))
    return _("На счётчике %(digits)s до запятой, а введено больше.") % {"digits": digits}


def _less(meter: MeterRow, register: RegisterRow, use: Decimal | None) -> str:
    previous = {"previous": _base(meter, register)}
    if use is None:
        return (
            _(
                "Показание меньше прошлого: %(previous)s. Проверьте цифры: возможно, счётчик заменили."
            )
            % previous
        )
    return _(
        "Показание меньше прошлого (%(previous)s). Счётчик перешёл через ноль? Расход тогда %(use)s."
    ) % {
        **previous,
        "use": formatting.volume(use, meter.unit),
    }


def _over_limit(meter: MeterRow, _register: RegisterRow, use: Decimal | None) -> str:
    return _("Расход %(use)s больше, чем допускает поставщик. Проверьте цифры.") % {
        "use": formatting.volume(use or 0, meter.unit)
    }


def _swapped(meter: MeterRow, _register: RegisterRow, _use: Decimal | None) -> str:
    if meter.is_multi_zone:
        return _("Похоже, это показание другой зоны.")
    return _("Похоже, это показание другого счётчика.")


def _volume(meter: MeterRow, register: RegisterRow, _use: Decimal | None) -> str:
    return _(
        "Показание и расход не сходятся: прошлое показание %(previous)s. Оставьте что-то одно."
    ) % {"previous": _base(meter, register)}


def _equal(meter: MeterRow, register: RegisterRow, _use: Decimal | None) -> str:
    return _("Показание такое же, как прошлое: %(previous)s. Расход будет ноль.") % {
        "previous": _base(meter, register)
    }


def _unusual(meter: MeterRow, register: RegisterRow, use: Decimal | None) -> str:
    if register.average is None:
        return _("Расход %(use)s, это намного больше обычного. Проверьте цифры.") % {
            "use": formatting.volume(use or 0, meter.unit)
        }
    return _("Расход %(use)s, а обычно около %(average)s в месяц. Проверьте цифры.") % {
        "use": formatting.volume(use or 0, meter.unit),
        "average": formatting.volume(register.average or 0, meter.unit),
    }


def _date(_meter: MeterRow, register: RegisterRow, _use: Decimal | None) -> str:
    if register.previous is None:
        return _("День снятия не может быть позже сегодняшнего.")
    return _("День снятия: не раньше прошлого показания (%(day)s) и не позже сегодняшнего дня.") % {
        "day": formatting.day(register.previous.taken_on)
    }


def _empty(meter: MeterRow, _register: RegisterRow, _use: Decimal | None) -> str:
    if meter.is_multi_zone:
        return _("Введите показание: у этого счётчика передают все зоны сразу.")
    return _("Введите показание.")


def _not_a_number(meter: MeterRow, _register: RegisterRow, _use: Decimal | None) -> str:
    example = dial_text(Decimal("2041.125"), meter) if meter.decimals else "2041"
    return _("Нужны только цифры, например %(example)s.") % {"example": example}


_WRONG_VALUE: Mapping[Verdict, Callable[[MeterRow, RegisterRow, Decimal | None], str]] = {
    Verdict.EMPTY: _empty,
    Verdict.NOT_A_NUMBER: _not_a_number,
    Verdict.NOT_INTEGER: _not_integer,
    Verdict.TOO_MANY_DIGITS: _too_many,
    Verdict.LESS_THAN_PREVIOUS: _less,
    Verdict.EQUAL_TO_PREVIOUS: _equal,
    Verdict.UNUSUAL_USE: _unusual,
    Verdict.OVER_MAX_USE: _over_limit,
    Verdict.SWAPPED_VALUES: _swapped,
    Verdict.VOLUME_DIFFERS: _volume,
    Verdict.DATE_INVALID: _date,
}
# What the cabinet refuses although the dial may say so: somebody at the provider has to look (MET-23, 24, 25).
_NEEDS_A_PERSON = frozenset(
    {Verdict.LESS_THAN_PREVIOUS, Verdict.OVER_MAX_USE, Verdict.TOO_MANY_DIGITS}
)


def confirmation_label(verdict: Verdict, text: str) -> str:
    """What the person agrees to by the tick."""
    if verdict is Verdict.EQUAL_TO_PREVIOUS:
        return _("Расход ноль: отправить то же показание")
    if verdict is Verdict.LESS_THAN_PREVIOUS:
        return _("Да, перешёл через ноль: отправить %(text)s") % {"text": text}
    return _("Всё верно: отправить %(text)s") % {"text": text}


def previous_line(meter: MeterRow, reading: ReadingRow) -> str:
    """«прошлое: 01899, 22 октября»."""
    return _("прошлое: %(value)s, %(day)s") % {
        "value": dial_text(reading.value, meter),
        "day": formatting.day(reading.taken_on),
    }


def accepted_line(meter: MeterRow, reading: ReadingRow) -> str:
    """The last one accepted for charging, when a newer one is still on its way (MET-26)."""
    return _("учтено: %(value)s, %(day)s") % {
        "value": dial_text(reading.value, meter),
        "day": formatting.day(reading.taken_on),
    }


def verification_warning(meter: MeterRow, account: LinkedAccountRow) -> str:
    """Expired, but the provider still takes readings and decides by itself (MET-29)."""
    told = _("Показание отправим, но поставщик может его не учесть: договоритесь о поверке.")
    return f"{verification_expired(meter)} {told} {call_provider(account)}"


def refused_by_provider(reading: ReadingRow, meter: MeterRow) -> str:
    """PROVIDER_REJECTED with the provider's own text (MET-30)."""
    sentence = _("Поставщик не принял показание %(value)s.") % {
        "value": dial_text(reading.value, meter)
    }
    return f"{sentence} {_('Причина:')} {reading.reason}" if reading.reason else sentence
