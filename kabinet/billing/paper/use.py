"""A year of use, and why this month's charge differs from the last one's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kabinet.billing.enums import VolumeBasis
from kabinet.billing.models import Tariff
from kabinet.billing.paper.reads import HISTORY_MONTHS, MonthOfService
from kabinet.billing.paper.rows import PaperChange, PaperLine, PaperUse
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

METERED = {VolumeBasis.METER, VolumeBasis.AVERAGE}
VOLUME_STEP = Decimal("0.0001")


def main_service(lines: Sequence[PaperLine]) -> PaperLine | None:
    """Give a line of the bill's only metered service; None when there are several or none."""
    metered = [line for line in lines if line.basis in METERED and not line.is_penalty]
    return metered[0] if len({line.service_id for line in metered}) == 1 else None


def year_of(
    main: PaperLine | None, period: Period, months: Sequence[MonthOfService], average_months: int
) -> PaperUse | None:
    """Give the twelve months that end with this one; None without a single earlier month to compare."""
    if main is None:
        return None
    known = {
        Period.of(month.period): month
        for month in months
        if month.service_id == main.service_id and month.volume is not None
    }
    if not any(earlier < period for earlier in known):
        return None
    volumes = {earlier: month.volume for earlier, month in known.items()}
    recent = [volumes[month] for month in period.back(average_months) if month in volumes]
    year_ago = known.get(period.plus(-HISTORY_MONTHS))
    return PaperUse(
        service=main.service,
        unit=main.unit,
        months=[(month, volumes.get(month)) for month in reversed([*period.back(HISTORY_MONTHS)])],
        average=_average([volume for volume in recent if volume is not None]),
        average_months=len(recent),
        year_ago=year_ago.volume if year_ago else None,
        year_ago_charged=Money(year_ago.charged) if year_ago else None,
    )


def _average(volumes: Sequence[Decimal]) -> Decimal | None:
    if not volumes:
        return None
    return (sum(volumes, Decimal(0)) / len(volumes)).quantize(VOLUME_STEP)


def change_of(
    main: PaperLine | None, period: Period, months: Sequence[MonthOfService]
) -> PaperChange | None:
    """Split the difference between two months' charges by cause; None when nothing differs or is known."""
    now = [month for month in months if Period.of(month.period) == period]
    before = [month for month in months if Period.of(month.period) == period.plus(-1)]
    if not now or not before:
        return None
    difference = _accrued(now) - _accrued(before)
    if not difference:
        return None

    by_volume = by_tariff = Money.zero()
    ours, theirs = _of(main, now), _of(main, before)
    if _comparable(ours) and _comparable(theirs) and ours and theirs:
        assert ours.volume is not None and theirs.volume is not None  # noqa: S101, PT018 -- comparable
        assert ours.tariff is not None and theirs.tariff is not None  # noqa: S101, PT018 -- comparable
        by_volume = Money.rounded((ours.volume - theirs.volume) * theirs.tariff)
        by_tariff = Money.rounded((ours.tariff - theirs.tariff) * ours.volume)
    by_adjusted = Money(
        sum((m.adjusted for m in now), Decimal(0)) - sum((m.adjusted for m in before), Decimal(0))
    )
    return PaperChange(
        previous=period.plus(-1),
        difference=difference,
        unit=main.unit if main else "",
        volume=ours.volume if ours else None,
        previous_volume=theirs.volume if theirs else None,
        by_volume=by_volume,
        tariff=ours.tariff if ours else None,
        previous_tariff=theirs.tariff if theirs else None,
        by_tariff=by_tariff,
        by_adjusted=by_adjusted,
        by_rest=difference - by_volume - by_tariff - by_adjusted,
    )


def _accrued(months: Sequence[MonthOfService]) -> Money:
    return Money(sum((month.accrued for month in months), Decimal("0.00")))


def _of(main: PaperLine | None, months: Sequence[MonthOfService]) -> MonthOfService | None:
    if main is None:
        return None
    return next((month for month in months if month.service_id == main.service_id), None)


def _comparable(month: MonthOfService | None) -> bool:
    """One price and one volume: with day zones the causes cannot be told apart here."""
    return month is not None and month.volume is not None and month.tariffs == 1


def tariff_documents(
    lines: Sequence[PaperLine], period: Period, tariffs: Mapping[int, Sequence[Tariff]]
) -> Sequence[tuple[str, str]]:
    """Name for each service the document that set the price of its rows (BIL-22)."""
    found: dict[str, str] = {}
    for line in lines:
        for tariff in tariffs.get(line.service_id, ()):
            in_force = tariff.valid_to is None or tariff.valid_to >= period.first_day
            if in_force and tariff.price == line.tariff and tariff.valid_from <= period.last_day:
                found.setdefault(line.service, tariff.document)
                break
    return list(found.items())
