from __future__ import annotations

from django.db import migrations

NEW = "'{contracts,acts,statistics}'::varchar[]"


class Migration(migrations.Migration):
    """Sections that did not exist could not have been switched off."""

    dependencies = [("providers", "0002_rules_of_customer_pages")]
    operations = [
        migrations.RunSQL(
            f"UPDATE providers_providerpolicy SET enabled_features = enabled_features || {NEW}"
            f" WHERE NOT enabled_features && {NEW}",
            migrations.RunSQL.noop,
        ),
    ]
