"""A buyer's account knows its person, by the pseudonym under which purchases are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The database knows the default too: accounts are also made by plain statements."""

    dependencies = (("portal", "0003_inspection"),)
    operations = (
        migrations.AddField(
            "user", "person", models.TextField(blank=True, db_default="", default="")
        ),
        migrations.AddIndex(
            "user",
            models.Index(
                fields=["person"], name="portal_user_person", condition=~models.Q(person="")
            ),
        ),
    )
