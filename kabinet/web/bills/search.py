"""What people type to find a month or a payment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kabinet.kernel.period import Period

MONTH_STEMS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
MONTH_OF_YEAR = re.compile(r"(?:(\d{4})-(\d{1,2})|(\d{1,2})\.(\d{4}|\d{2}))")
WORD_AND_YEAR = re.compile(r"([а-яё]+)?\W*(\d{4}|\d{2})?")
SUM = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))?")
NOISE = re.compile(r"[\s\u00a0₽+\-−]|руб\.?")
THIS_CENTURY = 2000
YEARS = range(1990, 2100)
# Roubles with kopecks far more often than a month with a short year.
SUM_WITH_POINT = re.compile(r"\d{1,2}\.\d{2}")


class NotUnderstood(ValueError):  # noqa: N818 -- a fact, not an error
    """The text is neither of what can be searched for."""


@dataclass(frozen=True, slots=True)
class MonthText:
    """A month of a year, a whole year (``month`` is None), or a month of every year (``year`` is None)."""

    year: int | None
    month: int | None


@dataclass(frozen=True, slots=True)
class PaymentText:
    """Days in which a payment was made, or its sum; ``whole_roubles`` when no kopecks were typed."""

    first_day: date | None = None
    last_day: date | None = None
    amount: Decimal | None = None
    whole_roubles: bool = False


def parse_period(text: str) -> Period:
    """Read ``2026-05`` and ``05.2026``.

    :raises NotUnderstood: it is no month.
    """
    match = MONTH_OF_YEAR.fullmatch(text.strip())
    if match is None:
        raise NotUnderstood(text)
    year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
    try:
        return Period(_full_year(year), int(month))
    except ValueError as error:
        raise NotUnderstood(text) from error


def parse_month_text(text: str) -> MonthText:
    """Read «май», «май 2026», «май'26», «2026», «05.2026».

    :raises NotUnderstood: it names neither a month nor a year.
    """
    try:
        period = parse_period(text)
    except NotUnderstood:
        return _parse_words(text.strip().lower())
    return MonthText(period.year, period.month)


def _parse_words(text: str) -> MonthText:
    match = WORD_AND_YEAR.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        raise NotUnderstood(text)
    word, year = match[1], match[2]
    if not word:
        if len(year) != len("2026"):
            raise NotUnderstood(text)
        return MonthText(_full_year(year), None)
    return MonthText(_full_year(year) if year else None, _month_named(word))


def _month_named(word: str) -> int:
    # «ма» of «май, мая» is also the start of «март», which therefore comes first.
    for number, stem in enumerate(MONTH_STEMS, 1):
        if word.startswith(stem) and (stem != "ма" or word in {"май", "мая", "мае"}):
            return number
    raise NotUnderstood(word)


def _full_year(text: str) -> int:
    """:raises NotUnderstood: no bill can be of such a year."""
    year = int(text) if len(text) > len("26") else THIS_CENTURY + int(text)
    if year not in YEARS:
        raise NotUnderstood(text)
    return year


def parse_payment_text(text: str) -> PaymentText:
    """Read a day («03.05.24»), a month («05.2024», «май 2024»), a year («2024») or a sum («1 082,36»).

    :raises NotUnderstood: it is neither a date nor a sum.
    """
    day = _parse_day(text.strip())
    if day is not None:
        return PaymentText(first_day=day, last_day=day)
    found = None if SUM_WITH_POINT.fullmatch(text.strip()) else _month_or_nothing(text)
    if found is None or found.year is None:
        return _parse_sum(text)
    first = Period(found.year, found.month or 1)
    last = Period(found.year, found.month or 12)
    return PaymentText(first_day=first.first_day, last_day=last.last_day)


def _month_or_nothing(text: str) -> MonthText | None:
    try:
        return parse_month_text(text)
    except NotUnderstood:
        return None


def _parse_day(text: str) -> date | None:
    for pattern in ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 -- a day has no time zone
        except ValueError:
            continue
    return None


def _parse_sum(text: str) -> PaymentText:
    match = SUM.fullmatch(NOISE.sub("", text))
    if match is None:
        raise NotUnderstood(text)
    amount = Decimal(f"{match[1]}.{match[2] or 0}")
    return PaymentText(amount=amount, whole_roubles=match[2] is None)
