"""The inbox and the outbox lie in months."""

from django.db import migrations

from hoppo.engine.months import laying_in_months

STEP = laying_in_months(
    (
        "inbox",
        ("id",),
        "received_at",
        (
            "CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 0",
            "CREATE INDEX inbox_set_aside ON inbox (id) WHERE state = 2",
        ),
    ),
    ("outbox", ("id",), "created_at", ("CREATE INDEX outbox_receiver ON outbox (receiver, id)",)),
)


class Migration(migrations.Migration):
    """Move what is there."""

    dependencies = (("engine", "0004_worker_lists"),)
    operations = (migrations.RunPython(STEP, migrations.RunPython.noop),)
