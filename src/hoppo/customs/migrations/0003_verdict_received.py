"""A verdict knows when its list was received, so that both lie in the same month."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column and fill it from the lists; a list that never was one has its verdict's day."""

    dependencies = (("customs", "0002_number_sequence"),)
    operations = (
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE verdict ADD COLUMN received_at timestamptz;"
                    " UPDATE verdict v SET received_at = d.received_at FROM declaration d"
                    " WHERE (d.declarant_code, d.cop_no) = (v.declarant_code, v.cop_no);"
                    " UPDATE verdict SET received_at = coalesce(judged_at, due_at)"
                    " WHERE received_at IS NULL;"
                    " ALTER TABLE verdict ALTER COLUMN received_at SET NOT NULL",
                    "ALTER TABLE verdict DROP COLUMN received_at",
                )
            ],
            state_operations=[
                migrations.AddField(
                    "verdict", "received_at", models.DateTimeField(), preserve_default=False
                )
            ],
        ),
    )
