"""Lists and verdicts lie in months, under the order's number first; references lead to orders."""

from django.db import migrations, models

from hoppo.engine.months import laying_in_months

# As Django itself writes a key of several columns.
KEY = {"blank": True, "editable": False, "primary_key": True, "serialize": False}
STEP = laying_in_months(
    ("declaration", ("order_no", "declarant_code", "cop_no"), "received_at", ()),
    (
        "verdict",
        ("order_no", "declarant_code", "cop_no"),
        "received_at",
        (
            "CREATE INDEX verdict_waiting ON verdict (due_at) WHERE status = '2'",
            "CREATE INDEX verdict_released ON verdict (released_at) WHERE status = '800'",
        ),
    ),
    ("reference", ("name", "order_no"), "received_at", ()),
)
# One reference, of the oldest moment, for each number that leads to an order.
FILL = """
    INSERT INTO reference (name, order_no, received_at)
    SELECT name, order_no, min(received_at) FROM (
        SELECT 'payment ' || payment_code || ' ' || transaction_no, order_no, received_at
        FROM purchase_order WHERE payment_code <> '' AND transaction_no <> ''
        UNION ALL
        SELECT 'payment ' || payment_code || ' ' || transaction_no, order_no, received_at
        FROM payment
        UNION ALL
        SELECT 'waybill ' || logistics_code || ' ' || waybill_no, order_no, received_at
        FROM waybill
        UNION ALL
        SELECT 'waybill ' || logistics_code || ' ' || waybill_no, order_no, received_at
        FROM verdict
        UNION ALL
        SELECT 'list ' || cop_no || ' ' || declarant_code, order_no, received_at FROM verdict
        UNION ALL
        SELECT 'list ' || cop_no || ' ' || declarant_code, order_no, received_at
        FROM application
        UNION ALL
        SELECT 'number ' || list_no, order_no, received_at FROM verdict WHERE list_no <> ''
    ) named (name, order_no, received_at) GROUP BY name, order_no
"""


class Migration(migrations.Migration):
    """Move what is there."""

    dependencies = (
        ("customs", "0003_verdict_received"),
        ("commerce", "0002_months"),
        ("goods", "0002_months"),
        ("tax", "0002_order_no"),
    )
    operations = (
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    'CREATE TABLE reference (name text COLLATE "C" NOT NULL,'
                    " order_no text NOT NULL, received_at timestamptz NOT NULL);"
                    " UPDATE application a SET order_no = v.order_no FROM verdict v"
                    " WHERE v.list_no = a.list_no;" + FILL + ";"
                    " ALTER TABLE application DROP CONSTRAINT application_pkey,"
                    "  ADD PRIMARY KEY (order_no, kind, declarant_code, cop_no);"
                    " DROP INDEX application_list_no"
                ),
                migrations.RunPython(STEP, migrations.RunPython.noop),
            ],
            state_operations=[
                migrations.CreateModel(
                    "Reference",
                    [
                        (
                            "pk",
                            models.CompositePrimaryKey("name", "order_no", "received_at", **KEY),
                        ),
                        ("name", models.TextField(db_collation="C")),
                        ("order_no", models.TextField()),
                        ("received_at", models.DateTimeField()),
                    ],
                    {"db_table": "reference"},
                ),
                *(
                    migrations.RemoveIndex("verdict", f"verdict_{name}")
                    for name in ("order", "person", "cop_no", "waybill", "list_no")
                ),
                migrations.RemoveIndex("application", "application_list_no"),
                *(
                    migrations.AlterField(
                        model,
                        "pk",
                        models.CompositePrimaryKey("order_no", "declarant_code", "cop_no", "received_at", **KEY),
                    )
                    for model in ("declaration", "verdict")
                ),
                migrations.AlterField(
                    "application",
                    "pk",
                    models.CompositePrimaryKey("order_no", "kind", "declarant_code", "cop_no", **KEY),
                ),
            ],
        ),
    )
