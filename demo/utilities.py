"""What is charged each month: gas, electricity, and the services of a house."""

from __future__ import annotations

from typing import Protocol

from demo.books import Charge, Layout, Slot
from demo.households import Fate, Household
from demo.metering import UNIT, DeviceKind, MeteringPoint, new_serial
from demo.months import Month, Timeline, cost, price
from demo.providers import GAS_A, ProviderSpec
from demo.reference import prices_of

# Use by month, per cent of the coldest one.
HEATING_YEAR = (100, 92, 74, 46, 20, 9, 7, 7, 17, 42, 68, 93)
POWER_YEAR = (118, 110, 104, 97, 92, 88, 86, 88, 94, 102, 110, 120)
HEATING_MONTHS = {10, 11, 12, 1, 2, 3, 4}


class Utility(Protocol):
    """What a provider sells to one account; ``points`` are its metering points."""

    layout: Layout
    slots: list[Slot]
    points: list[MeteringPoint]
    group: str

    def charges(self, index: int, month: Month) -> list[Charge]: ...

    def finish(self) -> None: ...


class Gas:
    """Gas by meter or by heads, and the yearly maintenance in monthly parts."""

    def __init__(self, spec: ProviderSpec, home: Household, timeline: Timeline) -> None:
        rng = home.rng
        self.home, self.timeline = home, timeline
        self.is_a = spec is GAS_A
        heated = home.kind == "heating"
        self.group = self._group(heated=heated)
        prices = prices_of(spec)
        self.gas_price = prices["gas", self.group, ""]
        self.care_price = prices["vdgo", "", ""]
        self.peak = rng.randrange(240, 720) if heated else home.residents * rng.randrange(5, 12)
        unit = timeline.dialect.unit("м³")
        kind = "общая"
        self.gas = Slot("gas", "main", kind, unit=unit)
        self.care = Slot("vdgo", "gro" if self.is_a else "main", kind, unit="шт.")
        self.slots = [self.gas, self.care]
        self.layout = Layout(adjusted=True, benefit=True)
        if not self.is_a:
            self.slots.append(Slot("gas", "main", kind, is_penalty=True))
            self.layout = Layout(adjusted=True, quality=True, penalty=True)
        self.points: list[MeteringPoint] = []
        if home.fate is not Fate.NONE:
            model = "БК-G4T" if heated else "СГМН-1-G1,6" if self.is_a else "БК Арзамас G4T"
            place = "на фасаде" if heated else "кухня"
            point = MeteringPoint(
                home,
                DeviceKind("gas", model, place, 5, 10, max_use="3000" if heated else "300"),
                timeline,
                home.serial or new_serial(rng),
                home.fate,
            )
            point.start([self._use(4) * UNIT])
            self.points.append(point)

    def _group(self, *, heated: bool) -> str:
        if self.is_a:
            return "норматив" if self.home.fate is Fate.NONE else "отопление" if heated else "плита"
        return "дом" if heated else "квартира"

    def _use(self, month: int) -> int:
        if self.home.kind == "heating":
            return self.peak * HEATING_YEAR[month - 1] // 100
        return self.peak

    def charges(self, index: int, month: Month) -> list[Charge]:
        rng = self.home.rng
        tariff = price(self.gas_price, month.tariff_year)
        if self.points:
            used = max(1, self._use(month.month) * rng.randrange(85, 116) // 100)
            (volume,), basis = self.points[0].volumes(index, month, [used * UNIT])
            norm = ""
        else:
            volume, basis, norm = 13 * self.home.residents * UNIT, "norm", "13 м³/чел."
            norm = norm.replace("м³", self.gas.unit)
        charge = Charge(self.gas, cost(tariff, volume), tariff, volume, basis, norm)
        self._correct(charge)
        care = price(self.care_price, month.tariff_year)
        return [charge, Charge(self.care, cost(care, UNIT), care, UNIT, "other")]

    def _correct(self, charge: Charge) -> None:
        rng = self.home.rng
        if charge.amount <= 0:
            return
        if self.is_a and self.home.benefit:
            charge.benefit = charge.amount // 2
        luck = rng.random()
        if luck < 0.015:
            charge.adjusted = -(charge.amount * rng.randrange(5, 60) // 100)
        elif luck < 0.022:
            charge.adjusted = rng.randrange(500, 30_000)
        elif luck < 0.03 and not self.is_a:
            charge.quality = charge.amount * rng.randrange(1, 10) // 100

    def finish(self) -> None:
        for point in self.points:
            point.read_open_month([self._use(self.timeline.current.month) * UNIT])


class Power:
    """Electricity by one, two or three day zones; common property; waste of another supplier."""

    def __init__(self, spec: ProviderSpec, home: Household, timeline: Timeline) -> None:
        rng = home.rng
        self.home, self.timeline = home, timeline
        rural = not home.in_block
        self.group = "село" if rural else "электроплита" if home.kind == "stove" else "город"
        zones = {1: ("",), 2: ("T1", "T2"), 3: ("T1", "T2", "T3")}[
            2 if home.kind == "zones" else rng.choices((1, 2, 3), (45, 42, 13))[0]
        ]
        if home.fate is Fate.NONE:
            zones = ("",)
        prices = prices_of(spec)
        self.prices = [prices["ee", self.group, zone] for zone in zones]
        self.soi_price, self.waste_price = prices["ee-soi", "", ""], prices["tko", "", ""]
        self.parts = {1: (100,), 2: (68, 32), 3: (31, 30, 39)}[len(zones)]
        self.monthly = rng.randrange(60, 150) * (home.residents + 1) * (3 if rural else 1)
        supplier = "sever" if home.branch == "north" else "sbyt"
        kind = "единая"
        self.zones = [Slot("ee", supplier, kind, unit="кВт·ч") for _ in zones]
        self.zone_names = zones
        self.common = Slot("ee-soi", supplier, kind, unit="кВт·ч") if home.in_block else None
        self.waste = Slot("tko", "eko", kind, unit="чел.")
        self.slots = [*self.zones, *([self.common] if self.common else []), self.waste]
        self.layout = Layout(adjusted=True, operation=True)
        self.points: list[MeteringPoint] = []
        if home.fate is not Fate.NONE:
            model = ("СЕ 101 S6", "Меркурий 200.02", "Энергомера CE 102M")[len(zones) - 1]
            place = "щит на площадке" if home.in_block else "на опоре"
            point = MeteringPoint(
                home,
                DeviceKind("ee", model, place, 6, 16, zones=zones),
                timeline,
                home.serial or new_serial(rng),
                home.fate,
            )
            point.start([self.monthly * part // 100 * UNIT for part in self.parts])
            self.points.append(point)

    def _used(self, month: Month) -> list[int]:
        whole = self.monthly * POWER_YEAR[month.month - 1] // 100
        return [
            max(1, whole * part * self.home.rng.randrange(85, 116) // 10_000) * UNIT
            for part in self.parts
        ]

    def charges(self, index: int, month: Month) -> list[Charge]:
        norm = ""
        if self.points:
            volumes, basis = self.points[0].volumes(index, month, self._used(month))
        else:
            volumes, basis, norm = [92 * self.home.residents * UNIT], "norm", "92 кВт·ч/чел."
        found = []
        for slot, base, volume, zone in zip(
            self.zones, self.prices, volumes, self.zone_names, strict=True
        ):
            tariff = price(base, month.tariff_year)
            operation = f"начисление, зона {zone}" if zone else "начисление"
            found.append(Charge(slot, cost(tariff, volume), tariff, volume, basis, norm, operation))
        if self.common:
            tariff, volume = price(self.soi_price, month.tariff_year), self.home.area * 46
            found.append(
                Charge(self.common, cost(tariff, volume), tariff, volume, "norm", "0,46 кВт·ч/м²")
            )
        tariff, heads = price(self.waste_price, month.tariff_year), self.home.residents * UNIT
        found.append(Charge(self.waste, cost(tariff, heads), tariff, heads, "heads"))
        if self.home.rng.random() < 0.012:
            found[0].adjusted = -self.home.rng.randrange(1_000, 25_000)
        return found

    def finish(self) -> None:
        for point in self.points:
            point.read_open_month(self._used(self.timeline.current))
