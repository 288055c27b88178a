"""Waybills lie in months, under the order's number first; their states under their own."""

from django.db import migrations, models

from hoppo.engine.months import laying_in_months

# As Django itself writes a key of several columns.
KEY = {"blank": True, "editable": False, "primary_key": True, "serialize": False}
STEP = laying_in_months(
    ("waybill", ("order_no", "logistics_code", "waybill_no"), "received_at", ()),
    ("waybill_status", ("waybill_no", "logistics_code"), "received_at", ()),
)


class Migration(migrations.Migration):
    """Move what is there."""

    dependencies = (("goods", "0001_initial"), ("engine", "0005_months"))
    operations = (
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(STEP, migrations.RunPython.noop)],
            state_operations=[
                migrations.RemoveIndex("waybill", "waybill_order"),
                migrations.AlterField(
                    "waybill",
                    "pk",
                    models.CompositePrimaryKey("order_no", "logistics_code", "waybill_no", "received_at", **KEY),
                ),
                migrations.AlterField(
                    "waybillstatus",
                    "pk",
                    models.CompositePrimaryKey("waybill_no", "logistics_code", "received_at", **KEY),
                ),
            ],
        ),
    )
