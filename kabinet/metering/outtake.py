"""Readings submitted here, for the billing system (OPX-20); an unchanged value shows as zero use (MET-09)."""

from __future__ import annotations

from kabinet.kernel.outfiles import CellKind, OutColumn, OutFile

READINGS = OutFile(
    what="readings",
    table="metering_reading",
    source="""
        metering_reading row
        JOIN metering_meter meter ON meter.id = row.meter_id
        JOIN accounts_account account ON account.id = meter.account_id
        JOIN providers_service service ON service.id = meter.service_id
    """,
    columns=(
        OutColumn("portal_id", "row.portal_id", CellKind.OWN_WORD),
        OutColumn("account", "account.number"),
        OutColumn("meter", "meter.serial"),
        OutColumn("service", "service.code"),
        OutColumn("zone", "row.zone", CellKind.OWN_WORD),
        OutColumn("taken_on", "row.taken_on", CellKind.DATE),
        OutColumn("value", "row.value", CellKind.NUMBER),
        OutColumn("previous_value", "row.previous_value", CellKind.NUMBER),
        OutColumn(
            "use",
            # A lower value is a turned dial or a changed meter: its use is the provider's to judge.
            "CASE WHEN row.value >= row.previous_value THEN row.value - row.previous_value END",
            CellKind.NUMBER,
        ),
        OutColumn("submitted_at", "row.submitted_at", CellKind.MOMENT),
        OutColumn("source", "row.route", CellKind.OWN_WORD),
    ),
    moment="row.submitted_at",
    new="row.status = 'sent'",
    current="row.portal_id IS NOT NULL AND row.status NOT IN ('replaced', 'withdrawn')",
    on_acknowledged="""
        UPDATE metering_reading SET status = 'received' WHERE status = 'sent' AND id IN (
            SELECT id FROM metering_reading WHERE export_number = %(run)s AND status = 'sent'
            ORDER BY id FOR NO KEY UPDATE)
    """,
)
