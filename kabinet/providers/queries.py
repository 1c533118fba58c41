from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kabinet.kernel.actors import Actor, Role
from kabinet.kernel.errors import NotVisible
from kabinet.providers import scopes
from kabinet.providers.calculations import Moved
from kabinet.providers.enums import CardSystem, Feature, HomeBlock, PayMethod, Proof
from kabinet.providers.models import Branch, CalendarDay, Provider, ProviderPolicy, StaffMember


class ProviderNotFound(NotVisible):
    pass


class BranchNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A provider's rules as plain values; what each means stands at the model's fields."""

    account_pattern: str
    account_hint: str
    two_tier: bool
    search_proofs: tuple[Proof, ...]
    link_proofs: tuple[Proof, ...]
    upgrade_proofs: tuple[Proof, ...]
    consent_at_linking: bool
    max_accounts: int
    max_holders: int
    enabled_features: frozenset[Feature]
    limited_features: frozenset[Feature]
    home_blocks: tuple[HomeBlock, ...]
    readings_from_day: int
    readings_to_day: int
    allow_equal_reading: bool
    tick_by_default: bool
    allow_resubmit: bool
    ask_reading_date: bool
    ask_reading_volume: bool
    expired_verification: str
    meter_mask: str
    max_use: Decimal | None
    unusual_use_factor: int
    average_months: int
    reading_history_months: int
    guest_readings: str
    tell_price_of_silence: bool
    silence_average_months: int
    silence_norm_after: int
    balance_sign: str
    bill_history_months: int
    clamp_negative_rows: bool
    due_day: int
    max_data_age_hours: int
    pay_min: Decimal
    pay_max: Decimal
    pay_methods: tuple[PayMethod, ...]
    card_systems: tuple[CardSystem, ...]
    commission_card: Decimal
    commission_sbp: Decimal
    pay_with_readings: bool
    guest_payments: str
    pay_session_minutes: int
    posting_days: int
    autopay_enabled: bool
    autopay_over_limit: str


@dataclass(frozen=True, slots=True)
class LogoRow:
    """A kept logo by its SHA-256, which stands in its address; its size in pixels."""

    digest: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider as customers see it: name, looks, contacts, rules; ``colour`` is "#rrggbb" or ""."""

    id: int
    public_id: str
    code: str
    name: str
    kind: str
    style: str
    is_active: bool
    region: str
    timezone: str
    inn: str
    kpp: str
    address: str
    phone: str
    emergency_phone: str
    hours: str
    email: str
    site: str
    colour: str
    logo: LogoRow | None
    policy: PolicyRow


def to_policy_row(policy: ProviderPolicy) -> PolicyRow:
    converted: dict[str, Any] = {
        # Staff are asked once the account is found; nobody types their word.
        "search_proofs": tuple(
            Proof(code) for code in policy.search_proofs if code != Proof.MANUAL
        ),
        "link_proofs": tuple(Proof(code) for code in policy.link_proofs),
        "upgrade_proofs": tuple(Proof(code) for code in policy.upgrade_proofs),
        "enabled_features": frozenset(Feature(code) for code in policy.enabled_features),
        "limited_features": frozenset(Feature(code) for code in policy.limited_features),
        "home_blocks": tuple(HomeBlock(code) for code in policy.home_blocks),
        "pay_methods": tuple(PayMethod(code) for code in policy.pay_methods),
        "card_systems": tuple(CardSystem(code) for code in policy.card_systems),
    }
    plain: dict[str, Any] = {
        name: getattr(policy, name)
        for name in PolicyRow.__dataclass_fields__
        if name not in converted
    }
    return PolicyRow(**plain, **converted)


def to_provider_row(provider: Provider) -> ProviderRow:
    """Needs ``select_related("policy")`` to stay at one query."""
    return ProviderRow(
        policy=to_policy_row(provider.policy),
        public_id=str(provider.public_id),
        logo=_to_logo_row(provider),
        **{
            name: getattr(provider, name)
            for name in ProviderRow.__dataclass_fields__
            if name not in {"policy", "public_id", "logo"}
        },
    )


def _to_logo_row(provider: Provider) -> LogoRow | None:
    if not provider.logo_key:
        return None
    return LogoRow(provider.logo_sha256, provider.logo_width, provider.logo_height)


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """A provider in the directory: what people know it by (ACC-03)."""

    code: str
    name: str
    kind_label: str
    regions: tuple[str, ...]
    finds_by_address: bool


def get_active_providers() -> Sequence[ProviderRow]:
    """Give the providers that take part, by region and name (ACC-03)."""
    providers = Provider.objects.filter(is_active=True).select_related("policy")
    return [to_provider_row(provider) for provider in providers.order_by("region", "name", "pk")]


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """A region with the providers that work there; ``only`` is the code where there is just one."""

    name: str
    provider_names: tuple[str, ...]
    only: str


@dataclass(frozen=True, slots=True)
class BranchChoice:
    code: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class BranchedProvider:
    """A provider with its branches; without any it is chosen as a whole."""

    provider: ProviderChoice
    branches: tuple[BranchChoice, ...]


def get_provider_choices(*, search: str = "", region: str = "") -> Sequence[ProviderChoice]:
    """Give the directory, narrowed to providers whose name, region or branch holds every word searched for.

    ``region`` leaves those that work there.
    """
    found = [
        _to_choice(provider)
        for provider in _directory()
        if _has_words(_searched_text(provider), search)
    ]
    there = [choice for choice in found if not region or region in choice.regions]
    return sorted(there, key=_by_region_and_name)


