"""The bundle's reference files: branches, services, suppliers (spec 12)."""

from __future__ import annotations

from kabinet.kernel.bundle import Check, Column, File, Lookup, Step, register
from kabinet.kernel.spelling import CODE, UNIT, number, one_of, text
from kabinet.providers.enums import ServiceKind

OWN = "{x}.provider_id = %(provider)s AND {x}.code = s."
SERVICE = Lookup(
    "service", "service_id", "providers_service", OWN + "service", "services", ("service",)
)
SUPPLIER = Lookup(
    "supplier", "supplier_id", "providers_supplier", OWN + "supplier", "suppliers", ("supplier",)
)
BRANCH = Lookup("branch", "branch_id", "providers_branch", OWN + "branch", "branches", ("branch",))

_SET_PARENT = (
    "UPDATE providers_branch l SET parent_id = p.id FROM take_branches t JOIN providers_branch p"
    " ON p.provider_id = %(provider)s AND p.code = t.raw_parent WHERE l.provider_id = %(provider)s"
    " AND l.code = t.code AND l.parent_id IS DISTINCT FROM p.id AND l.id "
)

BRANCHES = File(
    name="branches",
    table="providers_branch",
    columns=(
        Column("code", CODE, required=True),
        Column("name", text(200), required=True),
        Column("region", text(100), required=True),
        Column("parent", CODE, to=None),
    ),
    key=("code",),
    row_key=("code",),
    match_also="l.provider_id = %(provider)s",
    born={"provider_id": "%(provider)s"},
    marks={"branch_mark": "SELECT coalesce(max(id), 0) FROM providers_branch"},
    checks=(
        Check(
            "parent",
            "unknown_reference",
            "t.raw_parent IS NOT NULL AND NOT EXISTS (SELECT FROM take_branches o"
            " WHERE o.code = t.raw_parent) AND NOT EXISTS (SELECT FROM providers_branch b"
            " WHERE b.provider_id = %(provider)s AND b.code = t.raw_parent)",
            shown="s.parent",
        ),
    ),
    after=(
        Step(_SET_PARENT + "<= %(branch_mark)s", counts=True),
        Step(_SET_PARENT + "> %(branch_mark)s"),
    ),
)

SERVICES = File(
    name="services",
    table="providers_service",
    columns=(
        Column("code", CODE, required=True),
        Column("name", text(200), required=True),
        Column("unit", UNIT, required=True),
        Column("kind", one_of(ServiceKind.values), required=True),
        Column("decimals", number(1, low=0, high=4), default="0"),
    ),
    key=("code",),
    row_key=("code",),
    match_also="l.provider_id = %(provider)s",
    born={"provider_id": "%(provider)s"},
)

SUPPLIERS = File(
    name="suppliers",
    table="providers_supplier",
    columns=(
        Column("code", CODE, required=True),
        Column("name", text(200), required=True),
        Column("inn", text(12)),
        Column("kpp", text(9)),
        Column("bank_account", text(20)),
        Column("bank", text(200)),
        Column("bic", text(9)),
        Column("corr_account", text(20)),
    ),
    key=("code",),
    row_key=("code",),
    match_also="l.provider_id = %(provider)s",
    born={"provider_id": "%(provider)s"},
)


def register_files() -> None:
    register(BRANCHES, SERVICES, SUPPLIERS)
