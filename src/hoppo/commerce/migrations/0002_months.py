"""Orders and payments lie in months, under the order's number first."""

from django.db import migrations, models

from hoppo.engine.months import laying_in_months

# As Django itself writes a key of several columns.
KEY = {"blank": True, "editable": False, "primary_key": True, "serialize": False}
STEP = laying_in_months(
    ("purchase_order", ("order_no", "platform_code"), "received_at", ()),
    ("payment", ("order_no", "payment_code", "transaction_no"), "received_at", ()),
)


class Migration(migrations.Migration):
    """Move what is there; other numbers lead to an order's by customs' references."""

    dependencies = (("commerce", "0001_initial"), ("engine", "0005_months"))
    operations = (
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(STEP, migrations.RunPython.noop)],
            state_operations=[
                migrations.RemoveIndex("order", "order_transaction"),
                migrations.RemoveIndex("payment", "payment_order"),
                migrations.AlterField(
                    "order",
                    "pk",
                    models.CompositePrimaryKey("order_no", "platform_code", "received_at", **KEY),
                ),
                migrations.AlterField(
                    "payment",
                    "pk",
                    models.CompositePrimaryKey("order_no", "payment_code", "transaction_no", "received_at", **KEY),
                ),
            ],
        ),
    )
