from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('engine', '0003_worker'),
    ]

    operations = [
        migrations.AddField(
            model_name='worker',
            name='lists',
            # A default of the database too: a worker of the version before writes no such column.
            field=models.JSONField(default=dict, db_default=models.Value({}, models.JSONField())),
        ),
        migrations.AddIndex(
            model_name='inboxmessage',
            index=models.Index(condition=models.Q(('state', 2)), fields=['id'], name='inbox_set_aside'),
        ),
    ]
