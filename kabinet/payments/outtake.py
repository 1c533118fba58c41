"""Money taken and given back here, for the billing system (OPX-19): one row for each line that moved."""

from __future__ import annotations

from kabinet.kernel.outfiles import CellKind, OutColumn, OutFile

PAYMENTS = OutFile(
    what="payments",
    table="payments_ledgerentry",
    source="""
        payments_ledgerentry row
        JOIN accounts_account account ON account.id = row.account_id
        JOIN payments_checkoutitem item ON item.id = row.item_id
        JOIN payments_checkoutpart part ON part.id = item.part_id
        JOIN payments_checkout checkout ON checkout.id = part.checkout_id
        JOIN payments_attempt attempt ON attempt.id = row.attempt_id
        JOIN payments_merchant merchant ON merchant.id = attempt.merchant_id
        LEFT JOIN providers_service service ON service.id = item.service_id
        LEFT JOIN providers_supplier supplier ON supplier.id = item.supplier_id
        LEFT JOIN payments_refund refund ON refund.id = row.refund_id
        LEFT JOIN payments_fiscalreceipt receipt
            ON row.refund_id IS NULL AND receipt.attempt_id = row.attempt_id
        LEFT JOIN payments_fiscalreceipt back ON back.refund_id = row.refund_id
    """,
    columns=(
        OutColumn("portal_id", "row.public_id", CellKind.OWN_WORD),
        OutColumn("checkout", "checkout.public_id", CellKind.OWN_WORD),
        OutColumn("account", "account.number"),
        OutColumn("service", "service.code"),
        OutColumn("supplier", "supplier.code"),
        OutColumn("amount", "row.amount", CellKind.MONEY),
        OutColumn("penalty", "row.penalty", CellKind.MONEY),
        OutColumn("commission", "row.commission", CellKind.MONEY),
        OutColumn("paid_at", "row.happened_at", CellKind.MOMENT),
        OutColumn("method", "attempt.method", CellKind.OWN_WORD),
        OutColumn("acquirer", "merchant.gateway", CellKind.OWN_WORD),
        OutColumn("acquirer_id", "coalesce(refund.acquirer_id, attempt.acquirer_id)"),
        # The three numbers that find it at the tax service: storage, document, sign (54-ФЗ); none until it is there.
        OutColumn(
            "fiscal_receipt",
            "CASE 'registered' WHEN receipt.state"
            " THEN concat_ws('/', receipt.storage_number, receipt.document_number, receipt.fiscal_sign)"
            " WHEN back.state"
            " THEN concat_ws('/', back.storage_number, back.document_number, back.fiscal_sign) END",
        ),
        OutColumn("status", "row.kind", CellKind.OWN_WORD),
    ),
    moment="row.recorded_at",
    on_acknowledged="""
        UPDATE payments_ledgerentry SET handed_over_at = %(at)s WHERE id IN (
            SELECT id FROM payments_ledgerentry
            WHERE export_number = %(run)s AND handed_over_at IS NULL
            ORDER BY id FOR NO KEY UPDATE)
    """,
)
