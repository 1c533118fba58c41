"""Why a sum changed: the difference of two months split into parts that add up to the kopeck (ADR 0017).

Pure functions without Django. The rule: of one service, use = (v1 − v0) · p0 and price = (p1 − p0) · v1, each rounded
to the kopeck; what is left of the difference stays visible as "other". Debt is positive, and so is a growing charge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from kabinet.billing.calculations import NOTHING
from kabinet.billing.causes import Factor, Part, Piece, Reason
from kabinet.kernel.money import KOPECK, Money

ONE = Decimal(1)
_HALF = KOPECK / 2
_DAYS = frozenset({"дн.", "дн", "дней", "день", "сут.", "сут"})
_NORM, _AREA, _HEADS = "norm", "area", "heads"


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A service in both months; ``parts`` add up to ``change``."""

    service: str
    kind: str
    before: Money
    after: Money
    parts: tuple[Part, ...]

    @property
    def change(self) -> Money:
        return self.after - self.before

    def of(self, *factors: Factor) -> Money:
        return Money.total(part.amount for part in self.parts if part.factor in factors)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole change; its services add up to it, and so do their parts."""

    services: tuple[ServiceChange, ...]

    @property
    def before(self) -> Money:
        return Money.total(row.before for row in self.services)

    @property
    def after(self) -> Money:
        return Money.total(row.after for row in self.services)

    @property
    def change(self) -> Money:
        return self.after - self.before

    @property
    def parts(self) -> tuple[Part, ...]:
        """The largest first."""
        found = [part for row in self.services for part in row.parts]
        return tuple(sorted(found, key=lambda part: abs(part.amount), reverse=True))

    def of(self, *factors: Factor) -> Money:
        return Money.total(row.of(*factors) for row in self.services)


@dataclass(frozen=True, slots=True)
class DueStory:
    """How a month's sum due came about: opening + accrued − paid + other = total.

    ``paid`` is None where the opening has the payments inside already (BIL-24).
    """

    opening: Money
    accrued: Money
    paid: Money | None
    total: Money

    @property
    def other(self) -> Money:
        return self.total - self.opening - self.accrued + (self.paid or NOTHING)


def percent_change(before: Money, after: Money) -> int | None:
    """The change in whole per cent; unknown against nothing or a sum in the person's favour."""
    if before.amount <= 0:
        return None
    share = (after - before).amount * 100 / before.amount
    return int(share.quantize(ONE, ROUND_HALF_UP))


def explain(before: Sequence[Piece], after: Sequence[Piece]) -> Explanation:
    """Split the change from one month's rows to another's.

    Where one of the months came without lines, only what bills say as a whole can be compared.
    """
    if not (_has_lines(before) and _has_lines(after)):
        before, after, reason = _as_whole(before), _as_whole(after), Reason.NO_LINES
    else:
        reason = Reason.OUTSIDE_LINES
    earlier, later = _by_service(before), _by_service(after)
    names = list(dict.fromkeys([*later, *earlier]))
    rows = [_explain_service(earlier.get(n, []), later.get(n, []), reason) for n in names]
    told = [row for row in rows if row.before or row.after or row.parts]
    return Explanation(tuple(sorted(told, key=lambda row: abs(row.change), reverse=True)))


def _has_lines(pieces: Iterable[Piece]) -> bool:
    return any(piece.service for piece in pieces)


def _as_whole(pieces: Sequence[Piece]) -> list[Piece]:
    """Forget services: sums of the bill, penalties apart."""
    return [
        Piece(
            service="",
            charged=Money.total(piece.charged for piece in own),
            adjusted=Money.total(piece.adjusted for piece in own),
            benefit=Money.total(piece.benefit for piece in own),
            quality=Money.total(piece.quality for piece in own),
            is_penalty=is_penalty,
        )
        for is_penalty in (False, True)
        if (own := [piece for piece in pieces if piece.is_penalty is is_penalty])
    ]


def _by_service(pieces: Iterable[Piece]) -> Mapping[str, list[Piece]]:
    groups: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        groups[piece.service].append(piece)
    return groups


