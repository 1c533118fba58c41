"""Who linked and left accounts, for the billing system (OPX-26)."""

from __future__ import annotations

from kabinet.kernel.outfiles import CellKind, OutColumn, OutFile

LINKS = OutFile(
    what="links",
    table="accounts_accountlinkevent",
    source="accounts_accountlinkevent row JOIN accounts_account account ON account.id = row.account_id",
    columns=(
        OutColumn("account", "account.number"),
        OutColumn("event", "row.event", CellKind.OWN_WORD),
        OutColumn("at", "row.at", CellKind.MOMENT),
        OutColumn("email", "row.email"),
    ),
    moment="row.at",
)
