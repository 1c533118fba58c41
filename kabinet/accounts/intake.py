"""The bundle's files about accounts: who, where, on what terms (spec 12, OPX-11, 17)."""

from __future__ import annotations

from kabinet.accounts.enums import ContractState
from kabinet.accounts.pins import PIN_DIGEST_SQL
from kabinet.kernel.bundle import PUBLIC_ID, Check, Column, File, Lookup, Step, register
from kabinet.kernel.spelling import (
    CODE,
    DATE,
    FLAG,
    MOMENT,
    MONEY,
    PIN,
    UUID,
    number,
    one_of,
    text,
)
from kabinet.providers.intake import BRANCH, SERVICE, SUPPLIER

NUMBER = text(64)
_AREA = number(8, 2, low=0)
_COUNT = number(5, low=0, high=32767)
ACCOUNT = Lookup(
    column="account",
    to="account_id",
    table="accounts_account",
    on="{x}.provider_id = %(provider)s AND {x}.number = s.account",
    parent="accounts",
    parent_key=("account",),
)
ACCOUNT_COLUMN = Column("account", NUMBER, required=True, to=None)

ACCOUNTS = File(
    name="accounts",
    table="accounts_account",
    columns=(
        Column("number", NUMBER, required=True),
        Column("branch", CODE, to=None),
        Column("surname", text(100)),
        Column("name", text(100)),
        Column("patronymic", text(100)),
        Column("region", text(100)),
        Column("city", text(150)),
        Column("street", text(200)),
        Column("house", text(32)),
        Column("building", text(32)),
        Column("flat", text(32)),
        Column("fias", UUID),
        Column("gis_id", text(32)),
        Column("area_total", _AREA),
        Column("area_living", _AREA),
        Column("residents", _COUNT),
        Column("registered", _COUNT),
        Column("owners", _COUNT),
        Column("rooms", _COUNT),
        Column("stove", text(64)),
        Column("electric_heating", FLAG),
        Column("opened_on", DATE),
        Column("closed_on", DATE),
        Column("maintenance_on", DATE),
        Column("email", text(254)),
        Column("phone", text(64)),
        Column("pin", PIN, to="pin_digest", value=PIN_DIGEST_SQL),
        Column("apartment_block", FLAG),
        Column("house_area_total", _AREA),
        Column("house_area_living", _AREA),
        Column("house_area_nonliving", _AREA),
        Column("house_area_common", _AREA),
        Column("house_area_common_counted", _AREA),
    ),
    key=("number",),
    row_key=("number",),
    lookups=(BRANCH,),
    match_also="l.provider_id = %(provider)s",
    born={
        "provider_id": "%(provider)s",
        "public_id": PUBLIC_ID,
        "as_of": "%(as_of)s::timestamptz",
    },
    touch={"as_of": "greatest(l.as_of, %(as_of)s)", "missing_since": "NULL"},
    differs_also="l.missing_since IS NOT NULL",
    after=(
        Step(
            "UPDATE accounts_account l SET as_of = %(as_of)s FROM take_accounts t"
            " WHERE l.id = t.live_id AND NOT t.differs AND l.as_of < %(as_of)s",
        ),
        Step(
            "UPDATE accounts_account l SET missing_since = %(as_of)s"
            " WHERE l.provider_id = %(provider)s AND l.missing_since IS NULL"
            " AND NOT EXISTS (SELECT FROM take_accounts t WHERE t.number = l.number)"
            " AND NOT EXISTS (SELECT FROM bad_row b WHERE b.file = 'accounts' AND b.key = l.number)",
            counts=True,
            mode="full",
        ),
    ),
)

ACCOUNT_SERVICES = File(
    name="account_services",
    table="accounts_accountservice",
    columns=(
        ACCOUNT_COLUMN,
        Column("service", CODE, required=True, to=None),
        Column("supplier", CODE, to=None),
        Column("tariff_group", CODE),
        Column("from", DATE, to="valid_from"),
        Column("to", DATE, to="valid_to"),
    ),
    key=("account_id", "service_id", "supplier_id"),
    nullable_key=frozenset({"supplier_id"}),
    row_key=("account", "service", "supplier"),
    lookups=(ACCOUNT, SERVICE, SUPPLIER),
)

ACCOUNT_FACTS = File(
    name="account_facts",
    table="accounts_accountfact",
    columns=(
        ACCOUNT_COLUMN,
        Column("name", text(200), required=True),
        Column("value", text(500), required=True),
        Column("position", number(9), default="0"),
    ),
    key=("account_id", "name"),
    row_key=("account", "name"),
    lookups=(ACCOUNT,),
)

APPLIANCES = File(
    name="appliances",
    table="accounts_appliance",
    columns=(
        ACCOUNT_COLUMN,
        Column("serial", text(64)),
        Column("name", text(200)),
        Column("kind", text(200), required=True),
        Column("verification_on", DATE),
        Column("state", text(100)),
    ),
    key=("account_id", "serial"),
    row_key=("account", "serial", "name"),
    match_also="(t.serial <> '' OR l.name = t.name)",
    distinct="t.account_id, t.serial, CASE WHEN t.serial = '' THEN t.name END",
    lookups=(ACCOUNT,),
    checks=(Check("name", "missing", "t.serial = '' AND t.name = ''"),),
)

BENEFITS = File(
    name="benefits",
    table="accounts_benefit",
    columns=(
        ACCOUNT_COLUMN,
        Column("name", text(200), required=True),
        Column("from", DATE, to="valid_from"),
        Column("to", DATE, to="valid_to"),
    ),
    key=("account_id", "name"),
    row_key=("account", "name"),
    lookups=(ACCOUNT,),
)

CONTRACTS = File(
    name="contracts",
    table="accounts_contract",
    columns=(
        ACCOUNT_COLUMN,
        Column("number", NUMBER, required=True),
        Column("kind", text(200), required=True),
        Column("company", text(200)),
        Column("state", one_of(ContractState.values)),
        Column("starts_on", DATE, required=True),
        Column("ends_on", DATE),
    ),
    key=("account_id", "number", "kind"),
    row_key=("account", "number", "kind"),
    lookups=(ACCOUNT,),
)

ACTS = File(
    name="acts",
    table="accounts_act",
    columns=(
        ACCOUNT_COLUMN,
        Column("number", NUMBER, required=True),
        Column("performed_at", MOMENT, required=True),
        Column("kind", text(200), required=True),
    ),
    key=("account_id", "number"),
    row_key=("account", "number"),
    lookups=(ACCOUNT,),
)

ACT_LINES = File(
    name="act_lines",
    table="accounts_actline",
    columns=(
        ACCOUNT_COLUMN,
        Column("act", NUMBER, required=True, to=None),
        Column("line", NUMBER, required=True),
        Column("title", text(300), required=True),
        Column("amount", MONEY, required=True),
    ),
    key=("act_id", "line"),
    row_key=("account", "act", "line"),
    lookups=(
        Lookup(
            "account",
            "account_id",
            ACCOUNT.table,
            ACCOUNT.on,
            "accounts",
            ("account",),
            stored=False,
        ),
        Lookup(
            column="act",
            to="act_id",
            table="accounts_act",
            on="{x}.account_id = x_account.id AND {x}.number = s.act",
            parent="acts",
            parent_key=("account", "act"),
            after="account_id",
        ),
    ),
)


def register_files() -> None:
    register(
        ACCOUNTS,
        ACCOUNT_SERVICES,
        ACCOUNT_FACTS,
        APPLIANCES,
        BENEFITS,
        CONTRACTS,
        ACTS,
        ACT_LINES,
    )