def _explain_service(
    before: Sequence[Piece], after: Sequence[Piece], whole: Reason
) -> ServiceChange:
    any_piece = (after or before)[0]
    name, kind = any_piece.service, any_piece.kind
    parts = [*_charge_parts(before, after, whole), *_side_parts(before, after)]
    return ServiceChange(
        service=name,
        kind=kind,
        before=Money.total(piece.net for piece in before),
        after=Money.total(piece.net for piece in after),
        parts=_merged(parts, name, kind),
    )


def _side_parts(before: Sequence[Piece], after: Sequence[Piece]) -> Iterable[Part]:
    """Everything beside the charge itself: each is simply the difference of its sums."""
    for factor, measure in _SIDES.items():
        was, now = (Money.total(map(measure, pieces)) for pieces in (before, after))
        if was != now:
            yield Part(factor, now - was, sums=(was, now))


def _recalculated(piece: Piece) -> Money:
    if piece.is_penalty:
        return NOTHING
    return piece.adjusted + piece.charged if piece.is_recalculation else piece.adjusted


_SIDES = {
    Factor.RECALCULATION: _recalculated,
    Factor.BENEFIT: lambda piece: NOTHING if piece.is_penalty else -piece.benefit,
    Factor.QUALITY: lambda piece: NOTHING if piece.is_penalty else -piece.quality,
    Factor.PENALTY: lambda piece: piece.net if piece.is_penalty else NOTHING,
}


