"""The sequence that pre-entry and list numbers come from."""

from django.db import migrations


class Migration(migrations.Migration):
    """Create it."""

    dependencies = (("customs", "0001_initial"),)
    operations = (
        migrations.RunSQL(
            "CREATE SEQUENCE customs_number", "DROP SEQUENCE customs_number",
        ),
    )
