from __future__ import annotations

from kabinet.providers.models.calendar import CalendarDay
from kabinet.providers.models.companies import (
    ApiKey,
    Branch,
    Provider,
    Service,
    StaffMember,
    Supplier,
    validate_timezone,
)
from kabinet.providers.models.policies import (
    ProviderPolicy,
    all_features,
    card_systems_default,
    default_upgrade_proofs,
    home_default,
    limited_default,
    pay_methods_default,
    validate_pattern,
)

__all__ = [
    "ApiKey",
    "Branch",
    "CalendarDay",
    "Provider",
    "ProviderPolicy",
    "Service",
    "StaffMember",
    "Supplier",
    "all_features",
    "card_systems_default",
    "default_upgrade_proofs",
    "home_default",
    "limited_default",
    "pay_methods_default",
    "validate_pattern",
    "validate_timezone",
]
