"""The bundle's meters and readings, with the provider's verdicts on what was submitted here (spec 12, XCH-10)."""

from __future__ import annotations

from dataclasses import replace

from kabinet.accounts.intake import ACCOUNT, ACCOUNT_COLUMN, NUMBER
from kabinet.kernel.bundle import PUBLIC_ID, Check, Column, File, Lookup, Step, register
from kabinet.kernel.spelling import CODE, DATE, UUID, ZONES, number, one_of, text
from kabinet.metering.enums import MeterState, ReadingSource, ReadingStatus
from kabinet.providers.intake import SERVICE

ZONE = one_of(("T1", "T2", "T3"))
_QUANTITY = number(10, 4, low=0)

# OPX-12: what Kabinet knows stays; otherwise the digits of the last reading in the bundle, and one more.
_KNOWN_DIGITS = """
UPDATE stage_meters s SET digits = l.digits
FROM metering_meter l JOIN accounts_account a ON a.id = l.account_id
WHERE s.digits IS NULL AND a.provider_id = %(provider)s AND a.number = s.account AND l.serial = s.serial
"""
_GUESSED_DIGITS = """
UPDATE stage_meters s SET digits = least(10, r.digits + 1)
FROM (
    SELECT DISTINCT ON (account, meter) account, meter, length(trunc(value)::text) AS digits
    FROM stage_readings WHERE EXISTS (SELECT FROM stage_meters WHERE digits IS NULL)
    ORDER BY account, meter, taken_on DESC, value DESC
) r
WHERE s.digits IS NULL AND r.account = s.account AND r.meter = s.serial
"""

# What people may be submitting right now is locked as ``operations`` lock it: all meters, then the readings, each in
# the order of keys. Then nobody waits in a circle, and a reading submitted meanwhile is found, not met at the index.
_UNSETTLED = """
SELECT l.meter_id FROM stage_verdicts s JOIN metering_reading l ON l.portal_id = s.portal_id
JOIN metering_meter m ON m.id = l.meter_id
JOIN accounts_account a ON a.id = m.account_id AND a.provider_id = %(provider)s
WHERE l.status NOT IN ('accepted', 'replaced', 'withdrawn')
UNION
SELECT m.id FROM stage_readings s
JOIN accounts_account a ON a.provider_id = %(provider)s AND a.number = s.account
JOIN metering_meter m ON m.account_id = a.id AND m.serial = s.meter
WHERE s.source = 'portal' AND NOT EXISTS (
    SELECT FROM metering_reading l WHERE l.meter_id = m.id AND l.zone = coalesce(s.zone, '')
        AND l.taken_on = s.taken_on AND l.source = 'portal' AND l.status = 'accepted')
"""
_LOCK_METERS = f"""
WITH locked AS MATERIALIZED (
    SELECT id FROM metering_meter
    WHERE id IN (SELECT live_id FROM take_meters WHERE differs UNION {_UNSETTLED})
    ORDER BY id FOR NO KEY UPDATE
) SELECT count(*) FROM locked
"""
_LOCK_READINGS = f"""
WITH locked AS MATERIALIZED (
    SELECT id FROM metering_reading
    WHERE status <> 'replaced' AND status <> 'withdrawn' AND status IN ('sent', 'received') AND meter_id IN ({_UNSETTLED})
    ORDER BY id FOR NO KEY UPDATE
) SELECT count(*) FROM locked
"""

METERS = File(
    name="meters",
    table="metering_meter",
    columns=(
        ACCOUNT_COLUMN,
        Column("serial", NUMBER, required=True),
        Column("service", CODE, required=True, to=None),
        Column("model", text(100)),
        Column("place", text(100)),
        Column("digits", number(2, low=1, high=10)),
        Column("decimals", number(1, low=0, high=4), default="0"),
        Column("zones", ZONES),
        Column("installed_on", DATE),
        Column("verified_on", DATE),
        Column("next_verification_on", DATE),
        Column("charging_from", DATE),
        Column("charging_to", DATE),
        Column("removal_reason", text(200)),
        Column("max_use", _QUANTITY),
        Column("state", one_of(MeterState.values), value="coalesce({}, 'active')"),
    ),
    key=("account_id", "serial"),
    row_key=("account", "serial"),
    lookups=(ACCOUNT, SERVICE),
    born={"public_id": PUBLIC_ID},
    before=(Step(_KNOWN_DIGITS), Step(_GUESSED_DIGITS)),
    locks=(Step(_LOCK_METERS), Step(_LOCK_READINGS)),
    checks=(Check("digits", "missing", "t.digits IS NULL"),),
)

_METER = Lookup(
    column="meter",
    to="meter_id",
    table="metering_meter",
    on="{x}.account_id = x_account.id AND {x}.serial = s.meter",
    parent="meters",
    parent_key=("account", "meter"),
    after="account_id",
    shows={"meter_zones": "zones"},
)
_LOOKUPS = (replace(ACCOUNT, stored=False), _METER)

# Readings that are there already stay right when a meter comes to have other zones.
_ZONE_CHECK = Check(
    "zone",
    "unknown_value",
    "NOT t.found AND CASE t.zone WHEN '' THEN t.meter_zones <> '{}' ELSE t.zone <> ALL (t.meter_zones) END",
    shown="s.zone",
)

READINGS = File(
    name="readings",
    table="metering_reading",
    columns=(
        ACCOUNT_COLUMN,
        Column("meter", NUMBER, required=True, to=None),
        Column("zone", ZONE),
        Column("taken_on", DATE, required=True),
        Column("accounted_on", DATE),
        Column("value", _QUANTITY, required=True),
        Column("source", one_of(ReadingSource.values), required=True),
        Column(
            "status",
            one_of((ReadingStatus.ACCEPTED.value, ReadingStatus.REJECTED.value)),
            value="coalesce({}, 'accepted')",
        ),
        Column("reason", text(300)),
        Column("portal_id", UUID, to=None),
    ),
    key=("meter_id", "zone", "taken_on", "source"),
    row_key=("account", "meter", "zone", "taken_on", "source"),
    match_also="l.status <> 'replaced' AND l.status <> 'withdrawn'",
    lookups=_LOOKUPS,
    born={"route": "''"},
    checks=(_ZONE_CHECK,),
    before=(
        Step(
            "WITH moved AS (DELETE FROM stage_readings WHERE portal_id IS NOT NULL RETURNING *)"
            " INSERT INTO stage_verdicts SELECT * FROM moved"
        ),
    ),
)

VERDICTS = replace(
    READINGS,
    virtual="verdicts",
    columns=tuple(
        replace(column, to="") if column.name == "portal_id" else column
        for column in READINGS.columns
    ),
    key=("portal_id",),
    row_key=("portal_id",),
    match_also="l.meter_id = t.meter_id",
    born={},
    before=(),
    inserts=False,
    updates=("status", "reason", "accounted_on"),
    unless="l.status IN ('replaced', 'withdrawn')",
    checks=(
        Check(
            "portal_id",
            "unknown_reference",
            "NOT t.found AND t.meter_id IS NOT NULL",
            shown="s.portal_id::text",
        ),
    ),
)


def register_files() -> None:
    register(METERS, READINGS, VERDICTS)
