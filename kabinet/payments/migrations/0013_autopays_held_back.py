from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0012_ways_out_of_contradictions"),
    ]

    operations = [
        migrations.AddField(
            model_name="autopayrun",
            name="held_since",
            field=models.DateTimeField(null=True),
        ),
    ]
