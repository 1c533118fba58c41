from __future__ import annotations

from django.db import migrations

from kabinet.kernel.references import checked_in_sets

REFERENCES = {"metering_reading": {"meter_id": "metering_meter"}}


class Migration(migrations.Migration):
    dependencies = [("metering", "0001_initial")]
    operations = checked_in_sets("metering", REFERENCES)
