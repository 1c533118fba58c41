"""The four invented providers of the demo, and how they come into being."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from demo.bundle import Dialect
from demo.requisites import inn
from kabinet.kernel.actors import SYSTEM
from kabinet.providers.enums import ProviderKind, Style

PolicyValue = str | int | bool | list[str]


@dataclass(frozen=True, slots=True, eq=False)
class ProviderSpec:
    """What a provider is and says about itself; ``share`` is its part of the demo's accounts, in percent.

    ``due_day`` is the last day to pay a month's bill, in the month that follows.
    """

    code: str
    name: str
    style: Style
    kind: ProviderKind
    share: int
    region: str
    city: str
    timezone: str
    offset: str
    inn: str
    kpp: str
    address: str
    phone: str
    emergency_phone: str
    hours: str
    email: str
    site: str
    dialect: Dialect
    due_day: int = 15
    policy: Mapping[str, PolicyValue] = field(default_factory=dict)


GAS_A = ProviderSpec(
    code="priozerie-gaz",
    name="ООО «Приозёрьегаз»",
    style=Style.A,
    kind=ProviderKind.GAS,
    share=30,
    region="Приозёрская область",
    city="г. Верхнеозёрск",
    timezone="Europe/Moscow",
    offset="+03:00",
    inn=inn("991401001"),
    kpp="991401001",
    address="991000, Приозёрская область, г. Верхнеозёрск, ул. Газовиков, д. 4",
    phone="8 800 000-14-01",
    emergency_phone="104",
    hours="пн–чт 8:00–17:00, пт 8:00–16:00, обед 12:00–12:48",
    email="abonent@priozerie-gaz.example",
    site="https://priozerie-gaz.example",
    dialect=Dialect(sign=-1),
    due_day=25,  # private houses under a gas supply contract: the contract names the day (facts §6.3)
    policy={
        "due_day": 25,
        "autopay_enabled": True,
        "max_use": 3000,
        "bill_history_months": 120,
        "tell_price_of_silence": True,
    },
)
GAS_B = ProviderSpec(
    code="zarechie-teplogaz",
    name="АО «Заречье Теплогаз»",
    style=Style.B,
    kind=ProviderKind.GAS,
    share=25,
    region="Заречный край",
    city="г. Новозареченск",
    timezone="Europe/Samara",
    offset="+04:00",
    inn=inn("992502002"),
    kpp="992501001",
    address="992100, Заречный край, г. Новозареченск, пр-т Строителей, д. 31А",
    phone="8 800 000-25-02",
    emergency_phone="104",
    hours="пн–пт 8:30–17:30, сб 9:00–14:00",
    email="help@zarechie-teplogaz.example",
    site="https://zarechie-teplogaz.example",
    dialect=Dialect(encoding="cp1251", day_first=True, point=",", cubic_metre="м3"),
    policy={"bill_history_months": 48},
)
POWER = ProviderSpec(
    code="svetogorie-energo",
    name="АО «Энергосбыт Светогорье»",
    style=Style.C,
    kind=ProviderKind.ELECTRICITY,
    share=25,
    region="Светогорская область",
    city="г. Светогорье-Уральское",
    timezone="Asia/Yekaterinburg",
    offset="+05:00",
    inn=inn("993603003"),
    kpp="993601001",
    address="993000, Светогорская область, г. Светогорье-Уральское, ул. Плотинная, д. 1",
    phone="8 800 000-36-03",
    emergency_phone="8 800 000-36-36",
    hours="пн–пт 8:00–20:00, сб 9:00–15:00",
    email="client@svetogorie-energo.example",
    site="https://svetogorie-energo.example",
    dialect=Dialect(),
)
HOUSING = ProviderSpec(
    code="dom-na-sadovoy",
    name="ООО «Расчётный центр „Дом на Садовой“»",
    style=Style.D,
    kind=ProviderKind.HOUSING,
    share=20,
    region="Приозёрская область",
    city="г. Верхнеозёрск",
    timezone="Europe/Moscow",
    offset="+03:00",
    inn=inn("991404004"),
    kpp="991401001",
    address="991000, Приозёрская область, г. Верхнеозёрск, ул. Садовая, д. 17, корп. 2",
    phone="8 800 000-14-04",
    emergency_phone="8 800 000-14-44",
    hours="пн–пт 9:00–18:00, обед 13:00–14:00",
    email="centr@dom-na-sadovoy.example",
    site="https://dom-na-sadovoy.example",
    dialect=Dialect(),
    policy={"bill_history_months": 180, "tell_price_of_silence": True},
)
PROVIDERS = (GAS_A, GAS_B, POWER, HOUSING)
BY_CODE = {spec.code: spec for spec in PROVIDERS}


def register(*, at: datetime) -> None:
    """Create the providers that do not exist yet, with their contacts and rules."""
    from kabinet.providers import operations

    for spec in PROVIDERS:
        try:
            operations.add_provider(
                actor=SYSTEM,
                code=spec.code,
                name=spec.name,
                style=spec.style,
                kind=spec.kind,
                at=at,
            )
        except operations.ProviderExists:
            continue
        operations.describe_provider(
            actor=SYSTEM, code=spec.code, contacts=_contacts(spec), rules=spec.policy, at=at
        )


def _contacts(spec: ProviderSpec) -> dict[str, str]:
    names = "region timezone inn kpp address phone emergency_phone hours email site"
    return {name: getattr(spec, name) for name in names.split()}
