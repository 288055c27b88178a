"""Lists are found by day, by enterprise and by queue without reading all of them."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

NAMED = ("ebc", "declarant", "platform", "logistics", "guarantor")


class Migration(migrations.Migration):
    """One index a way of looking; new months get them with their tables."""

    dependencies = (("customs", "0004_months"),)
    operations = (
        migrations.AddIndex("verdict", models.Index(fields=["received_at"], name="verdict_received")),
        *(
            migrations.AddIndex(
                "verdict", models.Index(fields=[f"{name}_code", "received_at"], name=f"verdict_{name}")
            )
            for name in NAMED
        ),
        migrations.AddIndex(
            "verdict",
            models.Index(
                fields=["status", "received_at"],
                name="verdict_queue",
                condition=models.Q(status__in=["300", "500"]),
            ),
        ),
        migrations.AddIndex(
            "verdict",
            GinIndex(
                fields=["findings"],
                name="verdict_findings",
                opclasses=["jsonb_path_ops"],
                condition=~models.Q(findings=[]),
            ),
        ),
    )