def get_region_choices(*, search: str = "") -> Sequence[RegionChoice]:
    """Give the regions where somebody works, narrowed by words of the region's name or its providers' (ACC-03)."""
    there: dict[str, list[ProviderChoice]] = {}
    for choice in get_provider_choices():
        for region in choice.regions:
            there.setdefault(region, []).append(choice)
    return [
        RegionChoice(
            name=region,
            provider_names=tuple(sorted((row.name for row in there[region]), key=_fold)),
            only=there[region][0].code if len(there[region]) == 1 else "",
        )
        for region in sorted(there, key=_fold)
        if _has_words(_fold(" ".join([region, *(row.name for row in there[region])])), search)
    ]


def get_branch_choices(*, search: str = "") -> Sequence[BranchedProvider]:
    """Give every provider's branches (филиалы), narrowed by words of the branch's, region's or provider's name."""
    found = []
    for provider in _directory():
        branches = [
            branch
            for branch in provider.branches.all()
            if _has_words(
                _fold(f"{provider.name} {provider.region} {branch.name} {branch.region}"), search
            )
        ]
        if branches or _has_words(_fold(f"{provider.name} {provider.region}"), search):
            chosen = [BranchChoice(row.code, row.name, row.region) for row in branches]
            chosen.sort(key=lambda branch: (_fold(branch.region), _fold(branch.name)))
            found.append(BranchedProvider(_to_choice(provider), tuple(chosen)))
    return sorted(found, key=lambda row: _by_region_and_name(row.provider))


def get_branch_name(*, provider_id: int, code: str) -> str:
    """:raises BranchNotFound: the provider has no such branch."""
    name = Branch.objects.filter(provider=provider_id, code=code).values_list("name", flat=True)
    if not name:
        raise BranchNotFound
    return str(name[0])


def get_branch_family(*, provider_id: int, code: str) -> frozenset[int]:
    """Give the ids of a branch and of every branch below it.

    :raises BranchNotFound: the provider has no such branch.
    """
    rows = Branch.objects.filter(provider=provider_id).values_list("pk", "code", "parent")
    family = {pk for pk, own, _parent in rows if own == code}
    if not family:
        raise BranchNotFound
    while below := {pk for pk, _own, parent in rows if parent in family} - family:
        family |= below
    return frozenset(family)


def _directory() -> Sequence[Provider]:
    active = Provider.objects.filter(is_active=True).select_related("policy")
    return list(active.prefetch_related("branches"))


def _has_words(text: str, search: str) -> bool:
    return all(word in text for word in _fold(search).split())


def _by_region_and_name(choice: ProviderChoice) -> tuple[str, str]:
    return _fold(" ".join(choice.regions)), _fold(choice.name)


def _searched_text(provider: Provider) -> str:
    branches = [f"{branch.name} {branch.region}" for branch in provider.branches.all()]
    return _fold(" ".join([provider.name, provider.region, *branches]))


def _to_choice(provider: Provider) -> ProviderChoice:
    named = [provider.region, *(branch.region for branch in provider.branches.all())]
    return ProviderChoice(
        code=provider.code,
        name=provider.name,
        kind_label=provider.get_kind_display(),
        regions=tuple(sorted({region for region in named if region}, key=_fold)),
        finds_by_address=Proof.ADDRESS in provider.policy.search_proofs,
    )


def _fold(text: str) -> str:
    # The database sorts by code point; people look for ё beside е.
    return text.casefold().replace("ё", "е")


def get_active_provider(*, code: str) -> ProviderRow:
    """:raises ProviderNotFound: no such provider, or it is switched off (XCH-13)."""
    try:
        provider = Provider.objects.select_related("policy").get(code=code, is_active=True)
    except Provider.DoesNotExist as error:
        raise ProviderNotFound from error
    return to_provider_row(provider)


def get_only_provider() -> ProviderRow | None:
    """Give the provider of an installation that serves one alone (IDN-01); one query."""
    active = Provider.objects.filter(is_active=True).select_related("policy").order_by("pk")[:2]
    rows = [to_provider_row(provider) for provider in active]
    return rows[0] if len(rows) == 1 else None


@dataclass(frozen=True, slots=True)
class LookRow:
    """A provider as its administrator dresses it."""

    code: str
    name: str
    colour: str
    logo: LogoRow | None


def get_looks(*, actor: Actor) -> Sequence[LookRow]:
    """Give the looks of the providers that the actor administers, by name."""
    providers = scopes.administered_providers(actor).order_by("name", "pk")
    return [
        LookRow(provider.code, provider.name, provider.colour, _to_logo_row(provider))
        for provider in providers
    ]


def get_grants(*, user_id: int) -> frozenset[tuple[int, Role]]:
    """Give the (provider id, role) pairs of a staff member; empty for a customer."""
    rows = StaffMember.objects.filter(user_id=user_id, provider__is_active=True)
    return frozenset((pk, Role(role)) for pk, role in rows.values_list("provider_id", "role"))


def get_provider_names(*, provider_ids: frozenset[int]) -> Mapping[int, str]:
    return dict(Provider.objects.filter(pk__in=provider_ids).values_list("pk", "name"))


def get_moved_days(*, since: date, until: date) -> Moved:
    """Give the days in the time, both included, that are not what the rule makes them; True is a working day."""
    rows = CalendarDay.objects.filter(day__range=(since, until)).order_by("day")
    return dict(rows.values_list("day", "is_working"))


def is_staff_member(user_id: int) -> bool:
    """Say whether somebody works, or has worked under this name, for any provider, switched off ones included."""
    return StaffMember.objects.filter(user_id=user_id).exists()
