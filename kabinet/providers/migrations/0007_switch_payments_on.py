from __future__ import annotations

from django.db import migrations

# Payments need a contract with an acquirer besides: without one the section tells so.
_ON = """
UPDATE providers_providerpolicy SET
    enabled_features = array_append(enabled_features, 'pay'),
    limited_features = array_append(limited_features, 'pay')
WHERE NOT enabled_features @> ARRAY['pay']::varchar[]
"""


class Migration(migrations.Migration):
    dependencies = [("providers", "0006_payment_rules")]
    operations = [migrations.RunSQL(_ON, migrations.RunSQL.noop)]
