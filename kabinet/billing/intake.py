"""The bundle's files about money: tariffs, bills with their lines, payments, balances (spec 12, OPX-14, 15)."""

from __future__ import annotations

from dataclasses import replace

from kabinet.accounts.intake import ACCOUNT, ACCOUNT_COLUMN, NUMBER
from kabinet.billing import mismatches
from kabinet.billing.enums import VolumeBasis
from kabinet.kernel.bundle import PUBLIC_ID, Check, Column, File, Lookup, Step, register
from kabinet.kernel.spelling import (
    CODE,
    DATE,
    FLAG,
    LOOSE_UNIT,
    MOMENT,
    MONEY,
    PERIOD,
    UUID,
    VOLUME,
    number,
    one_of,
    text,
)
from kabinet.metering.intake import ZONE
from kabinet.providers.intake import SERVICE, SUPPLIER

_PRICE = number(8, 6, low=0)
_SERVICE = Column("service", CODE, required=True, to=None)
_ANY_SERVICE = Column("service", CODE, to=None)
_SUPPLIER = Column("supplier", CODE, to=None)
_KIND = text(100)
_NET = (
    "coalesce((SELECT debt_is_net_of_payments FROM providers_providerpolicy"
    " WHERE provider_id = %(provider)s), false)"
)


def _due(name: str, *, required: bool = False) -> Column:
    return Column(name, MONEY, required=required, due=True)


TARIFFS = File(
    name="tariffs",
    table="billing_tariff",
    columns=(
        _SERVICE,
        Column("group", CODE),
        Column("zone", ZONE),
        Column("valid_from", DATE, required=True),
        Column("valid_to", DATE),
        Column("price", _PRICE, required=True),
        Column("unit", LOOSE_UNIT),
        Column("document", text(300)),
        Column("document_url", text(500)),
    ),
    key=("service_id", "group", "zone", "valid_from"),
    row_key=("service", "group", "zone", "valid_from"),
    lookups=(SERVICE,),
)

BILLS = File(
    name="bills",
    table="billing_bill",
    columns=(
        ACCOUNT_COLUMN,
        Column("period", PERIOD, required=True),
        Column("kind", _KIND, required=True),
        Column("number", NUMBER),
        Column("issued_on", DATE),
        # Without a moment of its own a bill keeps the one it came with: a nightly bundle does not make it a new one.
        Column(
            "as_of",
            MOMENT,
            write="coalesce({t}, %(as_of)s)",
            same="coalesce({t}, l.as_of)",
        ),
        _due("opening", required=True),
        Column("paid", MONEY),
        Column("charged", MONEY, required=True),
        Column("adjusted", MONEY),
        Column("benefit", MONEY),
        _due("total", required=True),
        _due("penalty_opening"),
        Column("penalty_paid", MONEY),
        Column("penalty_charged", MONEY),
        _due("penalty_total"),
        _due("preliminary"),
        _due("penalty_preliminary"),
        Column("opening_is_net", FLAG, default=_NET),
        Column("final", FLAG, default="true"),
    ),
    key=("account_id", "period", "kind"),
    row_key=("account", "period", "kind"),
    lookups=(ACCOUNT,),
    born={"public_id": PUBLIC_ID, "revision": "1"},
    touch={"revision": "l.revision + 1"},
    start="CREATE TEMP TABLE bumped_bill (id bigint) ON COMMIT DROP",
    after=(Step("INSERT INTO bumped_bill SELECT live_id FROM take_bills WHERE found AND differs"),),
    warnings=mismatches.OF_BILLS,
)

BILL_LINES = File(
    name="bill_lines",
    table="billing_billline",
    columns=(
        ACCOUNT_COLUMN,
        Column("period", PERIOD, required=True, to=None),
        Column("kind", _KIND, required=True, to=None),
        Column("line", NUMBER, required=True),
        _SERVICE,
        _SUPPLIER,
        Column("operation", text(100)),
        Column("tariff", _PRICE),
        Column("norm", text(100)),
        Column("volume", VOLUME),
        Column("unit", LOOSE_UNIT),
        Column("basis", one_of(VolumeBasis.values)),
        Column("calc_period", PERIOD),
        _due("opening"),
        Column("charged", MONEY, required=True),
        Column("adjusted", MONEY),
        Column("benefit", MONEY),
        Column("quality", MONEY),
        Column("paid", MONEY),
        _due("closing"),
        Column("is_penalty", FLAG, default="false"),
    ),
    key=("bill_id", "line"),
    row_key=("account", "period", "kind", "line"),
    identity="bill_id",
    lookups=(
        replace(ACCOUNT, stored=False),
        Lookup(
            column="period",
            to="bill_id",
            table="billing_bill",
            on="{x}.account_id = x_account.id AND {x}.period = (s.period || '-01')::date"
            " AND {x}.kind = s.kind",
            parent="bills",
            parent_key=("account", "period", "kind"),
            after="account_id",
        ),
        SERVICE,
        SUPPLIER,
    ),
    marks={"bill_mark": "SELECT coalesce(max(id), 0) FROM billing_bill"},
    after=(
        # Bills that stood before this run and whose own row did not change show new lines: one revision a run.
        Step(
            "UPDATE billing_bill b SET revision = revision + 1 WHERE b.id IN"
            " (SELECT t.bill_id FROM take_bill_lines t"
            " WHERE t.bill_id <= %(bill_mark)s AND (NOT t.found OR t.differs))"
            " AND b.id NOT IN (SELECT id FROM bumped_bill)"
        ),
    ),
    warnings=mismatches.OF_LINES,
)

PAYMENTS = File(
    name="payments",
    table="billing_postedpayment",
    columns=(
        ACCOUNT_COLUMN,
        Column("id", NUMBER, required=True, to="external_id"),
        Column("received_on", DATE, required=True),
        Column("processed_on", DATE),
        Column("amount", MONEY, required=True),
        Column("penalty", MONEY),
        _ANY_SERVICE,
        _SUPPLIER,
        Column("source", text(100), required=True),
        Column("place", text(200)),
        Column("portal_id", UUID),
    ),
    key=("account_id", "external_id"),
    row_key=("account", "id"),
    lookups=(ACCOUNT, SERVICE, SUPPLIER),
    # Whoever follows this file must know which payment a mended row no longer confirms.
    peek={"live_portal_id": "l.portal_id"},
)

BALANCES = File(
    name="balances",
    table="billing_balance",
    columns=(
        ACCOUNT_COLUMN,
        _SERVICE,
        _SUPPLIER,
        _due("amount", required=True),
        _due("penalty"),
        Column("as_of", MOMENT, default="%(as_of)s"),
    ),
    key=("account_id", "service_id", "supplier_id"),
    nullable_key=frozenset({"supplier_id"}),
    row_key=("account", "service", "supplier"),
    lookups=(ACCOUNT, SERVICE, SUPPLIER),
    peek={"live_as_of": "l.as_of"},
    checks=(
        Check(
            "as_of",
            "stale",
            "t.live_as_of > t.as_of OR %(as_of)s < %(imported)s",
            shown="coalesce(s.as_of, %(as_of)s)::text",
        ),
    ),
)


def register_files() -> None:
    register(TARIFFS, BILLS, BILL_LINES, PAYMENTS, BALANCES)
