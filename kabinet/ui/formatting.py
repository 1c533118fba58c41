"""How figures and dates are written in Russian; plain functions, used by pages, letters and papers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

NBSP = "\u00a0"
MINUS = "\u2212"
NOTHING = "—"
ROUBLE = "₽"

_KOPECK = Decimal("0.01")
_VOLUME_STEP = Decimal("0.0001")

MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)
MONTHS_OF = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
MONTHS_IN = (
    "январе",
    "феврале",
    "марте",
    "апреле",
    "мае",
    "июне",
    "июле",
    "августе",
    "сентябре",
    "октябре",
    "ноябре",
    "декабре",
)

Amount = Money | Decimal | int


def _decimal(value: Amount) -> Decimal:
    return value.amount if isinstance(value, Money) else Decimal(value)


def _grouped(value: Decimal) -> str:
    """Thousands apart by a no-break space, a decimal comma, a real minus."""
    text = f"{abs(value):,f}".replace(",", NBSP).replace(".", ",")
    return f"{MINUS}{text}" if value < 0 else text


def split_money(value: Amount) -> tuple[str, str]:
    """Give roubles and kopecks apart: ``("1 243", "56")``; the sign stays with the roubles."""
    amount = _decimal(value).quantize(_KOPECK, ROUND_HALF_UP)
    roubles, kopecks = _grouped(amount).split(",")
    return roubles, kopecks


def money(value: Amount) -> str:
    return f"{','.join(split_money(value))}{NBSP}{ROUBLE}"


def signed_money(value: Amount) -> str:
    """For what was added or taken off; nothing needs no sign."""
    text = money(value)
    rounds_to_more = _decimal(value).quantize(_KOPECK, ROUND_HALF_UP) > 0
    return f"+{text}" if rounds_to_more else text


def number(value: Amount) -> str:
    """Up to four decimals, without the zeros that say nothing."""
    rounded = _decimal(value).quantize(_VOLUME_STEP, ROUND_HALF_UP)
    whole = rounded == rounded.to_integral_value()
    plain = rounded.quantize(Decimal(1)) if whole else rounded.normalize()
    return _grouped(plain)


def volume(value: Amount, unit: str = "") -> str:
    return f"{number(value)}{NBSP}{unit}" if unit else number(value)


def price(value: Decimal) -> str:
    """A price with its kopecks, and with as many decimals more as it has: 8,10 and 5,53253."""
    exponent = value.normalize().as_tuple().exponent
    decimals = max(2, -exponent if isinstance(exponent, int) else 2)
    return _grouped(value.quantize(Decimal(1).scaleb(-decimals)))


def day(value: date) -> str:
    return f"{value.day}{NBSP}{MONTHS_OF[value.month - 1]}"


def day_year(value: date) -> str:
    return f"{day(value)} {value.year}"


def short_date(value: date) -> str:
    return f"{value:%d.%m.}{value.year:04d}"


def month_name(value: date | Period) -> str:
    return MONTHS[value.month - 1]


def month_in(value: date | Period) -> str:
    """After «в»: «октябре»."""
    return MONTHS_IN[value.month - 1]


def month_of(value: date | Period) -> str:
    """After «с»: «октября 2026»."""
    return f"{MONTHS_OF[value.month - 1]} {value.year}"


def month(value: date | Period) -> str:
    return f"{month_name(value)} {value.year}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    local = value.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def plural(count: int, forms: str) -> str:
    """Write «4 дня»: ``forms`` are the words for 1, 2 and 5, apart by commas."""
    return f"{_grouped(Decimal(count))}{NBSP}{plural_word(count, forms)}"


def plural_word(count: int, forms: str) -> str:
    one, few, many = forms.split(",")
    tens, units = divmod(abs(count) % 100, 10)
    if tens == 1:  # 11 to 19
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(units, many)
