from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """The trail grows for years: the column comes without a rewrite, the index without holding up who writes."""

    atomic = False

    dependencies = [
        ("kernel", "0003_jobs_as_people_call_them"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="user_agent",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(
                fields=["actor_id"], name="audit_of_actor", condition=Q(actor_id__isnull=False)
            ),
        ),
    ]