@dataclass(slots=True)
class _Strand:
    """The ordinary rows of one service that belong together in one month."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def charged(self) -> Money:
        return Money.total(piece.charged for piece in self.pieces)

    @property
    def is_figured(self) -> bool:
        return all(_volume(piece) is not None and piece.tariff is not None for piece in self.pieces)

    @property
    def volume(self) -> Decimal:
        return sum((_volume(piece) or Decimal(0) for piece in self.pieces), Decimal(0))

    @property
    def tariffs(self) -> set[Decimal]:
        return {piece.tariff for piece in self.pieces if piece.tariff is not None}

    @property
    def price(self) -> Decimal | None:
        """The only tariff, or the average one by volume where it changed inside the month."""
        if not self.is_figured or not self.pieces:
            return None
        if len(self.tariffs) == 1:
            return next(iter(self.tariffs))
        if not self.volume:
            return None
        weighted = ((_volume(p) or Decimal(0)) * (p.tariff or Decimal(0)) for p in self.pieces)
        return sum(weighted, Decimal(0)) / self.volume

    def told(self, name: str) -> str:
        """What the rows say under this name when they all say the same, or all of it."""
        return ", ".join(sorted({str(getattr(piece, name)) for piece in self.pieces} - {""}))


def _volume(piece: Piece) -> Decimal | None:
    """A fixed fee that names only its price is one unit of it."""
    if piece.volume is None and piece.tariff is not None:
        return ONE if Money.rounded(piece.tariff) == piece.charged else None
    return piece.volume


def _charge_parts(before: Sequence[Piece], after: Sequence[Piece], whole: Reason) -> Iterable[Part]:
    was, now = _strands(before), _strands(after)
    if not was and not now:
        return []
    if (after or before)[0].service == "":
        return _unexplained(_joined(was), _joined(now), whole)
    if not was or not now:
        factor = Factor.APPEARED if now else Factor.DISAPPEARED
        change = _joined(now).charged - _joined(was).charged
        sums = (_joined(was).charged, _joined(now).charged)
        return [Part(factor, change, sums=sums)] if change else []
    if was.keys() != now.keys():
        # Zones came or went: only the service as a whole can be compared.
        return _compared(_joined(was), _joined(now))
    return [part for name in now for part in _compared(was[name], now[name])]


def _strands(pieces: Iterable[Piece]) -> Mapping[str, _Strand]:
    strands: dict[str, _Strand] = defaultdict(_Strand)
    for piece in pieces:
        if not piece.is_penalty and not piece.is_recalculation and piece.says_something:
            strands[piece.strand].pieces.append(piece)
    return strands


def _joined(strands: Mapping[str, _Strand]) -> _Strand:
    return _Strand([piece for strand in strands.values() for piece in strand.pieces])


def _unexplained(was: _Strand, now: _Strand, reason: Reason) -> list[Part]:
    change = now.charged - was.charged
    return [Part(Factor.OTHER, change, reason=reason)] if change else []


def _compared(was: _Strand, now: _Strand) -> list[Part]:
    """Use at the old price, price at the new use, and what is left (ADR 0017)."""
    p0, p1 = was.price, now.price
    if p0 is None or p1 is None:
        return _unexplained(was, now, Reason.NO_FIGURES)
    if was.told("unit") != now.told("unit"):
        return _unexplained(was, now, Reason.OTHER_UNIT)
    v0, v1 = was.volume, now.volume
    by_use, by_price = Money.rounded((v1 - v0) * p0), Money.rounded((p1 - p0) * v1)
    rest = now.charged - was.charged - by_use - by_price
    # Every row was rounded once by the provider, and both effects here.
    slack = _HALF * (len(was.pieces) + len(now.pieces) + 2)
    reason = Reason.ROUNDING if abs(rest.amount) <= slack else Reason.NOT_BY_FORMULA
    if reason is Reason.ROUNDING and (by_use or by_price):
        # A kopeck is no cause of its own: it goes with the larger effect.
        is_price = abs(by_price) > abs(by_use)
        by_use, by_price = (by_use, by_price + rest) if is_price else (by_use + rest, by_price)
        rest = NOTHING
    single = len(was.tariffs) == len(now.tariffs) == 1
    return [
        Part(
            _volume_factor(was, now),
            by_use,
            unit=now.told("unit"),
            volumes=(v0, v1),
            norms=(was.told("norm"), now.told("norm")),
            bases=(was.told("basis"), now.told("basis")),
        ),
        Part(Factor.PRICE, by_price, unit=now.told("unit"), prices=((p0, p1),) if single else ()),
        Part(Factor.OTHER, rest, reason=reason),
    ]


def _volume_factor(was: _Strand, now: _Strand) -> Factor:
    if was.told("basis") != now.told("basis"):
        return Factor.BASIS
    basis = now.told("basis")
    if basis == _NORM:
        return _norm_factor(was.told("norm"), now.told("norm"))
    if basis in {_AREA, _HEADS}:
        return Factor.AREA if basis == _AREA else Factor.HEADS
    return Factor.DAYS if now.told("unit") in _DAYS else Factor.USE


def _norm_factor(was: str, now: str) -> Factor:
    """The same norm with another volume: what it is multiplied by has changed."""
    if was != now or not now:
        return Factor.NORM
    if "чел" in now:
        return Factor.HEADS
    return Factor.AREA if "м²" in now else Factor.NORM


def _merged(parts: Iterable[Part], service: str, kind: str) -> tuple[Part, ...]:
    """One part a factor, its strands put together; those that came to nothing are left out."""
    groups: dict[tuple[Factor, Reason | None], list[Part]] = defaultdict(list)
    for part in parts:
        groups[part.factor, part.reason].append(part)
    merged = [_merge(own, service, kind) for own in groups.values()]
    return tuple(part for part in merged if part.amount)


def _merge(parts: Sequence[Part], service: str, kind: str) -> Part:
    first = parts[0]
    units = {part.unit for part in parts}
    volumes = [part.volumes for part in parts if part.volumes is not None]
    known = len(units) == 1 and len(volumes) == len(parts)
    priced = all(part.prices for part in parts)
    return Part(
        factor=first.factor,
        amount=Money.total(part.amount for part in parts),
        service=service,
        kind=kind,
        unit=first.unit if len(units) == 1 else "",
        volumes=(_sum(v[0] for v in volumes), _sum(v[1] for v in volumes)) if known else None,
        prices=tuple(pair for part in parts for pair in part.prices if pair[0] != pair[1])
        if priced
        else (),
        norms=first.norms,
        bases=first.bases,
        sums=first.sums,
        reason=first.reason,
    )


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))
