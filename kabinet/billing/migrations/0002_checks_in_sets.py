from __future__ import annotations

from django.db import migrations

from kabinet.kernel.references import checked_in_sets

REFERENCES = {
    "billing_bill": {"account_id": "accounts_account"},
    "billing_billline": {
        "bill_id": "billing_bill",
        "service_id": "providers_service",
        "supplier_id": "providers_supplier",
    },
    "billing_postedpayment": {
        "account_id": "accounts_account",
        "service_id": "providers_service",
        "supplier_id": "providers_supplier",
    },
}


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("accounts", "0001_initial"), ("providers", "0001_initial")]
    operations = checked_in_sets("billing", REFERENCES)
