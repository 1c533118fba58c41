"""The nine services of a house: by area, by meter, by norm, and for common property; three payees."""

from __future__ import annotations

from demo.books import Charge, Layout, Slot
from demo.households import Fate, Household
from demo.metering import DeviceKind, MeteringPoint, new_serial
from demo.months import Month, Timeline, cost, price
from demo.providers import HOUSING
from demo.reference import prices_of
from demo.utilities import HEATING_MONTHS

PAYEES = {
    "soderzhanie": "uk",
    "otoplenie": "rso",
    "gvs": "rso",
    "hvs": "rso",
    "vo": "rso",
    "hvs-soi": "uk",
    "ee-soi": "uk",
    "vo-soi": "uk",
    "kapremont": "fkr",
}
UNITS = {
    "otoplenie": "Гкал",
    "gvs": "м³",
    "hvs": "м³",
    "vo": "м³",
    "hvs-soi": "м³",
    "ee-soi": "кВт·ч",
    "vo-soi": "м³",
}
BY_AREA = ("soderzhanie", "kapremont")
# Volume per m² of the flat in ten-thousandths, and the norm as the bill names it.
COMMON = {
    "hvs-soi": (27, "0,0187 м³/м² ОИ"),
    "ee-soi": (5001, "2,7770 кВт·ч/м² ОИ"),
    "vo-soi": (27, "0,0187 м³/м² ОИ"),
}
WATER_NORMS = {"gvs": (32_000, "3,2 м³/чел."), "hvs": (47_000, "4,7 м³/чел.")}
# Gcal per m² by month, in ten-thousandths.
HEAT = {10: 118, 11: 196, 12: 262, 1: 281, 2: 254, 3: 203, 4: 121}
UNITED = "Объединённая"
WATER_BILL = "ХВС и ВО"
MAIN_BILL = "Основная"
SUPPLEMENT = "Дополнение № 1"


class Housing:
    """A flat in a house of style D."""

    group = ""

    def __init__(self, home: Household, timeline: Timeline) -> None:
        rng = home.rng
        self.home, self.timeline = home, timeline
        prices = prices_of(HOUSING)
        self.prices = {service: prices[service, "", ""] for service in PAYEES}
        self.slot = {service: self._slot(service) for service in PAYEES}
        main = self.slot["soderzhanie"].kind
        self.slots = [
            *self.slot.values(),
            Slot("soderzhanie", "uk", main, is_penalty=True),
            Slot("kapremont", "fkr", main, is_penalty=True),
        ]
        self.slots.sort(key=lambda slot: slot.kind == WATER_BILL)
        self.layout = Layout(adjusted=True, penalty=True, operation=True, sparse=True, clamp=True)
        self.monthly = {"gvs": home.residents * rng.randrange(14, 40) * 1000}
        self.monthly["hvs"] = home.residents * rng.randrange(20, 52) * 1000
        self.points: list[MeteringPoint] = []
        self.by_service: dict[str, MeteringPoint] = {}
        if home.fate is not Fate.NONE:
            for service, name, years in (("gvs", "СВ-15Г", 4), ("hvs", "СВ-15Х", 6)):
                self._add_point(service, name, years)

    def _slot(self, service: str) -> Slot:
        kind = UNITED
        if self.home.separate:
            kind = WATER_BILL if service in {"hvs", "vo"} else MAIN_BILL
        unit = self.timeline.dialect.unit(UNITS.get(service, "м²"))
        return Slot(service, PAYEES[service], kind, unit=unit)

    def _add_point(self, service: str, model: str, years: int) -> None:
        home = self.home
        place = ("ванная", "санузел", "кухня")[home.area % 3]
        first = home.serial if not self.points else ""
        point = MeteringPoint(
            home,
            DeviceKind(service, model, place, 5, years, decimals=3),
            self.timeline,
            first or new_serial(home.rng),
            # Fate strikes the hot water meter alone, so that one account shows both sorts.
            Fate.NORMAL if self.points else home.fate,
        )
        point.start([self.monthly[service]])
        self.points.append(point)
        self.by_service[service] = point

    def charges(self, index: int, month: Month) -> list[Charge]:
        found = [self._by_area(service, month) for service in BY_AREA]
        water = {service: self._water(service, index, month) for service in ("gvs", "hvs")}
        found += water.values()
        drained = sum(charge.volume or 0 for charge in water.values())
        found.append(self._priced("vo", month, drained, water["hvs"].basis))
        for service, (per_metre, norm) in COMMON.items():
            found.append(
                self._priced(service, month, self.home.area * per_metre // 100, "norm", norm)
            )
        if month.month in HEATING_MONTHS:
            volume = self.home.area * HEAT[month.month] // 100
            norm = f"{HEAT[month.month] / 10_000:.4f} Гкал/м²".replace(".", ",", 1)
            found.append(self._priced("otoplenie", month, volume, "norm", norm))
        self._recalculate(found)
        return found

    def _priced(
        self, service: str, month: Month, volume: int, basis: str, norm: str = ""
    ) -> Charge:
        tariff = price(self.prices[service], month.tariff_year)
        return Charge(self.slot[service], cost(tariff, volume), tariff, volume, basis, norm)

    def _by_area(self, service: str, month: Month) -> Charge:
        return self._priced(service, month, self.home.area * 100, "area")

    def _water(self, service: str, index: int, month: Month) -> Charge:
        point = self.by_service.get(service)
        if point is None:
            norm, text = WATER_NORMS[service]
            return self._priced(service, month, norm * self.home.residents, "norm", text)
        used = self.monthly[service] * self.home.rng.randrange(70, 131) // 1000 * 10
        (volume,), basis = point.volumes(index, month, [used])
        return self._priced(service, month, volume, basis)

    def _recalculate(self, found: list[Charge]) -> None:
        """Now and then take a part of a charge back, or add a row to it."""
        rng = self.home.rng
        luck = rng.random()
        if luck > 0.02:
            return
        source = found[rng.randrange(len(found))]
        part = source.amount * rng.randrange(3, 30) // 100
        if part > 0 and luck < 0.005:
            extra = Charge(source.slot, part, operation="перерасчёт", extra=True)
            found.insert(found.index(source) + 1, extra)
        elif part > 0:
            source.adjusted = -part

    def preliminary(self, month: Month) -> int:
        """What next month will ask by area: it is known ahead and may be paid ahead (BIL-25)."""
        if not self.home.in_block or self.home.number[-1] in "02468":
            return 0
        return sum(self._by_area(service, month).amount for service in BY_AREA)

    def supplement(self, month: Month) -> Charge | None:
        """Give the recalculation that a supplement to the month's bill brings, rarely."""
        rng = self.home.rng
        if month.month not in {4, 10} or rng.random() > 0.06:
            return None
        amount = rng.randrange(4_000, 60_000)
        return Charge(self.slot["otoplenie"], amount, operation="корректировка по ОДПУ")

    def finish(self) -> None:
        for service, point in self.by_service.items():
            point.read_open_month([self.monthly[service]])
